"""Read all landed files that are new or whose definition changed, in worker processes."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from multiprocessing import current_process, get_context
from multiprocessing.process import AuthenticationString  # type: ignore[attr-defined]
from pathlib import Path
from types import ModuleType

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ingestion.catalogue import SET_ASIDE, Catalogue, Reading
from ingestion.definition import Definition
from ingestion.folder import Report, silent
from ingestion.held import SET_ASIDE as SET_ASIDE_DECISION
from ingestion.held import TAKE_BACK, decide, with_accepted, write_held
from ingestion.lake import write_index, write_shapes
from ingestion.landing import landed_path
from ingestion.pseudonyms import has_pseudonyms, mark_of
from ingestion.record_reader import record_schema
from ingestion.register import Register
from ingestion.worker import Context, Job, read_one, start

READER_FILES = (
    "biff.py",
    "collected.py",
    "container.py",
    "definition.py",
    "figures.py",
    "file_checks.py",
    "headings.py",
    "lake.py",
    "layouts.py",
    "listed.py",
    "observations.py",
    "ods.py",
    "patterns.py",
    "period.py",
    "personal.py",
    "plain_book.py",
    "plain_sheet.py",
    "pseudonyms.py",
    "reader.py",
    "reconcile.py",
    "record_reader.py",
    "records.py",
    "register.py",
    "sheetscan.py",
    "split.py",
    "subjects.py",
    "table.py",
    "text_encoding.py",
    "text_file.py",
    "title_block.py",
    "unpacking.py",
    "untrusted.py",
    "wording.py",
    "workbook.py",
    "worker.py",
    "zip_parts.py",
)


READ_WITH = ("python-calamine", "polars")
START_SECONDS = 60
"""What a reading process may take to start on a busy machine."""


class ReadersDoNotStartError(Exception):
    """The reading processes do not start, so nothing can be said of any file."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may take, and how many are read side by side."""

    workers: int
    timeout_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class ReadSummary:
    """Counts over all landed files, and what this run read or set aside."""

    read: int
    quarantined: int
    unrecognised: int
    newly_read: int
    newly_quarantined: list[Reading]
    observations: int


@cache
def reader_fingerprint() -> str:
    """Return hex digits that change when the code or the libraries that read files do."""
    digest = hashlib.sha256("".join(version(name) for name in READ_WITH).encode())
    for name in READER_FILES:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def fingerprints(
    definitions: Mapping[str, Definition],
    register: Register | None = None,
    pseudonym_key: bytes | None = None,
) -> dict[str, str]:
    """Return each return's 12-digit fingerprint, of definition, register and reader.

    Of a return with pseudonyms it is one of the key too.
    """
    code = reader_fingerprint() + (register.fingerprint if register else "")
    key = mark_of(pseudonym_key)
    return {
        return_id: hashlib.sha256(
            f"{code}{definition.fingerprint()}{key if has_pseudonyms(definition) else ''}".encode()
        ).hexdigest()[:12]
        for return_id, definition in definitions.items()
    }


def read_landed(
    landing: Path,
    lake: Path,
    catalogue: Catalogue,
    definitions: Mapping[str, Definition],
    *,
    run_id: str,
    limits: Limits,
    register: Register | None = None,
    pseudonym_key: bytes | None = None,
    report: Report = silent,
) -> ReadSummary:
    """Bring the lake up to date with landing and definitions.

    Files read before by the same definition and code are not opened. A file that
    cannot be trusted is quarantined and the others go on; so is a synthetic return in
    a warehouse of real ones, and the other way round. What people decided holds: cells that are
    held, and differences that are accepted.
    """
    marks = fingerprints(definitions, register, pseudonym_key)
    registry = hashlib.sha256("".join(sorted(marks.values())).encode()).hexdigest()[:12]
    before = catalogue.readings()
    due = [
        file
        for file in catalogue.landed()
        if not _is_current(before.get(file.sha256), marks, registry, lake)
    ]
    jobs = [Job(f.sha256, f.file_name, landed_path(landing, f.sha256), lake) for f in due]
    decisions = catalogue.decisions()
    context = Context(with_accepted(definitions, decisions), marks, register, pseudonym_key)
    fresh: list[Reading] = []
    for done, reading in enumerate(_read_all(jobs, context, limits), 1):
        fresh.append(reading)
        catalogue.set_reading(_stamped(reading, registry), run_id)
        report("read", done, len(due))
    fresh += _set_strangers_aside(catalogue, run_id)
    records = {name: d for name, d in definitions.items() if d.records}
    write_shapes(lake, {name: record_schema(d) for name, d in records.items()})
    write_index(lake, catalogue)
    write_held(lake, decisions)
    return _summary(catalogue.readings(), fresh)


def set_aside(
    catalogue: Catalogue, sha256: str, reason: str, run_id: str, *, by: str | None = None
) -> None:
    """Quarantine a landed file because a person says so; raises KeyError for an unknown one."""
    if sha256 not in {file.sha256 for file in catalogue.landed()}:
        raise KeyError(sha256)
    before = catalogue.readings().get(sha256)
    reading = before or Reading(sha256, SET_ASIDE, "quarantined", is_final=True)
    catalogue.set_reading(
        replace(
            reading,
            fingerprint=SET_ASIDE,
            state="quarantined",
            is_final=True,
            lake_path=None,
            reason=f"Set aside by hand: {reason}",
        ),
        run_id,
    )
    decide(catalogue, SET_ASIDE_DECISION, sha256, reason, by=by)


def take_back(
    catalogue: Catalogue, sha256: str, reason: str = "taken back", *, by: str | None = None
) -> None:
    """Let a file that was set aside by hand be read again; raises KeyError for another one."""
    reading = catalogue.readings().get(sha256)
    if reading is None or reading.fingerprint != SET_ASIDE:
        raise KeyError(sha256)
    catalogue.forget_reading(sha256)
    decide(catalogue, TAKE_BACK, sha256, reason, by=by)


def _is_current(
    reading: Reading | None, marks: Mapping[str, str], registry: str, lake: Path
) -> bool:
    if reading is None or not reading.is_final:
        return False
    if reading.fingerprint == SET_ASIDE:
        return True
    if reading.return_id is None or reading.state == "unrecognised":
        return reading.fingerprint == registry
    if reading.lake_path is not None and not (lake / reading.lake_path).exists():
        return False
    return reading.fingerprint == marks.get(reading.return_id)


def _stamped(reading: Reading, registry: str) -> Reading:
    """A file that no single definition decided on is looked at again when any changes."""
    if reading.return_id is not None and reading.state != "unrecognised":
        return reading
    return replace(reading, fingerprint=registry)


def _read_all(
    jobs: list[Job],
    context: Context,
    limits: Limits,
) -> Iterator[Reading]:
    """Yield a reading for each file that is due, in the order of landing."""
    if not jobs:
        return
    with (
        bare_main(),
        ProcessPool(
            max_workers=min(limits.workers, len(jobs)),
            initializer=start,
            initargs=(limits.memory_mb, context),
            # Polars starts threads, which a forked process would inherit locked.
            context=get_context("spawn"),
        ) as pool,
    ):
        futures = [
            pool.schedule(
                read_one,
                args=(job,),
                timeout=limits.timeout_seconds,
            )
            for job in jobs
        ]
        for job, future in zip(jobs, futures, strict=True):
            yield _outcome(job, future, limits, pool)


@contextmanager
def bare_main() -> Iterator[None]:
    """Keep the workers from importing the program that was started: in a task, all of Airflow.

    And have a task of Celery's be a process like others: Celery makes its own daemons, which may
    start no process, with a key that only its own kind of process may hand on.
    """
    main, task = sys.modules["__main__"], current_process()
    config: dict[str, object] = task._config  # type: ignore[attr-defined]
    kept = config.copy()
    sys.modules["__main__"] = ModuleType("__main__")
    config.update(daemon=False, authkey=AuthenticationString(task.authkey))
    try:
        yield
    finally:
        config.update(kept)
        sys.modules["__main__"] = main


def _outcome(job: Job, future: ProcessFuture, limits: Limits, pool: ProcessPool) -> Reading:
    """Return a reading; a reader that died or hung sets its file aside until the next run."""
    try:
        # Files are read in this order, so the next one ends soon after the one before it.
        reading: Reading = future.result(timeout=2 * limits.timeout_seconds + START_SECONDS)
    except TookTooLong:
        if not future.done():
            pool.stop()
            raise ReadersDoNotStartError(
                "No reading process has started or finished for too long; see the log for why."
            ) from None
        return _failed(job, f"Reading took longer than {limits.timeout_seconds} seconds.")
    except ProcessExpired:
        return _failed(
            job,
            "The reading process ended abruptly, which happens when a file expands "
            f"beyond the {limits.memory_mb} MB that a reader may take.",
        )
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        return _failed(job, f"joinedup failed to read this file, which is a fault in it ({fault}).")
    return reading


def _failed(job: Job, reason: str) -> Reading:
    return Reading(job.sha256, "", "quarantined", is_final=False, reason=reason)


def _set_strangers_aside(catalogue: Catalogue, run_id: str) -> list[Reading]:
    """Quarantine what is not of the kind, synthetic or real, that was landed first."""
    readings = catalogue.readings()
    in_order = [readings[f.sha256] for f in catalogue.landed() if f.sha256 in readings]
    kept = [reading for reading in in_order if reading.state == "read"]
    strangers = [r for r in kept if r.is_synthetic != kept[0].is_synthetic]
    aside = [
        replace(stranger, state="quarantined", reason=_stranger(stranger), lake_path=None)
        for stranger in strangers
    ]
    for reading in aside:
        catalogue.set_reading(reading, run_id)
    return aside


def _stranger(reading: Reading) -> str:
    one, other = ("SYNTHETIC", "real") if reading.is_synthetic else ("real", "SYNTHETIC")
    return (
        f"This is a {one} return and the warehouse holds {other} ones; the two are never mixed. "
        "Load it into a JOINEDUP_HOME of its own."
    )


def _summary(readings: Mapping[str, Reading], fresh: list[Reading]) -> ReadSummary:
    states = Counter(reading.state for reading in readings.values())
    return ReadSummary(
        read=states["read"],
        quarantined=states["quarantined"],
        unrecognised=states["unrecognised"],
        newly_read=sum(readings[r.sha256].state == "read" for r in fresh),
        newly_quarantined=[r for r in fresh if r.state == "quarantined"],
        observations=sum(r.observations for r in readings.values() if r.state == "read"),
    )
