"""Release: an audited candidate becomes an immutable folder, and then the pointer moves.

Everything is written under `releases/.<id>.partial/`, checked by reading it back, made durable,
and renamed; nothing a reader looks at changes until the last step moves one symbolic link. A run
that is killed anywhere leaves the old release standing, and the next call clears up or finishes.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import EllipsisType, MappingProxyType

import duckdb

from publishing.beside import TABLES, attach_beside
from publishing.losses import Loss, decided_losses, losses
from publishing.manifest import sha256_of
from publishing.mart_tables import SCHEMA, Contents, MartError, Table, contents, describe
from publishing.pointer import (
    BrokenReleaseError,
    Release,
    ReleaseError,
    ReleaseRefusedError,
    current_release,
    load_release,
    move_pointer,
    pointer_target,
    release_ids,
    verify,
)
from publishing.release_folder import (
    Pages,
    Plan,
    Report,
    Scan,
    attached,
    in_database,
    make_folder,
    source_of,
)
from publishing.release_lock import ReleaseLocked, alone
from publishing.release_log import (
    READ_AS,
    Entry,
    ReadAs,
    What,
    settle,
    withdrawal_of,
    write_log,
)
from publishing.run_table import NAME as RUN
from publishing.space import NotEnoughSpaceError, require_space_to_release

__all__ = [
    "NotEnoughSpaceError",
    "ReleaseLocked",
    "ReleaseRefusedError",
    "StaleReleaseError",
    "release_as_at",
    "release_marts",
    "standing_as_at",
]

PROMISED_TABLES: tuple[str, ...] = (
    "metric",
    "metric_value",
    "metric_plan",
    "area",
    "area_link",
    "population",
    "england_route",
    "period",
    "delayed_days",
    "claim",
    "programme",
    "commitment",
    "reconciliation",
    "source_file",
    "lineage",
    "revision",
    "control_limit",
    "peer_feature",
    "peer",
    "scorecard",
    "bcf_outturn",
    "bcf_money",
    "deflator",
    "spending_change",
    "release_change",
    "quality_result",
    "run",
)
"""What BI users may rely on: a release without one of them, or with an empty one, is refused."""

MAY_BE_EMPTY = frozenset(
    {"revision", "control_limit", "peer", "deflator", "spending_change", "release_change"}
)
"""Promised tables that have no row where nothing of theirs is loaded, or has happened."""


class StaleReleaseError(ReleaseError):
    """This attempt was overtaken: a later release already stands."""


def release_marts(
    candidate: Path,
    quality: Path,
    releases: Path,
    *,
    inputs_fingerprint: str,
    run_id: str,
    now: datetime,
    returns: Mapping[str, object] = MappingProxyType({}),
    follows: str | EllipsisType | None = ...,
    accept_losses: bool = False,
    code_fingerprint: str | None = None,
    scan: Scan | None = None,
    pages: Pages | None = None,
    memory: str = "700MB",
    report: Report | None = None,
) -> Release:
    """Release an audited candidate and move the pointer to it.

    `candidate` is a closed DuckDB file with schema `marts`; `quality` the folder of the audit's
    results, whose `quality.json` must say `"outcome": "passed"`; `inputs_fingerprint` is hex and
    names what the candidate was made from; `now` has a time zone; `returns` goes into the manifest
    (JSON values). `follows` is the fence against an attempt that was overtaken: the id of the
    release that was current when the run began (None for none), left out to check times only.
    A candidate that lacks figures of the current release, or gives them from an older vintage, is
    refused unless `accept_losses`. A damaged current release is replaced, whatever it holds; a
    candidate with all that came in with a release that was rolled back is refused until that is
    restored. `pages` makes the pages of the folder, and `scan` looks through all of it, before it
    is sealed. Each move of the pointer is a line of the log.

    The same run may call again: once its release is current it is given back as it is, and a
    release left complete but not yet pointed at is verified and used.

    Raises ReleaseRefusedError, ReleaseLocked, StaleReleaseError, NotEnoughSpaceError and
    BrokenReleaseError; all are ReleaseError, and after each readers see what they saw before.
    """
    if not re.fullmatch(r"[0-9a-f]{8,}", inputs_fingerprint):
        raise ValueError("inputs_fingerprint must be at least 8 lower-case hex digits")
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    releases.mkdir(parents=True, exist_ok=True)
    with alone(releases, f"run {run_id}"):
        is_lost = pointer_target(releases) is None
        settle(releases)
        if is_lost and follows is None:
            follows = ...  # the run found no pointer, and has now been given the lost one back
        made_at = now.astimezone(UTC)
        plan = Plan(
            candidate=candidate,
            quality=quality,
            releases=releases,
            release_id=f"{made_at:%Y%m%dT%H%M%SZ}-{inputs_fingerprint[:8]}",
            made_at=made_at,
            run_id=run_id,
            inputs_fingerprint=inputs_fingerprint,
            previous=pointer_target(releases),
            returns=returns,
            memory=memory,
            report=report or _silent,
            code_fingerprint=code_fingerprint,
            scan=scan,
            pages=pages,
        )
        try:
            return _release(plan, follows, accept_losses=accept_losses)
        except (OSError, duckdb.Error, MartError) as error:
            raise ReleaseError(f"nothing was released: {error}") from error


def release_as_at(
    candidate: Path,
    quality: Path,
    releases: Path,
    *,
    as_at: date,
    inputs_fingerprint: str,
    run_id: str,
    now: datetime,
    returns: Mapping[str, object] = MappingProxyType({}),
    code_fingerprint: str | None = None,
    scan: Scan | None = None,
    pages: Pages | None = None,
    memory: str = "700MB",
    report: Report | None = None,
) -> Release:
    """Release a candidate that looks back to a day, beside the releases that follow each other.

    The arguments and errors are those of `release_marts`, and the candidate has to be as sound.
    But the folder's name says the day, the pointer stays where it is, and nothing is compared with
    the current release, of which a look back lacks much by its nature. What stands already under
    the name is given back if it is whole and holds the same; a damaged one is made again.
    """
    release_id = as_at_id(as_at, inputs_fingerprint)
    releases.mkdir(parents=True, exist_ok=True)
    with alone(releases, f"run {run_id}"):
        settle(releases)
        plan = Plan(
            candidate=candidate,
            quality=quality,
            releases=releases,
            release_id=release_id,
            made_at=now.astimezone(UTC),
            run_id=run_id,
            inputs_fingerprint=inputs_fingerprint,
            previous=None,
            returns=returns,
            memory=memory,
            report=report or _silent,
            as_at=as_at,
            code_fingerprint=code_fingerprint,
            scan=scan,
            pages=pages,
        )
        try:
            return _look_back(plan)
        except (OSError, duckdb.Error, MartError) as error:
            raise ReleaseError(f"nothing was released: {error}") from error


def as_at_id(as_at: date, inputs_fingerprint: str) -> str:
    """Name the release that looks back to a day from these inputs."""
    return f"as-at-{as_at.isoformat()}-{inputs_fingerprint[:8]}"


def standing_as_at(releases: Path, as_at: date, inputs_fingerprint: str) -> Release | None:
    """Give the release that looks back to a day from these inputs, None where no whole one is."""
    try:
        release = load_release(releases, as_at_id(as_at, inputs_fingerprint))
    except BrokenReleaseError:
        return None
    same = release.manifest.inputs_fingerprint == inputs_fingerprint
    return release if same and not verify(release) else None


def _look_back(plan: Plan) -> Release:
    _refuse_open(plan.candidate)
    _refuse_unaudited(plan.quality, plan.candidate)
    with attached(plan.candidate, plan.memory) as connection:
        tables = _tables(connection, plan.quality)
        expected = _promised_contents(
            connection, tables, MAY_BE_EMPTY | _without_a_return(plan.quality)
        )
    if plan.folder.exists():
        standing = _readable(plan.releases, plan.release_id)
        if standing is not None and _is_the_same(plan, standing, expected):
            return standing
        _clear_name(plan, standing)
    _make(plan, tables, expected)
    write_log(plan.releases, _line(plan, plan.release_id, "looked back"))
    return load_release(plan.releases, plan.release_id)


def _make(plan: Plan, tables: list[Table], expected: dict[str, Contents]) -> None:
    require_space_to_release(plan.releases, plan.candidate)
    make_folder(plan, tables, expected)


def _line(plan: Plan, release_id: str, what: What, because: str = "") -> Entry:
    return Entry(
        at=plan.made_at,
        what=what,
        by=f"run {plan.run_id}",
        left=plan.previous,
        to=release_id,
        because=because,
    )


def _without_a_return(quality: Path) -> frozenset[str]:
    """Give the marts of which the audit says that no file of their returns was read.

    On an early day a return had not begun, and a mart of it alone is rightly empty.
    """
    checks = json.loads((quality / "quality.json").read_text(encoding="utf-8")).get("checks", [])
    absent = (
        check["table"]
        for check in checks
        if check["outcome"] == "not_applicable" and check.get("why", "no_return") == "no_return"
    )
    return frozenset(table.removeprefix(f"{SCHEMA}.") for table in absent)


def _readable(releases: Path, release_id: str) -> Release | None:
    try:
        return load_release(releases, release_id)
    except BrokenReleaseError:
        return None


def _release(plan: Plan, follows: str | EllipsisType | None, *, accept_losses: bool) -> Release:
    named = _named(plan.releases)
    standing = None if named is None or verify(named) else named
    if standing is not None and _is_of_this_run(plan, standing):
        return standing
    _refuse_open(plan.candidate)
    _refuse_unaudited(plan.quality, plan.candidate)
    with attached(plan.candidate, plan.memory) as connection:
        tables = _tables(connection, plan.quality)
        expected = _promised_contents(connection, tables)
        read, marks = _read_as(connection)
        _refuse_withdrawn(plan, read)
        lost = "" if named is None else _listed(named, losses(connection, named))
        decided = "" if named is None else _listed(named, decided_losses(connection, named))
    if lost and not accept_losses:
        raise ReleaseRefusedError(
            f"{lost}\nIf that is meant, release once "
            "with JOINEDUP_ACCEPT_LOSSES=true; otherwise see which files were quarantined."
        )
    if standing is not None and _is_the_same(plan, standing, expected):
        return standing
    _refuse_overtaken(plan, standing, follows)
    waiting = _waiting_release(plan, expected)
    if waiting is None:
        returns = {**plan.returns, READ_AS: marks} if marks else plan.returns
        _make(replace(plan, returns=returns), tables, expected)
        waiting = load_release(plan.releases, plan.release_id)
    move_pointer(plan.releases, waiting.id)
    with suppress(OSError, ReleaseError):  # it is out: whoever holds the lock next notes it
        accepted = f"with JOINEDUP_ACCEPT_LOSSES, {lost}" if lost else ""
        because = "; ".join(filter(None, [accepted, decided]))
        write_log(plan.releases, _line(plan, waiting.id, "released", because))
    return waiting


def _refuse_withdrawn(plan: Plan, read: ReadAs) -> None:
    withdrawal = withdrawal_of(plan.releases, plan.inputs_fingerprint, read, plan.code_fingerprint)
    if withdrawal is None:
        return
    came = ", ".join(sha256[:12] for sha256 in list(withdrawal.sources)[:5])
    more = f" and {len(withdrawal.sources) - 5} more" if len(withdrawal.sources) > 5 else ""
    mend = (
        f"one of the files that came in with it ({came}{more}; joinedup set-aside, a definition)"
        if came
        else "the code that made it"
    )
    raise ReleaseRefusedError(
        f"{withdrawal}\nThis has all of that in it again. Change {mend}, or take the withdrawal "
        f"back: joinedup releases restore {withdrawal.release_id} --because …"
    )


def _read_as(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, str], dict[str, str]]:
    """Give the files that the candidate reads, by sha256, and its returns, each with a mark.

    The mark is the fingerprint of definition and reader, which only the lake knows; where it is
    not at hand, a file's mark is empty and a return has none.
    """
    read = "SELECT source_sha256, '' FROM candidate.marts.source_file WHERE state = 'read'"
    found = dict(connection.execute(read).fetchall())
    marks: dict[str, str] = {}
    with suppress(duckdb.Error):
        of_lake = (
            "SELECT source_sha256, return_id, definition_fingerprint "
            "FROM candidate.lake.source_file WHERE state = 'read' ORDER BY ALL"
        )
        for sha256, return_id, mark in connection.execute(of_lake).fetchall():
            if sha256 in found:
                found[sha256] = marks[return_id] = mark
    return found, marks


def _tables(connection: duckdb.DuckDBPyConnection, quality: Path) -> list[Table]:
    """Give the candidate's marts and those that lie beside it, by name."""
    built = describe(connection, "candidate")
    for table in built:
        if table.name in TABLES:
            raise MartError(
                f"{SCHEMA}.{table.name} comes from beside the candidate, and the candidate has it"
            )
    return sorted([*built, *attach_beside(connection, quality)], key=lambda table: table.name)


def _named(releases: Path) -> Release | None:
    """Give the release that the pointer names, whole or not; None where its manifest is lost.

    A damaged release must not keep a sound one from replacing it, even one with the same content.
    """
    try:
        return current_release(releases)
    except BrokenReleaseError:
        return None


def _is_of_this_run(plan: Plan, standing: Release) -> bool:
    manifest = standing.manifest
    asked = (plan.run_id, plan.inputs_fingerprint)
    return (manifest.run_id, manifest.inputs_fingerprint) == asked


def _refuse_overtaken(
    plan: Plan, standing: Release | None, follows: str | EllipsisType | None
) -> None:
    if not isinstance(follows, EllipsisType) and follows != plan.previous:
        raise StaleReleaseError(
            f"the run began when {follows or 'nothing'} was released, "
            f"but now {plan.previous or 'nothing'} is: run again"
        )
    if standing is not None and plan.made_at < standing.manifest.made_at:
        raise StaleReleaseError(
            f"{standing.id} is later than this attempt of {plan.made_at:%Y-%m-%d %H:%M:%S} UTC: "
            "the attempt was overtaken, or the clock went back"
        )


def _refuse_unaudited(quality: Path, candidate: Path) -> None:
    """Refuse without an audit that passed; where it says of what, it must be this candidate."""
    path = quality / "quality.json"
    try:
        audit = json.loads(path.read_text(encoding="utf-8"))
        outcome, audited = audit["outcome"], audit.get("candidate", candidate.name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseRefusedError(f"no audit result to read at {path}: {error!r}") from error
    if outcome != "passed":
        raise ReleaseRefusedError(f"the audit's outcome is {outcome!r}, not 'passed'")
    if audited != candidate.name:
        raise ReleaseRefusedError(f"the audit is of {audited}, not of {candidate.name}")
    if "candidate_sha256" in audit and audit["candidate_sha256"] != sha256_of(candidate):
        raise ReleaseRefusedError(
            f"{candidate.name} is not byte for byte what the audit looked at: run the load again"
        )


def _refuse_open(candidate: Path) -> None:
    """Refuse a candidate that was not closed: rows in its log would silently be lost."""
    if not candidate.is_file():
        raise ReleaseRefusedError(f"there is no candidate {candidate}")
    log = candidate.with_name(candidate.name + ".wal")
    if log.exists():
        raise ReleaseRefusedError(f"{log.name} lies beside the candidate: it was not closed")


def _promised_contents(
    connection: duckdb.DuckDBPyConnection,
    tables: list[Table],
    may_be_empty: frozenset[str] = MAY_BE_EMPTY,
) -> dict[str, Contents]:
    """Fingerprint every mart of the candidate.

    Raises ReleaseRefusedError for a promised table that is not there, or has no row.
    """
    missing = sorted(set(PROMISED_TABLES) - {table.name for table in tables})
    if missing:
        raise ReleaseRefusedError(f"the candidate lacks {', '.join(missing)}")
    found = {
        table.name: contents(connection, in_database(source_of(table), table), table)
        for table in tables
    }
    empty = [n for n in PROMISED_TABLES if found[n].rows == 0 and n not in may_be_empty]
    if empty:
        raise ReleaseRefusedError(f"empty in the candidate: {', '.join(empty)}")
    return found


def _listed(standing: Release, found: list[Loss]) -> str:
    """Say which figures of the current release are lost, or go back; nothing for none."""
    fates = dict.fromkeys(loss.fate for loss in found)
    return "\n".join(
        f"figures of {standing.id} {fate}:"
        + "".join(f"\n  - {loss}" for loss in found if loss.fate == fate)
        for fate in fates
    )


def _waiting_release(plan: Plan, expected: dict[str, Contents]) -> Release | None:
    """Give the release that a killed run completed but did not point at, if it is this one.

    It must have been made to follow the current release, from the same inputs, hold what the
    candidate holds, and be whole. A damaged one under the name we need is removed.
    """
    for release_id in reversed(release_ids(plan.releases)):
        if release_id == plan.previous:
            continue
        release = _readable(plan.releases, release_id)
        follows = release is not None and release.manifest.previous == plan.previous
        if release is not None and follows and _is_the_same(plan, release, expected):
            return release
        if release_id == plan.release_id:
            _clear_name(plan, release)
    return None


def _is_the_same(plan: Plan, release: Release, expected: dict[str, Contents]) -> bool:
    """Say whether a release has these inputs and these contents, and is whole.

    Mart `run` tells of the way here, which is another one each time.
    """
    manifest = release.manifest
    held = {
        name: Contents(table.rows, table.content_sha256) for name, table in manifest.tables.items()
    }
    return (
        manifest.inputs_fingerprint == plan.inputs_fingerprint
        and held | {RUN: None} == expected | {RUN: None}
        and not verify(release)
    )


def _clear_name(plan: Plan, release: Release | None) -> None:
    if release is not None and not verify(release):
        raise ReleaseError(f"{release.id} exists already and holds something else")
    shutil.rmtree(plan.folder)


def _silent(what: str, done: int, total: int) -> None:
    """Report nothing."""
