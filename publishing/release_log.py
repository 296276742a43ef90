"""The log of releases, `releases/log.jsonl`: what readers were sent to, when, by whom and why.

One line of JSON for each, and never a line changed. A rollback is written down before the pointer
moves, so that one that was killed between is finished by whoever next holds the release lock;
a release is written down after, and one that was killed between is noted then as found.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import duckdb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from publishing.mart_tables import lock_down, text_literal
from publishing.pointer import (
    BrokenReleaseError,
    Release,
    ReleaseError,
    fsync,
    is_as_released,
    load_release,
    move_pointer,
    pointer_target,
    release_ids,
    verify,
)

LOG_NAME = "log.jsonl"

What = Literal["released", "found", "looked back", "rolled back", "fell back", "restored", "pruned"]
SOURCES = "parquet/source_file.parquet"
READ_AS = "read_as"
"""Entry of a manifest's `returns`: by what definition and reader the files of each were read."""

ReadAs = Mapping[str, str]
"""Files that were read, by sha256, and the fingerprint of what read them; empty if unknown."""

_MOVES = frozenset({"released", "found", "rolled back", "fell back", "restored"})
_WRITTEN_AHEAD = frozenset({"rolled back", "fell back", "restored"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Inputs(_Strict):
    """A release and what it was made from; of a damaged one only the first eight digits of it.

    `sources` are the files that it read and the release gone back to did not: what came in. Lines
    of before this was kept have neither them nor the code.
    """

    release_id: str
    inputs_fingerprint: str
    sources: dict[str, str] = {}
    code_fingerprint: str | None = None

    def is_in(self, inputs_fingerprint: str, read: ReadAs, code_fingerprint: str | None) -> bool:
        """Say whether what is made from these has again what came in with this release.

        That is so while all of those files are read, and as they were. If none came in, it was
        the code or a decision, and is so while the code is the same.
        """
        if inputs_fingerprint.startswith(self.inputs_fingerprint):
            return True
        if self.sources:
            return all(
                sha256 in read and (read[sha256] == mark or "" in (read[sha256], mark))
                for sha256, mark in self.sources.items()
            )
        return self.code_fingerprint is not None and self.code_fingerprint == code_fingerprint

    def ways_back(self) -> str:
        """Say what a person can do so that nights release again.

        Where only the code or a decision was new, to set a file aside would not help.
        """
        restore = f"joinedup releases restore {self.release_id} --because ..."
        if not self.sources and self.code_fingerprint is not None:
            return f"No file came in with it. To let it be released again: {restore} --stay"
        return (
            "Set a file aside that came in with it, mend its definition, or take this back: "
            f"{restore}"
        )


class Entry(_Strict):
    """One line. `withdrawn` may not come back by itself; `lifted` may again; `removed` is gone.

    `found` is a release that the pointer names though no line says how that came: its process was
    killed before the line, or it is older than the log. Times are UTC.
    """

    at: AwareDatetime
    what: What
    by: str
    left: str | None = Field(default=None, alias="from")
    to: str | None = None
    because: str = ""
    withdrawn: tuple[Inputs, ...] = ()
    lifted: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Withdrawal(Inputs):
    """A release that a person took back, when, by whom and why."""

    at: AwareDatetime
    by: str
    because: str

    def __str__(self) -> str:
        return (
            f"{self.release_id} was withdrawn on {self.at:%Y-%m-%d %H:%M} UTC by {self.by}, "
            f"because: {self.because}"
        )


def read_log(releases: Path) -> list[Entry]:
    """Give every line, oldest first. A last line that was cut short by a kill does not count.

    Raises ReleaseError for a line that is no entry: what was withdrawn would not be known.
    """
    path = releases / LOG_NAME
    try:
        whole, _ = _whole_lines(path.read_bytes())
    except FileNotFoundError:
        return []
    entries = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            entries.append(Entry.model_validate_json(line))
        except ValidationError as error:
            raise ReleaseError(
                f"Line {number} of {path} cannot be read ({error.error_count()} things are not as "
                "written): what was withdrawn would not be known, so nothing moves. Bring the file "
                "back from a backup, or take the line out and withdraw again what has to be."
            ) from error
    return entries


def write_log(releases: Path, entry: Entry) -> None:
    """Add a line, durably; the caller holds the release lock. A cut last line is removed first."""
    path = releases / LOG_NAME
    line = (entry.model_dump_json(by_alias=True, exclude_defaults=True) + "\n").encode()
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        whole, held = _whole_lines(path.read_bytes())
        if len(whole) < held:
            os.ftruncate(handle, len(whole))
        if os.pwrite(handle, line, len(whole)) < len(line):
            os.ftruncate(handle, len(whole))
            raise ReleaseError(f"{path} cannot take another line: is the disk full?")
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        fsync(releases)


def withdrawals(releases: Path) -> dict[str, Withdrawal]:
    """Give the releases that stand withdrawn, by their ids."""
    found: dict[str, Withdrawal] = {}
    for entry in read_log(releases):
        for one in entry.withdrawn:
            about = {"at": entry.at, "by": entry.by, "because": entry.because}
            found[one.release_id] = Withdrawal(**one.model_dump(), **about)
        for release_id in entry.lifted:
            found.pop(release_id, None)
    return found


def withdrawal_of(
    releases: Path,
    inputs_fingerprint: str,
    read: ReadAs = MappingProxyType({}),
    code_fingerprint: str | None = None,
) -> Withdrawal | None:
    """Give the newest withdrawal of what these inputs have in them, None where there is none.

    The next night would otherwise send readers back to it: made from the same, or from the same
    and an unrelated file, decision or line of code.
    """
    same = [
        one
        for one in withdrawals(releases).values()
        if one.is_in(inputs_fingerprint, read, code_fingerprint)
    ]
    return max(same, key=lambda one: one.at, default=None)


def settle(releases: Path) -> Entry | None:
    """Make pointer and log agree after a kill; give the move that was finished, if one was.

    A pointer that was lost, as by a copy that leaves links out, is put where the log says, or to
    the newest whole release if that one is lost too. The caller holds the release lock.
    """
    target = pointer_target(releases)
    last = last_move(read_log(releases))
    if target is None:
        if last is not None and (found := _readable_or_newest(releases, str(last.to))) is not None:
            move_pointer(releases, found)
        return None
    if last is not None and last.to == target:
        return None
    if last is not None and last.what in _WRITTEN_AHEAD and last.left == target:
        try:
            load_release(releases, str(last.to))
        except BrokenReleaseError:
            return None
        move_pointer(releases, str(last.to))
        return last
    write_log(releases, _found(releases, target))
    return None


def inputs_of(releases: Path, release_id: str, before: str | None = None) -> Inputs:
    """Give what a release was made from, and what of it the release `before` was not made from.

    Of one whose manifest is lost its name has the start of it.
    """
    try:
        release = load_release(releases, release_id)
    except BrokenReleaseError:
        fingerprint = release_id.rpartition("-")[2]
        return Inputs(release_id=release_id, inputs_fingerprint=fingerprint)
    known = Inputs(release_id=release_id, inputs_fingerprint=release.manifest.inputs_fingerprint)
    if before is None:
        return known
    read, read_before = _read_by(release), _read_by(load_release(releases, before))
    if read is None or read_before is None:
        return known
    came = {sha256: mark for sha256, mark in read.items() if sha256 not in read_before}
    code = release.manifest.code_fingerprint
    return known.model_copy(update={"sources": came, "code_fingerprint": code})


def _read_by(release: Release) -> dict[str, str] | None:
    """Give the files that a release read, and as what; None where its list of them is damaged."""
    if not is_as_released(release, SOURCES):
        return None
    marks = release.manifest.returns.get(READ_AS)
    listed = text_literal(str(release.path / SOURCES))
    with duckdb.connect() as connection:
        lock_down(connection, release.path)
        rows = connection.execute(
            f"SELECT source_sha256, return_id FROM read_parquet({listed}) "  # noqa: S608 - names of our own
            "WHERE state = 'read' ORDER BY ALL"
        ).fetchall()
    known = marks if isinstance(marks, dict) else {}
    return {sha256: str(known.get(return_id, "")) for sha256, return_id in rows}


def _readable_or_newest(releases: Path, release_id: str) -> str | None:
    """Give this id if its manifest can be read, else that of the newest whole release."""
    gone = withdrawals(releases)
    older = [one for one in reversed(release_ids(releases)) if one not in gone]
    for one in (release_id, *older):
        try:
            release = load_release(releases, one)
        except BrokenReleaseError:
            continue
        if one == release_id or not verify(release):
            return one
    return None


def last_move(entries: Iterable[Entry]) -> Entry | None:
    """Give the last line by which the pointer moved, or was to."""
    moves = [entry for entry in entries if entry.what in _MOVES and entry.to is not None]
    return moves[-1] if moves else None


def time_in_name(release_id: str) -> datetime | None:
    """Give the time that a release's name says; a look back's says none."""
    try:
        return datetime.strptime(release_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _found(releases: Path, target: str) -> Entry:
    try:
        manifest = load_release(releases, target).manifest
    except BrokenReleaseError:
        at = time_in_name(target) or datetime.now(UTC)
        return Entry(at=at, what="found", by="unknown", to=target)
    left = manifest.previous
    return Entry(at=manifest.made_at, what="found", by=manifest.run_id, left=left, to=target)


def _whole_lines(held: bytes) -> tuple[bytes, int]:
    """Give what lies before the last line's end, and how much there is in all."""
    return held[: held.rfind(b"\n") + 1], len(held)
