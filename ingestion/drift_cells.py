"""Find the cells and title lines of a file that a definition does not know: markers, members."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ingestion.cells import column_texts
from ingestion.definition import Definition
from ingestion.differences import Drift, Keys, Known, Strange
from ingestion.figures import _reading
from ingestion.headings import (
    LocatedTable,
    ValueColumn,
    _expected,
    _heading_row,
    _meaning,
    _read_headings,
    locate_table,
)
from ingestion.layouts import Table
from ingestion.likeness import nearest_of
from ingestion.patterns import Said, fits
from ingestion.table import _member
from ingestion.title_block import Slips, read_period, read_publication
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, nearest
from ingestion.workbook import Sheet, Workbook


def with_cells(definition: Definition, drift: Drift, workbook: Workbook) -> Drift:
    """Add what only cells can tell: markers, members, period and dates of publication."""
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    located = {
        (table.table_id, table.sheet): _located(
            definition, drift.layout_id, table.table_id, sheets[table.sheet]
        )
        for table in drift.tables
        if table.sheet in sheets
    }
    tables = [
        replace(
            table, markers=list(_markers(definition, at)), members=list(_members(definition, at))
        )
        if (at := located.get((table.table_id, table.sheet))) is not None
        else table
        for table in drift.tables
    ]
    found = [at for at in located.values() if at is not None]
    title = [*drift.title, *unrecognised(definition, workbook)]
    period = None
    try:
        period = read_period(definition, drift.layout_id, workbook, found, Slips([]))
        read_publication(definition, drift.layout_id, workbook, found, period, Slips([]))
    except UntrustedFileError as error:
        title.append(error.told)
    return replace(drift, tables=tables, title=title, period=period)


def _located(
    definition: Definition, layout_id: str, table_id: str, sheet: Sheet
) -> LocatedTable | None:
    """Locate a table, with the columns that are known if some are not."""
    layout = definition.layouts[layout_id].tables[table_id]
    for one in locate_table(definition, layout_id, table_id, Workbook([sheet])):
        if isinstance(one, LocatedTable):
            return one
    expected = _expected(definition, layout_id, table_id)
    row = _heading_row(sheet, expected)
    if row is None or layout.starts_below is not None:
        return None
    found = _read_headings(sheet, row, expected, is_top=True)
    table = definition.tables[table_id]
    columns = []
    for (number, path), indices in found.paths.items():
        meaning = _meaning(expected.blocks[number], path)
        if not meaning.ignore:
            measure = meaning.measure or table.measure
            heading = " / ".join(word.key for word in path)
            columns.append(ValueColumn(indices[0], heading, measure, {}, meaning.markers, Said()))
    return LocatedTable(
        table_id=table_id,
        subject=table.subject,
        sheet=sheet,
        header_row=row,
        first_row=row + 1,
        end_row=sheet.height,
        roles=found.roles,
        columns=columns,
        unnamed=found.unnamed,
        right=found.right,
    )


@dataclass(frozen=True)
class _Rows:
    """The rows of a table that hold figures: the number of each, and its cells by column."""

    numbers: list[int]
    cells: dict[int, list[str]]

    @classmethod
    def of(cls, table: Table, located: LocatedTable) -> _Rows:
        """Take the rows between headings and end; those without any figure are notes."""
        numbers = range(located.first_row, located.end_row)
        columns = [*located.roles, *(column.index for column in located.columns)]
        cells = {index: _texts(located, index) for index in dict.fromkeys(columns)}
        kept: list[int] = []
        for place, number in enumerate(numbers):
            words = [cells[index][place] for index in located.roles]
            if _has(words, table.ends_at):
                break
            is_wanted = not table.only_rows or _has(words, table.only_rows)
            figures = any(cells[column.index][place] for column in located.columns)
            if figures and is_wanted and not _has(words, table.ignore_rows):
                kept.append(number - located.first_row)
        return cls(
            [numbers[place] for place in kept],
            {index: [texts[place] for place in kept] for index, texts in cells.items()},
        )

    def strange(self, index: int, is_known: Callable[[str], bool]) -> Iterator[Strange]:
        """Yield each text of a column that is not known, with its first cell."""
        counts = Counter(self.cells[index])
        for text, count in counts.items():
            if not is_known(text):
                first = self.numbers[self.cells[index].index(text)]
                yield Strange(text, cell_name(first, index), count)


def _texts(located: LocatedTable, index: int) -> list[str]:
    return column_texts(located.sheet, index, located.first_row, located.end_row)


def _has(words: Sequence[str], wordings: Sequence[str]) -> bool:
    return any(fits(word, wording) for wording in wordings for word in words if word)


def _markers(definition: Definition, located: LocatedTable) -> Iterator[Strange]:
    """Yield each text that stands under a heading of figures and is neither number nor marker."""
    rows = _Rows.of(definition.tables[located.table_id], located)
    found: dict[str, Strange] = {}
    for column in located.columns:
        measures = [column.measure] if column.measure else list(definition.measures)
        markers = json.dumps(dict(column.markers)) if column.markers else ""
        for one in rows.strange(column.index, _is_number_or(definition, measures, markers)):
            before = found.get(one.words)
            found[one.words] = replace(before, count=before.count + one.count) if before else one
    yield from found.values()


def _is_number_or(
    definition: Definition, measures: Sequence[str], markers: str
) -> Callable[[str], bool]:
    def is_known(text: str) -> bool:
        number = pl.Series([text]).cast(pl.Float64, strict=False)[0]
        is_plain = number is not None and not set(text) & set("eE_")
        return is_plain or any(_reading(definition, text, m, markers) for m in measures)

    return is_known


def _members(definition: Definition, located: LocatedTable) -> Iterator[Strange]:
    """Yield each text of a descriptive column that is no known member, or no known measure."""
    rows = _Rows.of(definition.tables[located.table_id], located)
    roles = Counter(row.is_ for row in located.roles.values())
    for index, row in located.roles.items():
        if row.is_ == "measure" and roles["measure"] == 1:
            written = [
                Known(("measures", name), one, tuple(m.written))
                for name, m in definition.measures.items()
                for one in [m.written[0] if m.written else name]
            ]
            wordings = [
                word for name, m in definition.measures.items() for word in (name, *m.written)
            ]
            strange = rows.strange(index, lambda text, w=wordings: _has([text], w))  # type: ignore[misc]
            yield from _near_members(list(strange), written, ("measures",))
        elif (dimension := definition.dimensions.get(row.is_)) is not None and not row.under:
            place = ("dimensions", row.is_)
            known = [Known((*place, member), member) for member in dimension.members]
            strange = rows.strange(
                index,
                lambda text, d=dimension, r=row: _member(d, r, text) is not None,  # type: ignore[misc]
            )
            yield from _near_members(list(strange), known, place)


def _near_members(strange: list[Strange], known: list[Known], keys: Keys) -> Iterator[Strange]:
    near = nearest_of([one.words for one in strange], [one.wordings for one in known])
    for one, found in zip(strange, near, strict=True):
        yield replace(one, keys=keys, near=known[found.at] if found else None)


def unrecognised(definition: Definition, workbook: Workbook) -> Iterator[str]:
    """Say by which lines a file is not recognised as the return."""
    rule = definition.recognise
    for label, wording in rule.title.items():
        said = [s.beside(label) for s in workbook.sheets if s.beside(label) is not None]
        if not any(place is not None and fits(place.text, wording) for place in said):
            first = next((place for place in said if place is not None), None)
            here = f"the file says '{first.text}' ({first.cell})" if first else "no such label"
            yield f"Beside '{label}' should stand '{wording}': {here}."
    for wording in rule.text:
        if not any(sheet.has_text(wording) for sheet in workbook.sheets):
            texts = [text for sheet in workbook.sheets for text in sheet.texts]
            near = nearest(wording, texts)
            yield f"No cell says '{wording}'" + (f": the nearest is '{near}'." if near else ".")
    for wording in rule.not_text:
        if any(sheet.has_text(wording) for sheet in workbook.sheets):
            yield f"A cell says '{wording}', which this return has not."
    if rule.file_name is not None and not fits(workbook.file_name, rule.file_name):
        yield f"A file name like '{rule.file_name}' was expected, not '{workbook.file_name}'."
    if rule.sheets and not any(any(workbook.matching(name)) for name in rule.sheets):
        yield f"None of the sheets {', '.join(map(repr, rule.sheets))} is there."
