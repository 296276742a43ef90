"""Housekeeping: are the releases whole, what may go, and which publisher is late.

Each function does one thing with what the settings say, keeps nothing, and may be run at any time.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.catalogue import Catalogue
from joinedup.open_lineage import FILE as LINEAGE_FILE
from joinedup.refusals import WriterBusyError
from joinedup.run_log import Result, recorded
from joinedup.scheduling import AlreadyToldError
from joinedup.settings import Settings

DAY_SECONDS = 24 * 3600
LEFT_BEHIND_SECONDS = 12 * 3600
"""Older than the longest run may be: what is left of one that was killed, and of nothing else."""

LINEAGE_BYTES = 20_000_000
"""From this size on lineage goes on in a new file: some hundred loads."""

RUN_LOG_DAYS = 2 * 365
"""How long the run log keeps what ran; a release tells in its mart `run` of what it keeps."""

BY = "housekeeping"
SAID = (WriterBusyError,)
"""Errors whose first line the run log may have; damage may name a value."""


class DamagedReleaseError(AlreadyToldError):
    """A release is not as it was made."""


@recorded("verify_releases", says=SAID)
def verify_releases(run_id: str) -> Result:
    """Read every byte and row of all releases; tells of what is amiss, and raises.

    Raises DamagedReleaseError: to try again would find the same.
    """
    from joinedup.alerting.alerts import tell
    from joinedup.alerting.causes import of_damage
    from publishing.keeping import problems_of
    from publishing.pointer import as_at_ids, release_ids

    del run_id  # every step has it
    settings = Settings()
    ids = [*release_ids(settings.releases), *as_at_ids(settings.releases)]
    problems = [
        f"{release_id}: {problem}"
        for release_id in ids
        for problem in problems_of(settings.releases, release_id)
    ]
    problems += _pointer_problems(settings.releases)
    tell(settings, [of_damage(problems)] if problems else [], resolved=["damaged:*"])
    if problems:
        raise DamagedReleaseError("; ".join(problems[:5]))
    return {"verified": len(ids)}


def _pointer_problems(releases: Path) -> Iterator[str]:
    """Say what is wrong with the pointer; where there are only looks back, it has no release."""
    from publishing.pointer import BrokenReleaseError, pointer_target, release_ids

    ids = release_ids(releases)
    try:
        current = pointer_target(releases)
    except BrokenReleaseError as error:
        yield str(error)
        return
    if current is None and ids:
        yield f"{releases / 'current'} is lost: readers see nothing."
    if current is not None and current not in ids:
        yield f"{current}: the current release is gone."


@recorded("prune_releases", says=SAID)
def prune_releases(run_id: str) -> Result:
    """Remove all releases but the newest few, and what a rollback needs.

    Looks back stay: each was asked for. Raises WriterBusyError while a load is at work.
    """
    from joinedup.steps import writing
    from publishing.keeping import prune

    settings = Settings()
    if not settings.releases.is_dir():
        return {"removed": []}
    with writing(settings, run_id):
        gone = prune(settings.releases, keep=settings.keep_releases, by=BY)
    return {"removed": [one.id for one in gone], "bytes": sum(one.size for one in gone)}


@recorded("sweep_leftovers", says=SAID)
def sweep_leftovers(run_id: str) -> Result:
    """Remove what killed runs left long ago, and logs and runs of the log that are past their time.

    A run that is still going is younger than LEFT_BEHIND_SECONDS, and writes to its log.
    """
    from joinedup.steps import sweep_candidates

    del run_id  # every step has it
    settings = Settings()
    candidates = len(list(settings.candidates.glob("*")))
    sweep_candidates(settings.candidates)
    left = [*settings.backfills.glob("*"), *settings.home.glob("survey-*")]
    homes = list(_older(left, LEFT_BEHIND_SECONDS))
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)  # its own run may be removing it just now
    _begin_lineage_anew(settings.logs / LINEAGE_FILE)
    logs = [*_files(settings.logs), *_files(settings.airflow_home / "logs")]
    old = list(_older(logs, settings.keep_logs_days * DAY_SECONDS))
    for log in old:
        log.unlink(missing_ok=True)
    with Catalogue(settings.catalogue) as catalogue:
        runs = catalogue.forget_runs(datetime.now(UTC) - timedelta(days=RUN_LOG_DAYS))
    _remove_empty_folders(settings.airflow_home / "logs")
    return {
        "candidates": candidates - len(list(settings.candidates.glob("*"))),
        "homes": len(homes),
        "logs": len(old),
        "runs": runs,
    }


def _begin_lineage_anew(path: Path) -> None:
    """Put a long file of lineage aside, which then grows old as other logs do."""
    if path.exists() and path.stat().st_size >= LINEAGE_BYTES:
        path.rename(path.with_stem(f"{path.stem}-until-{datetime.now(UTC):%Y%m%d}"))


def _older(paths: list[Path], seconds: float) -> Iterator[Path]:
    """Give what was last changed longer ago; what somebody else has removed is none of it."""
    limit = time.time() - seconds
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                yield path


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _remove_empty_folders(folder: Path) -> None:
    """Remove folders with nothing in them; one that a task makes this moment is younger."""
    deepest_first = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
    for path in _older(deepest_first, DAY_SECONDS):
        if not any(path.iterdir()):
            path.rmdir()


@recorded("check_lateness", says=SAID)
def check_lateness(run_id: str) -> Result:
    """Hold the calendar against what has landed; tells of each return that is late, once."""
    from joinedup.alerting.alerts import tell
    from joinedup.status import late_alerts, leave_status_page, status_of, today_in_london

    del run_id  # every step has it
    settings = Settings()
    today = today_in_london()
    found = status_of(settings, today)
    late = late_alerts(found)
    tell(settings, late, resolved=["late:*"])
    leave_status_page(settings, found, today)
    return {"late": [alert.cause for alert in late]}
