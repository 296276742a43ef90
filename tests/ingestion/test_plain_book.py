"""What the parser says of plain sheets: by which name, with which texts, and how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_zips import SHEET1, parts, put, swap
from tests.ingestion.test_plain_sheet import is_plain, parsed, sheets, write

BOOK, LINKS, TEXTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"


def test_a_sheet_that_two_names_share_is_left_to_the_parser(tmp_path: Path) -> None:
    """Given two sheets bound to one part, then both are read as the parser does."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, LINKS, b"worksheets/sheet2.xml", b"worksheets/sheet1.xml")
    for sheet in sheets(path):
        assert not is_plain(sheet)
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))


def test_a_shared_text_that_is_not_there_is_left_to_the_parser(tmp_path: Path) -> None:
    """Given a cell that points behind the last shared text, then the sheet is not plain."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, SHEET1, b't="s"><v>0', b't="s"><v>7')
    assert [is_plain(sheet) for sheet in sheets(path)] == [False, True]


def test_two_sheets_of_one_name_are_left_to_the_parser(tmp_path: Path) -> None:
    """Given two sheets with one name, then neither is plain: the parser has the first for both."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, BOOK, b'name="Second"', b'name="First"')
    assert [is_plain(sheet) for sheet in sheets(path)] == [False, False]


@pytest.mark.parametrize("mark", [b"1", b"2"])
def test_a_sheet_that_the_parser_finds_elsewhere_is_not_taken(tmp_path: Path, mark: bytes) -> None:
    """Given a link named twice, to parts with cells of their own, then they are the parser's."""
    path = write({(0, 0): 1, (1, 1): 2}, tmp_path / "a.xlsx")
    swap(path, SHEET1, b"<v>1</v>", b"<v>" + mark + b"</v> ")
    swap(path, LINKS, b'Id="rId2"', b'Id="rId1"')
    swap(path, BOOK, b'r:id="rId2"', b'r:id="rId1"')
    for sheet in sheets(path):
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))


@pytest.mark.parametrize("space", [b"\t", b"\n", b"\r\n", b"&#10;"])
def test_a_name_with_a_line_or_a_tab_does_not_keep_a_workbook_from_being_read(
    tmp_path: Path, space: bytes
) -> None:
    """Given a sheet's name that XML and the parser spell differently, then all is read."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, BOOK, b'name="Second"', b'name="Sec' + space + b'ond"')
    for sheet in sheets(path):
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))


def test_more_shared_texts_than_returns_have_are_left_to_the_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a sheet that needs more texts than may be asked for, then it is not plain."""
    path = write({(0, 0): "a", (1, 1): "b"}, tmp_path / "a.xlsx")
    for most, is_taken in ((2, True), (1, False)):
        monkeypatch.setattr("ingestion.container.MOST_TEXTS", most)
        assert [is_plain(sheet) for sheet in sheets(path)] == [is_taken, is_taken]


def test_texts_that_are_only_in_a_comment_are_left_to_the_parser(tmp_path: Path) -> None:
    """Given fewer shared texts than it seems, then only the sheet that asks for more is refused."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, TEXTS, b"<si>", b"<!-- <si><si> --><si>")
    put(path, {SHEET1: parts(path)[SHEET1].replace(b't="s"><v>0', b't="s"><v>2')})
    first, second = sheets(path)
    assert list(map(list, second.columns)) == list(map(list, parsed(path, "Second")))
    with pytest.raises(UntrustedFileError, match="not found in shared strings"):
        assert first.columns


@pytest.mark.parametrize("texts", ["<si><t/></si>", "<si/>", "<si><t>  </t></si>"])
def test_empty_texts_are_those_of_the_parser(tmp_path: Path, texts: str) -> None:
    """Given a shared text without words, then the sheet is as large as the parser has it."""
    path = write({(0, 0): 1, (1, 1): "a"}, tmp_path / "a.xlsx")
    swap(path, TEXTS, b"<si><t>a</t></si>", texts.encode())
    for sheet in sheets(path):
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))
