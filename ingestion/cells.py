"""The texts of a column, as a person sees them who looks down a sheet."""

from __future__ import annotations

import re

from ingestion.patterns import NUMBER, THOUSANDS
from ingestion.wording import as_text, visible
from ingestion.workbook import Sheet

NUMBERS = re.compile(rf"{NUMBER}|{THOUSANDS}")


def column_texts(sheet: Sheet, column: int, first: int = 0, end: int | None = None) -> list[str]:
    """Return the texts of a column in some rows; a blank cell is ''."""
    return [visible(as_text(cell)) for cell in sheet.column(column, first, end)]


def is_number(text: str) -> bool:
    """Tell whether a text is a number as a file may write it."""
    return NUMBERS.fullmatch(text) is not None
