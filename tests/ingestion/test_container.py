"""Everything that is checked before a workbook is parsed, each fault provoked by a file."""

from __future__ import annotations

import re
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.container import Container, container_of, inspect
from ingestion.definition import Definition, load_definitions
from ingestion.reader import ReadFile, read_file
from ingestion.sheetscan import FAR_OUT, IN_QUESTION, NOT_PLAIN, _is_ordinary, _odd
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_ole import (
    biff,
    error,
    formula_error,
    number,
    record,
    text,
    write_ole,
)
from tests.ingestion.small_returns import delayed_transfers, find, write
from tests.ingestion.small_zips import SHEET1, pack, parts, put, swap

DEFINITIONS = load_definitions()
CARE = "LA - by Type of Care"
CARE_PART = "xl/worksheets/sheet2.xml"
DERBY = 'r="E17"'
"""Derby's days in acute care, 4 of them, are in E17 of the sheet on types of care."""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A delayed transfers workbook that can be read."""
    return write(delayed_transfers(), tmp_path / "book.xlsx")


def read(path: Path, definitions: dict[str, Definition] | None = None) -> ReadFile:
    """Read a file that has to be recognised."""
    found = read_file(path, "0" * 64, path.name, definitions or DEFINITIONS)
    assert found is not None
    return found


def refusal(path: Path) -> UntrustedFileError:
    """Return why a file is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        read_file(path, "0" * 64, path.name, DEFINITIONS)
    return caught.value


def cell_of(path: Path, name: str) -> bytes:
    """Return the XML of one cell of the sheet on types of care."""
    xml = parts(path)[CARE_PART]
    start = xml.index(f'<c r="{name}"'.encode())
    return xml[start : xml.index(b"</c>", start) + len(b"</c>")]


def with_cell(path: Path, name: str, xml: str) -> Path:
    """Replace one cell of the sheet on types of care."""
    return swap(path, CARE_PART, cell_of(path, name), xml.encode())


def test_the_workbook_of_these_tests_can_be_read(book: Path) -> None:
    """Given the workbook that the others damage, when read, then nothing is wrong with it."""
    assert cell_of(book, "E17") == b'<c r="E17"><v>4</v></c>'
    assert read(book).notes == []
    assert inspect(book, container_of(book)).faults == {}


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.99])
def test_f015_a_cut_zip_is_refused(book: Path, share: float) -> None:
    """Given a workbook cut short, when read, then it is refused as damaged."""
    whole = book.read_bytes()
    book.write_bytes(whole[: int(len(whole) * share)])
    assert "damaged or cut short" in refusal(book).problem


def test_f015_any_flipped_byte_of_a_part_is_refused(book: Path) -> None:
    """Given one byte changed in a part that no table needs, then the file is refused."""
    with zipfile.ZipFile(book) as archive:
        part = archive.getinfo("docProps/core.xml")
    whole = bytearray(book.read_bytes())
    for place in range(0, part.compress_size, 40):
        bent = whole.copy()
        bent[part.header_offset + 30 + len(part.filename) + place] ^= 0x10
        book.write_bytes(bent)
        assert "damaged or cut short" in refusal(book).problem


@pytest.mark.parametrize("most_held", [0, 32 * 1024 * 1024])
def test_a_workbook_held_in_memory_is_read_as_any_other(
    book: Path, most_held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a workbook with an error, held or not, then cells, faults and refusals are the same."""
    monkeypatch.setattr("ingestion.container.MOST_HELD_BYTES", most_held)
    found = inspect(book, Container.XLSX)
    assert dict(found.parts) == (parts(book) if most_held else {})
    assert bool(found.parts) == bool(most_held)
    place = {"source_sheet": CARE, "source_row": 17, "source_column": "E"}
    figure = read(book).observations.filter(**place)
    assert figure["value"].to_list() == [4.0]
    with_cell(book, "E17", f'<c {DERBY} t="e"><v>#DIV/0!</v></c>')
    assert inspect(book, Container.XLSX).faults == {CARE: {(16, 4): "#DIV/0!"}}


BITS = (
    *('<c r="A1"', '<c r="AB9999"', '<c r="AB10000"', '<c r="Z12345"', '<c r="XFD1"', "<c r='A2'"),
    *("<c", "<col", "<cols>", "<c ", "<x:c ", ":c", "<!", "<f", "<f>", "<formula", "<v>5</v>"),
    *(
        ' t="e"',
        " t='e'",
        ' t="s"',
        ' s="1"',
        'tt="e"',
        ">",
        "/>",
        "</c>",
        " ",
        "r=",
        "\n",
        "AAA",
        "é",
    ),
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=8))
def test_a_look_at_all_bytes_never_spares_a_search_that_would_find(bits: list[str]) -> None:
    """Given any text, when a search finds something odd, then the quick look before it did."""
    text = "".join(bits).encode()
    odd = _odd(f"{NOT_PLAIN}|{IN_QUESTION}|{FAR_OUT}", text)
    assert not (odd and _is_ordinary(text))


def test_a_look_at_all_bytes_spares_the_search_of_an_ordinary_sheet(book: Path) -> None:
    """Given the sheets of a plain workbook, then none is searched."""
    assert _is_ordinary(parts(book)[CARE_PART])


def test_f016_a_zip_bomb_is_refused(book: Path) -> None:
    """Given shared strings that expand a thousandfold, when read, then they are not expanded."""
    strings = b"<sst><si><t>" + b"A" * (64 * 1024 * 1024) + b"</t></si></sst>"
    assert "expands from" in refusal(put(book, {"xl/sharedStrings.xml": strings})).problem


def test_f016_a_part_that_hides_its_size_is_refused(book: Path) -> None:
    """Given a part that declares a tenth of what it is, and the checksum of that tenth."""
    put(book, {"xl/sharedStrings.xml": b"<sst>" + b" " * 100_000 + b"</sst>"})
    with zipfile.ZipFile(book) as archive:
        part = archive.getinfo("xl/sharedStrings.xml")
    declared = b"<sst>".ljust(1000)
    true = struct.pack("<LLL", part.CRC, part.compress_size, part.file_size)
    false = struct.pack("<LLL", zipfile.crc32(declared), part.compress_size, len(declared))
    whole = book.read_bytes()
    assert whole.count(true) == 2
    book.write_bytes(whole.replace(true, false))
    assert zipfile.ZipFile(book).testzip() is None, "Python's own reader does not notice"
    assert "damaged or cut short" in refusal(book).problem


def one_sheet(path: Path, rows: str, *, prefix: str = "") -> Path:
    """Write a workbook whose only sheet has these rows as XML."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Data").write(0, 0, 1)
    colon = f":{prefix[:-1]}" if prefix else ""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        f'<{prefix}worksheet xmlns{colon}="{main}"><{prefix}sheetData>{rows}'
        f"</{prefix}sheetData></{prefix}worksheet>"
    )
    return put(path, {SHEET1: xml.encode()})


@pytest.mark.long
def test_f017_more_rows_than_excel_has_are_refused(tmp_path: Path) -> None:
    """Given a row after the last one, with and without its number, then it is refused."""
    row = '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'
    caught = refusal(one_sheet(tmp_path / "named.xlsx", row))
    assert (caught.sheet, caught.cell) == ("Data", "A1048577")
    # Numbers that do not repeat, or the file would be refused for how far it expands.
    rows = "".join(f"<row><c><v>{n % 97 * n}</v></c></row>" for n in range(1_048_577))
    caught = refusal(one_sheet(tmp_path / "unnamed.xlsx", rows))
    assert "beyond the last row" in caught.problem


def sparse(cell: str) -> str:
    """Return rows with two cells, the second far away."""
    return f'<row><c r="A1"><v>1</v></c></row><row><c r="{cell}"><v>1</v></c></row>'


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ99999", "AAA20000", "B1048576"])
def test_f018_a_sparse_sheet_is_measured_before_it_is_parsed(tmp_path: Path, cell: str) -> None:
    """Given two cells far apart, when checked, then the rectangle between them decides."""
    path = one_sheet(tmp_path / "sparse.xlsx", sparse(cell))
    if cell.startswith("B"):
        assert inspect(path, Container.XLSX).faults == {}, "two million cells are no danger"
        return
    caught = refusal(path)
    assert (caught.sheet, caught.cell) == ("Data", cell)
    assert "rows and" in caught.problem


@pytest.mark.parametrize(
    ("rows", "prefix"),
    [
        (
            "<x:row><x:c r='A1'><x:v>1</x:v></x:c><x:c r='XFD1048576'><x:v>1</x:v></x:c></x:row>",
            "x:",
        ),
        ("<row><c\nr='XFD1048576'><v>1</v></c></row>", ""),
        ('<row><c s="0" r="XFD1048576"><v>1</v></c></row>', ""),
        ('<row><!-- --><c r="XFD1048576"><v>1</v></c></row>', ""),
    ],
)
def test_f018_no_way_of_writing_hides_a_cell(tmp_path: Path, rows: str, prefix: str) -> None:
    """Given the far cell written as XML allows and no program does, then it is found."""
    caught = refusal(one_sheet(tmp_path / "odd.xlsx", rows, prefix=prefix))
    assert caught.cell == "XFD1048576"


def test_f018_a_far_cell_is_found_wherever_the_pieces_are_cut(tmp_path: Path) -> None:
    """Given a sheet of many pieces with one far cell in its midst, then it is found."""
    rows = [f'<row><c r="A{n}"><v>{n * 7919}</v></c></row>' for n in range(1, 9_999)] * 3
    rows[14_000] = sparse("XFD1048576")
    assert refusal(one_sheet(tmp_path / "long.xlsx", "".join(rows))).cell == "XFD1048576"


def test_f018_formats_without_content_do_not_count(tmp_path: Path) -> None:
    """Given a format painted to the last cell, as people do, then the sheet is not refused."""
    rows = '<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576" s="0"/></row>'
    path = one_sheet(tmp_path / "painted.xlsx", rows)
    assert read_file(path, "0" * 64, path.name, DEFINITIONS) is None


def doctype(book: Path, part: str, declaration: str) -> Path:
    """Put a DOCTYPE behind a part's XML declaration."""
    head, end, rest = parts(book)[part].partition(b"?>")
    return put(book, {part: head + end + declaration.encode() + rest})


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", CARE_PART, "xl/workbook.xml"])
def test_f019_an_outside_entity_is_refused_and_never_fetched(book: Path, part: str) -> None:
    """Given an entity of an address, in any part, then the file is refused and nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        doctype(book, part, f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>')
        assert "DOCTYPE" in refusal(book).problem
        with pytest.raises(BlockingIOError):
            server.accept()


def test_f020_an_entity_in_a_figure_is_not_read_as_blank(book: Path) -> None:
    """Given a figure that is an entity, which the parser would blank, then it is refused."""
    with_cell(book, "E17", '<c r="E17"><v>&e;</v></c>')
    doctype(book, CARE_PART, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>')
    caught = refusal(book)
    assert "DOCTYPE" in caught.problem
    assert CARE in caught.problem


def test_f020_an_entity_that_nothing_declares_is_not_read_as_blank(book: Path) -> None:
    """Given an entity without a DOCTYPE in the place of a figure, then the file is refused."""
    assert refusal(with_cell(book, "E17", '<c r="E17"><v>&e;</v></c>')).problem


def test_f021_a_billion_laughs_are_refused(book: Path) -> None:
    """Given entities of entities, nine deep, then none is expanded."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype(book, "xl/sharedStrings.xml", f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>')
    assert "DOCTYPE" in refusal(book).problem


def test_f021_a_doctype_in_utf_16_is_refused(book: Path) -> None:
    """Given a part in an encoding that hides its DOCTYPE from a search, then it is refused."""
    xml = parts(book)["xl/sharedStrings.xml"].decode()
    _, _, body = xml.partition("?>")
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "1">]>' + body
    assert "UTF-8" in refusal(put(book, {"xl/sharedStrings.xml": hidden.encode("utf-16")})).problem


def test_f022_a_stale_dimension_loses_no_rows(book: Path) -> None:
    """Given a sheet that says it ends at B5, when read, then all its rows are read."""
    whole = read(book).observations
    xml = parts(book)[CARE_PART]
    start = xml.index(b"<dimension")
    end = xml.index(b"/>", start) + 2
    swap(book, CARE_PART, xml[start:end], b'<dimension ref="A1:B5"/>')
    assert read(book).observations.equals(whole)


@pytest.mark.parametrize(
    "xml", ["<f>2+2</f>", "<f>2+2</f><v></v>", "<f>2+2</f><v/>", '<f t="shared" si="0"/>']
)
def test_f023_a_formula_without_a_result_is_an_error(book: Path, xml: str) -> None:
    """Given a figure that was never calculated, when read, then its cell is named."""
    caught = refusal(with_cell(book, "E17", f'<c r="E17">{xml}</c>'))
    assert (caught.sheet, caught.cell) == (CARE, "E17")
    assert "saved without its result" in caught.problem


def test_f023_a_formula_with_a_result_is_a_figure(book: Path) -> None:
    """Given a calculated figure, when read, then its result is read."""
    whole = read(book).observations
    with_cell(book, "E17", '<c r="E17"><f>2+2</f><v>4</v></c>')
    assert read(book).observations.equals(whole)


def tolerant() -> dict[str, Definition]:
    """Return definitions for which a blank figure is a missing one."""
    raw = DEFINITIONS["delayed_transfers_la"].model_dump(by_alias=True)
    raw["markers"][""] = "missing"
    raw["checks"] = []
    return {"x": Definition.model_validate(raw)}


@pytest.mark.parametrize("says", ["#DIV/0!", "#REF!", "#N/A"])
def test_f024_an_error_cell_is_an_error_and_not_a_blank(book: Path, says: str) -> None:
    """Given an error under the figures of a return that has blanks, then its cell is named."""
    with_cell(book, "E17", f'<c r="E17" t="e"><f>1/0</f><v>{says}</v></c>')
    with pytest.raises(UntrustedFileError) as caught:
        read(book, tolerant())
    assert (caught.value.sheet, caught.value.cell) == (CARE, "E17")
    assert f"The cell holds the error {says}" in caught.value.problem


def test_f024_an_error_in_the_place_of_a_code_is_an_error(book: Path) -> None:
    """Given #N/A for a council's code, as a lookup leaves it, then its cell is named."""
    with_cell(book, "C17", '<c r="C17" t="e"><f>VLOOKUP(1,A:A,1)</f><v>#N/A</v></c>')
    caught = refusal(book)
    assert (caught.sheet, caught.cell) == (CARE, "C17")


def test_f024_an_error_outside_the_tables_does_no_harm(book: Path) -> None:
    """Given an error on a sheet that is not read, then the figures are read all the same."""
    whole = read(book).observations
    error_cell = b'<row r="90"><c r="B90" t="e"><v>#REF!</v></c></row></sheetData>'
    swap(book, SHEET1, b"</sheetData>", error_cell)
    assert read(book).observations.equals(whole)


def as_xls(path: Path, bad: Callable[[int, int], bytes]) -> Path:
    """Write the delayed transfers as .xls, with another record in the place of E17."""
    sheets: dict[str, list[bytes]] = {}
    for name, rows in delayed_transfers().items():
        sheets[name] = [
            text(r, c, value) if isinstance(value, str) else number(r, c, float(value))  # type: ignore[arg-type]
            for r, row in enumerate(rows)
            for c, value in enumerate(row)
            if value not in ("", None)
        ]
    row, column = find(delayed_transfers()[CARE], "507")
    good = number(row, column + 2, 4.0)
    place = sheets[CARE].index(good)
    sheets[CARE][place] = bad(row, column + 2)
    return write_ole(path, {"Workbook": biff(sheets)})


def test_f024_an_xls_made_here_is_read(tmp_path: Path) -> None:
    """Given an .xls of these tests without a fault, then it reads as the .xlsx does."""
    one = as_xls(tmp_path / "a.xls", lambda row, column: number(row, column, 4.0))
    other = write(delayed_transfers(), tmp_path / "a.xlsx")
    figures = ["source_sheet", "source_row", "source_column", "value", "subject_code"]
    assert read(one).observations.select(figures).equals(read(other).observations.select(figures))


@pytest.mark.parametrize("bad", [error, formula_error])
def test_f024_an_error_cell_of_an_xls_is_an_error(
    tmp_path: Path, bad: Callable[[int, int, int], bytes]
) -> None:
    """Given #DIV/0! in an .xls, typed in or calculated, then its cell is named."""
    path = as_xls(tmp_path / "a.xls", lambda row, column: bad(row, column, 0x07))
    with pytest.raises(UntrustedFileError) as caught:
        read(path, tolerant())
    assert (caught.value.sheet, caught.value.cell) == (CARE, "E17")
    assert "The cell holds the error #DIV/0!" in caught.value.problem


def test_f025_an_encrypted_xlsx_is_refused(tmp_path: Path) -> None:
    """Given a workbook in an encrypted package, then the refusal says that it is encrypted."""
    streams = {"EncryptedPackage": b"\x01" * 5000, "EncryptionInfo": b"\x04\0\x04\0"}
    caught = refusal(write_ole(tmp_path / "secret.xlsx", streams))
    assert "encrypted with a password" in caught.problem


def test_f025_an_encrypted_xls_is_refused(tmp_path: Path) -> None:
    """Given an .xls with a password, then the refusal says that it is encrypted."""
    stream = biff(
        {"Data": [number(0, 0, 1)]}, first=record(0x2F, b"\x01\0" + b"\x01\0" + bytes(50))
    )
    caught = refusal(write_ole(tmp_path / "secret.xls", {"Workbook": stream}))
    assert "encrypted with a password" in caught.problem


@pytest.mark.parametrize("name", ["book.xls", "book.csv", "book.ods"])
def test_f026_a_wrong_suffix_is_noted_and_the_content_read(book: Path, name: str) -> None:
    """Given an .xlsx of another name, then it is read all the same, with a note."""
    whole = read(book).observations
    found = read(book.rename(book.with_name(name)))
    assert found.observations.equals(whole)
    assert found.notes == [f"The file is named {Path(name).suffix} and is an .xlsx workbook."]


def test_f026_text_named_as_a_workbook_is_refused(tmp_path: Path) -> None:
    """Given a CSV file named .xlsx, then it is refused for what it is."""
    path = tmp_path / "page.xlsx"
    path.write_text("Code,Name\n507,Derby\n")
    assert "named as a workbook and is not one" in refusal(path).problem


def test_f026_a_zip_that_is_no_workbook_is_nobodys(tmp_path: Path) -> None:
    """Given a zip of something else, then it is passed over; named .xlsx, it is refused."""
    path = pack(tmp_path / "letters.zip", [("a.txt", b"x")])
    assert read_file(path, "0" * 64, path.name, DEFINITIONS) is None
    assert "is not one" in refusal(path.rename(tmp_path / "letters.xlsx")).problem


def allowing_macros() -> dict[str, Definition]:
    """Return the definition of a return whose files have macros."""
    raw = DEFINITIONS["delayed_transfers_la"].model_dump(by_alias=True)
    return {"x": Definition.model_validate(raw | {"may_have_macros": True})}


def forbidding_macros() -> dict[str, Definition]:
    """Return the definition of a return whose files have none."""
    raw = DEFINITIONS["delayed_transfers_la"].model_dump(by_alias=True)
    return {"x": Definition.model_validate(raw | {"may_have_macros": False})}


def test_f027_macros_are_refused_unless_the_return_has_them(book: Path) -> None:
    """Given a workbook with macros, then it is refused, or read if the definition says so."""
    put(book, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    with pytest.raises(UntrustedFileError, match="has macros"):
        read(book, forbidding_macros())
    assert read(book, allowing_macros()).observations.height > 0


def test_f027_macros_of_an_xls_are_seen(tmp_path: Path) -> None:
    """Given an .xls with a macro project, when checked, then it is said to have macros."""
    streams = {"Workbook": biff({"Data": [number(0, 0, 1)]}), "_VBA_PROJECT_CUR": b"x"}
    assert inspect(write_ole(tmp_path / "a.xls", streams), Container.XLS).has_macros


def test_f027_links_and_objects_are_noted_and_not_followed(book: Path) -> None:
    """Given links to other workbooks and an embedded object, then figures are read, with notes."""
    put(book, {"xl/externalLinks/externalLink1.xml": b"<x/>", "xl/embeddings/ole1.bin": b"x"})
    notes = read(book).notes
    assert [note.split(";")[1].strip() for note in notes] == [
        "they are not followed.",
        "they are not opened.",
    ]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_f028_hidden_sheets_are_noted(book: Path, state: str) -> None:
    """Given a hidden sheet that may be read and one that is not, then both are noted."""
    rows = delayed_transfers() | {"Contacts": [["", "x"]]}
    write(rows, book)
    for name in (CARE, "Contacts"):
        old = f'name="{name}"'
        swap(book, "xl/workbook.xml", old.encode(), f'{old} state="{state}"'.encode())
    spoken = "hidden" if state == "hidden" else "very hidden"
    assert refusal(book).problem == (
        f"The sheet is {spoken}, so the publisher did not mean it to be read."
    )
    assert read(book, may_be_hidden()).notes == [
        f"Sheet '{CARE}' is {spoken} and is read.",
        f"Sheet 'Contacts' ({spoken}) is not read.",
    ]


def may_be_hidden() -> dict[str, Definition]:
    """Return the definitions, with tables of one return that may be hidden."""
    one = DEFINITIONS["delayed_transfers_la"]
    tables = {k: v.model_copy(update={"may_be_hidden": True}) for k, v in one.tables.items()}
    return {one.return_id: one.model_copy(update={"tables": tables})}


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.xml",
        "/etc/evil.xml",
        "C:/evil.xml",
        "..\\evil.xml",
        "xl/sharedStrings.xml",
        "xl/SharedStrings.XML",
        "xl\\sharedStrings.xml",
    ],
)
def test_f029_a_part_named_twice_or_outside_is_refused(book: Path, name: str) -> None:
    """Given a part whose name leads outside, or is another's, then the file is refused."""
    pack(book, [*parts(book).items(), (name, b"<sst/>")])
    assert "twice or outside itself" in refusal(book).problem


def test_f030_an_empty_file_is_refused(tmp_path: Path) -> None:
    """Given a workbook of no bytes, then it is refused as empty."""
    path = tmp_path / "empty.xlsx"
    path.touch()
    assert "its content is: empty" in refusal(path).problem


def test_f030_a_table_of_headings_only_is_refused(tmp_path: Path) -> None:
    """Given a table without rows, then it is refused at its headings."""
    rows = delayed_transfers()
    row, _ = find(rows[CARE], "Code")
    del rows[CARE][row + 1 :]
    caught = refusal(write(rows, tmp_path / "book.xlsx"))
    assert (caught.sheet, caught.problem) == (CARE, "Table 'care_type' has no rows with figures.")


def test_no_fault_is_invented_in_real_workbooks(real_returns: Path) -> None:
    """Given the publishers' workbooks, when checked, then each is let through."""
    paths = [p for p in sorted(real_returns.rglob("*.xls*")) if container_of(p).is_workbook]
    found = pl.DataFrame(
        [(p.name, sum(map(len, inspect(p, container_of(p)).faults.values()))) for p in paths],
        schema=["file", "faults"],
        orient="row",
    )
    assert found.height == len(paths) > 200
    assert 0 < found.filter(pl.col("faults") > 0).height < 40


@pytest.mark.parametrize("number", ["NaN", "nan", "inf", "-INF"])
@pytest.mark.parametrize("cell", ["F15", "F17"])
def test_f069_what_is_no_number_in_a_cell_of_numbers_is_refused(
    book: Path, cell: str, number: str
) -> None:
    """Given NaN or infinity as the value of a cell, of England too, then it is no figure."""
    old = cell_of(book, cell)
    value = re.sub(rb"<v>[^<]*</v>", b"<v>" + number.encode() + b"</v>", old)
    assert value != old
    swap(book, CARE_PART, old, value)
    caught = refusal(book)
    assert (caught.cell, "is neither" in caught.problem) == (cell, True)
