"""A back-fill: some periods of one return, read anew, built apart, audited, and then swapped in.

All is done in a home of its own, `backfills/<run>`, which begins as the warehouse stands: hard
links to what has landed and was read, and a copy of the catalogue. Readers and the nightly load
see nothing of it until the candidate has passed its audit. Then what was read is taken over in one
transaction and released. A back-fill that ends before leaves the lake as it was, and so does one
whose release fails. One that is killed in between is finished by being tried again, or else by the
next night, whose release then tells of it.

The ledger says for each period whether it was read. Where one was not, nothing is swapped or
released, unless the gap is allowed; then the release's manifest shows it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from ingestion.catalogue import SET_ASIDE, SWAPPED, Catalogue, Reading
from ingestion.folder import fetch_folder
from ingestion.lake import INDEX, write_index
from ingestion.landing import landed_path, remove_landed
from ingestion.period import Period
from joinedup import run_log, steps
from joinedup.backfill_ledger import (
    TOLD,
    BadRangeError,
    Line,
    is_of,
    ledger_of,
    likely,
    note_told,
    periods_between,
)
from joinedup.decisions import decision_texts
from joinedup.inputs import inputs_fingerprint, lake_fingerprint
from joinedup.refusals import NotReleased, ReleaseBlocked
from joinedup.run_id import step_run_id
from joinedup.run_log import Came, Result, attempt_at
from joinedup.settings import Settings

STEP, SWAP = "read_apart", "swap_and_release"
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
    settings = Settings()
    with attempt_at(settings, run_id, STEP, steps.SAID) as attempt:
        if not (return_id and first_period and last_period):
            raise NotReleased("Say which return is back-filled, from which month and to which.")
        wanted = _range(return_id, first_period, last_period)
        folder = Path(returns) if returns else None
        with steps.writing(settings, run_id) as catalogue:
            told = _read_apart(settings, catalogue, run_id, wanted, folder, as_at)
        attempt.came = Came(is_nothing_new=not told["anything_new"])
        there, gaps = _apart(settings, run_id), told.pop("gap_lines")
        if gaps and not allow_gaps:
            shutil.rmtree(there.home)
            raise NotReleased(_withheld(return_id, gaps))
        if not told["anything_new"]:
            shutil.rmtree(there.home)
        return told


@dataclass(frozen=True)
class Range:
    """What is asked for: a return, the months as they were given, and its periods in them."""

    return_id: str
    first: str
    last: str
    periods: tuple[Period, ...]
    link: str


def _read_apart(
    settings: Settings,
    catalogue: Catalogue,
    run_id: str,
    wanted: Range,
    folder: Path | None,
    as_at: str | None,
) -> Result:
    """Make the home apart, read into it, and keep the ledger in the standing catalogue."""
    run = step_run_id(run_id)
    catalogue.forget_step(run, "release_marts")  # of a run that was cleared, and begins anew
    there = _make_apart(settings, run_id, catalogue)
    begun, known = _fingerprint(settings, catalogue), catalogue.readings().keys()
    given = _land_apart(there, run_id, folder, wanted)
    left_out = _leave_out_others(there, run_id, given - known, wanted)
    read = steps.read_files(run_id, as_at, there)
    ledger = _ledger(there, wanted, given)
    gaps = [line for line in ledger if line.state != "read"]
    about = {
        "return": wanted.return_id,
        "first_period": wanted.first,
        "last_period": wanted.last,
        "read": len(ledger) - len(gaps),
        "gaps": [_as_json(line) for line in gaps],
    }
    kept = {
        "token": uuid4().hex,
        "begun": begun,
        "about": about,
        "ledger": [_as_json(line) for line in ledger],
        "left_out": left_out,
        "withdrawn": read["withdrawn"],
    }
    catalogue.set_step(run, STEP, kept)
    return {
        "periods": len(ledger),
        "read": about["read"],
        "gaps": [line.period for line in gaps[:TOLD_GAPS]],
        "left_out": len(left_out),
        "anything_new": read["anything_new"],
        "gap_lines": gaps,
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
    refused. Whatever ends it before the release, but a kill, leaves the lake as it was before; the
    next try finds out what a kill left.
    """
    settings = Settings()
    there, run = _apart(settings, run_id), step_run_id(run_id)
    with (
        attempt_at(settings, run_id, SWAP, steps.SAID) as attempt,
        steps.writing(settings, run_id) as catalogue,
    ):
        released = catalogue.steps(run).get("release_marts")
        if released is None:
            released = _swap_and_release(settings, there, catalogue, run_id)
            catalogue.take_over_steps(there.catalogue, run)
            catalogue.set_step(run, "release_marts", released)
        facts = {"release": released["release_id"]}
        attempt.came = Came(lines=[run_log.Line("back-fill released", facts)])
    # The release stands, whatever is left here: the housekeeping removes it.
    shutil.rmtree(there.home, ignore_errors=True)
    return released


def _swap_and_release(
    settings: Settings, there: Settings, catalogue: Catalogue, run_id: str
) -> Result:
    """Swap and release, whatever attempts before this one did before they were killed."""
    swap = _swap_of(there, catalogue, run_id)
    if swap.is_done(catalogue):
        write_index(settings.lake, catalogue)  # a kill may have come before it
    if made := _released_by(settings, catalogue, swap):
        return made
    before = swap.read if swap.is_done(catalogue) else swap.begun
    if _fingerprint(settings, catalogue) != before:
        raise ReleaseBlocked(_give_up(settings, there, catalogue, swap))
    try:
        if not swap.is_done(catalogue):
            _swap(settings, there, catalogue, swap)
        return steps.release_marts(run_id, there, {"backfill": swap.about})
    except BaseException:
        if _released_by(settings, catalogue, swap) is None:
            _take_back(settings, there, catalogue, swap)
        raise


@dataclass(frozen=True)
class Swap:
    """What is swapped: how the files were read apart, and what the lake was before and is after.

    `token` is of the home apart, and `begun` and `read` are the fingerprints of the lake and what
    people decided. `inputs` and `as_at` are what the release is made from.
    """

    run: str
    token: str
    about: Result
    readings: Mapping[str, Reading]
    begun: str
    read: str
    inputs: str
    as_at: str | None

    def is_done(self, catalogue: Catalogue) -> bool:
        """Tell whether the catalogue has taken it over."""
        return bool(catalogue.steps(self.run).get(SWAPPED, {}).get("token") == self.token)


def _swap_of(there: Settings, catalogue: Catalogue, run_id: str) -> Swap:
    run = step_run_id(run_id)
    kept = catalogue.steps(run)[STEP]
    with Catalogue(there.catalogue) as apart:
        taken, read = apart.last_read_by(run), apart.steps(run)["read_files"]
        readings = {one.sha256: one for one in apart.readings().values() if one.sha256 in taken}
        as_read = _fingerprint(there, apart)
    return Swap(
        run=run,
        token=kept["token"],
        about=kept["about"],
        readings=readings,
        begun=kept["begun"],
        read=as_read,
        inputs=read["inputs_fingerprint"],
        as_at=read.get("as_at"),
    )


def _swap(settings: Settings, there: Settings, catalogue: Catalogue, swap: Swap) -> None:
    """Give the lake the files that it needs, and then the catalogue what is known of them."""
    catalogue.copy_to(_before(there))
    for sha256, reading in swap.readings.items():
        _link_missing(landed_path(there.landing, sha256), landed_path(settings.landing, sha256))
        if reading.lake_path is not None:
            _link_missing(there.lake / reading.lake_path, settings.lake / reading.lake_path)
    swapped = {"token": swap.token, "about": swap.about}
    catalogue.take_over(there.catalogue, swap.readings, run_id=swap.run, swapped=swapped)
    write_index(settings.lake, catalogue)


def _take_back(settings: Settings, there: Settings, catalogue: Catalogue, swap: Swap) -> None:
    """Leave the lake as it was; what others read or decided of these files since is theirs."""
    if _told_in(catalogue, swap):
        return  # readers have it already
    if swap.is_done(catalogue):
        files = swap.readings.keys() & catalogue.last_read_by(swap.run)
        catalogue.take_over(_before(there), files, run_id=swap.run, swapped=None)
        write_index(settings.lake, catalogue)
    landed = {file.sha256 for file in catalogue.landed()}
    remove_landed(settings.landing, swap.readings.keys() - landed)
    in_use = {reading.lake_path for reading in catalogue.readings().values()}
    for path in {reading.lake_path for reading in swap.readings.values()} - in_use:
        (settings.lake / str(path)).unlink(missing_ok=True)


def _give_up(settings: Settings, there: Settings, catalogue: Catalogue, swap: Swap) -> str:
    """Say why another run came first; what it has not released is taken back."""
    overtaken = (
        "Another run read files, or somebody decided about some, since this back-fill began."
    )
    if release_id := _told_in(catalogue, swap):
        return f"{overtaken} What this one read is in release {release_id} already."
    _take_back(settings, there, catalogue, swap)
    return f"{overtaken} Nothing of it was kept. Run the back-fill again."


def _told_in(catalogue: Catalogue, swap: Swap) -> str | None:
    """Give the release whose manifest tells of the swap, None where none does."""
    told = catalogue.steps(swap.run).get(TOLD, {})
    return str(told["release_id"]) if told.get("token") == swap.token else None


def _released_by(settings: Settings, catalogue: Catalogue, swap: Swap) -> Result | None:
    """Give the release that an attempt made, or another run of what this one had swapped."""
    made = _own_release(settings, swap)
    told = None if swap.as_at else _told_in(catalogue, swap)
    if made is not None and told is None and swap.as_at is None:
        note_told(catalogue, [swap.run], made)
    release_id = made or told
    if release_id is None:
        return None
    path = settings.releases.resolve() / release_id
    return {"release_id": release_id, "path": str(path), "as_at": swap.as_at}


def _own_release(settings: Settings, swap: Swap) -> str | None:
    """Give the release that an attempt made and readers had, None where there is none.

    One that a kill left complete, but not pointed at, is none yet.
    """
    from publishing.pointer import (
        BrokenReleaseError,
        as_at_ids,
        load_release,
        pointer_target,
        release_ids,
    )
    from publishing.release_log import read_log

    if swap.as_at:
        ids = as_at_ids(settings.releases)
    else:
        out = {entry.to for entry in read_log(settings.releases)}
        out.add(pointer_target(settings.releases))
        ids = [one for one in release_ids(settings.releases) if one in out]
    for release_id in ids:
        with suppress(BrokenReleaseError):
            manifest = load_release(settings.releases, release_id).manifest
            if (manifest.run_id, manifest.inputs_fingerprint) == (swap.run, swap.inputs):
                return release_id
    return None


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


def withdrawn_by(settings: Settings, run_id: str) -> str | None:
    """Give the withdrawn release that a back-fill would have brought back; None for none."""
    with Catalogue(settings.catalogue) as catalogue:
        kept = catalogue.steps(step_run_id(run_id)).get(STEP, {})
    return kept.get("withdrawn")


def _range(return_id: str, first: str, last: str) -> Range:
    (definition,) = steps.chosen_definitions([return_id]).values()
    try:
        periods = periods_between(definition.cadence, first, last)
    except BadRangeError as error:
        raise NotReleased(str(error)) from error
    return Range(return_id, first, last, periods, definition.link)


def _apart(settings: Settings, run_id: str) -> Settings:
    """Give the settings of the home apart; releases and candidates lie where they always do."""
    home = settings.backfills / step_run_id(run_id)
    return settings.model_copy(update={"home": home, "parsed": settings.parsed_project})


def _make_apart(settings: Settings, run_id: str, catalogue: Catalogue) -> Settings:
    """Make the home apart anew, as the warehouse stands, with nothing of the run in it."""
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
        for step in apart.steps(step_run_id(run_id)):
            apart.forget_step(step_run_id(run_id), step)
    return there


_PARTS = shutil.ignore_patterns(".part-*", "*.part-*")
"""What a fetch beside this one is writing is none of ours."""


def _link(source: str, target: str) -> None:
    """Link a file, which nobody ever changes in place; copy it where links are not to be had."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_missing(source: Path, target: Path) -> None:
    """Give a folder a file of another, unless it has it."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _link(str(source), str(target))


def _before(there: Settings) -> Path:
    """Return where the catalogue lies as it was before the swap."""
    return there.home / "before.sqlite"


def _fingerprint(settings: Settings, catalogue: Catalogue) -> str:
    """Give what changes when files are read or people decide."""
    index = settings.lake / INDEX
    lake = lake_fingerprint(index) if index.exists() else ""
    return inputs_fingerprint(lake, decisions=decision_texts(catalogue))


def _land_apart(there: Settings, run_id: str, folder: Path | None, wanted: Range) -> frozenset[str]:
    """Land the folder's files apart and let all of the return and range be read anew.

    What waits for the next night is let wait, unless the folder has it; it then keeps its place in
    the order of landing. Returns the sha256 of the files that the folder gave.
    """
    with Catalogue(there.catalogue) as apart:
        readings, names = apart.readings(), _names(apart)
        likely_of = likely(names, wanted.link)
        for reading in readings.values():
            is_asked_for = is_of(
                reading,
                names[reading.sha256],
                wanted.return_id,
                wanted.periods,
                is_likely=reading.sha256 in likely_of,
            )
            if is_asked_for and reading.fingerprint != SET_ASIDE:
                apart.forget_reading(reading.sha256)
        given = frozenset() if folder is None else _fetch(there, apart, run_id, folder)
        apart.forget_files(names.keys() - readings.keys() - given)
    return given


def _fetch(there: Settings, apart: Catalogue, run_id: str, folder: Path) -> frozenset[str]:
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
    there: Settings, run_id: str, new: frozenset[str], wanted: Range
) -> list[str]:
    """Read apart, and forget those new files that are of another return or period, bytes and all.

    Returns their names. Only when a file was read is it known what it is of.
    """
    if not new:
        return []
    with Catalogue(there.catalogue) as apart:
        steps.read_into_lake(there, apart, run_id)
        readings, names = apart.readings(), _names(apart)
        others = [
            sha256
            for sha256 in sorted(new)
            if not is_of(
                readings[sha256],
                names[sha256],
                wanted.return_id,
                wanted.periods,
                is_likely=True,
            )
        ]
        apart.forget_files(others)
    remove_landed(there.landing, others)
    for sha256 in others:
        if path := readings[sha256].lake_path:
            (there.lake / path).unlink(missing_ok=True)
    return [names[sha256] for sha256 in others]


def _ledger(there: Settings, wanted: Range, given: frozenset[str]) -> tuple[Line, ...]:
    with Catalogue(there.catalogue) as apart:
        names, readings = _names(apart), list(apart.readings().values())
    likely_of = likely(names, wanted.link)
    return ledger_of(wanted.return_id, wanted.periods, readings, names, given, likely_of)


def _names(catalogue: Catalogue) -> dict[str, str]:
    """Give what each landed file is called, by its sha256."""
    return {file.sha256: file.file_name for file in catalogue.landed()}


def _as_json(line: Line) -> Result:
    return asdict(line) | {"files": list(line.files)}


def _withheld(return_id: str, gaps: Sequence[Line]) -> str:
    listed = "\n".join(f"  - {gap.period}: {gap.state}. {gap.reason}" for gap in gaps[:TOLD_GAPS])
    more = f"\n  - and {len(gaps) - TOLD_GAPS} more" if len(gaps) > TOLD_GAPS else ""
    return (
        f"{len(gaps)} periods of {return_id} were not read, so nothing was changed or released:\n"
        f"{listed}{more}\nMend them and run the back-fill again, or allow the gaps."
    )
