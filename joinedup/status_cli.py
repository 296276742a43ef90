"""The commands `joinedup status` and `joinedup calendar`: what is late, what comes out when."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publishing.status_page import StatusRow

_LATE = 2
"""Exit code where something is late."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("status")(status_command)
    app.command("calendar")(calendar_command)


def status_command(
    late: Annotated[bool, typer.Option(help="Only what is late.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As on that day, with what is held now."),
    ] = None,
) -> None:
    """Show each return: the newest held, what is expected when, and whether it is late.

    Exit code 0: nothing is late; 2: something is.
    """
    from ingestion.calendar import STATES
    from joinedup.authoring import settings_or_exit
    from joinedup.project import AuthoringError
    from joinedup.status import (
        as_document,
        is_synthetic,
        row_of,
        status_of,
        today_in_london,
        write_status_page,
    )

    settings = settings_or_exit()
    today = on.date() if on else today_in_london()
    every = status_of(settings, today)
    shown = [one for one in every if one.state == "late" or not late]
    counts = Counter(one.state for one in every)
    code = _LATE if counts["late"] else 0
    if as_json:
        typer.echo(json.dumps(as_document(shown, today), indent=1, ensure_ascii=False))
        raise typer.Exit(code)
    if is_synthetic(every):
        typer.echo("SYNTHETIC returns: no figure is real.")
    listed = [f"{counts[state]} {state}" for state in STATES if counts[state]]
    typer.echo(f"{today}: {', '.join(listed)}")
    for line in _lines([row_of(one) for one in shown]):
        typer.echo(line)
    if on is None:
        try:
            typer.echo(f"Page: {write_status_page(settings, every, today)}")
        except (AuthoringError, OSError) as error:
            typer.echo(f"The page is not written: {error}", err=True)
    raise typer.Exit(code)


def _lines(rows: Sequence[StatusRow]) -> Iterator[str]:
    """Yield a table whose columns are as wide as what stands in them."""
    from publishing.status_page import HEADS

    table = [HEADS, *map(_cells, rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEADS))]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cells(row: StatusRow) -> tuple[str, ...]:
    return (
        row.return_id,
        f"{row.state} {row.by}".strip() + (f" ({row.note})" if row.note else ""),
        row.held,
        f"{row.coming} {row.day}".strip(),
        row.publisher,
        row.ours,
    )


def calendar_command(
    write: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
) -> None:
    """Show when each return is published, held against the days that the files read here say.

    Exit code 1: the page cannot be written.
    """
    from ingestion.calendar_page import calendar_page, first_published
    from ingestion.catalogue import Catalogue
    from ingestion.definition import load_definitions
    from joinedup.authoring import settings_or_exit

    catalogue = settings_or_exit().catalogue
    readings = []
    if catalogue.exists():
        with Catalogue(catalogue) as opened:
            readings = list(opened.readings().values())
    page = calendar_page(load_definitions(), first_published(readings))
    if write is None:
        typer.echo(page, nl=False)
        return
    try:
        write.write_text(page, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{write} cannot be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{write}: {len(readings)} files read or refused")
