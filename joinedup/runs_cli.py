"""The command `joinedup runs`: what ran, when, what came of it, and how long each step took."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.catalogue import StepAttempt
    from joinedup.runs import Run


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("runs")(runs_command)


def runs_command(
    run: Annotated[
        str | None, typer.Argument(help="A run, or how its name begins: its steps are shown.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="How many runs are listed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the last runs: when, what came of each, seconds, release and what was new.

    With a run: each attempt at its steps, what it wrote, what went wrong, and where its log is.
    A step that was killed has not ended. Exit code 1: there is no such run.
    """
    from ingestion.catalogue import Catalogue
    from joinedup.run_log import log_file
    from joinedup.runs import UnknownRunError, find_run, runs_of

    settings = settings_or_exit()
    with Catalogue(settings.catalogue) as catalogue:
        runs = runs_of(catalogue)
    try:
        shown = runs[:last] if run is None else [find_run(runs, run)]
    except UnknownRunError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        told = [_document(one, log_file(settings, one.run_id)) for one in shown]
        document = told if run is None else told[0]
        typer.echo(json.dumps(document, indent=1, default=datetime.isoformat))
    elif run is None:
        say("\n".join(map(_line, shown)) or "No run is in the log yet: joinedup run.")
    else:
        say("\n".join(_page(shown[0], log_file(settings, shown[0].run_id))))


def _document(run: Run, log: Path) -> dict[str, Any]:
    return asdict(run) | {"log": str(log) if log.is_file() else None}


def _line(run: Run) -> str:
    new = ", ".join(f"{count:,} {what}" for what, count in run.new.items())
    release = run.release or "-"
    return (
        f"{run.started_at:%Y-%m-%d %H:%M} UTC  {run.outcome:<12}{run.seconds:>9,.1f} s  "
        f"{release:<28}{new:<36}{run.run_id}"
    )


def _page(run: Run, log: Path) -> Iterator[str]:
    yield _line(run)
    for attempt in run.attempts:
        yield _step_line(attempt)
        if attempt.error:
            yield f"    {attempt.error}"
    if log.is_file():
        yield f"  log     {log}"


def _step_line(attempt: StepAttempt) -> str:
    from joinedup.runs import IN_WORDS, NOT_ENDED

    outcome = IN_WORDS[attempt.outcome] if attempt.outcome else NOT_ENDED
    retry = f" (attempt {attempt.attempt})" if attempt.attempt > 1 else ""
    took = "-" if attempt.seconds is None else f"{attempt.seconds:,.1f} s"
    return (
        f"  {attempt.step + retry:<30}{outcome:<13}{took:>10}{_count(attempt.rows_written):>13} "
        f"rows{_megabytes(attempt.bytes_written):>10} MB"
    )


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:,.1f}"
