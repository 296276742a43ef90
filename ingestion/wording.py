"""How words in a file are compared: case and white space never matter, words always do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache

Cell = str | float | int | bool | date | datetime
"""What one cell of a sheet can hold; an empty cell is the empty text."""


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Fold case and every run of white space (line breaks and hard spaces too)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def matches(text: str, pattern: str) -> bool:
    """Tell whether `text` fits `pattern`, in which `*` stands for any words."""
    return fnmatchcase(normalise(text), normalise(pattern))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known wording closest to `text`, or None when nothing is close."""
    spelled = {normalise(word): word for word in known}
    found = get_close_matches(normalise(text), spelled, n=1, cutoff=0.5)
    return spelled[found[0]] if found else None


def as_text(cell: Cell) -> str:
    """Return a cell as the text a code or a label is read from; 507.0 is `507`."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.strip() if isinstance(cell, str) else str(cell)


def column_letters(index: int) -> str:
    """Return the spreadsheet letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the spreadsheet name of a cell; row and column are counted from 0."""
    return f"{column_letters(column)}{row + 1}"
