"""What is checked in an .ods workbook before it is parsed, each fault provoked by a file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingestion.container import Container, Inspection, container_of, inspect
from ingestion.sheetscan import NO_RESULT
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_ods import BLANK, blank, cell, odd, row, write_ods
from tests.ingestion.small_zips import parts, put

FORMULA = 'table:formula="of:=1/0"'
TEXT = 'office:value-type="string"'


def checked(path: Path) -> Inspection:
    """Check a workbook that has to be told for an .ods."""
    assert container_of(path) is Container.ODS
    return inspect(path, Container.ODS)


def refusal(path: Path) -> UntrustedFileError:
    """Return why a workbook is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        checked(path)
    return caught.value


def test_a_sound_ods_has_no_faults(tmp_path: Path) -> None:
    """Given figures, texts, blanks and a result that is the empty text, then nothing is wrong."""
    rows = row(odd(TEXT, "Code"), cell(1), BLANK, odd(f"{FORMULA} {TEXT}")) + row(
        odd('office:value-type="date" office:date-value="2025-01-31"', "31/01/25"),
        odd('office:value-type="boolean" office:boolean-value="true"', "TRUE"),
        odd(TEXT, "#N/A"),
    )
    found = checked(write_ods(tmp_path / "a.ods", rows))
    assert (found.faults, found.notes, found.has_macros) == ({}, [], False)


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (row(cell(1), repeated=1_048_577), "A1048577"),
        (row(blank(16_384), repeated=1_048_576) + row(cell(1)), "A1048577"),
        (row(cell(1, repeated=16_385)), "XFE1"),
        (row(*[cell(1)] * 11, repeated=1_000_000), "J1000000"),
        (row(cell(1, repeated=16_384), repeated=1000), "XFD1000"),
    ],
)
def test_f017_repeated_rows_and_cells_are_counted(tmp_path: Path, rows: str, place: str) -> None:
    """Given a few bytes that stand for millions of cells, then the last of them is named."""
    caught = refusal(write_ods(tmp_path / "a.ods", row(cell(1)), rows))
    assert (caught.sheet, caught.cell) == ("Sheet 2", place)


def test_f017_the_sheets_of_a_book_count_together(tmp_path: Path) -> None:
    """Given sheets that are each small enough and together are not, then they are refused."""
    sheet = row(cell(1, repeated=1000), repeated=3000)
    checked(write_ods(tmp_path / "three.ods", *[sheet] * 3))
    assert refusal(write_ods(tmp_path / "four.ods", *[sheet] * 4)).sheet == "Sheet 4"


def test_f018_a_sparse_sheet_is_measured(tmp_path: Path) -> None:
    """Given two cells far apart, then the rectangle between them decides."""
    rows = row(cell(1)) + row(blank(16_384), repeated=1_048_574) + row(blank(999), cell(1))
    assert refusal(write_ods(tmp_path / "a.ods", rows)).cell == "ALL1048576"


def test_f018_formats_without_content_do_not_count(tmp_path: Path) -> None:
    """Given formats painted to the last cell, as programs save them, then nothing is wrong."""
    rows = row(cell(1), blank(16_383)) + row(blank(16_384), repeated=1_048_575)
    assert checked(write_ods(tmp_path / "a.ods", rows)).faults == {}


@pytest.mark.parametrize("repeated", [0, -1])
def test_a_cell_repeated_no_times_is_refused(tmp_path: Path, repeated: int) -> None:
    """Given a cell that the parser would leave out, then the file is refused as damaged."""
    path = write_ods(tmp_path / "a.ods", row(cell(1, repeated=repeated), cell(2)))
    assert "damaged" in refusal(path).problem


@pytest.mark.parametrize("declaration", ['<!DOCTYPE x [<!ENTITY e "5">]>', "<!doctype x>"])
def test_f020_an_entity_is_refused(tmp_path: Path, declaration: str) -> None:
    """Given a DOCTYPE before the sheets, then the file is refused."""
    rows = row(odd(TEXT, "&e;"))
    assert "DOCTYPE" in refusal(write_ods(tmp_path / "a.ods", rows, before=declaration)).problem
    assert "damaged" in refusal(write_ods(tmp_path / "b.ods", rows)).problem


@pytest.mark.parametrize("kind", ["", ' office:value-type="float"'])
def test_f023_a_formula_without_a_result_is_found(tmp_path: Path, kind: str) -> None:
    """Given a formula that was never calculated, in a repeated row, then each cell is named."""
    rows = row(BLANK, repeated=2) + row(cell(1), odd(f"{FORMULA}{kind}"), repeated=2)
    found = checked(write_ods(tmp_path / "a.ods", rows))
    assert found.faults == {"Sheet 1": {(2, 1): NO_RESULT, (3, 1): NO_RESULT}}


@pytest.mark.parametrize(
    "attributes",
    [
        f'{FORMULA} {TEXT} office:string-value="" calcext:value-type="error"',
        f'{TEXT} office:string-value="" calcext:value-type="error"',
        f'{FORMULA} office:value-type="float" office:value="0"',
        f"{FORMULA} {TEXT}",
    ],
)
@pytest.mark.parametrize("says", ["#DIV/0!", "#N/A", "Err:502"])
def test_f024_an_error_cell_is_found(tmp_path: Path, attributes: str, says: str) -> None:
    """Given an error in any spelling of it, which is read as a blank or as 0, then it is found."""
    rows = row(blank(2), cell(7, repeated=3)) + row(cell(1), odd(attributes, says))
    found = checked(write_ods(tmp_path / "a.ods", row(cell(1)), rows))
    assert found.faults == {"Sheet 2": {(1, 1): says}}


@pytest.mark.parametrize("aside", ["office:annotation", "draw:custom-shape"])
def test_f024_the_words_of_an_aside_are_not_the_cells(tmp_path: Path, aside: str) -> None:
    """Given a comment or a box on a cell, then its words are not taken for the cell's."""
    words = f"<{aside}><text:p>why?</text:p></{aside}>"
    bad = f'<table:table-cell {FORMULA} calcext:value-type="error">{words}<text:p>#REF!</text:p>'
    rows = row(f"{bad}</table:table-cell>", f"<table:table-cell>{words}</table:table-cell>")
    found = checked(write_ods(tmp_path / "a.ods", rows))
    assert found.faults == {"Sheet 1": {(0, 0): "#REF!"}}


def test_a_table_within_a_cell_is_not_counted(tmp_path: Path) -> None:
    """Given a table inside a cell, which is not read, then its cells move nothing."""
    inner = f'<table:table table:name="x">{row(cell(1), cell(2))}</table:table>'
    rows = row(f"<table:table-cell>{inner}</table:table-cell>", odd(FORMULA))
    found = checked(write_ods(tmp_path / "a.ods", rows))
    assert found.faults == {"Sheet 1": {(0, 1): NO_RESULT}}


def test_a_text_without_a_type_is_refused(tmp_path: Path) -> None:
    """Given a cell that shows 12 and holds nothing, which is read as a blank, then it is named."""
    caught = refusal(write_ods(tmp_path / "a.ods", row(BLANK) + row(BLANK, odd("", "12"))))
    assert (caught.sheet, caught.cell) == ("Sheet 1", "B2")
    assert "shows '12' and has no value" in caught.problem


def test_f025_an_encrypted_ods_is_refused(tmp_path: Path) -> None:
    """Given a manifest that tells of encryption, then the refusal says so."""
    path = write_ods(tmp_path / "a.ods", manifest="<manifest:encryption-data/>")
    put(path, {"content.xml": b"\x93\x8f\x02"})
    assert "encrypted" in refusal(path).problem


def test_f027_macros_of_an_ods_are_seen(tmp_path: Path) -> None:
    """Given a module of macros, then it is seen; an empty list of modules is none."""
    path = put(write_ods(tmp_path / "a.ods", row(cell(1))), {"Basic/script-lc.xml": b"<x/>"})
    assert not checked(path).has_macros
    assert checked(put(path, {"Basic/Standard/Module1.xml": b"<x/>"})).has_macros


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_f015_a_cut_ods_is_refused(tmp_path: Path, share: float) -> None:
    """Given a workbook cut short, then it is refused as damaged."""
    path = write_ods(tmp_path / "a.ods", row(cell(1)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(UntrustedFileError, match="damaged or cut short"):
        container_of(path)


def test_a_real_ods_passes_quickly(real_returns: Path) -> None:
    """Given a publisher's workbook of 94,000 cells, then it passes, and without delay."""
    path = real_returns / "ascof" / "ascof_2024_25.ods"
    start = time.process_time()
    assert checked(path).faults == {}
    assert time.process_time() - start < 10
    assert len(parts(path)["content.xml"]) > 10_000_000
