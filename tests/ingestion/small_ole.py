"""Small .xls files made byte by byte, for what no writer of spreadsheets will write."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

SECTOR = 512
LEAST_STREAM = 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_ole(path: Path, streams: Mapping[str, bytes]) -> Path:
    """Write an OLE file whose root has these streams, each padded to a whole of sectors."""
    sectors: list[bytes] = []
    chain: list[int] = []
    starts: dict[str, tuple[int, int]] = {}
    for name, content in streams.items():
        size = max(LEAST_STREAM, -(-len(content) // SECTOR) * SECTOR)
        starts[name] = (len(sectors), size)
        padded = content.ljust(size, b"\0")
        sectors += [padded[i : i + SECTOR] for i in range(0, size, SECTOR)]
        chain += [*range(len(chain) + 1, len(sectors)), END]
    directory = len(sectors)
    entries = [_entry("Root Entry", 5, child=1 if streams else FREE, start=END, size=0)]
    for number, (name, (start, size)) in enumerate(starts.items(), 1):
        right = number + 1 if number < len(starts) else FREE
        entries.append(_entry(name, 2, right=right, start=start, size=size))
    listing = b"".join(entries)
    listing = listing.ljust(-(-len(listing) // SECTOR) * SECTOR, b"\0")
    sectors += [listing[i : i + SECTOR] for i in range(0, len(listing), SECTOR)]
    chain += [*range(directory + 1, len(sectors)), END, FAT]
    fat = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    path.write_bytes(_header(directory, len(sectors)) + b"".join(sectors) + fat)
    return path


def _header(directory: int, fat: int) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1)
    head += struct.pack("<IIIIIII", directory, 0, LEAST_STREAM, END, 0, END, 0)
    return head + struct.pack("<109I", fat, *[FREE] * 108)


def _entry(
    name: str, kind: int, *, right: int = FREE, child: int = FREE, start: int, size: int
) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<HBBIII", len(text), kind, 1, FREE, right, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def record(kind: int, body: bytes = b"") -> bytes:
    """Return one BIFF record."""
    return struct.pack("<HH", kind, len(body)) + body


def text(row: int, column: int, words: str) -> bytes:
    """Return a LABEL record."""
    return record(0x204, struct.pack("<HHHHB", row, column, 0, len(words), 0) + words.encode())


def number(row: int, column: int, value: float) -> bytes:
    """Return a NUMBER record."""
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


def error(row: int, column: int, code: int) -> bytes:
    """Return a BOOLERR record that holds an error."""
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def formula_error(row: int, column: int, code: int) -> bytes:
    """Return a FORMULA record (1/0) whose result is an error."""
    tokens = b"\x1e\x01\x00\x1e\x00\x00\x06"
    result = struct.pack("<BBBBBBH", 2, 0, code, 0, 0, 0, 0xFFFF)
    head = struct.pack("<HHH", row, column, 0) + result + struct.pack("<HIH", 0, 0, len(tokens))
    return record(0x06, head + tokens)


def biff(sheets: Mapping[str, list[bytes]], *, first: bytes = b"") -> bytes:
    """Return a Workbook stream of these sheets; `first` follows the first record."""
    bof = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)
    fixed = len(record(0x809, bof)) + len(first) + len(record(0x0A))
    fixed += sum(12 + len(name) for name in sheets)
    bound, bodies, place = b"", b"", fixed
    for name, records in sheets.items():
        head = struct.pack("<IBBBB", place, 0, 0, len(name), 0)
        bound += record(0x85, head + name.encode())
        sheet = record(0x809, bof[:2] + b"\x10\0" + bof[4:]) + b"".join(records) + record(0x0A)
        bodies += sheet
        place += len(sheet)
    return record(0x809, bof) + first + bound + record(0x0A) + bodies
