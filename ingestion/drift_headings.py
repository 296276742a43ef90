"""Compare the sheets and headings of a file with one layout of a statistical return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.cells import column_texts, is_number
from ingestion.definition import Definition
from ingestion.differences import Drift, Known, Strange, TableDrift, paired
from ingestion.headings import (
    ABOVE,
    UNHEADED,
    LocatedTable,
    _Block,
    _Expected,
    _expected,
    _Found,
    _heading_row,
    _missing,
    _read_headings,
    locate_table,
)
from ingestion.layouts import Layout, TableLayout, every_block
from ingestion.patterns import fits
from ingestion.wording import cell_name, nearest, visible
from ingestion.workbook import Sheet, Workbook

MOST_MARKERS = 5
NO_SHEET = "no sheet"
"""In the place of a table's differences: its sheet is not there."""


def compare_headings(definition: Definition, layout_id: str, workbook: Workbook) -> Drift:
    """Return how the sheets and headings of a file differ from one layout."""
    layout = definition.layouts[layout_id]
    tables = [
        drift
        for table_id in layout.tables
        for drift in _tables(definition, layout_id, table_id, workbook)
    ]
    lacking = [name for name in layout.other_sheets if not any(workbook.matching(name))]
    lacking += [t.sheet for t in tables if t.other == [NO_SHEET]]
    tables = [table for table in tables if table.other != [NO_SHEET]]
    read = {table.sheet for table in tables}
    over = [
        sheet.name
        for sheet in workbook.sheets
        if sheet.name not in read and not any(fits(sheet.name, o) for o in layout.other_sheets)
    ]
    return Drift(layout_id, _refused_sheets(layout, workbook), lacking, over, tables)


def _refused_sheets(layout: Layout, workbook: Workbook) -> list[str]:
    """Name the sheets that say that the file is of another layout."""
    strange = {sheet.name for name in layout.no_sheets for sheet in workbook.matching(name)}
    return [f"Sheet '{name}' is one that this layout has not." for name in sorted(strange)]


def _tables(
    definition: Definition, layout_id: str, table_id: str, workbook: Workbook
) -> Iterator[TableDrift]:
    table = definition.tables[table_id]
    wanted = definition.layouts[layout_id].tables[table_id].sheet or table.sheet or ""
    sheets = list(workbook.matching(wanted))
    if len(sheets) > 1 and not table.each_sheet:
        names = ", ".join(f"'{sheet.name}'" for sheet in sheets)
        yield TableDrift(table_id, wanted, other=[f"More than one sheet fits '{wanted}': {names}."])
    elif sheets:
        yield from (_table(definition, layout_id, table_id, sheet) for sheet in sheets)
    elif (renamed := _renamed(wanted, workbook)) is not None:
        found = _table(definition, layout_id, table_id, renamed)
        yield replace(found, renamed_sheet=wanted)
    else:
        yield TableDrift(table_id, wanted, other=[NO_SHEET])


def _renamed(wanted: str, workbook: Workbook) -> Sheet | None:
    """Return the sheet that may be the wanted one under another name."""
    if len(workbook.sheets) == 1:
        return workbook.sheets[0]
    near = nearest(wanted, [sheet.name for sheet in workbook.sheets])
    return next((sheet for sheet in workbook.sheets if sheet.name == near), None)


def _table(definition: Definition, layout_id: str, table_id: str, sheet: Sheet) -> TableDrift:
    layout = definition.layouts[layout_id].tables[table_id]
    problems = _problems(definition, layout_id, table_id, sheet)
    if not problems:
        return TableDrift(table_id, sheet.name)
    expected = _expected(definition, layout_id, table_id)
    row = _heading_row(sheet, expected)
    if row is None:
        return TableDrift(table_id, sheet.name, other=problems)
    found = _read_headings(sheet, row, expected, is_top=layout.starts_below is None)
    known = _Sets(layout, expected)
    lacking = [*known.roles_lacking(problems), *known.columns_lacking(found)]
    over = list(dict.fromkeys(_over(known, expected, found, sheet, row)))
    other = [text for text in problems if not _is_listed(text)]
    other += _combinations(expected, found)
    return TableDrift(table_id, sheet.name, paired(over, lacking, known.all), lacking, other=other)


def _problems(definition: Definition, layout_id: str, table_id: str, sheet: Sheet) -> list[str]:
    """Return in words what keeps a table from being found on a sheet."""
    tables = dict(definition.layouts[layout_id].tables)
    tables[table_id] = tables[table_id].model_copy(update={"sheet": sheet.name})
    layout = definition.layouts[layout_id].model_copy(update={"tables": tables})
    here = definition.model_copy(update={"layouts": definition.layouts | {layout_id: layout}})
    found = locate_table(here, layout_id, table_id, Workbook([sheet]))
    return [one.text for one in found if not isinstance(one, LocatedTable)]


def _is_listed(problem: str) -> bool:
    """Tell whether a problem is one of those that are listed heading by heading."""
    return problem.startswith("Heading '") and problem.endswith(("is not known.", "is missing."))


@dataclass(frozen=True)
class _Sets:
    """The sets of headings that a table's layout names, with their places in the definition."""

    layout: TableLayout
    expected: _Expected

    @property
    def named(self) -> list[list[str]]:
        """The names of the sets of each block, in the order of the expected blocks."""
        return sorted(every_block(self.layout), key=lambda block: -len(block))

    @property
    def roles(self) -> list[Known]:
        """The headings of the descriptive columns."""
        return [
            Known(("row_headings", self.layout.rows, heading), heading, tuple(row.also_written))
            for heading, row in self.expected.row_headings.items()
            if not heading.startswith((UNHEADED, ABOVE))
        ]

    def column(self, block: int, level: int, key: str) -> Known:
        """Return one heading of figures."""
        heading = self.expected.blocks[block].headings[level][key]
        place = ("column_headings", self.named[block][level], key)
        return Known(place, key, tuple(heading.also_written))

    @property
    def all(self) -> list[Known]:
        """Every heading of the table."""
        columns = [
            self.column(block, level, key)
            for block, one in enumerate(self.expected.blocks)
            for level, headings in enumerate(one.headings)
            for key in headings
        ]
        return [*self.roles, *columns]

    def roles_lacking(self, problems: Iterable[str]) -> list[Known]:
        """Return the descriptive headings that the file lacks."""
        texts = set(problems)
        return [one for one in self.roles if f"Heading '{one.words}' is missing." in texts]

    def columns_lacking(self, found: _Found) -> list[Known]:
        """Return the headings of figures that stand nowhere in the file."""
        seen = {
            (block, level, word.key)
            for block, path in found.paths
            for level, word in enumerate(path)
        }
        wanted = [
            (self._block_of(path), level, word.key)
            for path in _missing(self.expected, found)
            for level, word in enumerate(path)
        ]
        gone = [place for place in dict.fromkeys(wanted) if place not in seen]
        return list(dict.fromkeys(self.column(*place) for place in gone))

    def _block_of(self, path: Sequence[object]) -> int:
        """Return the first block that has all the headings of a path."""
        keys = [getattr(word, "key", "") for word in path]
        return next(
            number
            for number, block in enumerate(self.expected.blocks)
            if block.depth == len(keys)
            and all(key in level for key, level in zip(keys, block.headings, strict=True))
        )


def _over(
    known: _Sets, expected: _Expected, found: _Found, sheet: Sheet, row: int
) -> Iterator[Strange]:
    """Yield the headings of the file that the layout lacks, at the level where they are strange."""
    for column, _, leaf in found.unknown:
        texts, places = _texts_above(sheet, row, column, expected.depth, leaf)
        number, strange = _strange_levels(expected.blocks, texts)
        block = expected.blocks[number]
        for level in strange:
            at = places[len(places) - block.depth + level]
            words = visible(sheet.cell(*at)) or texts[len(texts) - block.depth + level]
            keys = ("column_headings", known.named[number][level])
            if at == (row, column) and _is_text(sheet, row, column):
                keys = ("row_headings", known.layout.rows)
            yield Strange(words, cell_name(*at), keys=keys)


def _is_text(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether a column describes its rows: many wordings, and hardly a number."""
    cells = [text for text in column_texts(sheet, column, row + 1) if text]
    numbers = sum(is_number(text) for text in cells)
    return len(set(cells)) > MOST_MARKERS and numbers < len(cells) / 10


def _texts_above(
    sheet: Sheet, row: int, column: int, depth: int, leaf: str
) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the texts over a column, topmost first, and their places; a group reaches right."""
    texts, places = [leaf], [(row, column)]
    for number in range(row - 1, row - depth, -1):
        cells = sheet.top[number] if number >= 0 else {}
        at = max((c for c in cells if c <= column), default=column)
        texts.insert(0, cells.get(at, ""))
        places.insert(0, (number, at))
    return texts, places


def _strange_levels(blocks_: Sequence[_Block], texts: list[str]) -> tuple[int, list[int]]:
    """Return the block that knows most of some texts, and the levels where it does not."""
    unknown = [
        [
            level
            for level, (one, text) in enumerate(
                zip(block.levels, texts[-block.depth :], strict=True)
            )
            if text and one.find(text) is None
        ]
        for block in blocks_
    ]
    best = min(
        range(len(blocks_)), key=lambda n: (not unknown[n], len(unknown[n]), -blocks_[n].depth)
    )
    return best, unknown[best] or [blocks_[best].depth - 1]


def _combinations(expected: _Expected, found: _Found) -> list[str]:
    """Say which combinations of known headings are missing; each of them stands somewhere."""
    seen = {word.key for _, path in found.paths for word in path}
    return [
        f"Heading '{' / '.join(word.key for word in path)}' is missing."
        for path in _missing(expected, found)
        if len(path) > 1 and all(word.key in seen for word in path)
    ]
