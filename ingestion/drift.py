"""Compare a file with a definition, both ways: sheets, headings, markers, members, title block.

Reading refuses a file at its first fault; here all that differs is listed, so that a person
can mend the definition at once. Nothing is read into the lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ingestion.definition import Definition
from ingestion.differences import Drift
from ingestion.drift_cells import with_cells
from ingestion.drift_headings import compare_headings
from ingestion.drift_records import compare_records
from ingestion.layouts import blocks
from ingestion.patterns import fits
from ingestion.reader import open_file
from ingestion.text_file import read_text
from ingestion.wording import normalise
from ingestion.workbook import Loaded, Sheet, Workbook

NEAR_ENOUGH = 0.4
"""A file with this share of a return's headings may be a file of that return."""


def open_whole(path: Path, file_name: str, definition: Definition) -> Workbook | None:
    """Open a file as its return is written; None when it is neither a workbook nor text."""
    workbook = open_file(path, file_name)
    if workbook is None or not workbook.is_text:
        return workbook
    grid = read_text(path, definition.text.encodings, definition.text.delimiter).grid
    return replace(workbook, sheets=[Sheet("", Loaded.of(grid))])


def compare(definition: Definition, workbook: Workbook, layout_id: str | None = None) -> Drift:
    """Return how a file differs from a layout, by default from the nearest one."""
    if definition.records:
        return compare_records(definition, workbook, layout_id)
    layouts = [layout_id] if layout_id else reversed(definition.layouts)  # of equals, the latest
    found = (compare_headings(definition, one, workbook) for one in layouts)
    return with_cells(definition, min(found, key=lambda drift: drift.size), workbook)


def near_returns(
    workbook: Workbook, definitions: Mapping[str, Definition]
) -> list[tuple[str, float]]:
    """Return the returns whose headings a file has for the most part, nearest first, at most 3."""
    texts = {text for sheet in workbook.sheets for cells in sheet.top for text in cells.values()}
    shares = ((name, _share(texts, definition)) for name, definition in definitions.items())
    near = [(name, share) for name, share in shares if share >= NEAR_ENOUGH]
    return sorted(near, key=lambda pair: -pair[1])[:3]


def _share(texts: set[str], definition: Definition) -> float:
    """Return which part of the headings of a layout a file has, for the layout that fits best."""
    layouts = [set(one) for one in _wordings(definition)]
    return max((_known(texts, one) / len(one) for one in layouts if one), default=0.0)


def _known(texts: set[str], wordings: set[str]) -> int:
    plain = {normalise(wording) for wording in wordings} & texts
    others = (w for w in wordings if normalise(w) not in plain)
    return len(plain) + sum(any(fits(text, wording) for text in texts) for wording in others)


def _wordings(definition: Definition) -> Iterator[list[str]]:
    for layout in definition.layouts.values():
        found: list[str] = []
        for table in layout.tables.values():
            sets = [name for block in blocks(table) for name in block]
            found += definition.row_headings[table.rows]
            found += [heading for name in sets for heading in definition.column_headings[name]]
        yield found
    for record in definition.records.values():
        yield [column.heading for column in record.columns.values() if column.heading]
