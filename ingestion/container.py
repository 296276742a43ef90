"""What kind of container a file is, and every check made before it is parsed.

Nothing here trusts what a file declares: the parts of a zipped workbook are inflated
under a bound and compared with their checksums, and its sheets are scanned for cells
that the parser would die of or pass over in silence.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

import olefile

from ingestion.biff import error_cells, is_encrypted
from ingestion.sheetscan import Faults, declares_entities, scan_sheet
from ingestion.untrusted import UntrustedFileError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
WORKBOOK_SUFFIXES = {".xls", ".xlsx", ".xlsb", ".xlsm", ".ods"}
MOST_EXPANDED_BYTES = 512 * 1024 * 1024
MOST_EXPANSION = 200
"""No return known expands to more than 17 times its size; one part to 20 times."""
SMALL_PART_BYTES = 4 * 1024 * 1024
"""A part under this size may be as repetitive as it likes."""
PIECE_BYTES = 1024 * 1024
DECLARATION = re.compile(rb"<!(?:doctype|entity|element|attlist|notation)", re.IGNORECASE)
LONGEST_DECLARATION = len("<!notation")
EMBEDDED = "The workbook has objects of other programs embedded; they are not opened."
BY_HAND = "Look at it by hand before it is read."


class Container(Enum):
    """What the content of a file says it is."""

    XLSX = ".xlsx workbook"
    XLSB = ".xlsb workbook"
    XLS = ".xls workbook"
    ODS = ".ods workbook"
    WEB_PAGE = "web page"
    EMPTY = "empty"
    OTHER = "other"

    @property
    def is_workbook(self) -> bool:
        """Tell whether sheets of cells are inside."""
        return self in SUFFIXES


SUFFIXES = {
    Container.XLSX: {".xlsx", ".xlsm"},
    Container.XLSB: {".xlsb"},
    Container.XLS: {".xls"},
    Container.ODS: {".ods"},
}


@dataclass(frozen=True)
class Inspection:
    """What was found in a workbook before it is parsed.

    `faults` maps a sheet's name to its cells, counted from 0, that hold an error such
    as #DIV/0! or a formula without a result.
    """

    container: Container
    has_macros: bool = False
    notes: list[str] = field(default_factory=list)
    faults: Mapping[str, Faults] = field(default_factory=dict)


def container_of(path: Path) -> Container:
    """Tell from its content what a file is; its name is not asked.

    Raises `UntrustedFileError` for a damaged zip and for an encrypted workbook.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return Container.EMPTY
    if head.startswith(ZIP):
        return _zip_kind(path)
    if head.startswith(OLE):
        return _ole_kind(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return Container.WEB_PAGE
    return Container.OTHER


def name_note(container: Container, file_name: str) -> list[str]:
    """Say that a workbook bears the suffix of something else; its content is what counts."""
    suffix = Path(file_name).suffix.lower()
    if not suffix or suffix in SUFFIXES[container]:
        return []
    return [f"The file is named {suffix} and is an {container.value}."]


def inspect(path: Path, container: Container) -> Inspection:
    """Check a workbook before it is parsed; raises `UntrustedFileError` for damage and traps."""
    if container is Container.XLS:
        return _inspect_ole(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
        _refuse_names(parts)
        _refuse_expansion(parts)
        with path.open("rb") as file:
            return _inspect_parts(file, parts, container)
    except (zipfile.BadZipFile, zlib.error, ExpatError, struct.error, EOFError) as error:
        raise damaged(error) from error


def damaged(error: BaseException) -> UntrustedFileError:
    """Return the refusal of a file that cannot be opened."""
    return UntrustedFileError(
        f"The workbook is damaged or cut short and cannot be opened ({error}).",
        mend="Fetch it again from the publisher.",
    )


def encrypted() -> UntrustedFileError:
    """Return the refusal of a file that needs a password."""
    return UntrustedFileError(
        "The workbook is encrypted with a password.",
        mend="Ask the publisher for one that is not.",
    )


def _ole_kind(path: Path) -> Container:
    with _ole(path) as ole:
        if ole.exists("EncryptedPackage"):
            raise encrypted()
        return Container.XLS if _workbook_stream(ole) else Container.OTHER


@contextmanager
def _ole(path: Path) -> Iterator[olefile.OleFileIO]:
    try:
        with olefile.OleFileIO(str(path)) as ole:
            yield ole
    except (OSError, IndexError, struct.error) as error:
        raise damaged(error) from error


def _workbook_stream(ole: olefile.OleFileIO) -> str | None:
    return next((name for name in ("Workbook", "Book") if ole.exists(name)), None)


def _inspect_ole(path: Path) -> Inspection:
    with _ole(path) as ole:
        top = {entry[0] for entry in ole.listdir(streams=True, storages=True)}
        name = _workbook_stream(ole)
        stream = ole.openstream(name).read() if name else b""
    if is_encrypted(stream):
        raise encrypted()
    embedded = any(entry.startswith(("MBD", "ObjectPool")) for entry in top)
    return Inspection(
        Container.XLS,
        has_macros=not top.isdisjoint({"_VBA_PROJECT_CUR", "Macros"}),
        notes=[EMBEDDED] if embedded else [],
        faults=error_cells(stream),
    )


def _zip_kind(path: Path) -> Container:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {_plain_name(part.filename) for part in archive.infolist()}
    except (zipfile.BadZipFile, EOFError, struct.error, ValueError) as error:
        raise damaged(error) from error
    if "xl/workbook.xml" in names:
        return Container.XLSX
    if "xl/workbook.bin" in names:
        return Container.XLSB
    return Container.ODS if {"mimetype", "content.xml"} <= names else Container.OTHER


def _plain_name(name: str) -> str:
    """Spell a part's name as the parser looks it up: in any case, with either slash."""
    return name.replace("\\", "/").casefold()


def _refuse_names(parts: list[zipfile.ZipInfo]) -> None:
    names = [_plain_name(part.filename) for part in parts]
    outside = any(
        ".." in name.split("/") or name.startswith("/") or ":" in name.split("/")[0]
        for name in names
    )
    if outside or len(names) != len(set(names)):
        raise UntrustedFileError(
            "The workbook names one of its parts twice or outside itself.", mend=BY_HAND
        )


def _refuse_expansion(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse what would fill the memory; `_pieces` holds each part to what it declares."""
    expanded = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    bombs = [
        part
        for part in parts
        if part.file_size > max(SMALL_PART_BYTES, part.compress_size * MOST_EXPANSION)
    ]
    if expanded > MOST_EXPANDED_BYTES or expanded > packed * MOST_EXPANSION or bombs:
        raise UntrustedFileError(
            f"The workbook expands from {packed:,} to {expanded:,} bytes, which no return does.",
            mend=BY_HAND,
        )


def _inspect_parts(
    file: BinaryIO, parts: list[zipfile.ZipInfo], container: Container
) -> Inspection:
    by_name = {_plain_name(part.filename): part for part in parts}
    sheets = _sheet_parts(file, by_name) if container is Container.XLSX else {}
    for name, part in by_name.items():
        if name not in sheets:
            _check_part(file, part)
    faults = {
        sheet: found
        for name, sheet in sheets.items()
        if (found := scan_sheet(sheet, partial(_pieces, file, by_name[name])))
    }
    return Inspection(
        container,
        has_macros=any(
            posixpath.basename(name) == "vbaproject.bin" or name.startswith("xl/macrosheets/")
            for name in by_name
        ),
        notes=list(_foreign_parts(by_name)),
        faults=faults,
    )


def _foreign_parts(names: Mapping[str, object]) -> Iterator[str]:
    if any(name.startswith("xl/externallinks/") for name in names):
        yield "The workbook has links to other workbooks; they are not followed."
    if any(name.startswith(("xl/embeddings/", "xl/activex/", "object ")) for name in names):
        yield EMBEDDED


def _sheet_parts(file: BinaryIO, parts: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Map the part of each sheet to the sheet's name, as `xl/workbook.xml` binds them."""
    book = _elements(_whole(file, parts["xl/workbook.xml"]))
    links = parts.get("xl/_rels/workbook.xml.rels")
    targets = {
        attributes.get("Id", ""): attributes.get("Target", "")
        for name, attributes in (_elements(_whole(file, links)) if links else [])
        if name == "Relationship"
    }
    named: dict[str, str] = {}
    for name, attributes in book:
        link = next((v for k, v in attributes.items() if k == "id" or k.endswith(":id")), "")
        if name == "sheet" and targets.get(link):
            target = targets[link].replace("\\", "/")
            part = _plain_name(posixpath.normpath(posixpath.join("/xl", target))).lstrip("/")
            if part in parts:
                named.setdefault(part, attributes.get("name", ""))
    return named


def _elements(document: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return each element's name without its prefix, and its attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append(
        (name.rpartition(":")[2], attributes)
    )
    parser.Parse(document, True)
    return found


def _whole(file: BinaryIO, part: zipfile.ZipInfo) -> bytes:
    if part.file_size > SMALL_PART_BYTES:
        raise UntrustedFileError(f"The list of sheets takes {part.file_size:,} bytes.")
    return b"".join(_checked(file, part))


def _check_part(file: BinaryIO, part: zipfile.ZipInfo) -> None:
    for _ in _checked(file, part):
        pass


def _checked(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's bytes, refusing a DOCTYPE if it is XML."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    last = b""
    for piece in _pieces(file, part):
        if is_xml:
            if not last and b"\x00" in piece[:64]:
                raise UntrustedFileError(f"Part '{part.filename}' is not in UTF-8.", mend=BY_HAND)
            if b"<!" in piece or b"<" in last:
                _refuse_declarations(last + piece, part.filename)
            last = piece[-LONGEST_DECLARATION:]
        yield piece


def _refuse_declarations(xml: bytes, part: str) -> None:
    if DECLARATION.search(xml):
        raise declares_entities(f"Part '{part}'")


def _pieces(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
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
    if part.flag_bits & 1:
        raise encrypted()
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
