"""The command line: `joinedup run`, `fetch`, `trace`, `uses`, `claims`, `files` and others."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

import joinedup
from joinedup import (
    authoring,
    nightly_cli,
    open_pages,
    postgres_cli,
    processing_cli,
    quality_cli,
    releases_cli,
    runs_cli,
    status_cli,
)
from joinedup.alerting import alerts_cli
from joinedup.authoring import settings_or_exit
from joinedup.hints import say
from joinedup.serving import server_cli
from joinedup.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from publishing.pointer import Release

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version")] = False) -> None:
    """A nightly warehouse of health-and-care integration metrics for England."""
    if version:
        typer.echo(f"joinedup {joinedup.__version__}")
        raise typer.Exit


def _why_unfit(returns: str, home: Path) -> str:
    """Say why no files can be taken from a folder; an unset variable must not mean this folder."""
    if not returns:
        return "No folder was given."
    if home.is_relative_to(Path(returns).resolve()):
        return f"{returns} holds JOINEDUP_HOME ({home})."
    return ""


def _refuse_unfit(folder: str, write: Path | None) -> None:
    """Raise FileNotFoundError before a long reading that would come to nothing."""
    if why := _why_unfit(folder, settings_or_exit().home):
        raise FileNotFoundError(why)
    if write is not None and not write.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {write.parent} to write {write.name} to.")


@app.command()
def run(
    returns: Annotated[
        str | None, typer.Option(help="Folder of returns (JOINEDUP_RETURNS).")
    ] = None,
    as_at: Annotated[
        str | None, typer.Option(help="Look back: the warehouse as known on 2017-02-08, say.")
    ] = None,
) -> None:
    """Run the nightly load here and now.

    Exit code 0: released, or nothing new; 2: released with files quarantined; 1: nothing released.
    """
    from ingestion.folder import require_folder
    from joinedup.as_at import BadDateError, parse_as_at
    from joinedup.embedded_airflow import (
        AirflowNotReadyError,
        AlreadyRunningError,
        run_dag,
    )
    from joinedup.progress import console

    settings = settings_or_exit()
    if returns is not None and (why := _why_unfit(returns, settings.home)):
        typer.echo(f"Nothing was released. {why}", err=True)
        raise typer.Exit(1)
    folder = Path(returns).resolve() if returns else settings.returns
    try:
        day = None if as_at is None else str(parse_as_at(as_at))
        if folder is not None:
            require_folder(folder)  # said before Airflow takes seconds to start
    except (BadDateError, FileNotFoundError) as error:
        say(f"Nothing was released. {error}", err=True)
        raise typer.Exit(1) from error
    log = settings.logs / f"load-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    out = console()
    try:
        finished = run_dag(
            "nightly_load",
            conf={"returns": str(Path(returns).resolve()) if returns else None, "as_at": day},
            airflow_home=settings.airflow_home,
            dags_folder=PROJECT_ROOT / "dags",
            log_file=log,
            settings_env={"JOINEDUP_HOME": str(settings.home)},
        )
    except (AirflowNotReadyError, AlreadyRunningError) as error:
        if isinstance(error, AirflowNotReadyError):
            from joinedup.alerting.alerts import tell
            from joinedup.alerting.causes import of_failure

            tell(settings, [of_failure("nightly_load", "start", None, error)])
        out.print(f"Nothing was released. {error}")
        raise typer.Exit(1) from error
    from joinedup.summary import summarise

    code = summarise(finished, settings, out)
    out.print(f"  log     {log}")
    raise typer.Exit(code)


@app.command()
def fetch(
    returns: Annotated[list[str] | None, typer.Argument(help="Returns; all by default.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only list what would be fetched.")] = False,
) -> None:
    """Land what the publishers' pages link to.

    Exit code 0: all is fetched; 2: some failed and is named; 1: nothing was fetched.
    """
    from joinedup.steps import (
        NothingFetchedError,
        NotReleased,
        WriterBusyError,
        fetch_from_web,
        list_from_web,
    )
    from joinedup.summary import fetched_lines

    try:
        if dry_run:
            lines, left_out = list_from_web(returns or [])
        else:
            got = fetch_from_web(f"fetch-{datetime.now(UTC):%Y%m%dT%H%M%SZ}", returns or [])
            lines, left_out = fetched_lines(got), got["left_out"]
    except (NothingFetchedError, NotReleased, WriterBusyError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    for line in lines:
        typer.echo(line)
    for line in left_out:
        typer.echo(f"left out {line}", err=True)
    raise typer.Exit((2 if lines else 1) if left_out else 0)


@app.command()
def survey(
    folder: Annotated[str, typer.Argument(help="Folder of returns.")],
    write: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Say of each file of a folder how it would be read, as a page; nothing is loaded.

    Exit code 0: each file is read, or not for a reason; 1: of some no reason is known.
    """
    from ingestion.definition import (
        DefinitionError,
        load_definitions,
        undecided_definitions,
    )
    from ingestion.folder import silent
    from ingestion.read import ReadersDoNotStartError
    from ingestion.survey_page import render
    from joinedup.progress import shown
    from joinedup.steps import survey_folder

    try:
        _refuse_unfit(folder, write)
        definitions = load_definitions()
        # Without a file to write to, the page is printed where the progress would be.
        with shown("Reading files") if write else nullcontext(silent) as report:
            found = survey_folder(Path(folder), definitions, report)
    except (DefinitionError, FileNotFoundError, ReadersDoNotStartError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    page = render(found, definitions)
    unsettled = list(found.unsettled())
    for line in [*undecided_definitions().values(), *unsettled]:
        typer.echo(line, err=True)
    if write is None:
        typer.echo(page, nl=False)
    elif not unsettled:
        write.write_text(page, encoding="utf-8")
    raise typer.Exit(1 if unsettled else 0)


@app.command("demo-returns")
def demo_returns(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 2017,
) -> None:
    """Write demonstration returns in the publishers' layouts; every sheet says SYNTHETIC."""
    from demonstration.generate import write_demonstration
    from ingestion.definition import load_definitions
    from joinedup.progress import shown

    definitions = load_definitions()
    with shown("Writing demonstration returns") as report:
        paths = write_demonstration(folder, seed=seed, definitions=definitions, report=report)
    typer.echo(f"{len(paths)} SYNTHETIC files in {folder}")


def _released(release_id: str | None) -> Release:
    """Return a release by its id, the current one without; raises ReleaseError for none."""
    from publishing.pointer import ReleaseError, current_release, find_release

    releases = settings_or_exit().releases
    found = find_release(releases, release_id) if release_id else current_release(releases)
    if found is None:
        raise ReleaseError("There is no release yet; make one with joinedup run.")
    return found


class Boundary(StrEnum):
    """The boundaries that a figure is given on."""

    AS_REPORTED = "as_reported"
    CURRENT = "current"


@app.command()
def trace(
    metric: Annotated[str, typer.Argument(help="For example delayed_days.")],
    area: Annotated[str, typer.Argument(help="Area code, for example E10000003.")],
    period: Annotated[str, typer.Argument(help="2015-06, 2015-16, or 'Q1 2015-16'.")],
    release: Annotated[str | None, typer.Option(help="A release's id; the current one.")] = None,
    boundary: Annotated[
        Boundary, typer.Option(help="Areas of the time, or of today.")
    ] = Boundary.AS_REPORTED,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print a figure's whole way back to the cells of the publishers' files."""
    from publishing.pointer import ReleaseError
    from publishing.trace import TraceError, render_trace, trace_as_json
    from publishing.trace import trace as trace_figure

    try:
        found = trace_figure(_released(release), metric, area, period, boundary.value)
    except (ReleaseError, TraceError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(trace_as_json(found) if as_json else render_trace(found))


@app.command()
def uses(
    file: Annotated[str, typer.Argument(help="A landed file: its name, or its sha256's start.")],
    release: Annotated[str | None, typer.Option(help="A release's id; the current one.")] = None,
    figures: Annotated[bool, typer.Option(help="Print each figure, not only counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print which released figures rest on a landed file."""
    from publishing.pointer import ReleaseError
    from publishing.uses import UnknownFileError, render_uses, uses_as_json
    from publishing.uses import uses as uses_of

    try:
        found = uses_of(_released(release), file)
    except (ReleaseError, UnknownFileError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(uses_as_json(found) if as_json else render_uses(found, every_figure=figures))


@app.command()
def claims(
    release: Annotated[str | None, typer.Option(help="A release's id; the current one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print every published claim beside what the returns give, and how many hold."""
    from publishing.claims import claims_as_json, claims_of, render_claims
    from publishing.pointer import ReleaseError

    try:
        found = claims_of(_released(release))
    except ReleaseError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(claims_as_json(found) if as_json else render_claims(found))


@app.command()
def files(
    quarantined: Annotated[bool, typer.Option(help="Only those that were set aside.")] = False,
    unrecognised: Annotated[bool, typer.Option(help="Only those nobody knows.")] = False,
) -> None:
    """List the landed files and how each was read; `to be read` waits for the next run."""
    from ingestion.catalogue import Catalogue

    wanted = {
        state
        for state, asked in (("quarantined", quarantined), ("unrecognised", unrecognised))
        if asked
    } or {"read", "quarantined", "unrecognised"}
    out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    with Catalogue(settings_or_exit().catalogue) as catalogue:
        readings = catalogue.readings()
        for file in catalogue.landed():
            reading = readings.get(file.sha256)
            if reading is None:
                if not (quarantined or unrecognised):
                    about = f"{'to be read':<13}{'-':<32}{file.sha256[:12]}  "
                    out.print(f"{about}{file.file_name}")
                continue
            if reading.state not in wanted:
                continue
            about = f"{reading.state:<13}{reading.return_id or '-':<32}{file.sha256[:12]}  "
            out.print(f"{about}{file.file_name}")
            place = [
                *([f"sheet '{reading.sheet}'"] if reading.sheet else []),
                *([f"cell {reading.cell}"] if reading.cell else []),
            ]
            if reading.reason:
                out.print(f"{'':<13}{': '.join(filter(None, [', '.join(place), reading.reason]))}")
            for note in reading.notes:
                out.print(f"{'':<13}{note}")


@app.command("set-aside")
def set_aside(
    file: Annotated[str, typer.Argument(help="A landed file: its name, or its sha256's start.")],
    because: Annotated[str, typer.Option(help="Why; it stays with the file.")],
) -> None:
    """Quarantine a landed file by hand; the next run builds without it."""
    from joinedup.landed_files import UnknownFileError
    from joinedup.steps import set_file_aside

    try:
        typer.echo(f"Set aside: {set_file_aside(file, because)}")
    except UnknownFileError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error


@app.command("take-back")
def take_back(
    file: Annotated[str, typer.Argument(help="A landed file: its name, or its sha256's start.")],
) -> None:
    """Let a file that was set aside by hand be read again by the next run."""
    from joinedup.landed_files import UnknownFileError
    from joinedup.steps import take_file_back

    try:
        typer.echo(f"Taken back: {take_file_back(file)}; the next run reads it again")
    except UnknownFileError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error


for part in (
    nightly_cli,
    runs_cli,
    authoring,
    releases_cli,
    quality_cli,
    status_cli,
    alerts_cli,
    server_cli,
    open_pages,
    postgres_cli,
    processing_cli,
):
    part.add_commands(app)
