"""Text files: each fault provoked by a file, and what must hold for any table of texts."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ingestion.container import Container, container_of, name_note
from ingestion.text_encoding import BYTE_ORDER_MARKS
from ingestion.text_file import HEAD_RECORDS, TextGrid, head_of, read_text
from ingestion.unpacking import unpacked
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_zips import pack

UTF_8 = ("utf-8",)
EITHER = ("utf-8", "cp1252")
PLAIN = "Code,Name,Days\n507,Derby,12\n506,Derbyshire,24\n"
WELSH = "Code,Name,Price\n1,Ynys Môn,£5 – £9\n"
Rows = list[tuple[str | None, ...]]
Table = list[list[str]]


def file(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    """Write a file; a text is written in UTF-8, as it stands."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def opened(
    folder: Path, content: str | bytes, encodings: Sequence[str] = UTF_8, delimiter: str = ","
) -> TextGrid:
    """Read a text of these bytes."""
    return read_text(file(folder, content), encodings, delimiter)


def rows(
    folder: Path, content: str | bytes, encodings: Sequence[str] = UTF_8, delimiter: str = ","
) -> Rows:
    """Return the cells that are read, row by row."""
    return opened(folder, content, encodings, delimiter).grid.rows()


def refusal(
    folder: Path, content: str | bytes, encodings: Sequence[str] = UTF_8
) -> UntrustedFileError:
    """Return why a text of these bytes is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        opened(folder, content, encodings)
    return caught.value


def test_a_text_is_read_cell_by_cell(tmp_path: Path) -> None:
    """Given plain rows with a blank cell, when read, then nothing is left out or said."""
    found = opened(tmp_path, "Code,Name,Days\n507,,12\n")
    assert found.grid.columns == ["column_0", "column_1", "column_2"]
    assert found.grid.rows() == [("Code", "Name", "Days"), ("507", None, "12")]
    assert found.notes == []


def test_a_quoted_cell_of_many_lines_is_one_row(tmp_path: Path) -> None:
    """Given line breaks, commas and quotes within quotes, then a record is a row all the same."""
    text = 'a,b\r\n"1\r\n2\n3","say ""x"", y"\r\nc,d\r\n'
    found = opened(tmp_path, text)
    assert found.grid.rows() == [("a", "b"), ("1\r\n2\n3", 'say "x", y'), ("c", "d")]
    assert found.notes == [], "line breaks within a cell are not line ends of the file"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_declared_one(tmp_path: Path, delimiter: str) -> None:
    """Given a file of another delimiter, then it is read by the one that is declared."""
    text = PLAIN.replace(",", delimiter)
    assert rows(tmp_path, text, UTF_8, delimiter)[1] == ("507", "Derby", "12")
    assert head_of(file(tmp_path, text)).rows()[1] == ("507", "Derby", "12")  # type: ignore[union-attr]


def test_f030_an_empty_file_is_refused(tmp_path: Path) -> None:
    """Given no bytes, or a byte order mark and nothing else, then the file is refused as empty."""
    assert "is: empty" in refusal(tmp_path, b"").problem
    assert "is: empty" in refusal(tmp_path, b"\xef\xbb\xbf").problem


def test_f030_a_file_of_headings_only_is_left_to_the_reader(tmp_path: Path) -> None:
    """Given one line, then it is one row: what a table lacks is for its definition to say."""
    assert rows(tmp_path, "Code,Name") == [("Code", "Name")]


def packed(content: bytes = PLAIN.encode()) -> bytes:
    """Return a gzip file."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:11],
        lambda whole: whole[:-8] + b"\0\0\0\0" + whole[-4:],
        lambda whole: whole[:-4] + b"\0\0\0\1",
        lambda whole: whole[:20] + bytes([whole[20] ^ 0x10]) + whole[21:],
        lambda whole: whole + b"something else",
        lambda whole: whole + packed()[:-2],
    ],
)
def test_f031_a_damaged_gzip_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Given a gzip that is cut, flipped, or has another checksum or length, then it is refused."""
    caught = refusal(tmp_path, damage(packed()))
    assert "The gzip file is damaged or cut short" in caught.problem
    with pytest.raises(UntrustedFileError):
        head_of(tmp_path / "a.csv")


def test_f031_a_gzip_is_read_whole(tmp_path: Path) -> None:
    """Given a gzip of one member and one of two, then all is read."""
    half = len(PLAIN) // 2
    both = packed(PLAIN[:half].encode()) + packed(PLAIN[half:].encode())
    assert container_of(file(tmp_path, packed())) is Container.GZIP
    assert rows(tmp_path, packed()) == rows(tmp_path, both) == rows(tmp_path, PLAIN)


def test_f031_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    """Given a few bytes that expand a thousandfold, then they are not expanded."""
    path = file(tmp_path, packed(bytes(64 * 1024 * 1024)))
    with pytest.raises(UntrustedFileError, match="expands from"):
        unpacked(path)
    assert head_of(path) is None


def zipped(folder: Path, *members: tuple[str, bytes]) -> Path:
    """Write a zip of these members."""
    return pack(folder / "a.zip", list(members))


ETR = ("etr.csv", PLAIN.encode())


def test_a_zip_with_one_text_is_read(tmp_path: Path) -> None:
    """Given a zip with a text, a description and what macOS adds, then the text is read."""
    path = zipped(tmp_path, ("etr.pdf", b"%PDF"), ("__MACOSX/._etr.csv", b"\0\5"), ETR)
    assert container_of(path) is Container.ZIPPED_TEXT
    assert read_text(path, UTF_8, ",").grid.rows() == rows(tmp_path, PLAIN)
    assert head_of(path).height == 3  # type: ignore[union-attr]


def test_a_zip_with_two_texts_is_refused(tmp_path: Path) -> None:
    """Given a zip with two texts, then none of them is taken for the return."""
    path = zipped(tmp_path, ETR, ("old/etr.csv", b"a,b\n"))
    with pytest.raises(UntrustedFileError, match=r"2 text files in it \(etr\.csv, old/etr\.csv\)"):
        unpacked(path)


@pytest.mark.parametrize("name", ["../evil.pdf", "/evil.pdf", "ETR.CSV", "etr.csv"])
def test_f029_a_zip_with_a_name_outside_or_twice_is_refused(tmp_path: Path, name: str) -> None:
    """Given a member whose name leads outside, or is another's, then the zip is refused."""
    with pytest.raises(UntrustedFileError, match="twice or outside itself"):
        unpacked(zipped(tmp_path, ETR, (name, b"x")))


def test_f016_a_zip_bomb_of_text_is_refused(tmp_path: Path) -> None:
    """Given a text that expands a thousandfold, then it is not expanded."""
    with pytest.raises(UntrustedFileError, match="expands from"):
        unpacked(zipped(tmp_path, ("a.csv", b"1," * 8 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("place", "says"), [(6, "encrypted with a password"), (14, "damaged or cut short")]
)
def test_f025_f031_a_zip_that_is_encrypted_or_flipped_is_refused(
    tmp_path: Path, place: int, says: str
) -> None:
    """Given the flag of encryption, or another checksum, then the zip is refused for it."""
    path = zipped(tmp_path, ETR)
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir
    whole[place] ^= 1
    whole[start + place + 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(UntrustedFileError, match=says):
        unpacked(path)


def test_f032_the_same_text_in_any_packing_reads_the_same(tmp_path: Path) -> None:
    """Given one text plain, in a gzip and in a zip, then its bytes are the same."""
    plain, gzipped = file(tmp_path, PLAIN), file(tmp_path, packed(), "a.gz")
    assert unpacked(plain) == unpacked(gzipped) == unpacked(zipped(tmp_path, ETR))


def test_f033_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    """Given a byte order mark, then the first heading is without it, and a note tells."""
    found = opened(tmp_path, PLAIN.encode("utf-8-sig"))
    assert found.grid.row(0) == ("Code", "Name", "Days")
    assert found.notes == ["The file begins with a byte order mark, which is left out."]
    assert head_of(tmp_path / "a.csv").row(0) == ("Code", "Name", "Days")  # type: ignore[union-attr]


def test_f033_a_byte_order_mark_decides_before_the_declaration(tmp_path: Path) -> None:
    """Given a mark of UTF-8 where cp1252 is declared, then the text is UTF-8, and strictly."""
    assert rows(tmp_path, WELSH.encode("utf-8-sig"), ("cp1252",))[1][1] == "Ynys Môn"
    caught = refusal(tmp_path, b"\xef\xbb\xbf" + WELSH.encode("cp1252"), EITHER)
    assert "says that it is written in utf-8 and is not (bytes f4 at offset 27, line 2)" in (
        caught.problem
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman"])
def test_f034_a_text_is_decoded_as_declared(tmp_path: Path, encoding: str) -> None:
    """Given accents, pounds and dashes in a declared encoding, then they are read."""
    found = rows(tmp_path, WELSH.encode(encoding), ("utf-8", encoding))
    assert found[1] == ("1", "Ynys Môn", "£5 – £9")
    if encoding != "mac_roman":
        assert head_of(tmp_path / "a.csv").rows() == found  # type: ignore[union-attr]


def test_f034_a_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Given cp1252 where UTF-8 is declared, then byte, offset and line are named."""
    caught = refusal(tmp_path, WELSH.encode("cp1252"))
    assert "not written in utf-8 (bytes f4 at offset 24, line 2)" in caught.problem


@pytest.mark.parametrize("byte", [0x81, 0x8D, 0x8F, 0x90, 0x9D])
def test_f034_bytes_that_cp1252_does_not_know_are_refused(tmp_path: Path, byte: int) -> None:
    """Given one of the five bytes without a meaning, then the text is in neither encoding."""
    caught = refusal(tmp_path, b"a,b\nx" + bytes([byte]) + b"\xff,1\n", EITHER)
    assert f"nor in cp1252 (bytes {byte:02x} at offset 5, line 2)" in caught.problem


def test_f034_control_characters_tell_of_another_encoding(tmp_path: Path) -> None:
    """Given a dash of cp1252 that was taken for a control character, then it is refused."""
    caught = refusal(tmp_path, "a,b\n1,£5 \x96 £9\n")
    assert "control character U+0096 in line 2" in caught.problem


@pytest.mark.parametrize("declared", ["cp1252", "mac_roman"])
def test_f034_utf_8_is_never_read_as_something_else(tmp_path: Path, declared: str) -> None:
    """Given UTF-8 where another encoding is declared, then its accents are not garbled."""
    caught = refusal(tmp_path, WELSH, (declared,))
    assert f"written in utf-8, and {declared} was expected" in caught.problem


@pytest.mark.parametrize("order", ["le", "be"])
def test_f035_utf_16_with_a_mark_is_read(tmp_path: Path, order: str) -> None:
    """Given UTF-16 with its mark, then the mark decides, whatever is declared."""
    data = ("\ufeff" + WELSH).encode(f"utf-16-{order}")
    assert rows(tmp_path, data)[1][1] == "Ynys Môn"
    assert head_of(tmp_path / "a.csv").row(1)[1] == "Ynys Môn"  # type: ignore[union-attr]


@pytest.mark.parametrize("order", ["le", "be"])
def test_f035_utf_16_without_a_mark_has_to_be_declared(tmp_path: Path, order: str) -> None:
    """Given UTF-16 without a mark, then it is read where declared and refused elsewhere."""
    data = WELSH.encode(f"utf-16-{order}")
    assert "UTF-16 without a byte order mark" in refusal(tmp_path, data, EITHER).problem
    assert rows(tmp_path, data, ("utf-16",))[1][1] == "Ynys Môn"
    assert head_of(tmp_path / "a.csv").row(1)[1] == "Ynys Môn"  # type: ignore[union-attr]


def test_f035_what_is_not_utf_16_is_not_read_as_such(tmp_path: Path) -> None:
    """Given plain text of an even length where UTF-16 is declared, then it is no Chinese."""
    assert len(PLAIN) % 2 == 0
    assert "utf-16 (no UTF-16)" in refusal(tmp_path, PLAIN, ("utf-16",)).problem
    assert rows(tmp_path, PLAIN, ("utf-16", "utf-8"))[1][1] == "Derby"


def test_f035_a_cut_utf_16_is_refused(tmp_path: Path) -> None:
    """Given UTF-16 with half a character at its end, then it is refused."""
    assert "bytes 0a at offset 92, line 3" in refusal(tmp_path, PLAIN.encode("utf-16")[:-1]).problem


def test_f036_a_nul_is_refused(tmp_path: Path) -> None:
    """Given a NUL within a name, then its line and its offset are named."""
    content = PLAIN.replace("Derbyshire", "Derby\0shire").encode()
    assert refusal(tmp_path, content).problem == (
        f"There is a NUL character in line 3, at offset {content.index(0)}."
    )
    assert head_of(tmp_path / "a.csv") is not None, "the return is told all the same"


def test_f036_nul_padding_is_refused(tmp_path: Path) -> None:
    """Given NULs behind the end of a text, then how many, and where they begin."""
    caught = refusal(tmp_path, PLAIN.encode() + bytes(4096))
    assert caught.problem == f"The file ends in 4,096 NUL characters, from offset {len(PLAIN)} on."
    wide = PLAIN.encode("utf-16") + bytes(4096)
    assert "2,048 NUL characters, from offset 94 on" in refusal(tmp_path, wide).problem
    assert head_of(file(tmp_path, PLAIN.encode() + bytes(4096))) is not None


def test_f037_a_huge_line_is_refused(tmp_path: Path) -> None:
    """Given a line of 3 MB, in one cell or in many, then it is refused."""
    assert "Line 2 has" in refusal(tmp_path, "a,b\n" + "x" * 3_000_000 + ",1\n").problem
    assert "Line 1 has" in refusal(tmp_path, "1," * 1_500_000).problem


def test_f037_a_huge_cell_is_refused(tmp_path: Path) -> None:
    """Given a cell longer than any spreadsheet's, then it is refused."""
    caught = refusal(tmp_path, "a,b\n" + "x" * 200_000 + ",1\n")
    assert "In line 2 there is a cell of more than 131,072 characters" in caught.problem


def test_f038_mixed_line_ends_are_noted(tmp_path: Path) -> None:
    """Given all three kinds of line end, then each ends a row, and a note counts them."""
    found = opened(tmp_path, "a,b\r\n1,2\n3,4\r5,6\r\n")
    assert found.grid.rows() == [("a", "b"), ("1", "2"), ("3", "4"), ("5", "6")]
    assert found.notes == [
        "Lines end in more than one way (CR LF 2, LF 1, CR 1); each is taken for the end of a row."
    ]


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_f038_nothing_else_ends_a_row(tmp_path: Path, separator: str) -> None:
    """Given a character that some programs break lines at, then it stays in its cell."""
    if separator == "\x85":
        assert "U+0085" in refusal(tmp_path, f"a,b\nx{separator}y,1\n").problem
    else:
        assert rows(tmp_path, f"a,b\nx{separator}y,1\n")[1] == (f"x{separator}y", "1")


@pytest.mark.parametrize("tail", ["", "507,Derby,12\n" * 20_000])
def test_f039_an_unclosed_quote_is_refused(tmp_path: Path, tail: str) -> None:
    """Given a quote that is opened and not closed, then the row in which it opens is named."""
    caught = refusal(tmp_path, f'{PLAIN}505,"Notts,3\n{tail}')
    assert "row that begins in line 4 is never closed" in caught.problem
    assert head_of(tmp_path / "a.csv").height >= 3  # type: ignore[union-attr]


@pytest.mark.parametrize("cell", ['"Notts" County', '"Notts" ', '"a"b"'])
def test_f039_text_behind_a_closing_quote_is_refused(tmp_path: Path, cell: str) -> None:
    """Given text between a closing quote and the next comma, then its line is named."""
    assert "In line 4 there is text behind" in refusal(tmp_path, f"{PLAIN}505,{cell},3\n").problem


@pytest.mark.parametrize("cell", ['5" pipe', '"a,b" ', 'x""y', 'a"b,c"'])
def test_f039_a_quote_in_an_unquoted_cell_is_refused(tmp_path: Path, cell: str) -> None:
    """Given a quote behind other text, where programs differ in what they read, then its line."""
    text = f'"Code\nof it",Name,Days\n505, {cell},3\n'
    assert "In line 3 there is a quote within" in refusal(tmp_path, text).problem


@pytest.mark.parametrize(
    ("line", "says"),
    [("505,3", "has 2 cells"), ("505,Notts,3,4", "has 4 cells"), ("505", "has 1 cell")],
)
def test_f040_a_ragged_row_is_refused(tmp_path: Path, line: str, says: str) -> None:
    """Given a row with fewer or more cells in the midst of the others, then its line is named."""
    caught = refusal(tmp_path, f'"Code\n",Name,Days\n507,Derby,12\n{line}\n506,Derbyshire,24\n')
    assert caught.problem == f"The row in line 4 {says}, and the others have 3."


def test_f040_a_heading_row_that_differs_is_the_one_named(tmp_path: Path) -> None:
    """Given more headings than cells, then the heading row is named and not the rows."""
    assert "row in line 1 has 4 cells" in refusal(tmp_path, PLAIN.replace("Days", "Days,x")).problem


@pytest.mark.parametrize("end", ["505,No", "505"])
def test_f040_a_file_cut_within_a_row_is_refused(tmp_path: Path, end: str) -> None:
    """Given a last row with too few cells and no line end, then it is said to be cut short."""
    caught = refusal(tmp_path, PLAIN + end)
    assert "row in line 4 has" in caught.problem
    assert "cut short" in caught.mend


def test_f040_titles_and_notes_of_one_cell_are_rows(tmp_path: Path) -> None:
    """Given a title above and notes below the table, and blank lines, then all keep their place."""
    text = f'Delayed days\n\n{PLAIN}   \n\n"Source: a test, of 2025"\nEnd'
    found = rows(tmp_path, text)
    assert [found[n] for n in (0, 1, 3)] == [
        ("Delayed days", None, None),
        (None, None, None),
        ("507", "Derby", "12"),
    ]
    assert found[7:] == [("Source: a test, of 2025", None, None), ("End", None, None)]


def test_f040_blank_lines_between_rows_are_rows(tmp_path: Path) -> None:
    """Given a line without anything between two rows, which can hide nothing, then it counts."""
    assert rows(tmp_path, "a,b\n\n1,2\n")[1:] == [(None, None), ("1", "2")]


def test_f040_padding_cannot_fill_the_memory(tmp_path: Path) -> None:
    """Given wide headings and a million short notes below them, then they are not padded."""
    text = "x," * 10_000 + "x\n" + "note\n" * 100_000
    assert "rows of 10,001 cells" in refusal(tmp_path, text).problem
    assert "rows of 20,001 cells" in refusal(tmp_path, "x," * 20_000 + "x\n").problem


def test_f041_headings_that_stand_twice_stay_as_they_are(tmp_path: Path) -> None:
    """Given a heading twice, then neither is renamed, for the reader to see both."""
    assert rows(tmp_path, "Code,value,value\n1,2,3\n")[0] == ("Code", "value", "value")


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("=HYPERLINK(A1)", id="f042"),
        pytest.param("@SUM(1)", id="f042"),
        pytest.param("+cmd|x", id="f042"),
        pytest.param("\t=1", id="f042"),
        pytest.param("Har\u202etlepool", id="f043"),
        pytest.param("Hart\u200blepool", id="f043"),
        pytest.param("Hart\u00a0lepool ", id="f043"),
        pytest.param("5E1", id="f044"),
        pytest.param("007", id="f044"),
        pytest.param("1E5", id="f044"),
        pytest.param("9434765919123456789", id="f044"),
        pytest.param("NULL", id="f044"),
        pytest.param("01/02/2025", id="f044"),
    ],
)
def test_f042_f043_f044_every_cell_stays_the_text_it_is(tmp_path: Path, cell: str) -> None:
    """Given what spreadsheets calculate, hide or take for numbers, then it is read as text."""
    assert rows(tmp_path, f"Code,Name\n{cell},x\n")[1] == (cell, "x")


def test_f045_a_marker_after_many_numbers_is_read(tmp_path: Path) -> None:
    """Given a marker behind 50,000 numbers, then it is a text as they are."""
    grid = opened(tmp_path, "Code,Days\n" + "1,2\n" * 50_000 + "1,*\n").grid
    assert grid.height == 50_002
    assert grid.row(50_001) == ("1", "*")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PLAIN.encode(), Container.TEXT),
        (WELSH.encode("cp1252"), Container.TEXT),
        (b"\xff\xfe", Container.TEXT),
        (packed(), Container.GZIP),
        (b"<html>", Container.WEB_PAGE),
        (b"%PDF-1.7\n1 0 obj\n", Container.OTHER),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\1\2\3\4", Container.OTHER),
        (bytes(100), Container.OTHER),
        (b"", Container.EMPTY),
    ],
)
def test_what_is_text_is_told_by_its_content(
    tmp_path: Path, content: bytes, kind: Container
) -> None:
    """Given bytes under a name that says nothing, then text is told from what is none."""
    path = file(tmp_path, content, "a")
    assert container_of(path) is kind
    assert kind.is_text == (kind in (Container.TEXT, Container.GZIP))
    assert kind.is_text or head_of(path) is None


def test_a_wrong_suffix_of_a_text_is_noted() -> None:
    """Given a text named as another kind of file, then a note says so."""
    assert name_note(Container.TEXT, "a.CSV") == []
    assert name_note(Container.TEXT, "a.json") == ["The file is named .json and is a text file."]


@pytest.mark.parametrize("content", [b"<html></html>", b"\x89PNG\r\n\x1a\n\x81\1\2\3\4\5\6"])
def test_what_is_no_text_is_not_read_as_one(tmp_path: Path, content: bytes) -> None:
    """Given a web page or a picture where a text is expected, then it is refused."""
    assert refusal(tmp_path, content, EITHER).problem


def test_the_head_of_a_long_file_is_its_first_records(tmp_path: Path) -> None:
    """Given many records, or fewer that are cut, then the head has whole ones only."""
    many = head_of(file(tmp_path, PLAIN * 100))
    assert many is not None
    assert many.height == HEAD_RECORDS
    long = head_of(file(tmp_path, f"Code,Name\n1,{'é' * 100_000}\n2,{'é' * 100_000}\n"))
    assert long is not None
    assert long.height == 2, "the third record is cut, within a character"


@st.composite
def alphabets(draw: st.DrawFn) -> tuple[str, Table]:
    """Return an encoding and a table of texts that can be written in it."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16"]))
    codec = encoding if encoding in ("cp1252", "mac_roman") else "utf-8"
    characters = st.characters(codec=codec, categories=["L", "N", "P", "S", "Z", "M"])
    special = st.sampled_from([",", ";", "\t", "|", '"', "\r", "\n", "\r\n", '""', " "])
    cells = st.lists(characters | special, max_size=6).map("".join)
    width = draw(st.integers(1, 5))
    table = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8))
    return encoding, table


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    written=alphabets(),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    is_packed=st.booleans(),
)
def test_any_table_is_read_back_as_it_was_written(
    tmp_path: Path, written: tuple[str, Table], delimiter: str, line_end: str, is_packed: bool
) -> None:
    """Given a table of any texts, encoding, delimiter, line end and packing, then it comes back."""
    encoding, table = written
    out = io.StringIO(newline="")
    has_breaks = any(c in cell for row in table for cell in row for c in "\r\n")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if has_breaks else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)
    data = out.getvalue().encode(encoding)
    is_marked = encoding in ("utf-8-sig", "utf-16")
    assume(is_marked or not data.startswith(tuple(BYTE_ORDER_MARKS)))
    if encoding in ("cp1252", "mac_roman"):
        assume(data.isascii() or data.decode("utf-8", "ignore").encode() != data)
    path = file(tmp_path, packed(data) if is_packed else data, "a")
    found = read_text(path, [encoding.removesuffix("-sig")], delimiter)
    assert found.grid.rows() == [tuple(cell or None for cell in row) for row in table]
    assert len(found.notes) == is_marked


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    """Given any bytes at all, when read, then nothing else than a refusal is raised."""
    path = file(tmp_path, data, "a")
    with suppress(UntrustedFileError):
        head_of(path)
        assert read_text(path, EITHER, ",").grid.width >= 1


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(',"\r\nab', min_size=1, max_size=30))
def test_of_a_text_that_is_read_nothing_is_lost(tmp_path: Path, text: str) -> None:
    """Given quotes, commas and line ends anywhere, then each letter is read, or none is."""
    with suppress(UntrustedFileError):
        grid = opened(tmp_path, text).grid
        read = "".join(cell or "" for row in grid.rows() for cell in row)
        assert [c for c in read if c in "ab"] == [c for c in text if c in "ab"]
        assert read.count('"') <= text.count('"') / 2


def test_every_real_text_opens(real_returns: Path) -> None:
    """Given the publishers' text files, then each is read, and its head is its first rows."""
    paths = sorted(path for path in real_returns.rglob("*.csv") if path.name != "MANIFEST.csv")
    assert len(paths) > 60
    for path in paths:
        grid = read_text(path, EITHER, ",").grid
        head = head_of(path)
        assert head is not None
        assert head.equals(grid.head(HEAD_RECORDS)), path.name
        assert grid.height > 10
