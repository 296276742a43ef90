"""Keeping releases: list them, go back to an earlier one, let the old ones go.

Readers are never sent to a release that is not whole, and what a person took back does not come
back by itself: what came in with it is withdrawn until it is set aside or read otherwise, or until
it is restored. An unrelated file, decision or change of code lets nothing back in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publishing.pointer import (
    BrokenReleaseError,
    Release,
    ReleaseError,
    as_at_ids,
    current_release,
    find_release,
    fsync,
    load_release,
    move_pointer,
    pointer_target,
    release_ids,
    verify,
)
from publishing.release_lock import alone
from publishing.release_log import (
    Entry,
    Withdrawal,
    inputs_of,
    last_move,
    read_log,
    settle,
    time_in_name,
    withdrawals,
    write_log,
)

KEPT = 14
"""Releases that `prune` leaves, unless told otherwise."""

WITHDRAWN_DAYS = 30
"""How long a withdrawn release is kept to be looked into, unless told otherwise."""


@dataclass(frozen=True)
class Standing:
    """A release as it lies there. `problems` are what is amiss by the names and sizes of files."""

    id: str
    made_at: datetime | None
    figures: int | None
    is_current: bool
    looks_back: bool
    problems: tuple[str, ...]
    withdrawal: Withdrawal | None


@dataclass(frozen=True)
class Moved:
    """Where the pointer was, and where it is now."""

    left: str
    to: str


@dataclass(frozen=True)
class Removal:
    """A release that goes, and how much room that makes."""

    id: str
    size: int


def standing_releases(releases: Path) -> list[Standing]:
    """Give every release, the newest last, looks back after them; no file's content is read."""
    current, withdrawn = pointer_target(releases), withdrawals(releases)
    found = []
    for release_id in [*release_ids(releases), *as_at_ids(releases)]:
        try:
            release = load_release(releases, release_id)
            made_at, problems = release.manifest.made_at, tuple(_missing_or_cut(release))
            table = release.manifest.tables.get("metric_value")
            figures = None if table is None else table.rows
        except BrokenReleaseError as error:
            made_at, figures, problems = None, None, (str(error),)
        found.append(
            Standing(
                id=release_id,
                made_at=made_at,
                figures=figures,
                is_current=release_id == current,
                looks_back=release_id.startswith("as-at-"),
                problems=problems,
                withdrawal=withdrawn.get(release_id),
            )
        )
    return found


def problems_of(releases: Path, release_id: str) -> list[str]:
    """Read every byte and row of a release; give what is not as its manifest says."""
    try:
        return verify(find_release(releases, release_id))
    except ReleaseError as error:
        return [str(error)]


def roll_back(
    releases: Path, to: str | None, *, because: str, by: str, now: datetime | None = None
) -> Moved:
    """Send readers back to an earlier release, and withdraw what came after it.

    Without `to` it is the newest whole release before the current one. It is read through before
    the pointer moves. The line of the log comes first: one that is killed between is finished by
    whatever next holds the lock. Raises ReleaseError.
    """
    reason = _required(because)
    with alone(releases, f"a rollback by {by}"):
        finished = settle(releases)
        if finished is not None and finished.what == "rolled back" and to in (None, finished.to):
            return Moved(str(finished.left), str(finished.to))
        current = _required_pointer(releases)
        gone = withdrawals(releases)
        target = _newest_whole(releases, current) if to is None else _named(releases, current, to)
        between = {one for one in release_ids(releases) if target < one < current}
        later = sorted(between | {current})
        entry = Entry(
            at=now or datetime.now(UTC),
            what="rolled back",
            by=by,
            left=current,
            to=target,
            because=reason,
            withdrawn=tuple(inputs_of(releases, one, target) for one in later if one not in gone),
        )
        write_log(releases, entry)
        move_pointer(releases, target)
        return Moved(current, target)


def fall_back(releases: Path, *, by: str, now: datetime | None = None) -> Moved | None:
    """Where the current release is damaged, send readers to the newest whole one before it.

    Nothing is withdrawn: the next load makes the damaged one anew. A pointer that was lost is set
    again as the log has it. None where there is no need.
    """
    with alone(releases, f"a check by {by}"):
        is_lost = pointer_target(releases) is None
        settle(releases)
        current = _required_pointer(releases)
        problems = _problems_of_pointer(releases)
        if not problems:
            return Moved("nothing", current) if is_lost else None
        target = _newest_whole(releases, current)
        entry = Entry(
            at=now or datetime.now(UTC),
            what="fell back",
            by=by,
            left=current,
            to=target,
            because="; ".join(problems[:3]),
        )
        write_log(releases, entry)
        move_pointer(releases, target)
        return Moved(current, target)


def restore(
    releases: Path,
    release_id: str,
    *,
    because: str,
    by: str,
    stay: bool = False,
    now: datetime | None = None,
) -> Moved | None:
    """Let what was withdrawn be released again; send readers to it where nothing newer stands.

    What came in with a release in between is let in with it. None where the pointer stays: a newer
    release is current, the folder was pruned, or it is to `stay` until the next load.
    """
    reason = _required(because)
    with alone(releases, f"a restoration by {by}"):
        settle(releases)
        gone = withdrawals(releases)
        if release_id not in gone:
            raise ReleaseError(f"{release_id} is not withdrawn. {_listed('Withdrawn', gone)}")
        was = gone[release_id]
        has = (was.inputs_fingerprint, was.sources, was.code_fingerprint)
        lifted = tuple(one for one in gone if one == release_id or gone[one].is_in(*has))
        current = pointer_target(releases)
        is_newest = current is None or current < release_id
        moves = release_id in release_ids(releases) and is_newest and not stay
        if moves and (problems := problems_of(releases, release_id)):
            raise ReleaseError(f"{release_id} is not whole: {'; '.join(problems[:3])}")
        entry = Entry(
            at=now or datetime.now(UTC),
            what="restored",
            by=by,
            left=current if moves else None,
            to=release_id if moves else None,
            because=reason,
            lifted=lifted,
        )
        write_log(releases, entry)
        if moves:
            move_pointer(releases, release_id)
        return Moved(str(current), release_id) if moves else None


def prune(
    releases: Path,
    *,
    keep: int = KEPT,
    older_than: int | None = None,
    looks_back: bool = False,
    dry_run: bool = False,
    by: str,
    now: datetime | None = None,
) -> list[Removal]:
    """Remove old releases but the newest `keep`; with `older_than`, only those of more days.

    Withdrawn and damaged ones do not count among the newest. What stays in any case: the current
    release, the one it followed, the one a rollback would go to, and a withdrawn one until
    `older_than` days (30 without it) after it was withdrawn. Looks back go only if asked for, and
    then by the same two rules. A reader that has a release open keeps it: its files go when it
    closes them.
    """
    if keep < 1:
        raise ReleaseError("At least one release has to be kept.")
    with alone(releases, f"a pruning by {by}"):
        settle(releases)
        at = now or datetime.now(UTC)
        going = _to_remove(releases, release_ids(releases), keep, older_than, at)
        if looks_back:
            going += _to_remove(releases, as_at_ids(releases), keep, older_than, at)
        removals = [Removal(one, _size(releases / one)) for one in going]
        if removals and not dry_run:
            write_log(releases, Entry(at=at, what="pruned", by=by, removed=tuple(going)))
            for release_id in going:
                _remove(releases, release_id)
        return removals


def _to_remove(
    releases: Path, ids: list[str], keep: int, older_than: int | None, at: datetime
) -> list[str]:
    by_time = sorted(ids, key=lambda one: (_made_at(releases, one), one))
    gone = withdrawals(releases)
    counted = [one for one in by_time if one not in gone and _is_readable(releases, one)]
    stays = {*counted[-keep:], *_needed(releases, older_than, at)}
    return [
        one
        for one in by_time
        if one not in stays
        and (older_than is None or at - _made_at(releases, one) > timedelta(days=older_than))
    ]


def _needed(releases: Path, older_than: int | None, at: datetime) -> Iterator[str]:
    """Give what is never removed: what readers are sent to, or may be."""
    current = pointer_target(releases)
    if current is not None:
        yield current
        if _is_readable(releases, current):
            yield load_release(releases, current).manifest.previous or current
        if (before := next(_whole_before(releases, current), None)) is not None:
            yield before
    limit = timedelta(days=WITHDRAWN_DAYS if older_than is None else older_than)
    yield from (one.release_id for one in withdrawals(releases).values() if at - one.at <= limit)
    if (last := last_move(read_log(releases))) is not None:
        yield str(last.to)


def _remove(releases: Path, release_id: str) -> None:
    """Take a release from its name at once, then remove it; a killed removal is swept up later."""
    dying = releases / f".{release_id}.partial"
    (releases / release_id).rename(dying)
    fsync(releases)
    shutil.rmtree(dying)


def _whole_before(releases: Path, current: str) -> Iterator[str]:
    """Give whole releases before one, the newest first, without those that were withdrawn."""
    gone = withdrawals(releases)
    for release_id in reversed(release_ids(releases)):
        if (
            release_id < current
            and release_id not in gone
            and not problems_of(releases, release_id)
        ):
            yield release_id


def _newest_whole(releases: Path, current: str) -> str:
    found = next(_whole_before(releases, current), None)
    if found is None:
        raise ReleaseError(f"No whole release before {current} is left to go back to.")
    return found


def _named(releases: Path, current: str, to: str) -> str:
    """Give the id of a release that may be gone back to; raises ReleaseError."""
    if to not in release_ids(releases):
        raise ReleaseError(_listed(f"There is no release {to!r}. There", release_ids(releases)))
    if to == current:
        raise ReleaseError(f"{to} is current already.")
    if (withdrawal := withdrawals(releases).get(to)) is not None:
        raise ReleaseError(f"{withdrawal}\nTo have it again: joinedup releases restore {to}")
    if to > current:
        raise ReleaseError(f"{to} is later than {current}, which is current: run the load again.")
    if problems := problems_of(releases, to):
        raise ReleaseError(f"{to} is not whole: {'; '.join(problems[:3])}")
    return to


def _problems_of_pointer(releases: Path) -> list[str]:
    try:
        release = current_release(releases)
    except BrokenReleaseError as error:
        return [str(error)]
    return [] if release is None else verify(release)


def _required_pointer(releases: Path) -> str:
    current = pointer_target(releases)
    if current is None:
        raise ReleaseError("There is no current release yet; make one with joinedup run.")
    return current


def _required(because: str) -> str:
    if not because.strip():
        raise ReleaseError("Say why: it stays in the log.")
    return because.strip()


def _listed(what: str, ids: object) -> str:
    names = ", ".join(ids) if isinstance(ids, (list, dict)) else ""
    return f"{what}: {names or 'none'}."


def _missing_or_cut(release: Release) -> Iterator[str]:
    for name, entry in release.manifest.files.items():
        path = release.path / name
        if not path.is_file():
            yield f"{name}: missing"
        elif path.stat().st_size != entry.bytes:
            yield f"{name}: {path.stat().st_size} bytes, the manifest says {entry.bytes}"


def _is_readable(releases: Path, release_id: str) -> bool:
    try:
        load_release(releases, release_id)
    except BrokenReleaseError:
        return False
    return True


def _made_at(releases: Path, release_id: str) -> datetime:
    """Give when a release was made; of a damaged one by its name, or its folder's last change."""
    try:
        return load_release(releases, release_id).manifest.made_at
    except BrokenReleaseError:
        changed = datetime.fromtimestamp((releases / release_id).stat().st_mtime, tz=UTC)
        return time_in_name(release_id) or changed


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
