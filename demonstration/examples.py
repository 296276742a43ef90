"""A synthetic file that is ready to be written, and one that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from demonstration.files import write_csv, write_workbook
from demonstration.sheets import SheetPlan
from ingestion.definition import Definition


@dataclass(frozen=True)
class Draft:
    """A file that is ready to be written: its name, its sheets, and what is to be read.

    A text file has one sheet without a name; a file of records may have several layouts, each
    on its own sheet. `figures` are the observations of a
    statistical return, or the records of a record return in the columns of its layouts.
    """

    definition: Definition
    layout_ids: tuple[str, ...]
    file_name: str
    sheets: list[SheetPlan]
    figures: pl.DataFrame

    @property
    def is_text(self) -> bool:
        """Tell whether it is a text file."""
        return not self.sheets[0].name


@dataclass(frozen=True)
class Example:
    """A synthetic file that was written, and what a faithful reader must return of it."""

    path: Path
    figures: pl.DataFrame


def write_draft(draft: Draft, folder: Path) -> Example:
    """Write a drafted file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / draft.file_name
    if draft.is_text:
        encoding = _encoding(draft.definition, draft.sheets)
        write_csv(path, draft.sheets[0].cells, encoding, draft.definition.text.delimiter)
    else:
        title = f"{draft.definition.publisher}: {draft.definition.return_id}"
        write_workbook(path, title, [(sheet.name, False, sheet.cells) for sheet in draft.sheets])
    return Example(path, draft.figures)


def _encoding(definition: Definition, sheets: Sequence[SheetPlan]) -> str:
    """Return the last of the encodings that a reader, trying them in turn, cannot mistake."""
    texts = "".join(c for sheet in sheets for c in sheet.cells.values() if isinstance(c, str))
    for place, encoding in reversed(list(enumerate(definition.text.encodings))):
        if _is_plain(texts, encoding, definition.text.encodings[:place]):
            return encoding
    return definition.text.encodings[0]


def _is_plain(text: str, encoding: str, before: Sequence[str]) -> bool:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return not any(_decodes_otherwise(data, text, other) for other in before)


def _decodes_otherwise(data: bytes, text: str, encoding: str) -> bool:
    try:
        return data.decode(encoding) != text
    except UnicodeDecodeError:
        return False
