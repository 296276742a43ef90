"""Find the error cells of an .xls workbook, which the parser reads as blanks."""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterator

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
BOF, EOF, SHEET, PASSWORD, ERROR_OR_BOOL, FORMULA = 0x809, 0x0A, 0x85, 0x2F, 0x205, 0x06
BIFF8 = 0x600
_CODES = b"[" + b"".join(re.escape(bytes([code])) for code in ERRORS) + b"]"
HINT = re.compile(
    rb"\x05\x02\x08\x00.{6}" + _CODES + rb"\x01|\x06\x00.{8}\x02." + _CODES + rb".{3}\xff\xff",
    re.DOTALL,
)
"""What an error cell looks like. It may be chance; none of it means no error cell."""


def is_encrypted(stream: bytes) -> bool:
    """Tell whether a password is set; that stands before the sheets are listed."""
    for _, kind, _ in _records(stream):
        if kind in (PASSWORD, SHEET):
            return kind == PASSWORD
    return False


def error_cells(stream: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Map sheet names to their error cells, row and column counted from 0.

    `stream` is the Workbook stream of the file. One cut short gives what can be told;
    the parser refuses it.
    """
    if not HINT.search(stream):
        return {}
    found: dict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    names: dict[int, str] = {}
    sheet: str | None = None
    is_biff8 = True
    for offset, kind, body in _records(stream):
        if kind == BOF:
            is_biff8 = body[:2] == BIFF8.to_bytes(2, "little") if offset == 0 else is_biff8
            sheet = names.get(offset, sheet)
        elif kind == SHEET:
            names[int.from_bytes(body[:4], "little")] = _sheet_name(body, is_biff8=is_biff8)
        elif sheet is not None and (error := _error(kind, body)):
            row, column = struct.unpack("<HH", body[:4])
            found[sheet][row, column] = error
    return dict(found)


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    place, wanted = 0, {BOF, SHEET, PASSWORD, ERROR_OR_BOOL, FORMULA}
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind in wanted:
            yield place, kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _sheet_name(body: bytes, *, is_biff8: bool) -> str:
    if not is_biff8:
        return body[7 : 7 + body[6]].decode("cp1252", "replace")
    if body[7] & 1:
        return body[8 : 8 + 2 * body[6]].decode("utf-16-le", "replace")
    return body[8 : 8 + body[6]].decode("latin-1")


def _error(kind: int, body: bytes) -> str:
    if kind == ERROR_OR_BOOL and len(body) >= 8 and body[7]:
        return ERRORS.get(body[6], "#ERROR")
    if kind == FORMULA and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":
        return ERRORS.get(body[8], "#ERROR")
    return ""
