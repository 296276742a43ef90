"""A back-fill: some periods of one return, read anew, built apart, audited, and then swapped in.

All is done in a home of its own, `backfills/<run>`, which begins as the warehouse stands: hard
links to what has landed and was read, and a copy of the catalogue. Readers and the nightly load
see nothing of it until the candidate has passed its audit. Then what was read is taken over in one
transaction and released. A back-fill that is killed before leaves the lake as it was; one that is
killed after is finished by being tried again, or by the next night.

The ledger says for each period whether it was read. Where one was not, nothing is swapped or
released, unless the gap is allowed; then the release's manifest shows it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ingestion.catalogue import SET_ASIDE, Catalogue
from ingestion.folder import fetch_folder
from ingestion.lake import INDEX, write_index
from ingestion.period import Period
from joinedup import steps
from joinedup.backfill_ledger import BadRangeError, Line, is_of, ledger_of, periods_between
from joinedup.decisions import decision_texts
from joinedup.inputs import inputs_fingerprint, lake_fingerprint
from joinedup.refusals import NotReleased, ReleaseBlocked
from joinedup.run_id import step_run_id
from joinedup.run_log import Result
from joinedup.settings import Settings

STEP = "read_apart"
TOLD_GAPS = 24
"""So many gaps are named in what a task returns; the catalogue and the manifest have them all."""


def read_apart(
    run_id: str,
    return_id: str | None,
    first_period: str | None,
    last_period: str | None,
    *,
    returns: str | None = None,
    as_at: str | None = None,
    allow_gaps: bool = False,
) -> Result:
    """Read a return's files of some periods into a home apart, and draw up the ledger.

    Periods are months, `2015-04`; both ends count. `returns` is a folder of files to land; without
    one, what has landed before is read anew. `as_at` is the day of a look back. Raises NotReleased
    for a range that is none, and for a gap that is not allowed.
    """
    if not (return_id and first_period and last_period):
        raise NotReleased("Say which return is back-filled, from which month and to which.")
    settings = Settings()
    periods = _periods(return_id, first_period, last_period)
    folder = Path(returns) if returns else None
    with steps.writing(settings, run_id) as catalogue:
        there = _make_apart(settings, run_id, catalogue)
        begun, known = _fingerprint(settings, catalogue), catalogue.readings().keys()
        given = _land_apart(there, run_id, folder, return_id, periods)
        steps.read_files(run_id, as_at, there)
        left_out = _leave_out_others(there, given - known, return_id, periods)
        read = steps.read_files(run_id, as_at, there)
        ledger = _ledger(there, return_id, periods, given)
        gaps = [line for line in ledger if line.state != "read"]
        about = {
            "return": return_id,
            "first_period": first_period,
            "last_period": last_period,
            "read": len(ledger) - len(gaps),
            "gaps": [_as_json(line) for line in gaps],
        }
        kept = {"begun": begun, "about": about, "ledger": [_as_json(line) for line in ledger]}
        catalogue.set_step(step_run_id(run_id), STEP, kept | {"left_out": left_out})
    if gaps and not allow_gaps:
        shutil.rmtree(there.home)
        raise NotReleased(_withheld(return_id, gaps))
    if not read["anything_new"]:
        shutil.rmtree(there.home)
    return {
        "periods": len(ledger),
        "read": about["read"],
        "gaps": [line.period for line in gaps[:TOLD_GAPS]],
        "left_out": len(left_out),
        "anything_new": read["anything_new"],
    }


def build_candidate(run_id: str) -> Result:
    """Build the warehouse of the home apart."""
    return steps.build_candidate(run_id, _apart(Settings(), run_id))


def audit_candidate(run_id: str) -> Result:
    """Audit it; raises NotReleased when a blocking check fails, and nothing was swapped."""
    return steps.audit_candidate(run_id, _apart(Settings(), run_id))


def swap_and_release(run_id: str) -> Result:
    """Take over what was read apart, and release the audited candidate.

    Raises NotReleased where the warehouse changed since the back-fill began, or the release is
    refused: the lake is then as it was before.
    """
    settings = Settings()
    there = _apart(settings, run_id)
    before = there.home / "before.sqlite"
    with steps.writing(settings, run_id) as catalogue, Catalogue(there.catalogue) as apart:
        about = catalogue.steps(step_run_id(run_id))[STEP]
        taken = apart.last_read_by(step_run_id(run_id))
        if not _is_taken_over(settings, there):
            if _fingerprint(settings, catalogue) != about["begun"]:
                raise ReleaseBlocked(
                    "Another run read files, or somebody decided about some, since this back-fill "
                    "began. Nothing was changed. Run the back-fill again."
                )
            if not before.exists():  # a killed attempt may have swapped some of it already
                catalogue.copy_to(before)
            _link_new(there.landing, settings.landing)
            _link_new(there.lake, settings.lake)
            catalogue.take_over(there.catalogue, taken)
            write_index(settings.lake, catalogue)
        try:
            released = steps.release_marts(run_id, there, {"backfill": about["about"]})
        except NotReleased:
            if before.exists():
                catalogue.take_over(before, taken)
                write_index(settings.lake, catalogue)
            raise
        catalogue.take_over_steps(there.catalogue, step_run_id(run_id))
    shutil.rmtree(there.home)
    return released


def ledger_lines(settings: Settings, run_id: str) -> list[Line]:
    """Give the ledger of a back-fill, empty where its range was refused or nothing was read."""
    with Catalogue(settings.catalogue) as catalogue:
        kept = catalogue.steps(step_run_id(run_id)).get(STEP, {})
    return [Line(**line | {"files": tuple(line["files"])}) for line in kept.get("ledger", [])]


def released_id(settings: Settings, run_id: str) -> str | None:
    """Give the release that a back-fill made, None where it made none."""
    with Catalogue(settings.catalogue) as catalogue:
        made = catalogue.steps(step_run_id(run_id)).get("release_marts")
    return None if made is None else str(made["release_id"])


def _periods(return_id: str, first: str, last: str) -> tuple[Period, ...]:
    (definition,) = steps.chosen_definitions([return_id]).values()
    try:
        return periods_between(definition.cadence, first, last)
    except BadRangeError as error:
        raise NotReleased(str(error)) from error


def _apart(settings: Settings, run_id: str) -> Settings:
    """Give the settings of the home apart; releases and candidates lie where they always do."""
    home = settings.backfills / step_run_id(run_id)
    return settings.model_copy(update={"home": home, "parsed": settings.parsed_project})


def _make_apart(settings: Settings, run_id: str, catalogue: Catalogue) -> Settings:
    """Make the home apart anew, as the warehouse stands, without what waits for the next night."""
    there = _apart(settings, run_id)
    shutil.rmtree(there.home, ignore_errors=True)
    there.home.mkdir(parents=True)
    for folder in (settings.landing, settings.lake):
        folder.mkdir(exist_ok=True)
        shutil.copytree(folder, there.home / folder.name, copy_function=_link, ignore=_PARTS)
    for folder in (settings.releases, settings.candidates):
        folder.mkdir(exist_ok=True)
        (there.home / folder.name).symlink_to(folder)
    catalogue.copy_to(there.catalogue)
    with Catalogue(there.catalogue) as apart:
        unread = {file.sha256 for file in apart.landed()} - apart.readings().keys()
        apart.forget_files(unread)
    return there


_PARTS = shutil.ignore_patterns(".part-*", "*.part-*")
"""What a fetch beside this one is writing is none of ours."""


def _link(source: str, target: str) -> None:
    """Link a file, which nobody ever changes in place; copy it where links are not to be had."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_new(source: Path, target: Path) -> None:
    """Give a folder the files of another that it lacks."""
    for path in source.rglob("*"):
        wanted = target / path.relative_to(source)
        if path.is_file() and not wanted.exists():
            wanted.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                _link(str(path), str(wanted))


def _fingerprint(settings: Settings, catalogue: Catalogue) -> str:
    """Give what changes when files are read or people decide."""
    index = settings.lake / INDEX
    lake = lake_fingerprint(index) if index.exists() else ""
    return inputs_fingerprint(lake, decisions=decision_texts(catalogue))


def _is_taken_over(settings: Settings, there: Settings) -> bool:
    """Tell whether an attempt that was killed had swapped already."""
    standing, apart = settings.lake / INDEX, there.lake / INDEX
    return standing.exists() and lake_fingerprint(standing) == lake_fingerprint(apart)


def _land_apart(
    there: Settings,
    run_id: str,
    folder: Path | None,
    return_id: str,
    periods: Sequence[Period],
) -> frozenset[str]:
    """Land the folder's files apart and let all of the return and range be read anew.

    Returns the sha256 of the files that the folder gave.
    """
    with Catalogue(there.catalogue) as apart:
        names = {file.sha256: file.file_name for file in apart.landed()}
        for reading in apart.readings().values():
            is_asked_for = is_of(reading, names[reading.sha256], return_id, periods)
            if is_asked_for and reading.fingerprint != SET_ASIDE:
                apart.forget_reading(reading.sha256)
        if folder is None:
            return frozenset()
        try:
            fetch_folder(
                folder.expanduser().resolve(),
                there.landing,
                apart,
                run_id=step_run_id(run_id),
                max_file_mb=there.max_file_mb,
            )
        except FileNotFoundError as error:
            raise NotReleased(str(error)) from error
        return frozenset(apart.seen_in(step_run_id(run_id)))


def _leave_out_others(
    there: Settings, new: frozenset[str], return_id: str, periods: Sequence[Period]
) -> list[str]:
    """Forget those new files that are of another return or period; returns their names."""
    with Catalogue(there.catalogue) as apart:
        readings, names = apart.readings(), apart.names()
        others = [
            sha256
            for sha256 in sorted(new)
            if not is_of(readings[sha256], names[sha256][0], return_id, periods)
        ]
        apart.forget_files(others)
    return [names[sha256][0] for sha256 in others]


def _ledger(
    there: Settings, return_id: str, periods: Sequence[Period], given: frozenset[str]
) -> tuple[Line, ...]:
    with Catalogue(there.catalogue) as apart:
        names = {file.sha256: file.file_name for file in apart.landed()}
        return ledger_of(return_id, periods, list(apart.readings().values()), names, given)


def _as_json(line: Line) -> Result:
    return asdict(line) | {"files": list(line.files)}


def _withheld(return_id: str, gaps: Sequence[Line]) -> str:
    listed = "\n".join(f"  - {gap.period}: {gap.state}. {gap.reason}" for gap in gaps[:TOLD_GAPS])
    more = f"\n  - and {len(gaps) - TOLD_GAPS} more" if len(gaps) > TOLD_GAPS else ""
    return (
        f"{len(gaps)} periods of {return_id} were not read, so nothing was changed or released:\n"
        f"{listed}{more}\nMend them and run the back-fill again, or allow the gaps."
    )
