"""Sheets whose cells are taken without a parser: the same cells, or none at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ingestion.container import Container
from ingestion.plain_book import PlainGrid
from ingestion.plain_sheet import plain_cells
from ingestion.split import Split
from ingestion.workbook import Sheet, open_workbook
from tests.ingestion.small_zips import SHEET1, put

NUMBERS = st.one_of(
    st.integers(-(10**16), 10**16),
    st.integers(0, 99),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 2)),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
CELLS = st.dictionaries(
    st.tuples(st.integers(0, 70), st.integers(0, 30)), st.one_of(NUMBERS, TEXTS), min_size=1
)


def write(cells: dict[tuple[int, int], object], path: Path, *, form: str = "#,##0.0") -> Path:
    """Write cells on two sheets; every other number has a format, every blank one a border."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        formatted, bordered = book.add_format({"num_format": form}), book.add_format({"border": 1})
        for name in ("First", "Second"):
            sheet = book.add_worksheet(name)
            sheet.write_blank(3, 3, None, bordered)
            for (row, column), cell in cells.items():
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                else:
                    sheet.write(row, column, cell, formatted if row % 2 else None)
    return path


def sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook."""
    return open_workbook(path, Container.XLSX).sheets


def is_plain(sheet: Sheet) -> bool:
    """Tell whether a sheet was taken without a parser."""
    return isinstance(sheet.source, PlainGrid)


def parsed(path: Path, sheet: str) -> list[tuple[object, ...]]:
    """Return the columns of a sheet as the parser has them."""
    book = CalamineWorkbook.from_path(path)
    return list(zip(*book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), strict=True))


def assert_same(path: Path, sheet: Sheet) -> None:
    """Compare a sheet, cell by cell, with what the parser has."""
    columns = parsed(path, sheet.name)
    assert [[repr(cell) for cell in column] for column in sheet.columns] == [
        [repr(cell) for cell in column] for column in columns
    ]
    assert [[repr(column[row]) for row in range(len(column))] for column in sheet.columns] == [
        [repr(cell) for cell in column] for column in columns
    ]
    one, other = Split.of(columns), sheet.split
    assert np.array_equal(one.numbers, other.numbers, equal_nan=True)
    assert one.place == other.place
    assert one.others - {""} == other.others
    assert one.top == other.top


@settings(max_examples=30)
@given(cells=CELLS)
def test_plain_cells_are_those_of_the_parser(
    cells: dict[tuple[int, int], object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Given numbers and texts anywhere, in formats, then both sheets are plain and the same."""
    path = write(cells, tmp_path_factory.mktemp("plain") / "a.xlsx")
    found = sheets(path)
    assert all(map(is_plain, found))
    for sheet in found:
        assert_same(path, sheet)


@pytest.mark.parametrize("form", ["dd/mm/yyyy", "[h]:mm", '"£"#,##0', "0.0%", "mmm yy"])
def test_the_parser_says_which_formats_are_of_days(tmp_path: Path, form: str) -> None:
    """Given numbers in some format, then they are days exactly where the parser has days."""
    path = write({(1, 1): 41_000, (2, 2): 3, (5, 0): "a"}, tmp_path / "a.xlsx", form=form)
    has_days = any(type(cell) is not float for cell in parsed(path, "First")[1] if cell != "")
    for sheet in sheets(path):
        assert is_plain(sheet) is not has_days
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))


def test_a_plain_sheet_beside_one_with_days_is_taken(tmp_path: Path) -> None:
    """Given a sheet of numbers and one with a day, then only the first is plain; both are right."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Numbers").write_row(0, 0, ["x", 1, 2.5])
        days = book.add_worksheet("Days")
        days.write_row(0, 0, ["y", 7])
        days.write_datetime(1, 0, date(2026, 4, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        book.add_worksheet("More").write_row(0, 0, ["z", 3])
    found = sheets(path)
    assert [is_plain(sheet) for sheet in found] == [True, False, True]
    for sheet in found:
        assert list(map(list, sheet.columns)) == list(map(list, parsed(path, sheet.name)))


ROW = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>5</v></c></row>'
PLAIN = f"<worksheet><sheetData>{ROW}</sheetData></worksheet>"
FIVE = '<c r="B1"><v>5</v></c>'


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B1"><v>-5.25E-3</v></c>',
        '<c r="B1"><v>12345678901234567890</v></c>',
        '<c r="B1" s="12"><v>5</v></c>',
        '<c r="B1" s="12" t="n"><v>5</v></c><c r="C1" s="3"/>',
        '<c r="B1"><v>5</v></c><c r="C1" s="3"></c>',
        f'{FIVE}</row><row r="2"/><row r="3" spans="1:3"></row><row r="4">',
    ],
)
def test_forms_that_are_plain(cell: str) -> None:
    """Given a cell in a form that programs write, then the sheet is plain."""
    found = plain_cells(PLAIN.replace(FIVE, cell).encode())
    assert found is not None
    assert (found.row.tolist(), found.column.tolist()) == ([0, 0], [0, 1])
    assert (found.is_text.tolist(), found.texts) == ([True, False], 1)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B1" t="e"><v>#N/A</v></c>',
        '<c r="B1" t="b"><v>1</v></c>',
        '<c r="B1" t="str"><v>5</v></c>',
        '<c r="B1" t="s"><v>-1</v></c>',
        '<c r="B1" t="s"><v>123456789</v></c>',
        '<c r="B1" t="inlineStr"><is><t>5</t></is></c>',
        '<c r="B1"><f>A1</f><v>5</v></c>',
        '<c r="B1"><f>A1</f></c>',
        '<c r="B1"><v></v></c>',
        '<c r="B1"><v/></c>',
        '<c r="B1"><v> 5</v></c>',
        '<c r="B1"><v>5_0</v></c>',
        '<c r="B1"><v>1,2</v></c>',
        '<c r="B1"><v>1.5,2.5</v></c>',
        '<c r="B1"><v>nan</v></c>',
        '<c r="B1"><v>&#53;</v></c>',
        '<c r="B1"><v>5</v><v>6</v></c>',
        '<c r="B1"><v>5</v> </c>',
        '<c r="B1"><v xml:space="preserve">5</v></c>',
        '<c r="B1"><!-- 5 --><v>5</v></c>',
        '<c r="B1"><![CDATA[<v>]]><v>5</v></c>',
        '<c r="B1"><?x?><v>5</v></c>',
        '<c r="B1" x=">"><v>5</v></c>',
        '<c  r="B1"><v>5</v></c>',
        '<c s="1" r="B1"><v>5</v></c>',
        '<c r="B1" s="1" vm="1" cm="1"><v>5</v></c>',
        "<c><v>5</v></c>",
        '<c r="1"><v>5</v></c>',
        '<c r="B"><v>5</v></c>',
        '<c r="B0"><v>5</v></c>',
        '<c r="b1"><v>5</v></c>',
        '<c r="$B$1"><v>5</v></c>',
        '<c r="AAA1"><v>5</v></c>',
        '<c r="B1048577"><v>5</v></c>',
        '<c r="B123456789"><v>5</v></c>',
        '<c r="ZZ1048576"><v>5</v></c>',
        '<c r="A1"><v>5</v></c>',
        f'{FIVE}<c r="B1"><v>6</v></c>',
        '<x:c r="B1"><v>5</v></x:c>',
        '<cx r="B1"><v>5</v></cx>',
        "<c/>",
        f'{FIVE}<row r="2"></row>',
        f'{FIVE}</row></row><row r="2">',
        f'{FIVE}</row>{FIVE.replace("B1", "C1")}<row r="2">',
        f'{FIVE}</row><rowx r="2">',
        f'{FIVE}</row><row r="2"><x/>',
        f"{FIVE}</sheetData><sheetData>",
        f'{FIVE}<c r="C1"s="1"/>',
        f'{FIVE}<c r="C1" s="1/>',
        f'{FIVE}<c r="C."/>',
        f'{FIVE}</row><row r="2" ht="5>',
        f'{FIVE}</row><row r=".">',
        f'{FIVE}</row><row r="0">',
        '<c r="B1"/><v>5</v></c>',
        f'{FIVE}</row><row r="">',
        f'{FIVE}</row><row r="2" ht="5" ht="5">',
        f'{FIVE}</row><row r="2" r="2">',
        f'{FIVE}<c r="C1" a=\'/><c r="D1"><v>6</v></c><c r="E1" a=\'/>',
        f'{FIVE}</row><row r="2" a=\'><c r="A2"><v>6</v></c></row><row b=\'>',
        '<c r="B1">/><c r="C1"><v>5</v></c>',
    ],
)
def test_any_other_form_is_left_to_the_parser(cell: str) -> None:
    """Given anything else in the place of a cell, then nothing of the sheet is taken."""
    assert plain_cells(PLAIN.encode()) is not None
    assert plain_cells(PLAIN.replace(FIVE, cell).encode()) is None


@pytest.mark.parametrize("around", ["<a", "</a>", '<a b="/>', "<!-- -->", "<sheetData/>", "&a;"])
def test_what_is_around_the_cells_has_to_be_whole(around: str) -> None:
    """Given something broken before or behind the cells, then nothing of the sheet is taken."""
    assert plain_cells(PLAIN.replace("<sheetData>", f"{around}<sheetData>").encode()) is None
    assert plain_cells(PLAIN.replace("</sheetData>", f"</sheetData>{around}").encode()) is None


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("<x:sheetData/>", ""),
        ("<x:sheetData><x:row/></x:sheetData>", ""),
        ("", "<x:sheetData/>"),
        ("<?x ", "?>"),
        ("<a b='", "'/>"),
        ("<Choice>", "</Choice>"),
        ('<dimension ref="?"/>', ""),
        ("<dimension/>", ""),
        ("", '<mergeCells><mergeCell ref="A1B1"/></mergeCells>'),
    ],
)
def test_the_cells_are_where_the_parser_looks_for_them(before: str, behind: str) -> None:
    """Given cells that the parser would not find or not read, then nothing of them is taken."""
    space = '<worksheet xmlns:x="x">'
    cells = PLAIN.removeprefix("<worksheet>").removesuffix("</worksheet>")
    assert plain_cells(f"{space}{cells}</worksheet>".encode()) is not None
    assert plain_cells(f"{space}{before}{cells}{behind}</worksheet>".encode()) is None


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-88", "ISO-8859-1"])
def test_a_sheet_is_read_as_utf_8_whatever_it_declares(encoding: str) -> None:
    """Given a declared encoding, known or not, then it changes nothing, as for the parser."""
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    assert plain_cells(f"{declared}{PLAIN}".encode()) is not None


PIECES = (
    *"<>/\"'= ,\n\x00AZ19.-e?",
    *("<v>", "</v>", "<c ", "</c>", "/>", "<row ", "</row>", "<v/>", "<c/>", "<x>", "<f/>"),
    *(' t="s"', ' t="e"', ' t="b"', ' t="str"', ' s="1"', ' r="C7"', "<!-- -->", "&#49;", "<?x?>"),
    *('<c r="D1"><v>9</v></c>', "<sheetData>", "</sheetData>", "<sheetData/>"),
)
CHANGE = st.tuples(st.integers(0, 400), st.integers(0, 12), st.sampled_from(PIECES))
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
WRITTEN = (
    f'{HEAD}<dimension ref="A1:C3"/><sheetData><row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c>'
    '<c r="B1" s="0"><v>5</v></c><c r="C1"/></row><row r="3"><c r="A3"><v>-1.5E3</v></c>'
    '<c r="B3" t="n"><v>12345678901</v></c></row></sheetData></worksheet>'
)


@settings(max_examples=300)
@given(changes=st.lists(CHANGE, max_size=2))
def test_whatever_is_changed_the_cells_are_those_of_the_parser(
    changes: list[tuple[int, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Given XML with pieces put in and taken out, then a plain sheet has the parser's cells."""
    xml = WRITTEN
    for at, length, piece in changes:
        xml = xml[:at] + piece + xml[at + length :]
    if plain_cells(xml.encode()) is None:
        return
    path = write({(0, 0): "a"}, tmp_path_factory.mktemp("changed") / "a.xlsx")
    put(path, {SHEET1: xml.encode()})
    sheet = sheets(path)[0]
    if is_plain(sheet):
        assert_same(path, sheet)


@given(at=st.integers(0, len(PLAIN) - 1), byte=st.sampled_from(b'<>/"= \nA1cvrs\x00\xff'))
def test_a_changed_byte_never_brings_in_a_cell(at: int, byte: int) -> None:
    """Given a sheet with a byte changed or cut off, then it has its two cells or is not plain."""
    changed = bytearray(PLAIN.encode())
    changed[at] = byte
    for xml in (bytes(changed), PLAIN.encode()[:at]):
        found = plain_cells(xml)
        assert found is None or len(found.row) == 2
