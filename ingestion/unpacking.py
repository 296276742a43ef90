"""Get the bytes of a text file, unpacked if it came in a gzip or zip file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from ingestion.container import Container, container_of, damaged, encrypted, is_text_part
from ingestion.untrusted import UntrustedFileError
from ingestion.zip_parts import (
    PIECE_BYTES,
    ZIP_ERRORS,
    are_encrypted,
    expands,
    listed,
    most_expanded,
    pieces,
    refuse_traps,
)

SHOWN_NAMES = 4
GZIP_FORMAT = 31
"""Tells zlib to expect the header of gzip, and to verify the length and checksum behind."""


def unpacked(path: Path) -> bytes:
    """Return all bytes of the text, verified against checksum and length if it was packed.

    Raises `UntrustedFileError` when the file is damaged, encrypted or a trap, and for a
    zip file with more than one text in it.
    """
    return b"".join(_unpacking(path, container_of(path)))


def first_bytes(path: Path, size: int) -> bytes:
    """Return the first bytes of the text; what comes behind them is not verified."""
    data = b""
    with closing(_unpacking(path, container_of(path))) as found:
        for piece in found:
            data += piece
            if len(data) >= size:
                break
    return data[:size]


def _unpacking(path: Path, container: Container) -> Generator[bytes, None, None]:
    try:
        with path.open("rb") as file:
            if container is Container.GZIP:
                yield from _gunzipped(file, path.stat().st_size)
            elif container is Container.ZIPPED_TEXT:
                yield from pieces(file, _text_part(path))
            else:
                while piece := file.read(PIECE_BYTES):
                    yield piece
    except ZIP_ERRORS as error:
        raise damaged(error, container.value) from error


def _gunzipped(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Inflate a gzip file, which may have several members; zlib verifies the end of each."""
    expanded = 0
    data = file.read(PIECE_BYTES)
    while data:
        inflate = zlib.decompressobj(GZIP_FORMAT)
        while not inflate.eof:
            piece = inflate.decompress(data, PIECE_BYTES)
            if not data and not piece:
                raise EOFError("it ends before its checksum")
            expanded += len(piece)
            if expanded > most_expanded(size):
                raise expands("The gzip file", size, expanded)
            yield piece
            data = b"" if inflate.eof else inflate.unconsumed_tail or file.read(PIECE_BYTES)
        data = inflate.unused_data or file.read(PIECE_BYTES)


def _text_part(path: Path) -> zipfile.ZipInfo:
    parts = listed(path)
    if are_encrypted(parts):
        raise encrypted(Container.ZIPPED_TEXT.value)
    refuse_traps(parts, Container.ZIPPED_TEXT.value)
    texts = [part for part in parts if is_text_part(part.filename)]
    if len(texts) > 1:
        names = ", ".join(part.filename for part in texts[:SHOWN_NAMES])
        raise UntrustedFileError(
            f"The zip file has {len(texts)} text files in it ({names}), and which one is the "
            "return cannot be told.",
            mend="Unpack it, and fetch the one that is.",
        )
    return texts[0]
