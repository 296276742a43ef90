"""How words in a file are compared: case and white space never matter, words always do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from textwrap import shorten

EXACT = 2**53
"""Up to here a number is whole when it looks whole."""
LONGEST_QUOTED = 60
"""Letters of a heading that a note quotes."""
MOST_DIGITS = 15
"""A spreadsheet keeps a number to 15 digits; the ones after them are invented."""


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Fold case, every run of white space, and characters that only look different."""
    return visible(text).casefold()


@lru_cache(maxsize=65_536)
def visible(text: str) -> str:
    """Return a text as it looks: hard spaces as spaces, and nothing that cannot be seen.

    Characters that turn the direction of writing or take no room are left out.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.split())


def shortened(text: str) -> str:
    """Return a wording as it is quoted in a note: a whole paragraph may stand in a heading."""
    return shorten(text, LONGEST_QUOTED, placeholder=" ...")


@lru_cache(maxsize=65_536)
def slug(text: str) -> str:
    """Return a wording as a name of its own: `Age 18 to 64` is `age_18_to_64`."""
    return re.sub(r"[^a-z0-9]+", "_", normalise(text)).strip("_")


def unused(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, with a number behind it if need be."""
    known = set(taken)
    number = 2
    found = name
    while found in known:
        found, number = f"{name}_{number}", number + 1
    return found


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known wording closest to `text`, or None when nothing is close."""
    spelled = {normalise(word): word for word in known}
    found = get_close_matches(normalise(text), spelled, n=1, cutoff=0.5)
    return spelled[found[0]] if found else None


def as_text(cell: object) -> str:
    """Return a cell as text: 507.0 is `507`, a day `2022-04-01 00:00:00`, a blank one ''."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    if isinstance(cell, bool):
        return str(cell).upper()
    return "" if cell is None else str(cell)


@lru_cache(maxsize=16_384)
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


def place_of(cell: str) -> tuple[int, int]:
    """Return row and column, counted from 0, of a cell's spreadsheet name such as `B7`."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters) :]) - 1, column - 1
