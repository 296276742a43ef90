"""Inflate the parts of a zip under a bound, believing nothing that its list of parts declares."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ingestion.untrusted import UntrustedFileError

ZIP = b"PK\x03\x04"
MOST_EXPANDED_BYTES = 512 * 1024 * 1024
MOST_EXPANSION = 200
"""No return known expands to more than 17 times its size; one part to 20 times."""
SMALL_PART_BYTES = 4 * 1024 * 1024
"""A part under this size may be as repetitive as it likes."""
PIECE_BYTES = 1024 * 1024
BY_HAND = "Look at it by hand before it is read."
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
)
"""What a damaged zip raises, here and in `zipfile`."""


def listed(path: Path) -> list[zipfile.ZipInfo]:
    """Return what the zip lists; raises one of `ZIP_ERRORS` when it is damaged."""
    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def plain_name(name: str) -> str:
    """Spell a part's name as a parser looks it up: in any case, with either slash."""
    return name.replace("\\", "/").casefold()


def are_encrypted(parts: Iterable[zipfile.ZipInfo]) -> bool:
    """Tell whether any part needs a password."""
    return any(part.flag_bits & 1 for part in parts)


def refuse_traps(parts: list[zipfile.ZipInfo], what: str) -> None:
    """Refuse names that lead outside or come twice, and what would fill the memory.

    `pieces` holds each part to the size that it declares here.
    """
    names = [plain_name(part.filename) for part in parts]
    outside = any(
        ".." in name.split("/") or name.startswith("/") or ":" in name.split("/")[0]
        for name in names
    )
    if outside or len(names) != len(set(names)):
        raise UntrustedFileError(
            f"The {what} names one of its parts twice or outside itself.", mend=BY_HAND
        )
    expanded = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if any(part.file_size > most_expanded(part.compress_size) for part in parts) or (
        expanded > most_expanded(packed)
    ):
        raise expands(f"The {what}", packed, expanded)


def most_expanded(packed: int) -> int:
    """Return to how many bytes so many packed ones may expand."""
    return min(MOST_EXPANDED_BYTES, max(SMALL_PART_BYTES, packed * MOST_EXPANSION))


def expands(what: str, packed: int, expanded: int) -> UntrustedFileError:
    """Return the refusal of what would fill the memory."""
    return UntrustedFileError(
        f"{what} expands from {packed:,} to {expanded:,} bytes, which no return does.",
        mend=BY_HAND,
    )


def pieces(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Inflate a part piece by piece, never beyond what it declares.

    Raises BadZipFile when size or checksum is not the declared one. `zipfile` itself
    would stop at the declared size and not tell that there is more.
    """
    crc = size = 0
    for piece in _inflated(file, part):
        size += len(piece)
        if size > part.file_size:
            break
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != part.file_size or crc != part.CRC:
        raise zipfile.BadZipFile(f"part '{part.filename}' is not what it was packed from")


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    file.seek(part.header_offset)
    header = file.read(30)
    if not header.startswith(ZIP):
        raise zipfile.BadZipFile(f"part '{part.filename}' is not where the list says")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = part.header_offset + 30 + name_length + extra_length
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"part '{part.filename}' is packed in an unknown way")
    inflate = zlib.decompressobj(-15) if part.compress_type else None
    left, tail = part.compress_size, b""
    while left or tail:
        # A piece may be read while others are: each has to know its own place.
        file.seek(start + part.compress_size - left)
        packed = tail or file.read(min(left, PIECE_BYTES))
        left -= 0 if tail else len(packed)
        if not packed:
            raise zipfile.BadZipFile(f"part '{part.filename}' is cut short")
        yield inflate.decompress(packed, PIECE_BYTES) if inflate else packed
        tail = inflate.unconsumed_tail if inflate else b""
    if inflate:
        yield from _rest(inflate)


def _rest(inflate: zlib._Decompress) -> Iterator[bytes]:
    """Yield what the inflater still holds once it has been fed everything."""
    while not inflate.eof:
        piece = inflate.decompress(b"", PIECE_BYTES)
        if not piece:
            raise zipfile.BadZipFile("a part is cut short")
        yield piece
