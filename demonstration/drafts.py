"""What a draft of a synthetic file is made of: columns, rows, tables, and its setting.

A draft knows what each cell says and nothing yet of where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from demonstration.arithmetic import Figure
from demonstration.bodies import Body
from demonstration.spans import column_placeholder, inner_periods, row_placeholder
from demonstration.spelling import spell
from ingestion.definition import Definition
from ingestion.layouts import RowHeading, Subject, SubjectKind, TableLayout
from ingestion.period import Period

Cell = str | float | date


Wordings = Callable[[list[str]], str]
"""Chooses one of the wordings of a heading, the definition's own being the first."""


@dataclass(frozen=True)
class Column:
    """A column of figures: the texts above it, topmost first, and what they say together.

    `names_body` tells which of the texts are (or hold) the name or code of a body;
    `is_under_ignored` that a group above it is not kept, whatever stands below it.
    """

    texts: tuple[Cell, ...]
    measure: str | None
    members: dict[str, str]
    markers: dict[str, str]
    period: Period | None
    body: Body | None
    is_ignored: bool
    is_under_ignored: bool
    is_optional: bool
    names_body: tuple[bool, ...]
    is_control: bool = False
    order: tuple[int, ...] = ()

    @property
    def depth(self) -> int:
        """The number of rows that its headings take."""
        return len(self.texts)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What the column is about; two columns of a table never are about the same."""
        return self.measure, tuple(sorted(self.members.items())), self.period, self.body


@dataclass(frozen=True)
class Row:
    """A row: its number from 0, what it is about, and its descriptive cells by heading.

    `words` are the members of `members` as the row writes them, by dimension.
    """

    number: int
    body: Body | None
    is_control: bool
    period: Period | None
    measure: str | None
    members: dict[str, str]
    words: dict[str, str]
    labels: dict[str, Cell]


@dataclass
class TableDraft:
    """One table on one sheet; `figures` maps a row and a column, both from 0, to a figure."""

    table_id: str
    sheet: str
    layout: TableLayout
    row_headings: dict[str, tuple[str, RowHeading]]
    columns: list[Column]
    rows: list[Row]
    sheet_body: Body | None = None
    figures: dict[tuple[int, int], Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What a draft is made from. `period` is what the file says, `subjects` how many of a kind.

    Without `with_optional` what a file may lack is left out, as far as nothing else says it.
    """

    definition: Definition
    layout_id: str
    period: Period | None
    subjects: int
    wordings: Wordings
    seed: str
    with_optional: bool = True

    def rng(self, *parts: object) -> Random:
        """Return the random numbers of one purpose, which no other purpose disturbs."""
        return Random(f"{self.seed}/{'/'.join(map(str, parts))}")  # noqa: S311 - made-up figures

    def layout(self, table_id: str) -> TableLayout:
        """Return how a table is headed in the layout."""
        return self.definition.layouts[self.layout_id].tables[table_id]

    def subject(self, table_id: str) -> Subject:
        """Return whom a table is about in the layout."""
        return self.layout(table_id).subject or self.definition.tables[table_id].subject

    def table_period(self, table_id: str) -> Period:
        """Return a period in which the bodies of a table have to exist."""
        for found in (column_placeholder, row_placeholder):
            placeholder = found(self.definition, self.layout(table_id))
            if placeholder is not None:
                inner = self.inner(table_id, placeholder)
                return Period(inner[0].start, inner[-1].end, "span")
        if self.period is None:
            raise ValueError(f"{table_id}: neither the file nor the table says a period")
        return self.period

    def inner(self, table_id: str, placeholder: str) -> list[Period]:
        """Return the periods that a table's rows or headings name."""
        return inner_periods(self.definition, self.layout_id, table_id, placeholder, self.period)


def levels_of(subject: Subject) -> Iterator[tuple[str, SubjectKind]]:
    """Yield each level that rows may say they are of, and the kind that it stands for."""
    before: tuple[str, ...] = ()
    for pattern, kind in subject.by_level.items():
        yield spell(pattern, unlike=before), kind
        before = (*before, pattern)
