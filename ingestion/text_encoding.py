"""Decode the bytes of a text file, strictly: an encoding that does not fit is never forced."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from ingestion.untrusted import UntrustedFileError

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
MARK_NOTE = "The file begins with a byte order mark, which is left out."
C1 = re.compile("[\x80-\x9f]")
"""Control characters that no publisher writes: text of another encoding looks like them."""
LINE_END = re.compile(r"\r\n|\r|\n")
CONTROLS = bytes(set(range(1, 0x20)) - set(b"\t\n\v\f\r\x1a"))
MOST_CONTROLS = 0.01
SAMPLE_BYTES = 64 * 1024
MANY, FEW = 0.3, 0.05
"""In UTF-16 many characters have a NUL in the one half and few in the other."""
DECLARE = (
    "Find out how the publisher wrote it, and name that encoding first under `text: encodings` "
    "of the definition."
)
FETCH_AGAIN = "Fetch the file again; if it stays so, ask the publisher for a sound one."


def looks_like_text(head: bytes) -> bool:
    """Tell from its first bytes whether a file is meant as text, a faulty one too."""
    if head.startswith(tuple(BYTE_ORDER_MARKS)) or _utf_16(head):
        return True
    head = head.rstrip(b"\x00")
    text = head.replace(b"\x00", b"")
    controls = len(text) - len(text.translate(None, CONTROLS))
    is_mostly_text = controls <= max(1, MOST_CONTROLS * len(text)) and len(text) > len(head) / 2
    return is_mostly_text and not head.startswith(b"%PDF")


def decoded(data: bytes, encodings: Sequence[str]) -> tuple[str, list[str]]:
    """Return the text, and what is to be said of it.

    A byte order mark decides on the encoding; without one the first of `encodings` that
    fits does. Raises `UntrustedFileError` when none fits, and for NUL characters.
    """
    mark, encoding = _byte_order_mark(data)
    if mark:
        return _as_marked(data, encoding, len(mark)), [MARK_NOTE]
    if encoding := _utf_16(data):
        if not any(_is_utf_16(name) for name in encodings):
            raise UntrustedFileError(
                "The file is written in UTF-16 without a byte order mark, and "
                f"{' or '.join(encodings)} was expected.",
                mend=DECLARE,
            )
        return _as_marked(data, encoding, 0), []
    if b"\x00" in data:
        _refuse_nul(data.decode("latin-1"), "latin-1", 0)
    return _as_declared(data, encodings), []


def decoded_head(data: bytes, *, is_whole: bool) -> str:
    """Return the text of a file's first bytes, as well as can be told without a definition."""
    mark, encoding = _byte_order_mark(data)
    encoding = encoding or _utf_16(data) or "utf-8"
    data = data[len(mark) :]
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=is_whole)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def line_of(text: str, place: int) -> int:
    """Return the number, counted from 1, of the line that a place in the text is in."""
    return len(LINE_END.findall(text, 0, place)) + 1


def _byte_order_mark(data: bytes) -> tuple[bytes, str]:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return mark, encoding
    return b"", ""


def _is_utf_16(name: str) -> bool:
    return codecs.lookup(name).name.startswith("utf-16")


def _utf_16(data: bytes) -> str:
    """Return the kind of UTF-16 that the NULs of a text without a mark speak for, or ''."""
    sample = data[:SAMPLE_BYTES].rstrip(b"\x00")
    half = len(sample) / 2 or 1
    first, second = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if second > MANY and first < FEW:
        return "utf-16-le"
    return "utf-16-be" if first > MANY and second < FEW else ""


def _as_marked(data: bytes, encoding: str, start: int) -> str:
    text, fault = _attempt(data[start:], encoding, start)
    if fault:
        raise UntrustedFileError(
            f"The file says that it is written in {encoding} and is not ({fault}).",
            mend=FETCH_AGAIN,
        )
    _refuse_nul(text, encoding, start)
    return text


def _as_declared(data: bytes, encodings: Sequence[str]) -> str:
    faults: list[str] = []
    for name in encodings:
        text, fault = ("", "no UTF-16") if _is_utf_16(name) else _attempt(data, name, 0)
        if not fault:
            _refuse_utf_8_as(name, data, text)
            return text
        faults.append(f"{name} ({fault})")
    raise UntrustedFileError(
        f"The file is not written in {', nor in '.join(faults)}.", mend=DECLARE
    )


def _attempt(data: bytes, encoding: str, start: int) -> tuple[str, str]:
    """Return the text, or what is wrong with it and where; `start` is where `data` begins."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        found = data[error.start : error.end].hex(" ")
        line = line_of(before, len(before))
        return "", f"bytes {found} at offset {start + error.start:,}, line {line}"
    if control := C1.search(text):
        line = line_of(text, control.start())
        return "", f"control character U+{ord(control[0]):04X} in line {line}"
    return text, ""


def _refuse_utf_8_as(name: str, data: bytes, text: str) -> None:
    """Refuse to garble accents: text of another encoding is never UTF-8 by chance."""
    if codecs.lookup(name).name == "utf-8" or text.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise UntrustedFileError(
        f"The file is written in utf-8, and {name} was expected.", mend=DECLARE
    )


def _refuse_nul(text: str, encoding: str, start: int) -> None:
    place = text.find("\x00")
    if place < 0:
        return
    offset = start + len(text[:place].encode(encoding))
    if text[place:].strip("\x00"):
        line = line_of(text, place)
        what = f"There is a NUL character in line {line}, at offset {offset:,}."
    else:
        count = len(text) - place
        what = f"The file ends in {count:,} NUL characters, from offset {offset:,} on."
    raise UntrustedFileError(what, mend=FETCH_AGAIN)
