"""Which files one release reads, or refuses, otherwise than another: from mart `source_file`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from publishing.mart_tables import open_read_only
from publishing.pointer import MARTS_NAME

SourceFiles = Mapping[str, tuple[str, str]]
"""Name and state (read, quarantined, unrecognised) of each file of a release, by its sha256."""

_COLUMNS = "SELECT source_sha256, file_name, state"


@dataclass(frozen=True)
class FileChange:
    """A file whose state differs; None where a release has not that file."""

    file_name: str
    before: str | None
    now: str | None


def files_of_candidate(connection: duckdb.DuckDBPyConnection) -> SourceFiles:
    """Give the files of a candidate, from an open connection to it."""
    return _by_sha256(connection.execute(f"{_COLUMNS} FROM marts.source_file"))


def files_of_release(release: Path) -> SourceFiles | None:
    """Give the files of a release, from its folder; None where they are not to be had."""
    path = release / MARTS_NAME
    if not path.is_file():
        return None
    with open_read_only(path) as marts:
        return _by_sha256(marts.execute(f"{_COLUMNS} FROM source_file"))


def files_changed(before: SourceFiles, now: SourceFiles) -> list[FileChange]:
    """Give the files that differ, by name; first those that are not read now."""
    nothing = (None, None)
    found = [
        FileChange(str((now.get(key) or before[key])[0]), was, becomes)
        for key in before.keys() | now.keys()
        if (was := before.get(key, nothing)[1]) != (becomes := now.get(key, nothing)[1])
    ]
    return sorted(found, key=lambda one: (one.now == "read", one.file_name))


def files_line(found: Sequence[FileChange]) -> str:
    """Say in one line how many files differ, and how."""
    kinds = dict(_kinds(found))
    listed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
    return f"Files: {listed}." if listed else "No file is read otherwise."


def _kinds(found: Sequence[FileChange]) -> Iterator[tuple[str, int]]:
    yield "newly read", sum(one.now == "read" for one in found)
    refused = "newly quarantined or set aside"
    yield refused, sum(one.now == "quarantined" for one in found)
    yield "not there any more", sum(one.now is None for one in found)
    yield "newly not recognised", sum(one.now == "unrecognised" for one in found)


def _by_sha256(found: duckdb.DuckDBPyConnection) -> SourceFiles:
    return {sha256: (file_name or sha256, state) for sha256, file_name, state in found.fetchall()}
