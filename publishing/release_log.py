"""The log of releases, `releases/log.jsonl`: what readers were sent to, when, by whom and why.

One line of JSON for each, and never a line changed. A rollback is written down before the pointer
moves, so that one that was killed between is finished by whoever next holds the release lock;
a release is written down after, and one that was killed between is noted then as found.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from publishing.pointer import (
    BrokenReleaseError,
    ReleaseError,
    fsync,
    load_release,
    move_pointer,
    pointer_target,
)

LOG_NAME = "log.jsonl"

What = Literal["released", "found", "looked back", "rolled back", "fell back", "restored", "pruned"]
_MOVES = frozenset({"released", "found", "rolled back", "fell back", "restored"})
_WRITTEN_AHEAD = frozenset({"rolled back", "fell back", "restored"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Inputs(_Strict):
    """A release and what it was made from; of a damaged one only the first eight digits of it."""

    release_id: str
    inputs_fingerprint: str


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


class Withdrawal(_Strict):
    """A release that a person took back, when, by whom and why."""

    release_id: str
    inputs_fingerprint: str
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
            raise ReleaseError(f"{path} line {number} cannot be read: {error}") from error
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


def withdrawal_of(releases: Path, inputs_fingerprint: str) -> Withdrawal | None:
    """Give the newest withdrawal of a release made from these inputs, None where there is none.

    The next night would otherwise make the same again, and send readers back to it.
    """
    same = [
        one
        for one in withdrawals(releases).values()
        if inputs_fingerprint.startswith(one.inputs_fingerprint)
    ]
    return max(same, key=lambda one: one.at, default=None)


def settle(releases: Path) -> Entry | None:
    """Make pointer and log agree after a kill; give the move that was finished, if one was.

    The caller holds the release lock.
    """
    target = pointer_target(releases)
    last = last_move(read_log(releases))
    if target is None or (last is not None and last.to == target):
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


def inputs_of(releases: Path, release_id: str) -> Inputs:
    """Give what a release was made from; its name has the start of it where nothing else does."""
    try:
        fingerprint = load_release(releases, release_id).manifest.inputs_fingerprint
    except BrokenReleaseError:
        fingerprint = release_id.rpartition("-")[2]
    return Inputs(release_id=release_id, inputs_fingerprint=fingerprint)


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
