"""Open a text return as one grid of text cells; what is not written by the rules is refused.

A cell that is quoted is quoted whole, a quote within it is doubled, and all rows have the
same number of cells. Nothing is guessed: with one quote too many, a lenient reader joins
two rows into one, and no count would tell.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl

from ingestion.container import Container, container_of
from ingestion.sheetscan import MOST_CELLS, MOST_COLUMNS
from ingestion.text_encoding import (
    FETCH_AGAIN,
    LINE_END,
    decoded,
    decoded_head,
    line_of,
    looks_like_text,
)
from ingestion.unpacking import first_bytes, unpacked
from ingestion.untrusted import UntrustedFileError
from ingestion.zip_parts import BY_HAND

HEAD_RECORDS = 60
HEAD_BYTES = 256 * 1024
DELIMITERS = (",", "\t", ";", "|")
MOST_LINE_CHARACTERS = 1024 * 1024
CHUNK_RECORDS = 20_000
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
LINE_END_NAMES = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}
ASK = "It is not mended by guessing; ask the publisher for a sound file."


@dataclass(frozen=True)
class TextGrid:
    """The cells of a text file as a spreadsheet would show them, and what is to be said of it.

    The columns are `column_0`, `column_1` and so on, all text; a blank cell is null. Row i
    of the grid is record i of the file; a line with nothing in it is a row too.
    """

    grid: pl.DataFrame
    notes: list[str] = field(default_factory=list)


def read_text(path: Path, encodings: Sequence[str], delimiter: str) -> TextGrid:
    """Read a text file, also one that came in a gzip or zip file.

    Every row has the same number of cells, except lines of one cell above the table (its
    title) or below it (its notes). Raises `UntrustedFileError` for anything else.
    """
    container = container_of(path)
    if not container.is_text and container is not Container.OTHER:
        raise _not_text(container.value)
    text, notes = decoded(unpacked(path), encodings)
    if not text:
        raise _not_text(Container.EMPTY.value)
    lengths = _lengths(text, delimiter)
    unquoted = _without_quoted(text, delimiter)
    width = _width(text, delimiter, lengths)
    notes += _mixed_line_ends(unquoted)
    return TextGrid(_grid(text, delimiter, width), notes)


def head_of(path: Path) -> pl.DataFrame | None:
    """Return the first records, read leniently: enough to tell which return a file is.

    Cells are taken to be separated by commas unless that gives a single column. None for
    what is no text. Faults are left to `read_text`, except those of a gzip or zip file.
    """
    if not container_of(path).is_text:
        return None
    data = first_bytes(path, HEAD_BYTES)
    if not looks_like_text(data):
        return None
    is_whole = len(data) < HEAD_BYTES
    text = decoded_head(data, is_whole=is_whole)
    heads = [_head(text, delimiter, is_whole=is_whole) for delimiter in DELIMITERS]
    records = next((head for head in heads if _widest(head) > 1), heads[0])
    width = _widest(records)
    return _frame(records, width) if 0 < width <= MOST_COLUMNS else None


def _not_text(what: str) -> UntrustedFileError:
    return UntrustedFileError(
        f"A text file was expected, and the content of this one is: {what}.", mend=FETCH_AGAIN
    )


def _head(text: str, delimiter: str, *, is_whole: bool) -> list[list[str]]:
    records: list[list[str]] = []
    with suppress(csv.Error):
        for record in islice(csv.reader(_lines(text), delimiter=delimiter), HEAD_RECORDS):
            records.append(record)
    return records if is_whole or len(records) == HEAD_RECORDS else records[:-1] or records


def _widest(records: list[list[str]]) -> int:
    return max(map(len, records), default=0)


def _lines(text: str) -> Iterator[str]:
    """Cut the text behind each end of a line, of any kind; nothing else ends a line."""
    for number, found in enumerate(LINE.finditer(text), 1):
        line = found[0]
        if len(line) > MOST_LINE_CHARACTERS or number > MOST_CELLS:
            raise UntrustedFileError(
                f"Line {number:,} has {len(line):,} characters, and no return has so long or so "
                "many lines.",
                mend=BY_HAND,
            )
        yield line


def _lengths(text: str, delimiter: str) -> list[int]:
    """Return the number of cells of each record; a line with nothing visible has none."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    lengths: list[int] = []
    start = 1
    try:
        for record in reader:
            is_blank = len(record) == 1 and not record[0].strip()
            lengths.append(0 if is_blank else len(record))
            start = reader.line_num + 1
    except csv.Error as error:
        raise _broken_record(str(error), start, reader.line_num) from error
    return lengths


def _broken_record(error: str, start: int, line: int) -> UntrustedFileError:
    if "expected after" in error:
        what = f"In line {line:,} there is text behind the closing quote of a cell."
    elif line > start or "unexpected end" in error:
        what = f"A quoted cell in the row that begins in line {start:,} is never closed."
    else:
        what = (
            f"In line {line:,} there is a cell of more than {csv.field_size_limit():,} characters."
        )
    return UntrustedFileError(what, mend=ASK)


def _without_quoted(text: str, delimiter: str) -> str:
    """Return the text without its quoted cells; raises for a quote in an unquoted one."""
    if '"' not in text:
        return text
    quoted = re.compile(rf'"(?<![^{re.escape(delimiter)}\r\n]")[^"]*(?:""[^"]*)*"')
    rest = quoted.sub("", text)
    if '"' in rest:
        hidden = quoted.sub(lambda found: re.sub(r"[^\r\n]", " ", found[0]), text)
        line = line_of(hidden, hidden.index('"'))
        raise UntrustedFileError(
            f"In line {line:,} there is a quote within a cell that is not quoted.", mend=ASK
        )
    return rest


def _width(text: str, delimiter: str, lengths: list[int]) -> int:
    """Return the number of cells that all rows have; raises for a row that has another."""
    counts = Counter(length for length in lengths if length > 1)
    if not counts:
        return 1
    width = counts.most_common(1)[0][0]
    first = lengths.index(width)
    last = len(lengths) - 1 - lengths[::-1].index(width)
    for number, length in enumerate(lengths):
        is_inside = first < number < last
        if length not in (0, 1, width) or (length == 1 and is_inside):
            raise _ragged(text, delimiter, number, length, width, is_last=number > last)
    if len(lengths) == last + 2 and lengths[-1] == 1 and not LINE_END.match(text[-1]):
        raise _ragged(text, delimiter, last + 1, 1, width, is_last=True)
    if width > MOST_COLUMNS or len(lengths) * width > MOST_CELLS:
        raise UntrustedFileError(
            f"The file has {len(lengths):,} rows of {width:,} cells, which no return has.",
            mend=BY_HAND,
        )
    return width


def _ragged(
    text: str, delimiter: str, number: int, length: int, width: int, *, is_last: bool
) -> UntrustedFileError:
    reader = csv.reader(_lines(text), delimiter=delimiter)
    for _ in islice(reader, number):
        pass
    cells = "1 cell" if length == 1 else f"{length:,} cells"
    is_cut = is_last and not LINE_END.match(text[-1])
    return UntrustedFileError(
        f"The row in line {reader.line_num + 1:,} has {cells}, and the others have {width:,}.",
        mend="The file seems to be cut short; fetch it again." if is_cut else ASK,
    )


def _mixed_line_ends(unquoted: str) -> list[str]:
    counts = Counter(LINE_END.findall(unquoted))
    if len(counts) < 2:
        return []
    kinds = ", ".join(f"{LINE_END_NAMES[end]} {count:,}" for end, count in counts.items())
    return [f"Lines end in more than one way ({kinds}); each is taken for the end of a row."]


def _grid(text: str, delimiter: str, width: int) -> pl.DataFrame:
    """Parse in chunks: a cell takes several times the memory in Python that it takes in a grid."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    chunks = [_frame([], width)]
    while records := list(islice(reader, CHUNK_RECORDS)):
        chunks.append(_frame(records, width))
    return pl.concat(chunks)


def _frame(records: list[list[str]], width: int) -> pl.DataFrame:
    for record in records:
        if len(record) < width:
            record += [""] * (width - len(record))
    columns = list(zip(*records, strict=True)) or [()] * width
    return pl.DataFrame(
        [pl.Series(f"column_{i}", cells, dtype=pl.String) for i, cells in enumerate(columns)]
    ).with_columns(pl.all().replace("", None))
