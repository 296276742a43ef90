"""What kind of container a file is, and every check made before a workbook is parsed.

Nothing here trusts what a file declares: the parts of a zipped workbook are inflated
under a bound and compared with their checksums, and its sheets are scanned for cells
that the parser would die of or pass over in silence. The sheets of an .xlsb, in which no
return is published, are not: its error cells are read as blanks, and one with cells too
far out ends the reading process, which sets the file aside.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

import olefile

from ingestion.biff import error_cells, is_encrypted
from ingestion.ods import scan_content
from ingestion.plain_book import PlainPart
from ingestion.plain_sheet import plain_cells
from ingestion.sheetscan import Faults, declares_entities, scan_sheet
from ingestion.text_encoding import looks_like_text
from ingestion.untrusted import UntrustedFileError
from ingestion.zip_parts import (
    BY_HAND,
    PIECE_BYTES,
    SMALL_PART_BYTES,
    ZIP,
    ZIP_ERRORS,
    are_encrypted,
    listed,
    pieces,
    plain_name,
    refuse_traps,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GZIP = b"\x1f\x8b"
WORKBOOK_SUFFIXES = {".xls", ".xlsx", ".xlsb", ".xlsm", ".ods"}
DECLARATION = re.compile(rb"<!(?:doctype|entity|element|attlist|notation)", re.IGNORECASE)
LONGEST_DECLARATION = len("<!notation")
MOST_HELD_BYTES = 32 * 1024 * 1024
"""The parts of a larger workbook are inflated again for the parser; no return known is larger."""
MOST_TEXTS = 100_000
"""Sheets with more shared texts are left to the parser: each would cost it a cell besides."""
Read = Callable[[zipfile.ZipInfo], Iterator[bytes]]
"""Gives the bytes of a part, piece by piece."""
LIBRARY_LISTS = ("script-lc.xml", "script-lb.xml", "dialog-lc.xml", "dialog-lb.xml")
"""What an .ods has of macros when it has none."""
EMBEDDED = "The workbook has objects of other programs embedded; they are not opened."


class Container(Enum):
    """What the content of a file says it is."""

    XLSX = ".xlsx workbook"
    XLSB = ".xlsb workbook"
    XLS = ".xls workbook"
    ODS = ".ods workbook"
    TEXT = "text file"
    GZIP = "gzip file"
    ZIPPED_TEXT = "zip file"
    WEB_PAGE = "web page"
    EMPTY = "empty"
    OTHER = "other"

    @property
    def is_workbook(self) -> bool:
        """Tell whether sheets of cells are inside."""
        return self in WORKBOOKS

    @property
    def is_text(self) -> bool:
        """Tell whether text is inside, or may be: what a gzip file holds is not looked at."""
        return self in (Container.TEXT, Container.GZIP, Container.ZIPPED_TEXT)


SUFFIXES = {
    Container.XLSX: {".xlsx", ".xlsm"},
    Container.XLSB: {".xlsb"},
    Container.XLS: {".xls"},
    Container.ODS: {".ods"},
    Container.TEXT: {".csv", ".tsv", ".txt"},
    Container.GZIP: {".gz"},
    Container.ZIPPED_TEXT: {".zip"},
}
WORKBOOKS = (Container.XLSX, Container.XLSB, Container.XLS, Container.ODS)


@dataclass(frozen=True)
class Inspection:
    """What was found in a workbook before it is parsed.

    `faults` maps a sheet's name to its cells, counted from 0, that hold an error such
    as #DIV/0! or a formula without a result. `parts` has each part of a zip as it was
    checked, so that none is inflated twice; it is empty when they would take much memory.
    `plain` are the sheets, by their part, whose cells were found without a parser.
    """

    container: Container
    has_macros: bool = False
    notes: list[str] = field(default_factory=list)
    faults: Mapping[str, Faults] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    plain: Mapping[str, PlainPart] = field(default_factory=dict, repr=False)

    def unpacked(self, instead: Mapping[str, bytes]) -> BytesIO:
        """Return the parts as a zip in which nothing is packed, some of them with other content."""
        copy = BytesIO()
        with zipfile.ZipFile(copy, "w") as archive:
            for name, content in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), instead.get(name, content))
        copy.seek(0)
        return copy


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
    if head.startswith(GZIP):
        return Container.GZIP
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return Container.WEB_PAGE
    return Container.TEXT if looks_like_text(head) else Container.OTHER


def name_note(container: Container, file_name: str) -> list[str]:
    """Say that a file bears the suffix of something else; its content is what counts."""
    suffix = Path(file_name).suffix.lower()
    if not suffix or suffix in SUFFIXES[container]:
        return []
    article = "an" if container.is_workbook else "a"
    return [f"The file is named {suffix} and is {article} {container.value}."]


def inspect(path: Path, container: Container) -> Inspection:
    """Check a workbook before it is parsed; raises `UntrustedFileError` for damage and traps."""
    if container is Container.XLS:
        return _inspect_ole(path)
    try:
        parts = listed(path)
        if are_encrypted(parts):
            raise encrypted()
        refuse_traps(parts, "workbook")
        with path.open("rb") as file:
            return _inspect_parts(file, parts, container)
    except (*ZIP_ERRORS, ExpatError) as error:
        raise damaged(error) from error


def damaged(error: BaseException, what: str = "workbook") -> UntrustedFileError:
    """Return the refusal of a file that cannot be opened."""
    return UntrustedFileError(
        f"The {what} is damaged or cut short and cannot be opened ({error}).",
        mend="Fetch it again from the publisher.",
    )


def encrypted(what: str = "workbook") -> UntrustedFileError:
    """Return the refusal of a file that needs a password."""
    return UntrustedFileError(
        f"The {what} is encrypted with a password.",
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
        names = {plain_name(part.filename) for part in listed(path)}
    except ZIP_ERRORS as error:
        raise damaged(error, "file") from error
    if "xl/workbook.xml" in names:
        return Container.XLSX
    if "xl/workbook.bin" in names:
        return Container.XLSB
    if {"mimetype", "content.xml"} <= names:
        return Container.ODS
    return Container.ZIPPED_TEXT if any(map(is_text_part, names)) else Container.OTHER


def is_text_part(name: str) -> bool:
    """Tell whether a part of a zip is a text file; what macOS adds on its own is none."""
    name = plain_name(name)
    return name.endswith(".csv") and not name.startswith("__macosx/")


def _inspect_parts(
    file: BinaryIO, parts: list[zipfile.ZipInfo], container: Container
) -> Inspection:
    by_name = {plain_name(part.filename): part for part in parts}
    read: Read = partial(pieces, file)
    held: dict[str, bytes] = {}
    if sum(part.file_size for part in parts) <= MOST_HELD_BYTES:
        held = {part.filename: b"".join(read(part)) for part in parts}
        read = partial(_held_pieces, held)
    plain: dict[str, PlainPart] = {}
    if container is Container.ODS:
        faults = _scan_ods(read, by_name)
    else:
        sheets = _sheet_parts(read, by_name) if container is Container.XLSX else {}
        plain = _plain_parts(held, by_name, sheets)
        faults = _scan_sheets(read, by_name, sheets, plain)
    return Inspection(
        container,
        has_macros=any(map(_is_macro, by_name)),
        notes=list(_foreign_parts(by_name)),
        faults=faults,
        parts=held,
        plain=plain,
    )


def _held_pieces(held: Mapping[str, bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    content = held[part.filename]
    return (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))


def _plain_parts(
    held: Mapping[str, bytes],
    parts: Mapping[str, zipfile.ZipInfo],
    sheets: Mapping[str, Sequence[str]],
) -> dict[str, PlainPart]:
    """Return the sheets that are plain, by their part.

    One part with two names is not, and neither are two with one name.
    """
    shared = parts.get("xl/sharedstrings.xml")
    texts = held.get(shared.filename, b"").count(b"<si") if shared else 0
    names = Counter(chain.from_iterable(sheets.values()))
    found: dict[str, PlainPart] = {}
    for name, bound in sheets.items():
        part = parts[name].filename
        is_one = part in held and len(bound) == 1 and names[bound[0]] == 1
        cells = plain_cells(held[part]) if is_one else None
        if cells is not None and cells.texts <= min(texts, MOST_TEXTS):
            found[part] = PlainPart(bound[0], cells)
    return found


def _scan_sheets(
    read: Read,
    parts: Mapping[str, zipfile.ZipInfo],
    sheets: Mapping[str, Sequence[str]],
    plain: Mapping[str, PlainPart],
) -> dict[str, Faults]:
    """Check every part of an .xlsx or .xlsb; return the faults of each sheet.

    Plain sheets are held to their form already, in which there is nothing to refuse.
    """
    faults: dict[str, Faults] = {}
    for name, part in parts.items():
        if name not in sheets:
            _check_part(read, part)
        elif part.filename not in plain:
            found = scan_sheet(sheets[name][0], partial(read, part))
            faults |= dict.fromkeys(sheets[name], found) if found else {}
    return faults


def _scan_ods(read: Read, parts: Mapping[str, zipfile.ZipInfo]) -> dict[str, Faults]:
    """Check every part of an .ods; return the faults of each sheet."""
    manifest = parts.get("meta-inf/manifest.xml")
    if manifest and b"encryption-data" in _whole(read, manifest):
        raise encrypted()
    for name, part in parts.items():
        if name != "content.xml":
            _check_part(read, part)
    return scan_content(_checked(read, parts["content.xml"]))


def _is_macro(name: str) -> bool:
    base = posixpath.basename(name)
    if base == "vbaproject.bin" or name.startswith("xl/macrosheets/"):
        return True
    return name.startswith(("basic/", "scripts/")) and base not in ("", *LIBRARY_LISTS)


def _foreign_parts(names: Mapping[str, object]) -> Iterator[str]:
    if any(name.startswith("xl/externallinks/") for name in names):
        yield "The workbook has links to other workbooks; they are not followed."
    if any(name.startswith(("xl/embeddings/", "xl/activex/", "object ")) for name in names):
        yield EMBEDDED


def _sheet_parts(read: Read, parts: Mapping[str, zipfile.ZipInfo]) -> dict[str, list[str]]:
    """Map the part of each sheet to the sheet's name, as `xl/workbook.xml` binds them.

    Two sheets may be bound to one part.
    """
    book = _elements(_whole(read, parts["xl/workbook.xml"]))
    links = parts.get("xl/_rels/workbook.xml.rels")
    targets = {
        attributes.get("Id", ""): attributes.get("Target", "")
        for name, attributes in (_elements(_whole(read, links)) if links else [])
        if name == "Relationship"
    }
    named: dict[str, list[str]] = {}
    for name, attributes in book:
        link = next((v for k, v in attributes.items() if k == "id" or k.endswith(":id")), "")
        if name == "sheet" and targets.get(link):
            target = targets[link].replace("\\", "/")
            part = plain_name(posixpath.normpath(posixpath.join("/xl", target))).lstrip("/")
            if part in parts:
                named.setdefault(part, []).append(attributes.get("name", ""))
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


def _whole(read: Read, part: zipfile.ZipInfo) -> bytes:
    if part.file_size > SMALL_PART_BYTES:
        raise UntrustedFileError(f"The list of sheets takes {part.file_size:,} bytes.")
    return b"".join(_checked(read, part))


def _check_part(read: Read, part: zipfile.ZipInfo) -> None:
    for _ in _checked(read, part):
        pass


def _checked(read: Read, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's bytes, refusing a DOCTYPE if it is XML."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    last = b""
    for piece in read(part):
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
