"""The commands `joinedup backfill`, `refresh` and `housekeeping`: what the DAGs do, by hand.

They are for a person who does not want to wait for the scheduler, or has none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say
from joinedup.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from joinedup.backfill_ledger import Line
    from joinedup.embedded_airflow import EmbeddedRun


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("backfill")(backfill_command)
    app.command("refresh")(refresh_command)
    app.command("housekeeping")(housekeeping_command)


def backfill_command(
    return_id: Annotated[
        str, typer.Argument(metavar="RETURN", help="Its id, as joinedup files shows it.")
    ],
    first: Annotated[str, typer.Argument(help="First month, 2015-04.")],
    last: Annotated[str, typer.Argument(help="Last month, included.")],
    returns: Annotated[
        Path | None, typer.Option(help="Folder to land files from; else what has landed is reread.")
    ] = None,
    as_at: Annotated[str | None, typer.Option(help="Look back: as known on 2017-02-08.")] = None,
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Release even if a period was not read.")
    ] = False,
) -> None:
    """Read some periods of a return anew, build apart, audit, and only then swap and release.

    Exit code 0: released, or nothing new; 2: released with gaps; 1: nothing was changed.
    """
    from joinedup.embedded_airflow import AirflowNotReadyError, AlreadyRunningError, run_dag

    settings = settings_or_exit()
    log = settings.logs / f"backfill-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    try:
        finished = run_dag(
            "backfill",
            conf={
                "return_id": return_id,
                "first_period": first,
                "last_period": last,
                "returns": None if returns is None else str(returns.resolve()),
                "as_at": as_at,
                "allow_gaps": allow_gaps,
            },
            airflow_home=settings.airflow_home,
            dags_folder=PROJECT_ROOT / "dags",
            log_file=log,
            settings_env={"JOINEDUP_HOME": str(settings.home)},
        )
    except (AirflowNotReadyError, AlreadyRunningError) as error:
        say(f"Nothing was changed. {error}", err=True)
        raise typer.Exit(1) from error
    code = _say(finished, settings)
    typer.echo(f"  log     {log}")
    raise typer.Exit(code)


def _say(finished: EmbeddedRun, settings: Settings) -> int:
    """Print the ledger and what came of the back-fill; returns the exit code."""
    from joinedup.backfill import ledger_lines, released_id

    ledger = ledger_lines(settings, finished.run_id)
    for line in ledger:
        typer.echo(_line(line))
    if finished.state != "success":
        for failure in finished.failures:
            say(f"{failure.task_id}: {failure.message}", err=True)
        return 1
    release_id = released_id(settings, finished.run_id)
    say(f"Release {release_id}" if release_id else _why_none(settings, finished.run_id))
    return 2 if release_id and any(line.state != "read" for line in ledger) else 0


def _why_none(settings: Settings, run_id: str) -> str:
    """Say why a back-fill that went well made no release."""
    from joinedup.backfill import withdrawn_by

    if withdrawn := withdrawn_by(settings, run_id):
        return (
            f"Nothing was released: it would bring back {withdrawn}, which was withdrawn. "
            f"To have it again: joinedup releases restore {withdrawn} --because ..."
        )
    return "Nothing new: all of it was read before."


def _line(line: Line) -> str:
    about = "; ".join(filter(None, [", ".join(line.files), line.reason]))
    return f"{line.period:<12}{line.state:<13}{about}"


def refresh_command(
    returns: Annotated[
        list[str] | None, typer.Argument(help="Returns; those due or late by default.")
    ] = None,
) -> None:
    """Land what publishers have put out, each return by itself; nothing is read or released.

    Exit code 0: all were fetched, or none is due; 2: some failed and are named; 1: all failed.
    """
    from joinedup.refresh import choose_returns, fetch_side_by_side
    from joinedup.refusals import NotReleased

    settings_or_exit()
    run_id = f"refresh-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        chosen = choose_returns(run_id, returns or [])
    except NotReleased as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if not chosen:
        typer.echo("No return is due, or the web may not be asked (JOINEDUP_WEB).")
    failed = 0
    for return_id, fetched in zip(chosen, fetch_side_by_side(run_id, chosen), strict=True):
        if isinstance(fetched, Exception):
            failed += 1
            say(str(fetched), err=True)
        else:
            typer.echo(f"{return_id:<32}{fetched['landed']:>5} landed, {fetched['known']} known")
    raise typer.Exit(0 if not failed else 1 if failed == len(chosen) else 2)


def housekeeping_command() -> None:
    """Verify the releases, remove what is past its time, and tell which return is late.

    Exit code 0: all is well; 1: something is amiss and is named.
    """
    from joinedup import housekeeping
    from joinedup.refusals import WriterBusyError
    from publishing.pointer import ReleaseError

    settings_or_exit()
    run_id = f"housekeeping-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    amiss = False
    try:
        verified = housekeeping.verify_releases(run_id)["verified"]
        typer.echo(f"{verified} releases, all whole")
        removed = housekeeping.prune_releases(run_id)["removed"]
        typer.echo("\n  ".join([f"{len(removed)} old releases removed", *removed]))
    except (housekeeping.DamagedReleaseError, ReleaseError, WriterBusyError) as error:
        say(str(error), err=True)
        amiss = True
    swept = housekeeping.sweep_leftovers(run_id)
    left = swept["candidates"] + swept["homes"]
    typer.echo(f"{left} leftovers and {swept['logs']} old logs removed")
    late = housekeeping.check_lateness(run_id)["late"]
    typer.echo("\n  ".join([f"{len(late)} returns late", *late]))
    raise typer.Exit(1 if amiss else 0)
