"""Workbooks written out cell by cell in a data file, where figures have to go with one another.

What is made from a definition alone shows every layout, with figures that mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import Field

from demonstration.files import write_workbook
from demonstration.layout import MARKER
from demonstration.spec import Strict

HERE = Path(__file__).resolve().parent / "data" / "workbooks"
Cell = str | int | float
Words = Mapping[str, Cell]
Rows = tuple[tuple[Cell, ...], ...]


class WorkbookSpec(Strict):
    """Workbooks of one return that differ in some words: `{word}` stands for that of the file."""

    return_id: str = Field(alias="return")
    name: str
    files: tuple[dict[str, Cell], ...] = ({},)
    above: Rows = Field(description="Rows that stand over the rows of every sheet.")
    sheets: dict[str, Rows]


def read_workbooks() -> list[WorkbookSpec]:
    """Read the data files, in order; raises ValidationError for keys that are not known."""
    paths = sorted(HERE.glob("*.yml"))
    return [WorkbookSpec.model_validate(yaml.safe_load(path.read_text("utf-8"))) for path in paths]


def write_written_out(spec: WorkbookSpec, words: Words, folder: Path) -> Path:
    """Write the workbook of some words into `folder/<return>/`, marked SYNTHETIC; give its path."""
    path = folder / spec.return_id / spec.name.format_map(words)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [(name, False, _cells(spec, rows, words)) for name, rows in spec.sheets.items()]
    write_workbook(path, spec.return_id, sheets)
    return path


def _cells(spec: WorkbookSpec, rows: Rows, words: Words) -> dict[tuple[int, int], Cell]:
    """The filled cells of a sheet, from the second column on, as boards' templates begin."""
    lines = [(MARKER,), *spec.above, (), *rows]
    return {
        (row, column): _said(cell, words)
        for row, line in enumerate(lines)
        for column, cell in enumerate(line, start=1)
        if cell != ""
    }


def _said(cell: Cell, words: Words) -> Cell:
    """A text with its words in place; a text that is one word alone keeps a number a number."""
    if not isinstance(cell, str):
        return cell
    name = cell.removeprefix("{").removesuffix("}")
    return words[name] if cell == f"{{{name}}}" else cell.format_map(words)
