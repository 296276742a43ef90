"""The catalogue: what was landed, where it was found, how it was read, and each run.

SQLite in WAL mode, so that a person can look while a load runs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ingestion.evidence import Evidence, http_time

FIRST_SCHEMA = """
create table landed_file (
    landed_seq integer primary key,
    sha256 text not null unique,
    bytes integer not null,
    landed_at text not null
);
create table sighting (
    sha256 text not null references landed_file (sha256),
    found_at text not null,
    run_id text not null,
    seen_at text not null,
    primary key (sha256, found_at)
);
create table reading (
    sha256 text primary key references landed_file (sha256),
    fingerprint text not null,
    state text not null check (state in ('read', 'quarantined', 'unrecognised')),
    is_final integer not null,
    return_id text,
    layout_id text,
    period_start text,
    period_end text,
    first_published_on text,
    revised_on text,
    publisher_status text,
    is_synthetic integer not null default 0,
    observations integer not null default 0,
    lake_path text,
    reason text,
    sheet text,
    cell text,
    notes text not null default '[]',
    run_id text not null,
    read_at text not null
);
create table run_step (
    run_id text not null,
    step text not null,
    finished_at text not null,
    result text not null,
    primary key (run_id, step)
);
"""
WEB_VISIT = """
create table web_visit (
    visit_id integer primary key,
    run_id text not null,
    landing_page text not null,
    address text not null,
    final_address text,
    status integer,
    etag text,
    last_modified text,
    headers text not null default '{}',
    visited_at text not null,
    sha256 text references landed_file (sha256),
    error text
);
create index web_visit_address on web_visit (address, visit_id);
"""
PERIOD_TYPE = """
alter table reading add column period_type text;
update reading set period_type = 'month' where state = 'read';
"""
CHECKS = """
alter table reading add column checks text not null default '[]';
"""
DECISION = """
create table decision (
    decision_id integer primary key,
    kind text not null,
    subject text not null,
    reason text not null,
    decided_by text not null,
    decided_at text not null,
    until text
);
"""
STEP_ATTEMPT = """
create table step_attempt (
    run_id text not null,
    step text not null,
    attempt integer not null,
    started_at text not null,
    code_version text not null,
    ended_at text,
    outcome text check (outcome in ('ok', 'nothing_new', 'failed', 'stopped')),
    seconds real,
    rows_written integer,
    bytes_written integer,
    peak_memory_bytes integer,
    error text,
    primary key (run_id, step, attempt)
);
"""
MIGRATIONS = (FIRST_SCHEMA, WEB_VISIT, PERIOD_TYPE, CHECKS, DECISION, STEP_ATTEMPT)
"""What takes a catalogue from each version to the next; never edited, only added to."""
SCHEMA_VERSION = len(MIGRATIONS)

FILE_TABLES = ("reading", "web_visit", "sighting", "landed_file")
"""What is known of a file, those first that refer to others."""

RUN_TABLES = ("run_step",)
"""What is known of a run."""

TAKE_OVER = """
delete from reading where sha256 in (select sha256 from taken);
delete from sighting where run_id = :run_id and sha256 in (select sha256 from taken)
    and (sha256, found_at) not in (select sha256, found_at from other.sighting);
delete from landed_file where sha256 in
    (select sha256 from taken where sha256 not in (select sha256 from other.landed_file))
    and sha256 not in (select sha256 from sighting)
    and sha256 not in (select sha256 from web_visit where sha256 is not null);
insert or ignore into landed_file (sha256, bytes, landed_at)
    select sha256, bytes, landed_at from other.landed_file
    where sha256 in (select sha256 from taken) order by landed_seq;
insert or ignore into sighting
    select * from other.sighting where sha256 in (select sha256 from taken) order by rowid;
insert into reading select * from other.reading where sha256 in (select sha256 from taken)
"""

SWAPPED = "swapped"
"""The step of a run that took files over from a catalogue apart."""

SET_ASIDE = "set aside"
"""In the place of a fingerprint: a person set the file aside, whatever definitions say."""


@dataclass(frozen=True)
class LandedFile:
    """A landed file and the name it was first found under (relative to the folder)."""

    sha256: str
    bytes: int
    landed_seq: int
    file_name: str


@dataclass(frozen=True)
class Reading:
    """How a landed file was last read. `fingerprint` is that of definition and reader."""

    sha256: str
    fingerprint: str
    state: str
    is_final: bool
    return_id: str | None = None
    layout_id: str | None = None
    period_type: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    first_published_on: date | None = None
    revised_on: date | None = None
    publisher_status: str | None = None
    is_synthetic: bool = False
    observations: int = 0
    lake_path: str | None = None
    reason: str | None = None
    sheet: str | None = None
    cell: str | None = None
    notes: tuple[str, ...] = ()
    checks: tuple[tuple[str, int, int], ...] = ()
    """Each check of the file's own arithmetic, how many figures it compared, and of how many."""


@dataclass(frozen=True)
class Decision:
    """What a person decided about a file, cells, a check or a metric. Never changed, only added.

    `until` is the last day it holds; None for no end.
    """

    kind: str
    subject: str
    reason: str
    decided_by: str
    decided_at: datetime
    until: date | None = None
    decision_id: int = 0


@dataclass(frozen=True)
class WebVisit:
    """A visit to an address: what came back, or why nothing did.

    `sha256` is that of the bytes that lie there: those that came, or, when the server said
    that nothing changed (`status` 304), those that came before.
    """

    landing_page: str
    address: str
    final_address: str | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    visited_at: datetime | None = None
    sha256: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class StepAttempt:
    """One attempt at a step of a run, from 1.

    `outcome` is `ok`, `nothing_new`, `failed` or `stopped` (told to end, or out of time). It is
    None, as are the times and counts, while the attempt goes on, and for good when it was killed.
    `rows_written` and `bytes_written` are None where a step writes nothing that can be counted;
    `peak_memory_bytes` is the most that the step's process held so far; `error` says in
    words of our own what went wrong.
    """

    run_id: str
    step: str
    attempt: int
    started_at: datetime
    code_version: str
    ended_at: datetime | None = None
    outcome: str | None = None
    seconds: float | None = None
    rows_written: int | None = None
    bytes_written: int | None = None
    peak_memory_bytes: int | None = None
    error: str | None = None


DATES = ("period_start", "period_end", "first_published_on", "revised_on")


class Catalogue:
    """The open catalogue. Each call is one transaction; close it when done."""

    def __init__(self, path: Path) -> None:
        """Open or create the catalogue; raises RuntimeError for one of a newer program."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma foreign_keys = on")
        self._prepare(path)

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _prepare(self, path: Path) -> None:
        with self._transaction() as connection:
            version = connection.execute("pragma user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise RuntimeError(
                    f"{path.name} was written by a newer joinedup (schema {version}; this one "
                    f"knows {SCHEMA_VERSION}). Upgrade joinedup or use another JOINEDUP_HOME."
                )
            for step in MIGRATIONS[version:]:
                for statement in step.split(";"):
                    connection.execute(statement)
            connection.execute(f"pragma user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("begin immediate")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def add_landed(self, sha256: str, size: int, found_at: str, run_id: str) -> bool:
        """Note a landed file and where it was found; True when its bytes are new."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._transaction() as connection:
            new = connection.execute(
                "insert or ignore into landed_file (sha256, bytes, landed_at) values (?, ?, ?)",
                (sha256, size, now),
            ).rowcount
            connection.execute(
                "insert into sighting values (?, ?, ?, ?) on conflict (sha256, found_at)"
                " do update set run_id = excluded.run_id, seen_at = excluded.seen_at",
                (sha256, found_at, run_id, now),
            )
        return bool(new)

    def landed(self) -> list[LandedFile]:
        """Return every landed file in the order of landing."""
        rows = self._connection.execute(
            """
            select f.sha256, f.bytes, f.landed_seq,
                   (select s.found_at from sighting as s where s.sha256 = f.sha256
                    order by s.rowid limit 1) as file_name
            from landed_file as f order by f.landed_seq
            """
        )
        return [LandedFile(**dict(row)) for row in rows]

    def names(self) -> dict[str, list[str]]:
        """Return all names that each file was found under, by its sha256, the first one first."""
        found: dict[str, list[str]] = {}
        for row in self._connection.execute("select sha256, found_at from sighting order by rowid"):
            found.setdefault(row["sha256"], []).append(row["found_at"])
        return found

    def add_visit(self, visit: WebVisit, run_id: str) -> None:
        """Note a visit to an address; the time is now."""
        values = {name: getattr(visit, name) for name in visit.__dataclass_fields__}
        values["headers"] = json.dumps(dict(visit.headers), sort_keys=True)
        values["visited_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        values["run_id"] = run_id
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self._transaction() as connection:
            connection.execute(
                f"insert into web_visit ({columns}) values ({marks})",  # noqa: S608
                values,
            )

    def visits(self, address: str) -> list[WebVisit]:
        """Return the visits to an address, the latest last."""
        rows = self._connection.execute(
            "select * from web_visit where address = ? order by visit_id", (address,)
        )
        return [_visit(row) for row in rows]

    def fetched_addresses(self) -> set[str]:
        """Return the addresses that bytes have come from."""
        rows = self._connection.execute(
            "select distinct address from web_visit where sha256 is not null"
        )
        return {row["address"] for row in rows}

    def evidence(self) -> dict[str, Evidence]:
        """Return when each landed file came, and from which address, by its sha256."""
        found = {
            row["sha256"]: Evidence(datetime.fromisoformat(row["landed_at"]))
            for row in self._connection.execute("select sha256, landed_at from landed_file")
        }
        rows = self._connection.execute(
            "select * from web_visit where sha256 is not null order by visit_id"
        )
        for visit in map(_visit, rows):
            if visit.sha256 is not None:
                found[visit.sha256] = _with_visit(found[visit.sha256], visit)
        return found

    def seen_in(self, run_id: str) -> set[str]:
        """Return the sha256 of the files that a run found, new or known."""
        rows = self._connection.execute(
            "select distinct sha256 from sighting where run_id = ?", (run_id,)
        )
        return {row["sha256"] for row in rows}

    def readings(self) -> dict[str, Reading]:
        """Return how each file was last read, by its sha256."""
        rows = self._connection.execute("select * from reading")
        return {row["sha256"]: _reading(row) for row in rows}

    def read_at(self) -> dict[str, datetime]:
        """Return when each file was last read, by its sha256."""
        rows = self._connection.execute("select sha256, read_at from reading")
        return {row["sha256"]: datetime.fromisoformat(row["read_at"]) for row in rows}

    def set_reading(self, reading: Reading, run_id: str) -> None:
        """Put a reading in the place of the file's last one."""
        values = {name: getattr(reading, name) for name in reading.__dataclass_fields__}
        for name in DATES:
            values[name] = values[name].isoformat() if values[name] else None
        values["notes"] = json.dumps(reading.notes)
        values["checks"] = json.dumps(reading.checks)
        values["run_id"] = run_id
        values["read_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self._transaction() as connection:
            connection.execute(
                f"insert or replace into reading ({columns}) values ({marks})",  # noqa: S608
                values,
            )

    def forget_reading(self, sha256: str) -> None:
        """Let a file count as one that was never read."""
        with self._transaction() as connection:
            connection.execute("delete from reading where sha256 = ?", (sha256,))

    def copy_to(self, path: Path) -> None:
        """Write the catalogue as it is now to a file, which has its name when it is whole."""
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as copy:
            self._connection.backup(copy)
        part.replace(path)

    def last_read_by(self, run_id: str) -> set[str]:
        """Return the sha256 of the files whose last reading is of this run."""
        rows = self._connection.execute("select sha256 from reading where run_id = ?", (run_id,))
        return {row["sha256"] for row in rows}

    def forget_files(self, files: Collection[str]) -> None:
        """Let files, by their sha256, count as ones that never landed."""
        with self._transaction() as connection:
            for table in FILE_TABLES:
                connection.executemany(
                    f"delete from {table} where sha256 = ?",  # noqa: S608
                    [(sha256,) for sha256 in files],
                )

    def take_over(
        self,
        other: Path,
        files: Collection[str],
        *,
        run_id: str,
        swapped: Mapping[str, Any] | None,
    ) -> None:
        """Make all that is known of these files as it is in another catalogue, or leave all be.

        A file that the other has not is forgotten, unless another run than this one found it too.
        `swapped` is what the step `swapped` of the run then says; None takes that step back.
        `other` is closed, and of the same version.
        """
        with self._beside(other), self._transaction() as connection:
            connection.execute("create temp table taken (sha256 text primary key)")
            connection.executemany("insert into taken values (?)", [(one,) for one in files])
            for statement in TAKE_OVER.split(";"):
                connection.execute(statement, {"run_id": run_id} if ":run_id" in statement else {})
            connection.execute("drop table taken")
            if swapped is None:
                _forget_step(connection, run_id, SWAPPED)
            else:
                _set_step(connection, run_id, SWAPPED, swapped)

    def take_over_steps(self, other: Path, run_id: str) -> None:
        """Take what the steps of a run gave from another catalogue."""
        with self._beside(other), self._transaction() as connection:
            for table in RUN_TABLES:
                connection.execute(
                    f"insert or replace into {table}"  # noqa: S608
                    f" select * from other.{table} where run_id = ?",
                    (run_id,),
                )

    @contextmanager
    def _beside(self, other: Path) -> Iterator[None]:
        self._connection.execute("attach database ? as other", (str(other),))
        try:
            yield
        finally:
            self._connection.execute("detach database other")

    def add_decision(self, decision: Decision) -> int:
        """Note a decision; returns its number."""
        until = decision.until.isoformat() if decision.until else None
        with self._transaction() as connection:
            made = connection.execute(
                "insert into decision (kind, subject, reason, decided_by, decided_at, until)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    *(decision.kind, decision.subject, decision.reason, decision.decided_by),
                    decision.decided_at.isoformat(timespec="seconds"),
                    until,
                ),
            )
        return int(made.lastrowid or 0)

    def decisions(self) -> list[Decision]:
        """Return every decision, in the order they were made."""
        rows = self._connection.execute("select * from decision order by decision_id")
        return [
            Decision(
                **dict(row)
                | {
                    "decided_at": datetime.fromisoformat(row["decided_at"]),
                    "until": date.fromisoformat(row["until"]) if row["until"] else None,
                }
            )
            for row in rows
        ]

    def set_step(self, run_id: str, step: str, result: Mapping[str, Any]) -> None:
        """Keep what a step of a run gave; a retry replaces it."""
        with self._transaction() as connection:
            _set_step(connection, run_id, step, result)

    def forget_step(self, run_id: str, step: str) -> None:
        """Let a step of a run count as one that was never done."""
        with self._transaction() as connection:
            _forget_step(connection, run_id, step)

    def results_of(self, step: str) -> dict[str, dict[str, Any]]:
        """Return what a step gave in each run that did it, in the order in which they ended."""
        rows = self._connection.execute(
            "select run_id, result from run_step where step = ? order by finished_at, rowid",
            (step,),
        )
        return {row["run_id"]: json.loads(row["result"]) for row in rows}

    def steps(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return what the steps of a run gave, by step."""
        rows = self._connection.execute(
            "select step, result from run_step where run_id = ?", (run_id,)
        )
        return {row["step"]: json.loads(row["result"]) for row in rows}

    def results(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return what the steps of every run gave, by run and step."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self._connection.execute("select run_id, step, result from run_step"):
            found.setdefault(row["run_id"], {})[row["step"]] = json.loads(row["result"])
        return found

    def begin_attempt(self, run_id: str, step: str, *, code_version: str) -> StepAttempt:
        """Note that a step begins now; returns the attempt with its number."""
        now = datetime.now(UTC)
        with self._transaction() as connection:
            row = connection.execute(
                "insert into step_attempt (run_id, step, attempt, started_at, code_version)"
                " select ?, ?, coalesce(max(attempt), 0) + 1, ?, ?"
                " from step_attempt where run_id = ? and step = ? returning attempt",
                (run_id, step, now.isoformat(), code_version, run_id, step),
            ).fetchone()
        return StepAttempt(run_id, step, row["attempt"], now, code_version)

    def end_attempt(self, ended: StepAttempt) -> None:
        """Note how an attempt ended."""
        with self._transaction() as connection:
            connection.execute(
                "update step_attempt set ended_at = ?, outcome = ?, seconds = ?, rows_written = ?,"
                " bytes_written = ?, peak_memory_bytes = ?, error = ?"
                " where run_id = ? and step = ? and attempt = ?",
                (
                    *(ended.ended_at and ended.ended_at.isoformat(), ended.outcome),
                    *(ended.seconds, ended.rows_written, ended.bytes_written),
                    *(ended.peak_memory_bytes, ended.error),
                    *(ended.run_id, ended.step, ended.attempt),
                ),
            )

    def attempts(self, run_id: str | None = None) -> list[StepAttempt]:
        """Return the attempts of a run, or of all, in the order in which they began."""
        rows = self._connection.execute(
            "select * from step_attempt where ? is null or run_id = ? order by started_at, rowid",
            (run_id, run_id),
        )
        return [_attempt(row) for row in rows]

    def forget_runs(self, before: datetime) -> int:
        """Forget the runs of which no step began since; returns how many. What they read stays."""
        with self._transaction() as connection:
            old = connection.execute(
                "select run_id from step_attempt group by run_id having max(started_at) < ?",
                (before.isoformat(),),
            ).fetchall()
            names = [(row["run_id"],) for row in old]
            connection.executemany("delete from run_step where run_id = ?", names)
            connection.executemany("delete from step_attempt where run_id = ?", names)
        return len(names)

    def landed_in(self, run_id: str, since: datetime) -> list[LandedFile]:
        """Return the files that a run found and that nobody had landed before `since`."""
        rows = self._connection.execute(
            "select distinct f.sha256 from landed_file as f join sighting as s using (sha256)"
            " where s.run_id = ? and f.landed_at >= ?",
            (run_id, since.isoformat(timespec="seconds")),
        )
        wanted = {row["sha256"] for row in rows}
        return [file for file in self.landed() if file.sha256 in wanted] if wanted else []

    def read_in(self, run_id: str, since: datetime) -> list[Reading]:
        """Return the readings that a run made since."""
        rows = self._connection.execute(
            "select * from reading where run_id = ? and read_at >= ? order by sha256",
            (run_id, since.isoformat(timespec="seconds")),
        )
        return [_reading(row) for row in rows]


def _set_step(
    connection: sqlite3.Connection, run_id: str, step: str, result: Mapping[str, Any]
) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(
        "insert or replace into run_step values (?, ?, ?, ?)",
        (run_id, step, now, json.dumps(result)),
    )


def _forget_step(connection: sqlite3.Connection, run_id: str, step: str) -> None:
    connection.execute("delete from run_step where run_id = ? and step = ?", (run_id, step))


def _with_visit(known: Evidence, visit: WebVisit) -> Evidence:
    """Take up a visit that found the bytes: the first says where, the earliest time counts."""
    told = http_time(visit.last_modified) if visit.last_modified else None
    earliest = min((time for time in (known.last_modified, told) if time), default=None)
    if known.url is not None:
        return replace(known, last_modified=earliest)
    return replace(
        known,
        url=visit.address,
        landing_page=visit.landing_page,
        fetched_at=visit.visited_at,
        last_modified=earliest,
    )


def _visit(row: sqlite3.Row) -> WebVisit:
    values = {name: row[name] for name in WebVisit.__dataclass_fields__}
    values["headers"] = json.loads(values["headers"])
    values["visited_at"] = datetime.fromisoformat(values["visited_at"])
    return WebVisit(**values)


def _attempt(row: sqlite3.Row) -> StepAttempt:
    values = dict(row)
    for name in ("started_at", "ended_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return StepAttempt(**values)


def _reading(row: sqlite3.Row) -> Reading:
    values = {name: row[name] for name in Reading.__dataclass_fields__}
    for name in DATES:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    values["is_final"] = bool(values["is_final"])
    values["is_synthetic"] = bool(values["is_synthetic"])
    values["notes"] = tuple(json.loads(values["notes"]))
    values["checks"] = tuple(tuple(one) for one in json.loads(values["checks"]))
    return Reading(**values)
