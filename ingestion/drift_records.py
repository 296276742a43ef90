"""Compare the headings of a file with the layouts of a return of records."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from ingestion.definition import Definition
from ingestion.differences import Drift, Known, Strange, TableDrift, paired
from ingestion.drift_cells import unrecognised
from ingestion.patterns import fits
from ingestion.record_reader import candidates, read_records
from ingestion.records import RecordLayout
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, visible
from ingestion.workbook import Sheet, Workbook


def compare_records(
    definition: Definition, workbook: Workbook, layout_id: str | None = None
) -> Drift:
    """Return how the sheets of a file differ from the layouts that they are nearest to."""
    filled = [sheet for sheet in workbook.sheets if sheet.height]
    tables: list[TableDrift] = []
    over: list[str] = []
    for sheet in filled:
        fitting = candidates(definition, sheet.name, len(filled))
        named = {n: one for n, one in fitting.items() if layout_id in (None, n)}
        if named:
            tables.append(_nearest(definition, named, sheet))
        else:
            over.append(sheet.name)
    lacking = [] if tables else _wanted(definition)
    layouts = ", ".join(dict.fromkeys(table.table_id for table in tables))
    return Drift(layouts, list(unrecognised(definition, workbook)), lacking, over, tables)


def _wanted(definition: Definition) -> list[str]:
    names = dict.fromkeys(layout.sheet or "" for layout in definition.records.values())
    return [name for name in names if name]


def _nearest(definition: Definition, layouts: dict[str, RecordLayout], sheet: Sheet) -> TableDrift:
    found = [_sheet(definition, name, layout, sheet) for name, layout in layouts.items()]
    return min(found, key=lambda table: table.headings_differ)


def _sheet(
    definition: Definition, layout_id: str, layout: RecordLayout, sheet: Sheet
) -> TableDrift:
    over: list[Strange] = []
    lacking: list[Known] = []
    if layout.is_headed:
        known = _known(layout_id, layout)
        row = max(range(len(sheet.top)), key=lambda n: _score(known, sheet.top[n].values()))
        texts = sheet.top[row]
        lacking = [
            one
            for one in known
            if not layout.columns[one.keys[3]].optional
            and not any(_fits(text, one) for text in texts.values())
        ]
        strange = [
            Strange(visible(sheet.cell(row, column)), cell_name(row, column), keys=one_place)
            for one_place in [("records", layout_id, "columns")]
            for column, text in texts.items()
            if not any(_fits(text, one) for one in known)
            and not any(fits(text, ignored) for ignored in layout.ignored)
        ]
        over = paired(strange, lacking, known)
    other = [] if over or lacking else _refusal(definition, layout_id, layout, sheet)
    return TableDrift(layout_id, sheet.name, over, lacking, other=other)


def _known(layout_id: str, layout: RecordLayout) -> list[Known]:
    return [
        Known(
            ("records", layout_id, "columns", name),
            column.heading or "",
            tuple(column.also_written),
        )
        for name, column in layout.columns.items()
    ]


def _score(known: Iterable[Known], texts: Iterable[str]) -> int:
    cells = list(texts)
    return sum(any(_fits(text, one) for text in cells) for one in known)


def _fits(text: str, known: Known) -> bool:
    return any(fits(text, wording) for wording in known.wordings)


def _refusal(
    definition: Definition, layout_id: str, layout: RecordLayout, sheet: Sheet
) -> list[str]:
    """Say what else keeps a sheet from being read, if anything does."""
    try:
        read_records(
            definition,
            {layout_id: layout},
            sheet.grid,
            sheet=sheet.name,
            pseudonym_key=secrets.token_bytes(32),  # what is read here is thrown away
        )
    except UntrustedFileError as error:
        return [f"{error.problem}{f' ({error.cell})' if error.cell else ''}"]
    return []
