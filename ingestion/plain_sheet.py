"""Take the cells of a plain sheet from its XML as whole columns, without an object for each.

A sheet is plain when it has nothing but numbers and shared texts, written as spreadsheet programs
write them: `<c r="B7" s="3"><v>41</v></c>`. Every byte between `<sheetData>` and its end is held to
that form, in which there is no error, no formula and no cell out of order, and what is around them
has to be XML with no other place for cells; any other sheet is left to the parser. What a shared
text says, and whether a number in some format is a day, is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate

import numpy as np
from numpy.typing import NDArray

from ingestion.listed import Numbers
from ingestion.sheetscan import MOST_CELLS, MOST_ROWS

MOST_BYTES = 8 * 1024 * 1024
"""A larger sheet would take much memory here; no return known is half as large."""

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]

BEGIN, END = b"<sheetData>", b"</sheetData>"
WORD = 8
"""Bytes that are looked at as one number; more digits are read one number after another."""
ZEROS = np.uint64(0x3030303030303030)
QUOTES = np.uint64(0x2222222222222222)
LETTER_A, LETTERS = np.uint8(ord("A")), 26
ONE = np.uint64(1)
TAGS_OF_A_CELL = len(("<c>", "<v>", "</v>", "</c>"))
ONES, HIGHEST = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
HALVES, SIXES = np.uint64(0xF0F0F0F0F0F0F0F0), np.uint64(0x0606060606060606)
DIGITS = (
    (np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(10 * 2**8 + 1), np.uint64(8)),
    (np.uint64(0x00FF00FF00FF00FF), np.uint64(100 * 2**16 + 1), np.uint64(16)),
    (np.uint64(0x0000FFFF0000FFFF), np.uint64(10_000 * 2**32 + 1), np.uint64(32)),
)
"""Each step makes one number of two neighbours: digits, pairs of digits, fours."""
NUMBERS = re.compile(rb"(?:-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?<)*")
"""Numbers, each up to the tag behind it: with a comma between them `1,2` would pass for two."""
MOST_WORDINGS = 64
"""So many formats may a sheet use."""
REST = re.compile(rb'(?: s="([0-9]+)")?(?: t="([ns])")?(/?)')
"""What may stand behind the name of a cell: its format, whether it is a shared text or bare."""
ROW = re.compile(rb'<row r=""((?: [A-Za-z:]+="[^"<>&]*")*)/?>')
"""The tag of a row, without its digits."""
CORNER = "[A-Z]{1,3}[1-9][0-9]{0,6}"
AREA = re.compile(f"{CORNER}(?::{CORNER})?")
AREAS = ("dimension", "mergeCell")
"""Elements around the cells in which the parser reads an area, and refuses any other words."""


@dataclass(frozen=True, eq=False)
class PlainCells:
    """The cells of a sheet that are not blank, row by row; rows and columns counted from 0.

    `value` is a number or, where `is_text` says so, the place of a text in the list of those that
    sheets share. `formats` are the formats of the numbers, as the file numbers them; '' is none.
    """

    row: Numbers
    column: Numbers
    value: NDArray[np.float64]
    is_text: Mask
    formats: frozenset[str]

    @property
    def texts(self) -> int:
        """How many of the shared texts there have to be."""
        return int(self.value[self.is_text].max(initial=-1)) + 1


class _NotPlainError(Exception):
    """The sheet has something else in it, or is written in another form."""


@dataclass(frozen=True, eq=False)
class _Xml:
    """The XML of a sheet as bytes and, from each byte on, as the number that eight of them make."""

    text: bytes
    at: Bytes
    words: Words

    @classmethod
    def of(cls, text: bytes) -> _Xml:
        """Look at a text in both ways without a copy."""
        words: Words = np.ndarray((len(text) - WORD + 1,), "<u8", text, strides=(1,))
        return cls(text, np.frombuffer(text, dtype=np.uint8), words)

    def starts(self, places: Numbers, text: bytes) -> bool:
        """Tell whether a text of at most eight bytes stands at all of some places."""
        wanted = np.uint64(int.from_bytes(text, "little"))
        bits = np.uint64(2 ** (8 * len(text)) - 1)
        return bool(((self.words[places] & bits) == wanted).all())

    def says(self, places: Numbers, letter: str) -> Mask:
        """Tell at which places a letter stands."""
        return np.asarray(self.at[places] == ord(letter))


@dataclass(frozen=True, eq=False)
class _Filled:
    """Where the cells with a value begin in the XML, and where their `<v>` and `</v>` do."""

    begin: Numbers
    value: Numbers
    end: Numbers


def plain_cells(xml: bytes) -> PlainCells | None:
    """Return the cells of a sheet, or None when it is not plain, or has no cells."""
    start, end = xml.find(BEGIN), xml.rfind(END)
    if start < 0 or end < start or len(xml) > MOST_BYTES:
        return None
    try:
        _check_around(xml[:start], xml[end + len(END) :])
        return _cells(_Xml.of(xml + bytes(2 * WORD)), start + len(BEGIN), end)
    except (_NotPlainError, ExpatError):
        return None


def _check_around(head: bytes, tail: bytes) -> None:
    """Raise unless the cells are in the only place for them of a whole document in UTF-8."""
    if b"<!" in head or b"<!" in tail or b"\x00" in head:
        raise _NotPlainError
    path: list[str] = []
    places: list[tuple[str, ...]] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        path.append(name)
        if name.endswith("sheetData"):
            places.append(tuple(path))
        if name.endswith(AREAS) and not AREA.fullmatch(attributes.get("ref", "")):
            raise _NotPlainError

    parser = ParserCreate("UTF-8")  # whatever it is declared to be: so does the parser
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: path.pop()
    # In the place of the cells, so that they are neither in an attribute nor in a comment.
    parser.Parse(head + b"<sheetData/>" + tail, True)
    if places != [("worksheet", "sheetData")]:
        raise _NotPlainError


def _cells(xml: _Xml, start: int, end: int) -> PlainCells:
    filled = _filled(xml, start, end)
    row, column, behind = _places(xml, filled.begin)
    order = row * 2**14 + column
    height, width = int(row[-1]) + 1, int(column.max()) + 1
    if (order[1:] <= order[:-1]).any() or height > MOST_ROWS or height * width > MOST_CELLS:
        raise _NotPlainError
    is_text, formats = _kinds(xml, behind, filled.value - 1 - behind)
    return PlainCells(row, column, _values(xml, filled, is_text), is_text, formats)


def _filled(xml: _Xml, start: int, end: int) -> _Filled:
    """Find the cells with a value; every tag has to be known and to stand where it may."""
    opens = np.flatnonzero(xml.at[start:end] == ord("<")) + start
    tags = len(opens)
    opens = np.append(opens, [end] * TAGS_OF_A_CELL)
    tag = xml.at[opens + 1]
    cells = np.flatnonzero(tag == ord("c"))
    has_value = tag[cells + 1] == ord("v")
    filled = cells[has_value]
    found = _Filled(opens[filled], opens[filled + 1], opens[filled + 2])
    if not len(filled) or not (
        xml.starts(found.value - 1, b"><v>")
        and xml.starts(found.end, b"</v></c>")
        and (opens[filled + TAGS_OF_A_CELL] == found.end + len("</v></c>")).all()
    ):
        raise _NotPlainError
    known = TAGS_OF_A_CELL * len(filled) + _blank(xml, opens, cells[~has_value])
    if tags != known + _rows(xml, opens, np.flatnonzero(tag == ord("r")), tags):
        raise _NotPlainError
    return found


def _blank(xml: _Xml, opens: Numbers, cells: Numbers) -> int:
    """Return of how many tags the cells without a value are made; raises unless they are whole."""
    if not len(cells):
        return 0
    after = opens[cells + 1]
    is_bare = xml.says(after - 2, "/")
    ended = after[~is_bare]
    if not (
        xml.says(after - 1, ">").all()
        and xml.starts(ended, b"</c>")
        and (opens[cells[~is_bare] + 2] == ended + len("</c>")).all()
    ):
        raise _NotPlainError
    _, _, behind = _places(xml, opens[cells])
    for bare in (True, False):
        own = is_bare == bare
        _kinds(xml, behind[own], (after - 1 - behind)[own], is_bare=bare)
    return len(cells) + len(ended)


def _rows(xml: _Xml, opens: Numbers, rows: Numbers, tags: int) -> int:
    """Return of how many tags the rows are made, without their cells.

    Raises unless each of them ends just before the next begins, and the first is the first tag.
    """
    if not len(rows):
        raise _NotPlainError
    following = np.append(rows[1:], tags)
    last = following - 1
    is_open = last > rows
    is_bare = xml.says(opens[rows + 1] - 2, "/")
    ended, behind = opens[last[is_open]], opens[following[is_open]]
    if not (
        rows[0] == 0
        and _are_rows(xml, opens[rows], opens[rows + 1])
        and (is_open != is_bare).all()
        and xml.starts(ended, b"</row>")
        and (behind == ended + len("</row>")).all()
    ):
        raise _NotPlainError
    return len(rows) + len(ended)


def _are_rows(xml: _Xml, begin: Numbers, end: Numbers) -> bool:
    """Tell whether tags are those of numbered rows; each wording is looked at once."""
    has_number = xml.at[begin + len('<row r="')] - np.uint8(ord("1")) < 9
    tags = [xml.text[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    wordings = set(b"\n".join(tags).translate(None, b"0123456789").split(b"\n"))
    for wording in wordings:
        found = ROW.fullmatch(wording)
        names = [one.partition(b"=")[0] for one in found[1].split()] if found else []
        if found is None or len({*names, b"r"}) <= len(names):
            return False
    return bool(has_number.all())


def _places(xml: _Xml, begin: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Read the names of cells: row and column, and where in the XML the name's quote is closed."""
    name = begin + len('<c r="')
    first, second = xml.at[name] - LETTER_A, xml.at[name + 1] - LETTER_A
    has_two = second < LETTERS
    column = np.where(has_two, (first + np.int64(1)) * LETTERS + second, first)
    digits = name + 1 + has_two
    text = xml.words[digits]
    quote = text ^ QUOTES
    quote = (quote - ONES) & ~quote & HIGHEST  # the lowest bit is in the byte of the quote
    length = (np.bitwise_count(quote ^ (quote - ONE)) >> 3).astype(np.int64) - 1
    row, is_number = _whole(text, length)
    is_name = is_number & (row > 0) & (first < LETTERS) & (quote != 0)
    if not is_name.all() or not xml.starts(begin, b'<c r="'):
        raise _NotPlainError
    return row - 1, column, digits + length + 1


def _whole(text: Words, length: Numbers) -> tuple[Numbers, Mask]:
    """Read eight bytes each, of which the first `length` are digits; tells whether they are."""
    bits = length.astype(np.uint64) << np.uint64(3)
    digits = text << np.uint64(64) - bits | ZEROS >> bits
    is_number = ((digits & HALVES) == ZEROS) & ((digits + SIXES & HALVES) == ZEROS)
    for mask, weight, shift in DIGITS:
        digits = (digits & mask) * weight >> shift
    return digits.view(np.int64), is_number & (length > 0) & (length <= WORD)


def _kinds(
    xml: _Xml, begin: Numbers, length: Numbers, *, is_bare: bool = False
) -> tuple[Mask, frozenset[str]]:
    """Tell texts from numbers by what stands behind each name, each wording read once."""
    is_text = np.zeros(len(begin), dtype=bool)
    said = np.flatnonzero(length)
    formats = {""} if len(said) < len(length) else set()
    for number, places in enumerate(_alike(xml, begin[said], length[said])):
        place = said[places[0]]
        found = REST.fullmatch(xml.text[begin[place] : begin[place] + length[place]])
        if found is None or number >= MOST_WORDINGS or bool(found[3]) != is_bare:
            raise _NotPlainError
        if found[2] == b"s":
            is_text[said[places]] = True
        else:
            formats.add((found[1] or b"").decode())
    return is_text, frozenset(formats)


def _alike(xml: _Xml, begin: Numbers, length: Numbers) -> Iterator[Numbers]:
    """Yield the places of each wording of at most 16 bytes; a longer one is not plain."""
    if (length > 2 * WORD).any():
        raise _NotPlainError
    bits = length.astype(np.uint64) * np.uint64(8)
    word = np.uint64(8 * WORD)
    first = xml.words[begin] << word - np.minimum(bits, word)
    second = xml.words[begin + WORD] << 2 * word - np.maximum(bits, word)
    left = np.arange(len(begin))
    while len(left):
        same = (first[left] == first[left[0]]) & (second[left] == second[left[0]])
        same &= length[left] == length[left[0]]
        yield left[same]
        left = left[~same]


def _values(xml: _Xml, filled: _Filled, is_text: Mask) -> NDArray[np.float64]:
    begin = filled.value + len("<v>")
    whole, is_number = _whole(xml.words[begin], filled.end - begin)
    value = whole.astype(np.float64)
    if not is_number.all():
        others = np.flatnonzero(~is_number)
        if is_text[others].any():
            raise _NotPlainError
        places = zip(begin[others].tolist(), filled.end[others].tolist(), strict=True)
        value[others] = _numbers([xml.text[first:end] for first, end in places])
    return value


def _numbers(texts: Sequence[bytes]) -> list[float]:
    """Read fractions, negative and long numbers, each as close as a float can be."""
    if NUMBERS.fullmatch(b"<".join([*texts, b""])) is None:
        raise _NotPlainError
    return list(map(float, texts))
