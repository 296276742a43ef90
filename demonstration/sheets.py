"""A sheet as it is laid out: its cells, and where its headings and figures stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from demonstration.arithmetic import Figure
from demonstration.drafts import Cell
from demonstration.spelling import spell
from ingestion.definition import Definition
from ingestion.patterns import fits

MARKER = "SYNTHETIC: made for demonstration"
Cells = dict[tuple[int, int], Cell]
"""Texts, numbers and dates by (row, column), both from 0."""
TitleLine = tuple[str, str]
"""A label and what stands beside it; without a label it is a line by itself."""
TOP_ROWS = 60
"""A file is known by what stands in its first rows."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Arrangement:
    """Where things stand on a sheet, and how its headings are written.

    None of it may matter to a reader: rows and columns `shuffled`, everything moved `down`
    and to the `right`, a `gap` between title and table, headings written by `restyle`.
    """

    shuffled: bool = False
    down: int = 0
    right: int = 0
    gap: int = 1
    restyle: Callable[[str], str] = _as_it_is


@dataclass(frozen=True)
class HeadingPlace:
    """Where a heading of a table stands, counted from 0, and its words."""

    sheet: str
    row: int
    column: int
    text: str


@dataclass
class SheetPlan:
    """A sheet as it is to be written, and where its headings and figures stand."""

    name: str
    cells: Cells = field(default_factory=dict)
    headings: list[HeadingPlace] = field(default_factory=list)
    figures: dict[tuple[int, int], Figure] = field(default_factory=dict)


def place_title(
    plan: SheetPlan, title: Iterable[TitleLine], arrangement: Arrangement, left: int
) -> int:
    """Write the marker and the title lines; returns the row below them."""
    row = arrangement.down
    plan.cells[row, left] = MARKER
    for label, text in title:
        row += 1
        if label:
            plan.cells[row, left] = f"{label}:"
            plan.cells[row, left + 1] = text
        else:
            plan.cells[row, left] = text
    return row + 1 + arrangement.gap


def place_heading(
    plan: SheetPlan, row: int, column: int, text: Cell, arrangement: Arrangement
) -> None:
    """Write a heading in the style of the arrangement, and remember where it stands."""
    if isinstance(text, str):
        plan.headings.append(HeadingPlace(plan.name, row, column, text))
        plan.cells[row, column] = arrangement.restyle(text)
    else:
        plan.cells[row, column] = text


def says(plans: Iterable[SheetPlan], wording: str) -> bool:
    """Tell whether some cell of the first rows fits a wording."""
    return any(
        isinstance(cell, str) and row < TOP_ROWS and fits(cell, wording)
        for plan in plans
        for (row, _), cell in plan.cells.items()
    )


def other_sheets(
    definition: Definition, wanted: Sequence[str], plans: Sequence[SheetPlan]
) -> list[SheetPlan]:
    """Return the sheets that are there and not read, and one that the file is known by."""
    names = [plan.name for plan in plans]
    if not names[0]:
        return []
    known_by = definition.recognise.sheets
    has_known = any(fits(name, wording) for name in names for wording in known_by)
    others: list[str] = []
    for wording in [*wanted, *(known_by[:1] if known_by and not has_known else [])]:
        if not any(fits(name, wording) for name in others):
            others.append(spell(wording))
    found = [SheetPlan(name) for name in others]
    for plan in found:
        place_title(plan, [("", "Nothing to be read")], Arrangement(), 1)
    return found
