"""Is a downloaded file what its address claims, and is it whole? Checked before landing.

A server that closes the connection early sends no error when it gave no length, and a
notice of maintenance comes as a success. So the bytes themselves have to tell.
"""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path

from ingestion.links import FILE_SUFFIXES, suffix_of
from ingestion.web_error import Fault, WebError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
MEMBERS = {
    ".xlsx": "[Content_Types].xml",
    ".xlsm": "[Content_Types].xml",
    ".xlsb": "[Content_Types].xml",
    ".ods": "content.xml",
    ".zip": "",
}
"""What a zip of each kind must contain."""

UNPACKED_TIMES = 20
"""How many times the size limit a zip may unpack to; its members are read to check them."""

HEAD = 1024
TAIL = 1024
OLE_HEADER_ENTRIES = 109
OLE_LAST_SECTOR = 0xFFFFFFFA
OLE_FREE = 0xFFFFFFFF


def claimed_kind(address: str, final_address: str) -> str:
    """Return the kind that a link claims, as a suffix; where it leads tells if it does not."""
    for candidate in (address, final_address):
        if (suffix := suffix_of(candidate)) in FILE_SUFFIXES:
            return suffix
    known = " ".join(sorted(FILE_SUFFIXES))
    raise WebError(
        Fault.NOT_THE_KIND, address, f"the address does not say what kind of file it is ({known})"
    )


def check_file(
    path: Path, kind: str, address: str, *, media_type: str, length_told: bool, max_bytes: int
) -> None:
    """Raise `WebError` unless the bytes are of the claimed kind and whole.

    `length_told` is whether the server said how long the body is; if not, a text file
    has to end with a line end.
    """
    head = _head(path)
    found = _kind_of(head)
    wanted = "ole" if kind == ".xls" else "zip" if kind in MEMBERS else "text"
    if "html" in media_type and found == "text":
        found = "web page"
    if found != wanted:
        told = f"the link claims a {kind} file, but what came is {_words(found, head)}"
        raise WebError(Fault.NOT_THE_KIND, address, told)
    if wanted == "ole":
        _check_ole(path, address)
    elif wanted == "zip":
        _check_zip(path, kind, address, max_bytes)
    elif not length_told and not _tail(path).endswith((b"\n", b"\r")):
        raise WebError(Fault.CUT_SHORT, address, "the last line has no end; it may be cut short")


def check_page(path: Path, address: str, *, length_told: bool) -> None:
    """Raise `WebError` if a web page or JSON answer was cut short."""
    head, tail = _head(path).lstrip()[:1], _tail(path).rstrip().lower()
    if head == b"{":
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            raise WebError(Fault.CUT_SHORT, address, f"the JSON is not whole: {error}") from error
    elif not length_told and b"</html>" not in tail:
        raise WebError(Fault.CUT_SHORT, address, "the page does not end with </html>")


def _kind_of(head: bytes) -> str:
    if head.startswith(OLE):
        return "ole"
    if head.startswith(ZIP):
        return "zip"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--")):
        return "web page"
    if not head:
        return "nothing"
    is_utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "bytes" if b"\x00" in head and not is_utf16 else "text"


def _words(found: str, head: bytes) -> str:
    words = {
        "ole": "an old Excel file, or one locked with a password",
        "zip": "a zip archive, as .xlsx and .ods files are",
        "web page": "a web page",
        "nothing": "an empty file",
        "bytes": f"something else, beginning {head[:8].hex(' ')}",
        "text": f"text, beginning {head[:40].decode('utf-8', 'replace')!r}",
    }
    return words[found]


def _check_zip(path: Path, kind: str, address: str, max_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if unpacked > UNPACKED_TIMES * max_bytes:
                told = f"it would unpack to {unpacked / 1e6:,.0f} MB"
                raise WebError(Fault.TOO_LARGE, address, told)
            damaged = None if _is_locked(members) else archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        told = f"the zip archive is not whole: {error}"
        raise WebError(Fault.CUT_SHORT, address, told) from error
    if damaged:
        raise WebError(Fault.CUT_SHORT, address, f"'{damaged}' in the zip archive is damaged")
    if MEMBERS[kind] and MEMBERS[kind] not in {member.filename for member in members}:
        told = f"the link claims a {kind} file, but what came is another zip archive"
        raise WebError(Fault.NOT_THE_KIND, address, told)


def _is_locked(members: list[zipfile.ZipInfo]) -> bool:
    return any(member.flag_bits & 1 for member in members)


def _check_ole(path: Path, address: str) -> None:
    """Compare the size with the last sector that the file's own allocation table uses."""
    data = path.read_bytes()
    shift = int.from_bytes(data[30:32], "little")
    if shift not in {9, 12}:
        raise WebError(Fault.CUT_SHORT, address, "the workbook's header cannot be read")
    sector = 1 << shift
    tables = _ole_table_sectors(data, sector)
    needed = max((at + 2 for at in tables), default=2) * sector
    if needed <= len(data):
        entries = [entry for at in tables for entry in _numbers(_sector(data, at, sector))]
        used = [at for at, entry in enumerate(entries) if entry != OLE_FREE]
        needed = max(needed, (used[-1] + 2) * sector if used else 0)
    if needed > len(data):
        told = f"the workbook is cut short: it needs {needed} bytes, and {len(data)} came"
        raise WebError(Fault.CUT_SHORT, address, told)


def _ole_table_sectors(data: bytes, sector: int) -> list[int]:
    """Return the numbers of the sectors that hold the allocation table."""
    listed = list(_numbers(data[76 : 76 + 4 * OLE_HEADER_ENTRIES]))
    following = int.from_bytes(data[68:72], "little")
    further = min(int.from_bytes(data[72:76], "little"), len(data) // sector)
    for _ in range(further):
        block = _sector(data, following, sector)
        if len(block) < sector:
            listed.append(following)  # it lies past the end, which the caller notices
            break
        *entries, following = _numbers(block)
        listed += entries
    return [at for at in listed if at < OLE_LAST_SECTOR]


def _sector(data: bytes, at: int, sector: int) -> bytes:
    return data[(at + 1) * sector : (at + 2) * sector]


def _numbers(data: bytes) -> tuple[int, ...]:
    """Return little-endian 32-bit numbers; a last one that is cut off is left out."""
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return file.read()
