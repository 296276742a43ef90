"""What a person reads at the end of a run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from expectations.show import phrase
from ingestion.catalogue import Catalogue, Reading
from joinedup.embedded_airflow import EmbeddedRun
from joinedup.hints import as_typed, command, near
from joinedup.open_pages import START
from joinedup.run_id import step_run_id
from joinedup.settings import Settings
from publishing.headlines import headlines
from publishing.pointer import (
    BrokenReleaseError,
    Release,
    current_release,
    load_release,
    verify,
)
from publishing.release_log import withdrawals
from publishing.trace import latest_period

RELEASED, NOT_RELEASED, RELEASED_WITH_QUARANTINE = 0, 1, 2
SHOWN = 10
TELLS = "tell_of_the_night"
"""The task of the DAG that tells people what a night leaves; its failing fails no night."""
_TRACED = ("delayed_days", "E92000001")
"""The metric and area whose trace is suggested at the end of a run."""


def summarise(run: EmbeddedRun, settings: Settings, out: Console) -> int:
    """Print the summary of a run and return its exit code.

    0 released or nothing new, 2 released while files that this run found are quarantined,
    1 nothing released.
    """
    with Catalogue(settings.catalogue) as catalogue:
        steps = catalogue.steps(step_run_id(run.run_id))
        readings = catalogue.readings()
        found = catalogue.seen_in(step_run_id(run.run_id))
        names = {file.sha256: file.file_name for file in catalogue.landed()}
    # One that a good copy has replaced in the folder no longer asks for anything.
    quarantined = [r for r in readings.values() if r.state == "quarantined" and r.sha256 in found]
    out.print()
    _print_files(steps, settings, out)
    _print_quarantine(quarantined, names, settings, out)
    released = steps.get("release_marts")
    as_at = steps.get("read_files", {}).get("as_at")
    # The last audit is that of what is current, which a look back does not become.
    which = f" {released['release_id']}" if released and as_at else ""
    _print_checks(steps.get("audit_candidate"), f"{command(settings)} quality{which}", out)
    if run.tasks.get(TELLS) == "failed":
        out.print(
            f"{TELLS} failed, so nobody was told of files in quarantine or of a failure that is "
            "gone. Why is in the log; the next run tells of it again."
        )
    if run.state != "success":
        _print_failures(run, settings, out)
        return NOT_RELEASED
    if as_at is not None:
        _print_look_back(steps["read_files"], released, settings, out)
        return RELEASED_WITH_QUARANTINE if released and quarantined else RELEASED
    if withdrawn := steps["read_files"].get("withdrawn"):
        _print_withheld(withdrawn, settings, out)
        _print_current(settings, out)
        return RELEASED
    if released is None:
        out.print("Nothing new: every file and definition is as in the current release.")
        _print_current(settings, out)
        return RELEASED
    out.print(f"Release {released['release_id']}")
    out.print(f"  in {near(Path(released['path']))}")
    _print_current(settings, out)
    return RELEASED_WITH_QUARANTINE if quarantined else RELEASED


def fetched_lines(fetched: Mapping[str, Any]) -> list[str]:
    """Say what a fetch found, from a folder or from the web."""
    counts = f"{fetched['landed']} landed now, {fetched['known']} known before"
    replaced = fetched.get("replaced", [])
    lines = [f"Files: {fetched['seen']} found, {counts}"]
    return lines + [f"  other bytes than before at {address}" for address in replaced]


def _print_files(steps: Mapping[str, Any], settings: Settings, out: Console) -> None:
    fetched, read = steps.get("fetch_returns"), steps.get("read_files")
    if fetched and fetched.get("is_look_back"):
        out.print("Files: none fetched, for a look back over what has landed before")
    elif fetched:
        for line in fetched_lines(fetched):
            out.print(line)
        _print_some("left out ", fetched["left_out"], out)
    if read:
        out.print(
            f"       {read['read']} read ({read['newly_read']} now, "
            f"{read['observations']:,} figures), {read['quarantined']} quarantined, "
            f"{read['unrecognised']} that no definition recognises "
            f"({command(settings)} files lists them)"
        )
        for line in read.get("undecided", []):
            out.print(f"  left out {line}")


def _print_quarantine(
    quarantined: list[Reading], names: Mapping[str, str], settings: Settings, out: Console
) -> None:
    for reading in quarantined[:SHOWN]:
        place = [
            f"return {reading.return_id or 'unknown'}",
            *([f"sheet '{reading.sheet}'"] if reading.sheet else []),
            *([f"cell {reading.cell}"] if reading.cell else []),
        ]
        out.print(f"Quarantined: {names[reading.sha256]} ({', '.join(place)})")
        out.print(f"  {reading.reason}")
    if len(quarantined) > SHOWN:
        out.print(f"  and {len(quarantined) - SHOWN} more: {command(settings)} files --quarantined")


def _print_checks(audit: Mapping[str, Any] | None, see: str, out: Console) -> None:
    """Print what the audit found, in the words of its page; `see` is the command for more."""
    if not audit:
        return
    warnings, known = audit["warnings"], audit["known_failures"]
    out.print(
        f"Checks: {audit['checks_passed']} passed, {audit['checks_failed']} failed, "
        f"{phrase('warning', len(warnings))}, {phrase('known failure', len(known))}"
    )
    _print_some("warning, as this does not hold everywhere: ", warnings, out)
    _print_some("known failure: ", known, out)
    if warnings or known or audit["checks_failed"]:
        out.print(f"  which rows, and whose they are: {see}")


def _print_some(before: str, lines: Sequence[str], out: Console) -> None:
    """Print the first lines, each with the words before it, and how many more there are."""
    for line in lines[:SHOWN]:
        out.print(f"  {before}{line}")
    if len(lines) > SHOWN:
        out.print(f"  and {len(lines) - SHOWN} more")


def _print_failures(run: EmbeddedRun, settings: Settings, out: Console) -> None:
    standing = _standing(settings)
    stands = f"Release {standing.id} still stands." if standing else "There is no sound release."
    out.print(f"Nothing was released. {stands}")
    for failure in run.failures:
        out.print(as_typed(f"{failure.task_id}: {failure.message}", settings))


def _print_withheld(withdrawn: str, settings: Settings, out: Console) -> None:
    """Say that a rollback stands in the way, and what there is to do."""
    out.print(f"Nothing is released: it would bring back {withdrawn}, which was withdrawn.")
    if (found := withdrawals(settings.releases).get(withdrawn)) is not None:
        out.print(as_typed(f"  {found.ways_back()}", settings))


def _standing(settings: Settings) -> Release | None:
    """Return the current release; None for none, and for one that is damaged."""
    try:
        release = current_release(settings.releases)
    except BrokenReleaseError:
        return None
    return release if release is not None and not verify(release) else None


def _print_current(settings: Settings, out: Console) -> None:
    standing = _standing(settings)
    if standing is None:
        return
    _print_figures(standing, settings, out)


def _print_figures(release: Release, settings: Settings, out: Console, *, told: str = "") -> None:
    """Print a release's headline figures, and how to ask it for more; `told` ends a command."""
    for headline in headlines(release):
        out.print(f"  {headline.text}")
    out.print("Next:")
    if START in release.manifest.files:
        out.print(f"  look    {command(settings)} open{told}")
    out.print(f"  query   {near(release.marts)} (docs/marts.md)")
    if (period := latest_period(release, *_TRACED)) is not None:
        trace = f"trace {' '.join(_TRACED)} {shlex.quote(period.typed)}{told}"
        out.print(f"  trace   {command(settings)} {trace}")


def _print_look_back(
    read: Mapping[str, Any], released: Mapping[str, Any] | None, settings: Settings, out: Console
) -> None:
    """Say what a look back saw and left out, and where it lies."""
    as_at, undated = read["as_at"], read["left_out_undated"]
    out.print(f"As at {as_at}: {read['known_then']} files known, {read['published_later']} later")
    if undated:
        out.print(f"  left out {len(undated)} whose day of publication nothing proves:")
        for name in undated[:SHOWN]:
            out.print(f"    {name}")
        if len(undated) > SHOWN:
            out.print(f"    and {len(undated) - SHOWN} more, all in the manifest")
    if released is None:
        out.print(f"Nothing new: this warehouse as at {as_at} stands already.")
    release_id = (released or read["standing"])[("release_id" if released else "id")]
    release = load_release(settings.releases, release_id)
    out.print(f"Release {release.id}")
    out.print(f"  in {near(release.path)}")
    _print_figures(release, settings, out, told=f" --release {release.id}")
