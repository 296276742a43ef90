"""Read the figures of all tables of a file as one column, and spell them out as observations.

A figure is a number that points to its row and its column. What a row or a column says is
looked up only when observations are written, so that provenance costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingestion.definition import Definition
from ingestion.layouts import Meaning, Measure, NotCollected
from ingestion.listed import Listed, Numbers
from ingestion.observations import SCHEMA
from ingestion.patterns import read
from ingestion.period import Period
from ingestion.sheetscan import NO_RESULT, Faults
from ingestion.subjects import Subject
from ingestion.table import Column, FigureTexts, Parent, TableCells
from ingestion.untrusted import UntrustedFileError

Fact = TypeVar("Fact")
LARGEST = 1e13
"""No return counts more of anything, pounds included."""

STATUS_OF: dict[Meaning, str] = {
    "zero": "reported",
    "suppressed": "suppressed",
    "missing": "missing",
    "not_applicable": "not_applicable",
    "not_collected": "not_collected",
}
STATUSES = sorted({*STATUS_OF.values(), "estimated"})
REPORTED = STATUSES.index("reported")
NOT_PLAIN = r"[A-Za-z_]"
"""A text that is a number holds no letter: `inf`, `nan` and `1e5` are not taken for numbers."""


@dataclass(frozen=True)
class Figures:
    """All figures of a file: `row` and `column` say for each where it stands.

    `status` is a place in `STATUSES`; `value` is null exactly when the status says so.
    """

    tables: list[TableCells]
    row: Numbers
    column: Numbers
    text: pl.Series
    value: pl.Series
    status: NDArray[np.uint8]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of all tables, one after the other."""
        return [column for table in self.tables for column in table.columns]

    @cached_property
    def numbers(self) -> Numbers:
        """The rows, counted from 0, of all tables."""
        return np.concatenate([table.rows.number for table in self.tables])

    @cached_property
    def table_of_column(self) -> Listed[TableCells]:
        """The table of each column."""
        numbers = [np.full(len(t.columns), n) for n, t in enumerate(self.tables)]
        return Listed(self.tables, np.concatenate(numbers))

    @cached_property
    def subject(self) -> Listed[Subject]:
        """Whom each figure is about."""
        rows = Listed.joined([table.rows.subject for table in self.tables])
        if all(column.subject.kind is None for column in self.columns):
            return rows.gather(self.row)
        said = Listed.of(column.subject for column in self.columns)
        known = [one if one.kind is not None else None for one in said.facts]
        found = Listed(known, said.at).gather(self.column)
        return self._known(found.or_else(_optional(rows.gather(self.row))), "subject")

    @cached_property
    def parent(self) -> Listed[Parent]:
        """What the row of each figure says besides its subject."""
        return Listed.joined([table.rows.parent for table in self.tables]).gather(self.row)

    @cached_property
    def period(self) -> Listed[Period]:
        """The period of each figure; raises `UntrustedFileError` for one that has none."""
        columns = Listed.of(column.period for column in self.columns).gather(self.column)
        rows = Listed.joined([table.rows.period for table in self.tables]).gather(self.row)
        return self._known(columns.or_else(rows), "period")

    @cached_property
    def measure(self) -> Listed[str]:
        """The measure of each figure; raises `UntrustedFileError` for one that has none."""
        columns = Listed.of(column.measure for column in self.columns).gather(self.column)
        rows = Listed.joined([table.rows.measure for table in self.tables]).gather(self.row)
        return self._known(columns.or_else(rows), "measure")

    def _known(self, said: Listed[Fact | None], what: str) -> Listed[Fact]:
        """Return what is said of each figure, once it is sure that something is."""
        nothing = [number for number, fact in enumerate(said.facts) if fact is None]
        if nothing:
            table, _, cell = self.place(int(np.flatnonzero(np.isin(said.at, nothing))[0]))
            raise UntrustedFileError(
                f"Neither the row nor the headings nor the file name a {what}.",
                sheet=table.sheet,
                cell=cell,
                mend=f"Say in the definition where the {what} stands.",
            )
        return cast("Listed[Fact]", said)

    @cached_property
    def breakdown(self) -> Listed[str]:
        """The members of dimensions of each figure, those of row and column as one text."""
        columns = Listed.of(column.members for column in self.columns).gather(self.column)
        rows = Listed.joined([table.rows.members for table in self.tables])
        if set(rows.facts) <= {""}:
            return columns
        of_rows = rows.gather(self.row)
        if set(columns.facts) <= {""}:
            return of_rows
        pairs = of_rows.at * len(columns.facts) + columns.at
        known, at = np.unique(pairs, return_inverse=True)
        both = (divmod(int(pair), len(columns.facts)) for pair in known)
        return Listed([_merged(rows.facts[r], columns.facts[c]) for r, c in both], at)

    @cached_property
    def is_control_total(self) -> pl.Series:
        """Whether each figure is a control total."""
        return self.subject.map(lambda subject: subject.is_control_total).flags()

    def of_table(self, what: Callable[[TableCells], Any]) -> Listed[Any]:
        """Return for each figure what its table says."""
        return self.table_of_column.map(what).gather(self.column)

    def of_column(self, what: Callable[[Column], Any]) -> Listed[Any]:
        """Return for each figure what its column says."""
        return Listed.of(what(column) for column in self.columns).gather(self.column)

    @property
    def source_row(self) -> pl.Series:
        """The row of each figure, counted from 1."""
        return pl.Series((self.numbers[self.row] + 1).astype(np.int32))

    def place(self, at: int) -> tuple[TableCells, Column, str]:
        """Return the table, the column and the cell's name of a figure."""
        column = self.columns[self.column[at]]
        table = self.tables[self.table_of_column.at[self.column[at]]]
        return table, column, f"{column.letters}{self.numbers[self.row[at]] + 1}"


def _optional(facts: Listed[Fact]) -> Listed[Fact | None]:
    return cast("Listed[Fact | None]", facts)


def _merged(one: str, other: str) -> str:
    return ";".join(sorted(pair for text in (one, other) for pair in text.split(";") if pair))


def read_figures(
    definition: Definition,
    tables: list[TableCells],
    texts: FigureTexts,
    faults: dict[str, Faults],
) -> Figures:
    """Read every figure of a file's tables; `texts` are theirs by table, column and row.

    Raises `UntrustedFileError` naming the cell for anything in the place of a figure that
    is neither a number, nor a marker, nor a way of writing numbers that the definition
    allows, and for a number that cannot be.
    """
    row, column = _places(tables)
    status = np.full(len(row), REPORTED, dtype=np.uint8)
    figures = Figures(tables, row, column, texts.texts, texts.values, status)
    odd = texts.worded & texts.values.is_null().to_numpy()
    worded = np.flatnonzero(texts.worded & ~odd)
    if len(worded):
        odd[worded] = texts.texts[worded].str.contains(NOT_PLAIN).to_numpy()
    if odd.any():
        figures = _with_odd_cells(definition, figures, odd, faults)
    figures = _without_uncollected(definition, figures)
    _refuse_impossible(definition, figures)
    return figures


def _places(tables: Sequence[TableCells]) -> tuple[Numbers, Numbers]:
    """Number the row and the column of each figure, column by column as the texts stand."""
    rows, columns = [], []
    first_row = first_column = 0
    for table in tables:
        height, width = len(table.rows.number), len(table.columns)
        rows.append(np.tile(np.arange(first_row, first_row + height), width))
        columns.append(np.repeat(np.arange(first_column, first_column + width), height))
        first_row, first_column = first_row + height, first_column + width
    return np.concatenate(rows), np.concatenate(columns)


def _with_odd_cells(
    definition: Definition, figures: Figures, odd: NDArray[np.bool_], faults: dict[str, Faults]
) -> Figures:
    """Look at whatever is not a plain number by itself; each wording of it once."""
    at = np.flatnonzero(odd)
    texts = Listed.of(figures.text.filter(pl.Series(odd)).fill_null("").to_list())
    measures = figures.measure.gather(at)
    markers = figures.of_column(lambda column: column.markers).gather(at)
    key = (texts.at * len(measures.facts) + measures.at) * len(markers.facts) + markers.at
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    readings: list[tuple[float | None, str]] = []
    for place in first:
        text, measure = texts.facts[texts.at[place]], measures.facts[measures.at[place]]
        own = markers.facts[markers.at[place]]
        found = _reading(definition, text, measure, own)
        if found is None:
            raise _unreadable(definition, figures, int(at[place]), text, measure, faults)
        readings.append(found)
    few = pl.Series([value for value, _ in readings], dtype=pl.Float64)
    codes = np.array([STATUSES.index(said) for _, said in readings], dtype=np.uint8)
    status = figures.status.copy()
    status[at] = codes[number]
    return replace(
        figures,
        value=figures.value.scatter(at, few.gather(number)),
        status=status,
        text=figures.text.fill_null("") if figures.text.has_nulls() else figures.text,
    )


def _reading(
    definition: Definition, text: str, measure: str, markers: str
) -> tuple[float | None, str] | None:
    """Read a marker, an answer or a number in another form; None for what is none of them."""
    one = definition.measures[measure]
    if text in one.answers:
        return one.answers[text], "reported"
    of_column: dict[str, Meaning] = json.loads(markers) if markers else {}
    meaning = of_column.get(text) or one.markers.get(text) or definition.markers.get(text)
    if meaning is not None:
        return (0.0 if meaning == "zero" else None), STATUS_OF[meaning]
    for form in definition.number_forms:
        said = read(text, form)
        if said is not None and said.number is not None:
            return said.number, "reported"
    return None


def _unreadable(
    definition: Definition,
    figures: Figures,
    at: int,
    text: str,
    measure: str,
    faults: dict[str, Faults],
) -> UntrustedFileError:
    table, column, cell = figures.place(at)
    number = int(figures.numbers[figures.row[at]])
    fault = faults.get(table.sheet, {}).get((number, column.number))
    known = {*definition.markers, *definition.measures[measure].markers}
    spelled = ", ".join(f"'{marker}'" for marker in sorted(known)) or "none"
    what = f"'{text}' is neither a number nor a known marker" if text else "The cell is blank"
    if fault == NO_RESULT:
        what = "The cell has a formula that was saved without its result"
    elif fault:
        what = f"The cell holds the error {fault}"
    return UntrustedFileError(
        f"{what} under '{column.heading}'.",
        sheet=table.sheet,
        cell=cell,
        mend=f"Known markers: {spelled}. A new one has to be given its meaning in `markers`.",
    )


def notes_on_blanks(definition: Definition, figures: Figures) -> list[str]:
    """Count, by table, the blank cells that the return as a whole lets pass, and name the first.

    Where a measure or a heading says what a blank means, it is expected.
    """
    if "" not in definition.markers:
        return []
    expected = {name for name, measure in definition.measures.items() if "" in measure.markers}
    blank = (figures.text == "").to_numpy() & (figures.status != REPORTED)
    blank &= ~figures.measure.map(lambda name: name in expected).flags().to_numpy()
    of_column = figures.of_column(lambda one: "" in json.loads(one.markers or "{}"))
    blank &= ~of_column.flags().to_numpy()
    firsts: dict[str, str] = {}
    counts: dict[str, int] = {}
    for at in np.flatnonzero(blank).tolist():
        table, column, cell = figures.place(at)
        counts[table.table_id] = counts.get(table.table_id, 0) + 1
        firsts.setdefault(
            table.table_id, f"sheet '{table.sheet}', {cell}, under '{column.heading}'"
        )
    read_as = definition.markers[""]
    return [
        f"Table {name}: {count:,} blank cell{'s' if count > 1 else ''} read as {read_as}, the "
        f"first in {firsts[name]}."
        for name, count in counts.items()
    ]


def _without_uncollected(definition: Definition, figures: Figures) -> Figures:
    """Take away the zeros that a publisher prints for the time before a collection began."""
    for table_id, table in definition.tables.items():
        for one in table.not_collected:
            figures = _emptied(figures, _too_early(figures, table_id, one), one)
    return figures


def _too_early(figures: Figures, table_id: str, one: NotCollected) -> NDArray[np.bool_]:
    wanted = {f"{dimension}={member}" for dimension, member in one.members.items()}
    tests = [
        figures.of_table(lambda table: table.table_id == table_id),
        figures.period.map(lambda period: period.end < one.before),
        figures.breakdown.map(lambda members: wanted <= set(members.split(";"))),
    ]
    if one.measure:
        tests.append(figures.measure.map(lambda measure: measure == one.measure))
    early: NDArray[np.bool_] = np.logical_and.reduce([test.flags().to_numpy() for test in tests])
    return early


def _emptied(figures: Figures, early: NDArray[np.bool_], one: NotCollected) -> Figures:
    counted = early & (figures.value != 0).fill_null(value=False).to_numpy()
    if counted.any():
        table, _, cell = figures.place(int(np.flatnonzero(counted)[0]))
        raise UntrustedFileError(
            f"A figure stands where nothing was collected yet ({one.reason}).",
            sheet=table.sheet,
            cell=cell,
            mend="If it was collected after all, mend `not_collected` of the definition.",
        )
    status = figures.status.copy()
    status[early] = STATUSES.index("not_collected")
    return replace(figures, value=figures.value.set(pl.Series(early), None), status=status)


def _refuse_impossible(definition: Definition, figures: Figures) -> None:
    """Refuse a number that is under the least or over the most there can be, or not whole."""
    value, measures = figures.value, definition.measures
    lowest, highest = value.min(), value.max()
    if not isinstance(lowest, float) or not isinstance(highest, float):
        return
    wrong = np.zeros(len(value), dtype=bool)
    numbers = value.to_numpy()
    with np.errstate(invalid="ignore"):
        if max(abs(lowest), abs(highest)) > LARGEST:
            wrong |= np.abs(numbers) > LARGEST
        least = {name: m.minimum for name, m in measures.items() if m.minimum is not None}
        if least and lowest < max(least.values()):
            bounds = figures.measure.map(lambda name: least.get(name, -np.inf))
            wrong |= numbers < np.array(bounds.facts)[bounds.at]
        most = {name: m.maximum for name, m in measures.items() if m.maximum is not None}
        if most and highest > min(most.values()):
            bounds = figures.measure.map(lambda name: most.get(name, np.inf))
            wrong |= numbers > np.array(bounds.facts)[bounds.at]
        if any(measure.is_whole for measure in measures.values()):
            whole = figures.measure.map(lambda name: measures[name].is_whole).flags().to_numpy()
            wrong |= whole & (numbers != np.floor(numbers)) & ~np.isnan(numbers)
    if not wrong.any():
        return
    at = int(np.flatnonzero(wrong)[0])
    table, column, cell = figures.place(at)
    measure = measures[figures.measure.facts[figures.measure.at[at]]]
    raise UntrustedFileError(
        f"{value[at]:g} cannot be a count of {measure.unit} under '{column.heading}'.",
        sheet=table.sheet,
        cell=cell,
        mend=f"{'A whole' if measure.is_whole else 'A'} number was expected{_bounds(measure)}.",
    )


def _bounds(measure: Measure) -> str:
    least = f", at least {measure.minimum:g}" if measure.minimum is not None else ""
    return least + (f", at most {measure.maximum:g}" if measure.maximum is not None else "")


def observations(
    definition: Definition, figures: Figures, layout_id: str, sha256: str
) -> pl.DataFrame:
    """Spell figures out as observations, in the order of their tables, columns and rows."""
    height = len(figures.row)
    subject, period, parent = figures.subject, figures.period, figures.parent
    measures = definition.measures
    status = Listed(STATUSES, figures.status.astype(np.int64))
    columns = {
        "return_id": Listed.same(definition.return_id, height).texts(),
        "layout_id": Listed.same(layout_id, height).texts(),
        "table_id": figures.of_table(lambda table: table.table_id).texts(),
        "period_type": period.map(lambda one: one.period_type).texts(),
        "period_start": period.map(lambda one: one.start).days(),
        "period_end": period.map(lambda one: one.end).days(),
        "subject_type": subject.map(lambda one: one.kind).texts(),
        "subject_code": subject.map(lambda one: one.code).texts(),
        "subject_name": subject.map(lambda one: one.name).texts(),
        "subject_ons_code": parent.map(lambda one: one.ons_code).texts(),
        "parent_code": parent.map(lambda one: one.code).texts(),
        "parent_name": parent.map(lambda one: one.name).texts(),
        "measure": figures.measure.texts(),
        "breakdown": figures.breakdown.texts(),
        "value": figures.value,
        "raw_text": figures.text,
        "value_status": status.texts(),
        "unit": figures.measure.map(lambda one: measures[one].unit).texts(),
        "is_control_total": figures.is_control_total,
        "source_sha256": Listed.same(sha256, height).texts(),
        "source_sheet": figures.of_table(lambda table: table.sheet).texts(),
        "source_row": figures.source_row,
        "source_column": figures.of_column(lambda column: column.letters).texts(),
    }
    return pl.DataFrame([columns[name].alias(name) for name in SCHEMA.names()])
