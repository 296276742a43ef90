"""A survey of a folder: each file read, refused or of no return, with why, on one page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingestion.catalogue import Reading
from ingestion.definition import Definition, DefinitionError, load_definitions
from ingestion.read import Limits
from ingestion.survey import NotAReturn, Survey, SurveyedFile, load_not_returns, survey_folder
from ingestion.survey_page import render
from tests.ingestion.small_returns import delayed_transfers, find, monthly_activity, write

NOTES = NotAReturn(file="*notes*.txt", reason="Notes | that <we> wrote.")


@pytest.fixture(scope="module")
def definitions() -> dict[str, Definition]:
    """All definitions."""
    return load_definitions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two returns, one of them twice; one reworded, one page named .xls, notes, a large file."""
    root = tmp_path_factory.mktemp("folder") / "returns"
    (root / "b").mkdir(parents=True)
    write(delayed_transfers(), root / "b" / "one.xlsx")
    shutil.copy(root / "b" / "one.xlsx", root / "copy|of one.xlsx")
    write(monthly_activity(), root / "a.xlsx")
    book = delayed_transfers("May 2011")
    row, column = find(book["LA - by responsible org"], "Social Care")
    book["LA - by responsible org"][row][column] = "Adult *Social* Care"
    write(book, root / "reworded.xlsx")
    (root / "page.xls").write_bytes(b"<html>Service unavailable</html>")
    (root / "my notes.txt").write_text("nothing of ours")
    (root / "large.bin").write_bytes(b"0" * (1024 * 1024 + 1))
    return root


def survey(folder: Path, work: Path, definitions: dict[str, Definition]) -> Survey:
    """Survey a folder without a register."""
    limits = Limits(workers=1, timeout_seconds=60, memory_mb=1024)
    return survey_folder(folder, work, definitions, [NOTES], limits=limits, max_file_mb=1)


def test_every_file_of_a_folder_is_on_the_page(
    folder: Path, tmp_path: Path, definitions: dict[str, Definition]
) -> None:
    """Given good, bad, unknown and large files, when surveyed, then each is shown with its why.

    Surveyed again in another place it gives the same page, which names neither place.
    """
    found = survey(folder, tmp_path / "work", definitions)
    page = render(found, definitions)
    assert "5 files: 2 read (2 returns), 2 refused, 1 of no return." in page
    read, rest = page.split("## Refused")
    refused, rest = rest.split("## Of no return")
    none, left_out = rest.split("## Passed over")
    assert "### delayed_transfers_la\n" in read
    twice = "| `b/one.xlsx` (also `copy\\|of one.xlsx`) | 2011-04 | 2011-05-27 | `april_2011` |"
    assert twice in read
    assert "`rows_add_up_to_control_total`" in read
    assert "| `page.xls` | – | – | – |" in refused
    cells = next(line for line in refused.splitlines() if "reworded" in line).split(" | ")
    assert cells[1:3] == ["`delayed_transfers_la`", "`LA - by responsible org`"]
    assert cells[3][1:].isdigit()
    assert "adult \\*social\\* care" in cells[4].casefold()
    assert "| `my notes.txt` | Notes \\| that \\<we\\> wrote. |" in none
    assert "* large.bin: over 1 MB" in left_out
    assert list(found.unsettled()) == []
    moved = shutil.copytree(folder, tmp_path / "moved")
    assert render(survey(moved, tmp_path / "again", definitions), definitions) == page
    assert str(folder.parent) not in page


def test_a_file_that_nobody_explains_is_unsettled(definitions: dict[str, Definition]) -> None:
    """Given a file of no return without a reason, then it is named, and the page says so."""
    file = SurveyedFile(("who.txt",), Reading("0" * 64, "", "unrecognised", is_final=True), "")
    found = Survey([file], [])
    assert [line.split(":")[0] for line in found.unsettled()] == ["who.txt"]
    assert "| `who.txt` | **No reason is known.** |" in render(found, definitions)


def test_a_file_whose_reader_died_is_unsettled() -> None:
    """Given a file that another run may read, then it is not taken for refused for good."""
    reading = Reading("0" * 64, "", "quarantined", is_final=False, reason="Took too long.")
    found = Survey([SurveyedFile(("slow.xlsx",), reading, "Took too long.")], [])
    assert list(found.unsettled()) == ["slow.xlsx: Took too long."]


def test_the_reasons_are_read_strictly(tmp_path: Path) -> None:
    """Given a misspelt key, when the reasons are read, then the error names file and key."""
    assert all(one.reason.endswith(".") for one in load_not_returns())
    wrong = tmp_path / "reasons.yml"
    wrong.write_text("- {file: a.csv, reason: Because., becuase: twice}\n")
    with pytest.raises(DefinitionError, match=r"reasons\.yml(.|\n)*becuase"):
        load_not_returns(wrong)
