"""Files of a return that no definition knows, for the guide: python -m demonstration.unknown.

Two editions of one invented return: councils, a few counts, a marker, a total. In the second the
publisher has reworded a heading, as publishers do.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from demonstration.bodies import Body, bodies_of
from demonstration.files import write_workbook
from demonstration.layout import MARKER
from ingestion.period import Period, month

SHEET = "Home care waits"
HEADINGS = (
    "ONS code",
    "Council",
    "People waiting",
    "People waiting over 4 weeks",
    "Hours waited for",
)
REWORDED = {"Hours waited for": "Number of hours waited for"}
HEADING_ROW = 8
FEWEST_SHOWN = 5
Cells = dict[tuple[int, int], str | float | date]


def write_unknown(folder: Path, *, seed: int = 2017) -> list[Path]:
    """Write the editions of March and of April 2025; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    editions = [(date(2025, 3, 1), "8 May 2025", {}), (date(2025, 4, 1), "12 June 2025", REWORDED)]
    return [
        _write(folder, month(day), published, dict(reworded), Random(f"{seed}{day}"))  # noqa: S311 - made-up figures
        for day, published, reworded in editions
    ]


def _write(
    folder: Path, period: Period, published: str, reworded: dict[str, str], rng: Random
) -> Path:
    cells: Cells = {
        (1, 1): "Title:",
        (1, 2): "Home care: people waiting for a package, by council",
        (2, 1): "Period:",
        (2, 2): f"{period.start:%B %Y}",
        (3, 1): "Published:",
        (3, 2): published,
        (4, 1): "Status:",
        (4, 2): "Published",
        (5, 1): MARKER,
    }
    for column, heading in enumerate(HEADINGS, start=1):
        cells[HEADING_ROW, column] = reworded.get(heading, heading)
    councils = bodies_of("council", period, ons_codes=True)
    figures = {body.code: _figures(rng) for body in councils}
    totals = [sum(one[n] for one in figures.values()) for n in range(3)]
    rows = [Body("country", "-", "England"), *councils]
    for row, body in enumerate(rows, start=HEADING_ROW + 2):
        shown = _shown(figures[body.code]) if body.code in figures else totals
        for column, value in enumerate((body.code, body.name, *shown), start=1):
            cells[row, column] = value
    notes: Cells = {(0, 0): MARKER, (1, 0): "* fewer than 5 people, withheld"}
    path = folder / f"home-care-waits-{period.start:%Y-%m}-SYNTHETIC.xlsx"
    write_workbook(path, "home care waits", [(SHEET, False, cells), ("Notes", False, notes)])
    return path


def _figures(rng: Random) -> list[int]:
    """Invent people who wait, those of them who wait long, and the hours they wait for."""
    waiting = rng.randrange(8, 240)
    long = rng.randrange(0, waiting // 2)
    return [waiting, long, waiting * rng.randrange(9, 14)]


def _shown(figures: list[int]) -> list[str | float]:
    """Print a small number of people as the publisher would."""
    waiting, long, hours = figures
    return [waiting, "*" if 0 < long < FEWEST_SHOWN else long, hours]


def main(folder: Annotated[Path, typer.Argument(help="Where to write them.")]) -> None:
    """Write two files of a return that no definition knows."""
    for path in write_unknown(folder):
        typer.echo(path)


if __name__ == "__main__":
    typer.run(main)
