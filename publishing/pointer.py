"""The pointer `releases/current`: which release readers see, and whether it is whole.

A release is a folder whose name never comes again, so a reader that resolves the pointer once
keeps one release for as long as it likes. Open `Release.marts`, not a path through the pointer:
DuckDB keeps an open file by its path, and would go on showing a process the release it has open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from publishing.manifest import (
    AS_AT_ID,
    MANIFEST_NAME,
    RELEASE_ID,
    FileEntry,
    Manifest,
    ManifestError,
    read_manifest,
    sha256_of,
)
from publishing.mart_tables import SCHEMA, lock_down, quoted, text_literal

POINTER_NAME = "current"
MARTS_NAME = "marts.duckdb"


class ReleaseError(Exception):
    """A release could not be made, found or trusted; the message says what to do."""


class BrokenReleaseError(ReleaseError):
    """The pointer, or what it points at, is not a release."""


class ReleaseRefusedError(ReleaseError):
    """The candidate or its audit is not fit to be released."""


@dataclass(frozen=True)
class Release:
    """A released folder: `path` is the folder itself, never the pointer."""

    id: str
    path: Path
    manifest: Manifest

    @property
    def marts(self) -> Path:
        """The DuckDB file to open (read-only) with a BI tool."""
        return self.path / MARTS_NAME


def current_release(releases: Path) -> Release | None:
    """Give the release that the pointer names, or None when nothing was released yet.

    Raises BrokenReleaseError when the pointer is no link to a release or the manifest is damaged.
    The files' hashes are not read here: see `verify`.
    """
    target = pointer_target(releases)
    return None if target is None else load_release(releases, target)


def pointer_target(releases: Path) -> str | None:
    """Give the release id that the pointer holds, None when there is no pointer.

    Raises BrokenReleaseError when something else lies under that name.
    """
    pointer = releases / POINTER_NAME
    try:
        target = str(pointer.readlink())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BrokenReleaseError(f"{pointer} is not a symbolic link: move it away") from error
    if not re.fullmatch(RELEASE_ID, target):
        raise BrokenReleaseError(f"{pointer} points at {target!r}, which is no release's name")
    return target


def load_release(releases: Path, release_id: str) -> Release:
    """Give one release by its id.

    Raises BrokenReleaseError when its manifest cannot be trusted.
    """
    folder = releases.resolve() / release_id
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        raise BrokenReleaseError(str(error)) from error
    if manifest.release_id != release_id:
        raise BrokenReleaseError(f"the folder {release_id} holds {manifest.release_id}")
    return Release(release_id, folder, manifest)


def release_ids(releases: Path) -> list[str]:
    """Give the ids of all complete releases, oldest first."""
    if not releases.is_dir():
        return []
    folders = (entry for entry in releases.iterdir() if entry.is_dir() and not entry.is_symlink())
    return sorted(folder.name for folder in folders if re.fullmatch(RELEASE_ID, folder.name))


def as_at_ids(releases: Path) -> list[str]:
    """Give the ids of all complete releases that look back, by the day they look back to."""
    found = (folder.name for folder in releases.glob("as-at-*") if folder.is_dir())
    return sorted(name for name in found if re.fullmatch(AS_AT_ID, name))


def find_release(releases: Path, release_id: str) -> Release:
    """Give the release of this id, of either kind.

    Raises ReleaseError, which names those that there are, for an id that is none of them.
    """
    known = [*release_ids(releases), *as_at_ids(releases)]
    if release_id not in known:
        there = f"There are: {', '.join(known)}." if known else "There is no release yet."
        raise ReleaseError(f"There is no release {release_id!r}. {there}")
    return load_release(releases, release_id)


def move_pointer(releases: Path, release_id: str) -> None:
    """Point `releases/current` at a release, atomically and durably.

    The link is relative, so the whole folder can be moved or mounted elsewhere. The caller holds
    the release lock.
    """
    waiting = releases / f".{POINTER_NAME}.{release_id}"
    waiting.unlink(missing_ok=True)
    waiting.symlink_to(release_id)
    waiting.replace(releases / POINTER_NAME)
    fsync(releases)


def fsync(path: Path) -> None:
    """Make a file's bytes, or a folder's entries, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def verify(release: Release) -> list[str]:
    """Check every byte and row of a release against its manifest; give what does not match.

    Damaged, missing and added files are found by size and sha256; the tables' rows are counted
    by opening the database and the Parquet read-only. An empty list means all is well.
    """
    try:
        manifest = read_manifest(release.path)
    except ManifestError as error:
        return [str(error)]
    found = {path.relative_to(release.path).as_posix() for path in files_under(release.path)}
    promised = {MANIFEST_NAME, *manifest.files}
    problems = [f"{name}: missing" for name in sorted(promised - found)]
    problems += [f"{name}: not in the manifest" for name in sorted(found - promised)]
    for name in sorted(found & set(manifest.files)):
        problems += _file_problems(release.path / name, name, manifest.files[name])
    return problems or _row_problems(release.path, manifest)


def is_as_released(release: Release, name: str) -> bool:
    """Say whether one file of a release, by its path in the folder, is byte for byte as made."""
    entry = release.manifest.files.get(name)
    return entry is not None and not _file_problems(release.path / name, name, entry)


def files_under(folder: Path) -> Iterator[Path]:
    """Give every file in a folder and its folders (links too), in order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())


def _file_problems(path: Path, name: str, entry: FileEntry) -> list[str]:
    if path.is_symlink() or not path.is_file():
        return [f"{name}: not a regular file"]
    size = path.stat().st_size
    if size != entry.bytes:
        return [f"{name}: {size} bytes, the manifest says {entry.bytes}"]
    if sha256_of(path) != entry.sha256:
        return [f"{name}: its sha256 differs from the manifest's"]
    return []


def _row_problems(folder: Path, manifest: Manifest) -> list[str]:
    """Count rows in files that are already known to be byte for byte as released."""
    counted: list[tuple[str, int, int | None]] = []
    try:
        with duckdb.connect() as connection:
            lock_down(connection, folder)
            marts = text_literal(str(folder / MARTS_NAME))
            connection.execute(f"ATTACH {marts} AS released (READ_ONLY)")
            for name, table in manifest.tables.items():
                source = f"released.{SCHEMA}.{quoted(name)}"
                counted.append((name, _count(connection, source), table.rows))
            for name, entry in manifest.files.items():
                if name.endswith(".parquet"):
                    source = f"read_parquet({text_literal(str(folder / name))})"
                    counted.append((name, _count(connection, source), entry.rows))
    except duckdb.Error as error:
        return [f"the release cannot be opened: {error}"]
    return [
        f"{name}: {rows} rows, the manifest says {promised}"
        for name, rows, promised in counted
        if rows != promised
    ]


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()  # noqa: S608 - names of our own
    return int(row[0]) if row else 0
