"""The order of the steps: what each task of the nightly load calls.

Each function loads the settings, does one step, keeps its result in the catalogue and
returns it as a small dict of paths, ids and counts. Run again, it gives the same. Each call is an
attempt that the run log notes.
`run_id` is the scheduler's name of the run, the same for every step and retry; `settings` are
given only by what works in a home of its own, apart.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import joinedup
from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, load_definitions, undecided_definitions
from ingestion.folder import Report, fetch_folder, silent
from ingestion.lake import INDEX
from ingestion.outside import WebLimits
from ingestion.pseudonyms import PseudonymKeyError, load_key
from ingestion.read import Limits, ReadSummary, read_landed, set_aside, take_back
from ingestion.register import load_register
from ingestion.survey import Survey, load_not_returns
from ingestion.survey import survey_folder as survey_by_definitions
from ingestion.web import WebFetched, fetch_web, find_wanted
from joinedup.as_at import BadDateError, known_at, parse_as_at
from joinedup.backfill_ledger import note_told, untold
from joinedup.decisions import decided_of, decision_texts
from joinedup.inputs import code_fingerprint, inputs_fingerprint, lake_fingerprint
from joinedup.landed_files import UnknownFileError, landed_file
from joinedup.progress import console, shown
from joinedup.refusals import NotReleased as NotReleased
from joinedup.refusals import ReleaseBlocked
from joinedup.refusals import WriterBusyError as WriterBusyError
from joinedup.run_id import step_run_id
from joinedup.run_log import Result, recorded, rows_of
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.step_outcomes import (
    came_of_auditing,
    came_of_building,
    came_of_fetching,
    came_of_reading,
    came_of_releasing,
)

if TYPE_CHECKING:
    from dbt_project.build import BuildResult
    from expectations.verdict import CheckFailure
    from publishing.history import Cadence

STALE_CANDIDATE_SECONDS = 6 * 3600
KEPT_AUDIT_SECONDS = 30 * 24 * 3600
"""A refused candidate takes room; what its audit said does not, and is asked for later."""

RELEASING = ("release_marts", "swap_and_release")
"""The step that goes on while a release is made, and the one round it in a back-fill."""

LOOK_BACK = ("known_then", "published_later", "left_out_undated")
"""What the manifest of a look back says of the files it saw, and of those it left out."""


class NothingFetchedError(Exception):
    """No publisher could be reached, or none gave a file; a later try may do better."""


SAID = (NotReleased, NothingFetchedError, WriterBusyError)
"""Errors whose first line may be logged: it holds no figure of a file and no secret."""


def fetch_returns(run_id: str, returns: str | None = None, as_at: str | None = None) -> Result:
    """Land the files of a folder; without one, what the publishers' pages link to.

    A look back (`as_at`, a day) visits no publisher: without a folder it takes what has landed.
    """
    settings = Settings()
    folder = Path(returns) if returns else settings.returns
    if folder is None and as_at is None and settings.web:
        return fetch_from_web(run_id)
    return _fetch_from_folder(run_id, settings, folder, as_at)


@recorded("fetch_returns", came_of_fetching, SAID)
def _fetch_from_folder(
    run_id: str, settings: Settings, folder: Path | None, as_at: str | None
) -> Result:
    if as_at is not None:
        _day(as_at)
        if folder is None:
            return _nothing_fetched(settings, run_id)
    if folder is None:
        raise NotReleased(
            "No folder of returns was given. Set JOINEDUP_RETURNS, or give `returns` to the run; "
            "or set JOINEDUP_WEB=true to fetch from the publishers."
        )
    with writing(settings, run_id) as catalogue, shown("Fetching returns") as report:
        fetched = fetch_folder(
            folder.expanduser().resolve(),
            settings.landing,
            catalogue,
            run_id=step_run_id(run_id),
            max_file_mb=settings.max_file_mb,
            report=report,
        )
        return _keep(catalogue, run_id, "fetch_returns", vars(fetched))


def _nothing_fetched(settings: Settings, run_id: str) -> Result:
    """Note that a look back fetched nothing; what there is has landed before."""
    nothing = {"seen": 0, "landed": 0, "known": 0, "left_out": [], "is_look_back": True}
    with writing(settings, run_id) as catalogue:
        return _keep(catalogue, run_id, "fetch_returns", nothing)


def _day(as_at: str) -> date:
    """Read the day of a look back; a wrong one is no better when tried again."""
    try:
        return parse_as_at(as_at)
    except BadDateError as error:
        raise NotReleased(str(error)) from error


@recorded("fetch_returns", came_of_fetching, SAID)
def fetch_from_web(run_id: str, return_ids: Sequence[str] = ()) -> Result:
    """Land what the pages of these returns, or of all, link to.

    What failed is in `left_out`. Raises NothingFetchedError when there is nothing else.
    """
    settings = Settings()
    definitions = chosen_definitions(return_ids)
    with writing(settings, run_id) as catalogue, shown("Fetching from the web") as report:
        fetched = fetch_web(
            definitions,
            settings.landing,
            catalogue,
            run_id=step_run_id(run_id),
            limits=web_limits(settings),
            report=report,
        )
        result = _keep(catalogue, run_id, "fetch_returns", fetched_result(fetched))
    if nothing_fetched(fetched):
        listed = "\n".join(f"  - {line}" for line in result["left_out"][:10])
        raise NothingFetchedError(f"Nothing could be fetched:\n{listed}")
    return result


def fetched_result(fetched: WebFetched) -> Result:
    """Write down what a fetch from the web found, and what failed."""
    return vars(fetched) | {
        "left_out": [str(failure) for failure in fetched.failures],
        "failures": [vars(failure) for failure in fetched.failures],
    }


def nothing_fetched(fetched: WebFetched) -> bool:
    """Tell whether a fetch from the web failed altogether."""
    return bool(fetched.failures) and not (fetched.landed or fetched.known)


def list_from_web(return_ids: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return the addresses that would be fetched, and what failed; only pages are visited."""
    settings = Settings()
    with writing(settings, "dry-run") as catalogue:
        wanted, failures = find_wanted(
            chosen_definitions(return_ids),
            settings.landing,
            catalogue,
            run_id="dry-run",
            limits=web_limits(settings),
        )
    return [one.address for one in wanted], [str(failure) for failure in failures]


def chosen_definitions(return_ids: Sequence[str]) -> dict[str, Definition]:
    """Return the definitions of these returns, of all for none; raises NotReleased."""
    known = load_definitions()
    undecided = undecided_definitions()
    if said := [undecided[name] for name in return_ids if name in undecided]:
        raise NotReleased("\n".join(said))
    if unknown := sorted(set(return_ids) - set(known)):
        raise NotReleased(
            f"No such return: {', '.join(unknown)}. There are: {', '.join(sorted(known))}."
        )
    return {name: known[name] for name in return_ids or known}


def web_limits(settings: Settings) -> WebLimits:
    """Return what the settings allow a fetch from the web."""
    return WebLimits(
        hosts=settings.web_hosts,
        user_agent=f"joinedup/{joinedup.__version__} (nightly warehouse of published returns)",
        max_file_bytes=settings.max_file_mb * 1024 * 1024,
        connect_seconds=settings.web_connect_seconds,
        read_seconds=settings.web_read_seconds,
        total_seconds=settings.web_total_seconds,
        run_seconds=settings.web_run_seconds,
        retry_after_seconds=settings.web_retry_after_seconds,
        pause_seconds=settings.web_pause_seconds,
        proxy=settings.web_proxy,
        allow_loopback=settings.web_loopback,
    )


def reading_limits(settings: Settings) -> Limits:
    """Return what the settings allow the reading of a file."""
    return Limits(settings.workers, settings.read_timeout_seconds, settings.read_memory_mb)


def survey_folder(
    folder: Path, definitions: Mapping[str, Definition], report: Report = silent
) -> Survey:
    """Read each file of a folder as a load would, in a place of its own that is then removed."""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="survey-", dir=settings.home) as work:
        return survey_by_definitions(
            folder,
            Path(work),
            definitions,
            load_not_returns(),
            limits=reading_limits(settings),
            max_file_mb=settings.max_file_mb,
            register=load_register(PROJECT_ROOT / "dbt_project" / "seeds"),
            report=report,
        )


def _pseudonym_key(settings: Settings) -> bytes | None:
    try:
        return load_key(settings.pseudonym_key, settings.home)
    except PseudonymKeyError as error:
        raise NotReleased(str(error)) from error


@recorded("read_files", came_of_reading, SAID)
def read_files(run_id: str, as_at: str | None = None, settings: Settings | None = None) -> Result:
    """Read what is new into the lake, and tell whether a new release can come of it.

    `as_at` is the day of a look back; the steps that follow find it in this one's result.
    """
    settings = settings or Settings()
    day = None if as_at is None else _day(as_at)
    with writing(settings, run_id) as catalogue, shown("Reading files") as report:
        summary = read_into_lake(settings, catalogue, run_id, report)
        lake = lake_fingerprint(settings.lake / INDEX, day)
        fingerprint = inputs_fingerprint(lake, decisions=decision_texts(catalogue))
        standing = _standing(settings) if day is None else _looked_back(settings, day, fingerprint)
        withdrawn = _withdrawn(settings, fingerprint) if day is None else None
        counts = {name: value for name, value in vars(summary).items() if isinstance(value, int)}
        result = counts | {
            "newly_quarantined": len(summary.newly_quarantined),
            "undecided": list(undecided_definitions().values()),
            "anything_new": standing.get("inputs_fingerprint") != fingerprint and not withdrawn,
            "withdrawn": withdrawn,
            "lake_fingerprint": lake,
            "inputs_fingerprint": fingerprint,
            "standing": standing,
        }
        if day is not None:
            result |= {"as_at": str(day), **_known(settings, day)}
        result["refused"] = _why_not_built(result)
        _keep(catalogue, run_id, "read_files", result)
    if result["refused"]:
        raise NotReleased(result["refused"])
    return result


def _why_not_built(read: Result) -> str:
    """Say why nothing is to be built from what was read; empty where there is no reason."""
    if not read["read"]:
        return "No file could be read as a return, so there is nothing to build."
    if "as_at" in read and not read["known_then"]:
        return _nothing_known(read)
    withdrawn = read["withdrawn"]
    if withdrawn and read["standing"].get("is_broken"):
        return (
            f"The current release is damaged, and what would replace it, {withdrawn}, was "
            f"withdrawn. Take that back (joinedup releases restore {withdrawn} --because ...), "
            "change what it was made from, or go to an earlier one: "
            "joinedup releases verify --fall-back."
        )
    return ""


def read_into_lake(
    settings: Settings, catalogue: Catalogue, run_id: str, report: Report = silent
) -> ReadSummary:
    """Read what is new into the lake of a home, and nothing more."""
    return read_landed(
        settings.landing,
        settings.lake,
        catalogue,
        load_definitions(),
        run_id=step_run_id(run_id),
        limits=reading_limits(settings),
        register=load_register(PROJECT_ROOT / "dbt_project" / "seeds"),
        pseudonym_key=_pseudonym_key(settings),
        report=report,
    )


def _withdrawn(settings: Settings, fingerprint: str) -> str | None:
    """Say which release was taken back that this would bring back: it need not be built."""
    import polars as pl

    from publishing.pointer import ReleaseError
    from publishing.release_log import withdrawal_of

    index = pl.read_parquet(settings.lake / INDEX).filter(pl.col("state") == "read")
    read = dict(index.select("source_sha256", "definition_fingerprint").iter_rows())
    try:
        found = withdrawal_of(settings.releases, fingerprint, read, code_fingerprint())
    except ReleaseError as error:
        raise NotReleased(str(error)) from error
    return None if found is None else found.release_id


def _known(settings: Settings, day: date) -> Result:
    """Count and name, for the summary and the manifest, what a look back sees and leaves out."""
    known = known_at(settings.lake / INDEX, day)
    return {
        "known_then": known.known,
        "published_later": known.later,
        "left_out_undated": list(known.undated),
        "first_known": str(known.first_day) if known.first_day else None,
    }


def _nothing_known(read: Result) -> str:
    undated = len(read["left_out_undated"])
    why = f"the first of the {read['read']} files here is known from {read['first_known']}"
    more = f", and {undated} of them bear no date" if undated else ""
    return f"No file was known on {read['as_at']}: {why}{more}."


def _looked_back(settings: Settings, day: date, fingerprint: str) -> Result:
    """Describe the look back to a day that stands already, made from the same."""
    from publishing.release import standing_as_at

    found = standing_as_at(settings.releases, day, fingerprint)
    return {} if found is None else {"id": found.id, "inputs_fingerprint": fingerprint}


@recorded("build_candidate", came_of_building, SAID)
def build_candidate(run_id: str, settings: Settings | None = None) -> Result:
    """Build a new warehouse file from the lake."""
    from dbt_project.build import build_candidate as build
    from publishing.space import require_space_to_build

    settings = settings or Settings()
    with writing(settings, run_id) as catalogue, shown("Building the warehouse") as report:
        sweep_candidates(settings.candidates)
        require_space_to_build(settings.candidates, settings.lake, settings.releases)
        candidate = candidate_path(settings, run_id)
        candidate.unlink(missing_ok=True)
        as_at = catalogue.steps(step_run_id(run_id)).get("read_files", {}).get("as_at")
        with _enough_memory(settings):
            built = build(
                settings.lake,
                candidate,
                memory=settings.duckdb_memory,
                as_at=date.fromisoformat(as_at) if as_at else None,
                report=report,
                work=work_path(settings, run_id),
                parsed=settings.parsed_project,
            )
            _write_history(settings, catalogue, candidate, is_look_back=bool(as_at))
        result = {
            "candidate": str(built.path),
            "models": built.models,
            "tests_passed": built.tests_passed,
            "tests_failed": built.tests_failed,
            "tests_warned": built.tests_warned,
        }
        _write_tests(settings, run_id, built)
        return _keep(catalogue, run_id, "build_candidate", result)


TESTS_FILE = "dbt_tests.json"


def _write_tests(settings: Settings, run_id: str, built: BuildResult) -> None:
    """Hand the tests to the audit where nobody else looks: they have rows before suppression.

    What a step returns is written into the scheduler's log and database.
    """
    from expectations.verdict import private_folder

    folder = private_folder(quality_path(settings, run_id))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {"tests": [vars(test) for test in built.tests], "made_from": dict(built.made_from)}
    path = folder / TESTS_FILE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(told), encoding="utf-8")


def _read_tests(settings: Settings, run_id: str) -> dict[str, Any]:
    from expectations.verdict import private_folder

    path = private_folder(quality_path(settings, run_id)) / TESTS_FILE
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


@contextmanager
def _enough_memory(settings: Settings) -> Iterator[None]:
    """Say that memory did not do: the same again would end the same."""
    import duckdb

    from dbt_project.build import BuildError

    try:
        yield
    except (duckdb.OutOfMemoryException, BuildError) as error:
        if isinstance(error, BuildError) and "Out of Memory" not in str(error):
            raise
        raise NotReleased(
            f"The warehouse could not be built in {settings.duckdb_memory} of memory: give it more "
            f"with JOINEDUP_DUCKDB_MEMORY. {error}"
        ) from error


def _write_history(
    settings: Settings, catalogue: Catalogue, candidate: Path, *, is_look_back: bool
) -> None:
    """Put into the candidate what its audit compares with.

    A look back says nothing of tonight, so nothing is late in it.
    """
    from joinedup.status import late_from, status_of
    from publishing.history import write_history

    today = datetime.now(UTC).date()
    write_history(
        candidate,
        settings.releases,
        today=today,
        code_fingerprint=code_fingerprint(),
        cadences=cadences({} if is_look_back else late_from(status_of(settings, today))),
        decisions=decided_of(catalogue.decisions()),
        is_look_back=is_look_back,
        memory=settings.duckdb_memory,
    )


def cadences(late_from: Mapping[str, date]) -> list[Cadence]:
    """Give when each return is published, as its definition says, and from when it is late."""
    from publishing.history import Cadence

    return [
        Cadence(
            return_id,
            definition.cadence.every,
            definition.cadence.published_after_days,
            definition.cadence.first_day,
            definition.cadence.last_day,
            late_from.get(return_id),
        )
        for return_id, definition in load_definitions().items()
    ]


@recorded("audit_candidate", came_of_auditing, SAID)
def audit_candidate(run_id: str, settings: Settings | None = None) -> Result:
    """Run every check on the candidate; raises NotReleased when a blocking one fails."""
    from expectations.gate import audit_candidate as audit
    from joinedup.processing import late_from_of, write_processing
    from joinedup.quality import write_quality_page
    from publishing.changes_page import write_changes_page

    settings = settings or Settings()
    with writing(settings, run_id) as catalogue, shown("Auditing the warehouse") as report:
        done = catalogue.steps(step_run_id(run_id))
        is_look_back = bool(done["read_files"].get("as_at"))
        tested = _read_tests(settings, run_id)
        candidate, quality = candidate_path(settings, run_id), quality_path(settings, run_id)
        verdict = audit(
            candidate,
            PROJECT_ROOT / "expectations" / "suites",
            quality,
            lake=settings.lake,
            build_tests=tested["tests"],
            made_from=tested["made_from"],
            memory=settings.duckdb_memory,
            report=report,
        )
        late_from = None if is_look_back else late_from_of(candidate)
        write_processing(settings.catalogue, quality, late_from)
        write_changes_page(candidate, quality, settings.releases)
        write_quality_page(settings, catalogue, candidate, quality, is_look_back=is_look_back)
        failures = [failure_words(f) for f in verdict.failures[: verdict.failed]]
        warned = [f for f in verdict.failures[verdict.failed :] if f.kind == "bad_data"]
        result = {
            "outcome": verdict.outcome,
            "checks_passed": verdict.passed,
            "checks_failed": verdict.failed,
            "quality": str(verdict.quality),
            "failures": failures,
            "warnings": [f.expected for f in warned if not f.is_known],
            "known_failures": [f.expected for f in warned if f.is_known],
        }
        _keep(catalogue, run_id, "audit_candidate", result)
    if not verdict.may_release:
        raise ReleaseBlocked(_refusal(verdict.outcome, failures, verdict.quality))
    return result


@recorded("release_marts", came_of_releasing, SAID)
def release_marts(
    run_id: str,
    settings: Settings | None = None,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> Result:
    """Publish the audited candidate and move the pointer; a look back leaves it where it is.

    `about` goes into the manifest with the counts of files.
    """
    from expectations.verdict import private_folder
    from joinedup.public_scan import scan
    from joinedup.release_pages import release_pages
    from publishing.release import (
        ReleaseRefusedError,
        StaleReleaseError,
        release_as_at,
        release_marts,
    )

    settings = settings or Settings()
    with writing(settings, run_id) as catalogue, shown("Releasing the marts") as report:
        read = catalogue.steps(step_run_id(run_id))["read_files"]
        as_at = read.get("as_at")
        _refuse_overtaken(settings, catalogue, read)
        standing = read["standing"]
        quality = quality_path(settings, run_id)
        _write_runs(run_id, quality)
        candidate = candidate_path(settings, run_id)
        pages = release_pages(candidate, work_path(settings, run_id))
        release = partial(
            release_marts if as_at is None else release_as_at,
            candidate,
            quality,
            settings.releases,
            inputs_fingerprint=read["inputs_fingerprint"],
            run_id=step_run_id(run_id),
            now=datetime.now(UTC),
            memory=settings.duckdb_memory,
            code_fingerprint=code_fingerprint(),
            scan=partial(scan, memory=settings.duckdb_memory),
            pages=pages if settings.scorecard else None,
            report=report,
        )
        counts = {"files_read": read["read"], "files_quarantined": read["quarantined"], **about}
        backfills = _untold_backfills() if as_at is None else {}
        if earlier := [backfills[run] for run in backfills if run != step_run_id(run_id)]:
            counts["earlier_backfills"] = earlier
        try:
            if as_at is None:
                made = release(
                    follows=... if standing.get("is_broken") else standing.get("id"),
                    returns=counts,
                    accept_losses=settings.accept_losses,
                )
            else:
                left_out = {name: read[name] for name in LOOK_BACK}
                made = release(as_at=date.fromisoformat(as_at), returns=counts | left_out)
        except (ReleaseRefusedError, StaleReleaseError) as refusal:
            raise ReleaseBlocked(str(refusal)) from refusal
        result = {"release_id": made.id, "path": str(made.path), "as_at": as_at}
        _keep(catalogue, run_id, "release_marts", result)
        if backfills:
            with Catalogue(Settings().catalogue) as standing_home:
                note_told(standing_home, backfills, made.id)
    candidate_path(settings, run_id).unlink(missing_ok=True)
    for folder in (quality, private_folder(quality), work_path(settings, run_id)):
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _untold_backfills() -> dict[str, Result]:
    """Give the back-fills of which a release has still to tell; the standing home has them."""
    with Catalogue(Settings().catalogue) as catalogue:
        return untold(catalogue)


def _write_runs(run_id: str, quality: Path) -> None:
    """Lay mart `run` beside the candidate: all that is in the run log but what is going on.

    Without an audit there is no folder for it, and the release is refused with its reason.
    """
    from publishing.run_table import write_runs

    if quality.is_dir():
        with Catalogue(Settings().catalogue) as log:
            rows = rows_of(log.attempts(), run=step_run_id(run_id), but=RELEASING)
        write_runs(rows, quality)


def set_file_aside(said: str, reason: str) -> str:
    """Quarantine the landed file that is meant; returns its name. Raises UnknownFileError."""
    with writing(Settings(), "set-aside") as catalogue:
        file = landed_file(catalogue, said)
        set_aside(catalogue, file.sha256, reason, "by-hand")
        return file.file_name


def take_file_back(said: str) -> str:
    """Undo `set_file_aside`; returns the file's name. Raises UnknownFileError."""
    with writing(Settings(), "take-back") as catalogue:
        file = landed_file(catalogue, said)
        try:
            take_back(catalogue, file.sha256)
        except KeyError:
            raise UnknownFileError(f"{file.file_name} was not set aside by hand.") from None
        return file.file_name


def candidate_path(settings: Settings, run_id: str) -> Path:
    """Return where a run's candidate lies; of a home apart, where that has linked its own to."""
    return settings.candidates.resolve() / f"{step_run_id(run_id)}.duckdb"


def quality_path(settings: Settings, run_id: str) -> Path:
    """Return the folder of a run's audit results."""
    return settings.candidates.resolve() / f"{step_run_id(run_id)}-quality"


def work_path(settings: Settings, run_id: str) -> Path:
    """Return the folder of what dbt compiles and logs in a run."""
    return settings.candidates / f"{step_run_id(run_id)}.dbt"


@contextmanager
def writing(settings: Settings, run_id: str) -> Iterator[Catalogue]:
    """Hold the writer's lock of this home; the kernel lets go of it when the process dies."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "writer.lock").open("a+") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read() or "unknown"
            raise WriterBusyError(
                f"Run {holder} is writing in {settings.home}. Wait for it to end and run again."
            ) from None
        lock.truncate(0)
        lock.write(step_run_id(run_id))
        lock.flush()
        with Catalogue(settings.catalogue) as catalogue:
            yield catalogue


def _standing(settings: Settings) -> Result:
    """Describe the release that readers see now; a damaged one has to be replaced."""
    from publishing.pointer import BrokenReleaseError, current_release, verify

    try:
        release = current_release(settings.releases)
        problems = [] if release is None else verify(release)
    except BrokenReleaseError as error:
        release, problems = None, [str(error)]
    if problems:
        damage = "; ".join(problems[:3])
        console().print(f"The current release is damaged and will be replaced: {damage}")
        return {"is_broken": True}
    if release is None:
        return {}
    return {"id": release.id, "inputs_fingerprint": release.manifest.inputs_fingerprint}


def _keep(catalogue: Catalogue, run_id: str, step: str, result: Result) -> Result:
    catalogue.set_step(step_run_id(run_id), step, result)
    return result


def sweep_candidates(candidates: Path) -> None:
    """Remove what killed runs left long ago; a run that is still going is younger.

    What an audit found, and the rows that only its own folder shows, stay longer.
    """
    now = time.time()
    for path in candidates.glob("*"):
        is_audit = path.is_dir() and "-quality" in path.name
        kept = KEPT_AUDIT_SECONDS if is_audit else STALE_CANDIDATE_SECONDS
        if path.stat().st_mtime < now - kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _refuse_overtaken(settings: Settings, catalogue: Catalogue, read: Result) -> None:
    """Refuse a candidate if others read files or somebody decided since: the next run releases."""
    day = date.fromisoformat(read["as_at"]) if read.get("as_at") else None
    lake = lake_fingerprint(settings.lake / INDEX, day)
    if lake != read["lake_fingerprint"]:
        raise ReleaseBlocked(
            "Another run read other files while this warehouse was built, so it is out of date "
            "already. Run the load again."
        )
    decisions = decision_texts(catalogue)
    if inputs_fingerprint(lake, decisions=decisions) != read["inputs_fingerprint"]:
        raise ReleaseBlocked(
            "Somebody decided about files, cells or figures, or the program was changed, while "
            "this warehouse was built. Run the load again."
        )


def failure_words(failure: CheckFailure) -> str:
    """Say what a check expected, which it is, how many rows are otherwise, and show one."""
    names = dict.fromkeys(name for name in (failure.table, failure.check) if name)
    said = f"{failure.expected} ({' '.join(names)})"
    if failure.kind != "bad_data":
        return f"{said}: {failure.detail}"
    count = failure.unexpected_count
    if count:
        said += f": {count:,} row{'s' if count > 1 else ''} otherwise"
    example = next(iter(failure.examples), {})
    shown = ", ".join(f"{name} {value}" for name, value in example.items() if value is not None)
    return f"{said}\n      such as {shown}" if shown else said


def _refusal(outcome: str, failures: list[str], quality: Path) -> str:
    words = {
        "bad_data": "The data failed the audit",
        "broken_check": "A check broke, so the audit shows nothing",
        "missing_check": "A check is missing, so the audit is not whole",
    }
    listed = "\n".join(f"  - {failure}" for failure in failures[:10])
    more = f"\n  - and {len(failures) - 10} more" if len(failures) > 10 else ""
    said = f"{words.get(outcome, outcome)}; nothing was released:\n{listed}{more}"
    return f"{said}\nSee joinedup quality, or the page {quality.with_name('index.html')}."
