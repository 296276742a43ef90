"""From a sheet's description and the figures to cells: positions, texts and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from demonstration.figures import MonthFigures
from demonstration.months import days_in, month_words
from demonstration.spec import Column, ReturnSpec, Rows, Sheet, Table, cell_position, worded

MARKER = "SYNTHETIC: demonstration data made by joinedup; not published by anyone"

Cells = dict[tuple[int, int], str | float]
"""Texts and numbers by (row, column), both from 0."""


@dataclass(frozen=True)
class FileView:
    """What one file shows: its months, the words for its templates, and the figures."""

    months: tuple[date, ...]
    words: dict[str, str]
    figures: Callable[[date], MonthFigures]

    @property
    def at(self) -> date:
        """The month that decides which wording holds: the file's last."""
        return self.months[-1]


@dataclass(frozen=True)
class PlacedColumn:
    """A column as it stands in one month: its place, headings, templates, kinds and markers."""

    spec: Column
    index: int
    headings: tuple[str, ...]
    where: dict[str, str]
    label: str
    total_label: str
    if_total_zero: str | None
    if_impossible: str | None


@dataclass(frozen=True)
class Row:
    """A row of a table: words for its labels, and whose figures of which months it sums.

    `subjects` are positions in the month's subjects; None is all of them.
    """

    words: dict[str, str]
    months: tuple[date, ...]
    is_total: bool = False
    is_blank: bool = False
    subjects: tuple[int, ...] | None = None
    where: dict[str, str] = field(default_factory=dict)


def sheet_cells(spec: ReturnSpec, sheet: Sheet, view: FileView) -> Cells:
    """Lay out one sheet of one file; ValueError when the marker would hide a cell."""
    cells: Cells = _title_cells(spec, sheet, view) if sheet.titled else {}
    for cell in sheet.cells:
        text = worded(cell.text, view.at)
        if cell.number is not None:
            cells[cell_position(cell.at)] = cell.number
        elif text is not None:
            cells[cell_position(cell.at)] = text.format_map(view.words)
    if sheet.table is not None:
        cells.update(_table_cells(spec, sheet.table, view))
    marker = cell_position(sheet.marker)
    if cells.get(marker):
        raise ValueError(f"{spec.id}: {sheet.marker} is taken: put the marker elsewhere")
    cells[marker] = MARKER
    return {place: cells[place] for place in sorted(cells) if cells[place] != ""}


def _title_cells(spec: ReturnSpec, sheet: Sheet, view: FileView) -> Cells:
    own = {name: worded(text, view.at) or "" for name, text in sheet.words.items()}
    cells: Cells = {}
    for line in spec.title_block:
        cells[line.row - 1, 1] = line.label
        text = worded(line.text, view.at) or ""
        cells[line.row - 1, 2] = text.format_map({**view.words, **own})
    return cells


def _table_cells(spec: ReturnSpec, table: Table, view: FileView) -> Cells:
    columns = tuple(_placed(spec, table, view.at))
    cells = _heading_cells(table, columns)
    at_row = table.header_row
    for rows in table.rows:
        if not rows.holds(view.at):
            continue
        for row in _rows(spec, rows, view):
            for column in columns if not row.is_blank else ():
                cells[at_row, column.index] = _cell(column, row, view)
            at_row += 1
    notes = [note for note in (worded(dated, view.at) for dated in table.notes) if note is not None]
    for offset, note in enumerate(notes):
        cells[at_row + 1 + offset, table.first_column - 1] = note
    return cells


def _placed(spec: ReturnSpec, table: Table, month: date) -> Iterator[PlacedColumn]:
    """Give the columns a month has, from left to right, with their members spelt out."""
    index = table.first_column - 1
    for column in table.columns:
        if not column.holds(month):
            continue
        own = [worded(heading, month) for heading in column.headings]
        for where, names in _members(spec, column.for_each, month):
            levels = (*(heading for heading in own if heading is not None), *names)
            yield PlacedColumn(
                spec=column,
                index=index,
                headings=levels,
                where={**column.where, **where},
                label=worded(column.cells or (), month) or "",
                total_label=worded(column.total, month) or "",
                if_total_zero=worded(column.if_total_zero, month),
                if_impossible=worded(column.if_impossible, month),
            )
            index += 1


def _members(
    spec: ReturnSpec, for_each: dict[str, str], month: date
) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
    """Combine the members of each dimension that have a name in this month."""
    sets = [
        [(dimension, member, name) for member, name in _names(spec, label_set, month)]
        for dimension, label_set in for_each.items()
    ]
    for combination in product(*sets):
        where = {dimension: member for dimension, member, _ in combination}
        yield where, tuple(name for _, _, name in combination)


def _names(spec: ReturnSpec, label_set: str, month: date) -> Iterator[tuple[str, str]]:
    for member, dated in spec.labels[label_set].items():
        name = worded(dated, month)
        if name is not None:
            yield member, name


def _heading_cells(table: Table, columns: Sequence[PlacedColumn]) -> Cells:
    """Write heading levels, the lowest at the header row; a group's text stands once."""
    depth = max((len(column.headings) for column in columns), default=0)
    cells: Cells = {}
    before: tuple[str, ...] = ()
    for column in columns:
        levels = ("",) * (depth - len(column.headings)) + column.headings
        for level, text in enumerate(levels):
            is_lowest = level == depth - 1
            if is_lowest or levels[: level + 1] != before[: level + 1]:
                cells[table.header_row - depth + level, column.index] = text
        before = levels
    return cells


def _rows(spec: ReturnSpec, rows: Rows, view: FileView) -> Iterator[Row]:
    """Expand a run of rows."""
    words = {**view.words, **rows.words}
    if rows.kind == "blank":
        yield from (Row(words, (), is_blank=True) for _ in range(rows.count))
    elif rows.kind == "total":
        yield Row(words, view.months, is_total=True)
    elif rows.kind == "months":
        yield from (Row({**words, **month_words(month)}, (month,)) for month in view.months)
    elif rows.kind == "subjects":
        yield from _subject_rows(rows, view, words)
    elif rows.kind == "groups":
        yield from _group_rows(rows, view, words)
    else:
        yield from _member_rows(spec, rows, view, words)


def _ordered(rows: Rows, view: FileView, words: list[dict[str, str]]) -> list[int]:
    """Order rows by the columns of the subject list that `order` names, letter case aside."""
    keys = (worded(rows.order, view.at) or "").split()
    return sorted(
        range(len(words)), key=lambda index: [_last_when_blank(words[index][k]) for k in keys]
    )


def _last_when_blank(text: str) -> tuple[bool, str]:
    return text == "", text.casefold()


def _subject_rows(rows: Rows, view: FileView, words: dict[str, str]) -> Iterator[Row]:
    subjects = view.figures(view.at).subjects
    for index in _ordered(rows, view, [subject.words for subject in subjects]):
        yield Row({**words, **subjects[index].words}, view.months, subjects=(index,))


def _group_rows(rows: Rows, view: FileView, words: dict[str, str]) -> Iterator[Row]:
    """Give one row for each parent; `order` begins with the column that tells them apart."""
    key = (worded(rows.order, view.at) or "").split()[0]
    groups: dict[str, list[int]] = {}
    subjects = view.figures(view.at).subjects
    for index, subject in enumerate(subjects):
        groups.setdefault(subject.words[key], []).append(index)
    members = list(groups.values())
    for place in _ordered(rows, view, [subjects[indexes[0]].words for indexes in members]):
        own = subjects[members[place][0]].words
        yield Row({**words, **own}, view.months, subjects=tuple(members[place]))


def _member_rows(
    spec: ReturnSpec, rows: Rows, view: FileView, words: dict[str, str]
) -> Iterator[Row]:
    """Give a row for each combination that can occur; a leading member stands once."""
    figures = view.figures(view.at)
    before: tuple[str, ...] = ()
    for where, names in _members(spec, rows.for_each, view.at):
        if not figures.possible(where):
            continue
        last = len(names) - 1
        shown = [
            name if level == last or names[: level + 1] != before[: level + 1] else ""
            for level, name in enumerate(names)
        ]
        before = names
        own = dict(zip(rows.for_each, shown, strict=True))
        yield Row({**words, **own}, view.months, where=where)


def _cell(column: PlacedColumn, row: Row, view: FileView) -> str | float:
    if column.spec.of:
        return _number(column, row, view)
    if row.is_total:
        return column.total_label.format_map(row.words)
    return column.label.format_map(row.words) or column.spec.if_empty


def _number(column: PlacedColumn, row: Row, view: FileView) -> str | float:
    """Give a figure, or the publisher's marker for a nought or for what cannot occur."""
    where = {**column.where, **row.where}
    if column.if_impossible is not None and not view.figures(view.at).possible(where):
        return column.if_impossible
    count = _sum(column, row, view, where)
    if count == 0 and column.if_total_zero is not None and _sum(column, row, view, {}) == 0:
        return column.if_total_zero
    return count / sum(map(days_in, row.months)) if column.spec.per_day else count


def _sum(column: PlacedColumn, row: Row, view: FileView, where: dict[str, str]) -> int:
    """Sum over the row's months and subjects."""
    total = 0
    for month in row.months:
        counts = view.figures(month).by_subject(column.spec.of, where)
        own = counts if row.subjects is None else [counts[index] for index in row.subjects]
        total += sum(own)
    return total
