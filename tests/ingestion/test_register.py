"""Codes, ONS codes and names of a file against the register: one file's fault stays its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.definition import load_definitions
from ingestion.reader import read_file
from ingestion.register import Register, load_register
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import Book, delayed_transfers, find, write
from tests.ingestion.small_texts import ENGLAND, HEADINGS, TITLE, defined, written

DEFINITIONS = load_definitions()
SHEETS = ["LA - by Type of Care", "LA - by responsible org", "LA - by reason"]
AREAS = """area_code,area_type,name,nhs_code,names_in_returns,valid_from,valid_to
E06000015,council,Derby,507,Derby UA,2009-04-01,
E10000007,council,Derbyshire,506,Derbyshire,2009-04-01,
9901,outside_england,Scotland,9901,,2009-04-01,
E06000028,council,Bournemouth,810,Bournemouth UA,2009-04-01,{bournemouth_to}
"""
EXCEPTIONS = "return_id,subject_code,kind,period_start,period_end,area_code\n"


def register(
    folder: Path, bournemouth_to: str = "2011-03-31", exceptions: str = EXCEPTIONS
) -> Register:
    """Load a register of three places, and of Bournemouth until a day."""
    (folder / "areas.csv").write_text(AREAS.format(bournemouth_to=bournemouth_to))
    (folder / "commissioners.csv").write_text("area_code,nhs_code,name,valid_from,valid_to\n")
    (folder / "reporting_exceptions.csv").write_text(exceptions)
    return load_register(folder)


def read(book: Book, folder: Path, known: Register) -> object:
    """Read a book against a register."""
    path = write(book, folder / "file.xlsx")
    return read_file(path, "0" * 64, path.name, DEFINITIONS, known)


def on_every_table(change: Callable[[list[list[object]]], None]) -> Book:
    """Change every table of a good file."""
    book = delayed_transfers()
    for sheet in SHEETS:
        change(book[sheet])
    return book


def replaced(old: str, new: str) -> Callable[[list[list[object]]], None]:
    """Put one text in the place of another."""

    def change(rows: list[list[object]]) -> None:
        row, column = find(rows, old)
        rows[row][column] = new

    return change


def test_a_file_of_known_bodies_is_read(tmp_path: Path) -> None:
    """Given each body of the register once, when read, then the file is trusted."""
    assert read(delayed_transfers(), tmp_path, register(tmp_path)) is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced("507", "777"), "'777' (Derby UA) was the code of no council in April 2011"),
        (replaced("507", "810"), "'810' (Derby UA) was the code of no council in April 2011"),
        (replaced("Derby UA", "Derbyshire UA"), "'507' is Derby, and the row is named"),
    ],
)
def test_a_wrong_code_or_name_sets_the_file_aside(
    tmp_path: Path, change: Callable[[list[list[object]]], None], message: str
) -> None:
    """Given a code nobody has, one out of its dates, or a name of another, then row and why."""
    with pytest.raises(UntrustedFileError) as caught:
        read(on_every_table(change), tmp_path, register(tmp_path))
    assert message in caught.value.problem
    assert (caught.value.sheet, caught.value.cell) == (SHEETS[0], "row 17")


def test_swapped_codes_are_noticed_by_the_names(tmp_path: Path) -> None:
    """Given two councils' codes swapped, when read, then the names give it away."""

    def swap(rows: list[list[object]]) -> None:
        one, other = find(rows, "507"), find(rows, "506")
        rows[one[0]][one[1]], rows[other[0]][other[1]] = "506", "507"

    with pytest.raises(UntrustedFileError, match="'506' is Derbyshire, and the row is named"):
        read(on_every_table(swap), tmp_path, register(tmp_path))


def test_a_wrong_ons_code_is_noticed(tmp_path: Path) -> None:
    """Given an ONS code beside another council's code, when read, then both are named."""
    book = delayed_transfers("November 2018", layout=6)
    for sheet in ("LA - by Type of Care", "LA - by responsible org", "LA - by reason"):
        row, column = find(book[sheet], "507")
        book[sheet][row][column - 1] = "E10000007"
    with pytest.raises(UntrustedFileError, match=r"'507' is Derby \(E06000015\).*says E10000007"):
        read(book, tmp_path, register(tmp_path))


def test_a_council_lost_from_every_sheet_is_noticed(tmp_path: Path) -> None:
    """Given a place of zeros lost everywhere, so that all sums hold, then it is missed by name."""

    def lose(rows: list[list[object]]) -> None:
        del rows[find(rows, "9901")[0]]

    with pytest.raises(UntrustedFileError, match="1 of 3 councils have no row: Scotland"):
        read(on_every_table(lose), tmp_path, register(tmp_path))


def test_a_council_that_reports_after_its_end_is_listed_as_such(tmp_path: Path) -> None:
    """Given a council past its end in the list of exceptions, when read, then it is trusted."""
    listed = "delayed_transfers_la,507,reports_after_its_end,2011-04-01,2011-04-30,E06000015\n"
    ended = AREAS.replace("Derby UA,2009-04-01,", "Derby UA,2009-04-01,2011-03-31")
    register(tmp_path, exceptions=EXCEPTIONS + listed)
    (tmp_path / "areas.csv").write_text(ended.format(bournemouth_to="2011-03-31"))
    known = load_register(tmp_path)
    assert read(delayed_transfers(), tmp_path, known) is not None
    (tmp_path / "reporting_exceptions.csv").write_text(EXCEPTIONS)
    with pytest.raises(UntrustedFileError, match="'507'"):
        read(delayed_transfers(), tmp_path, load_register(tmp_path))


SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
KNOWN = load_register(SEEDS)


def read_councils(folder: Path, code: str, name: str, **subject: object) -> object:
    """Read a small text with two councils, one of them given, against the real register."""
    rule = {"kind": "council", "registered": True, **subject}
    changes = {"tables": {"council": {"subject": rule}}}
    one = [name, code, "", "10", "0.9", "1000"]
    other = ["Derbyshire County Council", "506", "", "20", "0.9", "2000"]
    path = folder / "beds.csv"
    path.write_text(written([[TITLE], HEADINGS, ENGLAND, one, other]), encoding="utf-8", newline="")
    return read_file(path, "0" * 64, path.name, defined(folder, changes), KNOWN)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("507", "Derby"),
        ("507", "DERBY UA"),
        ("E06000015", "Derby City Council"),
        ("E06000023", "Bristol"),
        ("E06000023", "Bristol, City of"),
        ("908", "Bath & North East Somerset UA"),
        ("326", "Cheshire East UA"),
    ],
)
def test_a_council_is_known_by_any_of_its_codes_and_names(
    tmp_path: Path, code: str, name: str
) -> None:
    """Given codes of the NHS, the ONS or the return itself. When read. Then they are known."""
    assert read_councils(tmp_path, code, name, besides={"326": "Cheshire East"}) is not None


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("E06000099", "Derby", "'E06000099' (Derby) is no council"),
        ("E08000037", "Darlington", "'E08000037' is Gateshead, and is named 'Darlington'"),
        ("507", "Derbyshire Dales", "'507' is Derby, and is named 'Derbyshire Dales'"),
        ("326", "Derby", "'326' is Cheshire East, and is named 'Derby'"),
        ("% change", "Derby", "'% change' (Derby) is no council"),
    ],
)
def test_a_code_of_no_council_or_of_another_refuses_the_file(
    tmp_path: Path, code: str, name: str, message: str
) -> None:
    """Given a council that does not exist, or under the code of another. Then the row is named."""
    with pytest.raises(UntrustedFileError) as caught:
        read_councils(tmp_path, code, name, besides={"326": "Cheshire East"})
    assert message in caught.value.problem
    assert caught.value.cell == "row 4"


@pytest.mark.parametrize("name", ["Derby", "DERBY", "Derby UA"])
def test_a_council_without_a_code_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    """Given a return that has names only. When read. Then a council is known by its name."""
    assert read_councils(tmp_path, "-", name, identified_by="name") is not None


@pytest.mark.parametrize("name", ["% change on 2005-06", "Derby (estimated)", "Total"])
def test_words_that_are_no_council_are_refused(tmp_path: Path, name: str) -> None:
    """Given other words where the name of a council should be. Then the file is refused."""
    with pytest.raises(UntrustedFileError, match="is no council"):
        read_councils(tmp_path, "-", name, identified_by="name")


def test_every_council_of_every_return_is_registered() -> None:
    """Given the definitions shipped. Then a return that names councils checks them."""
    open_to_any = [
        f"{name}.{table_id}"
        for name, definition in DEFINITIONS.items()
        for table_id, table in definition.tables.items()
        if "council" in table.subject.kinds
        and not (table.subject.registered or table.subject.complete)
    ]
    assert open_to_any == []
