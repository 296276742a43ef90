"""A survey of a folder: each file read, refused or of no return, with why, on one page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingestion.definition import DefinitionError, load_definitions
from ingestion.read import Limits
from ingestion.survey import NotAReturn, Survey, load_not_returns, survey_folder
from ingestion.survey_page import render
from tests.ingestion.small_returns import delayed_transfers, find, monthly_activity, write

LIMITS = Limits(workers=2, timeout_seconds=60, memory_mb=1024)
NOTES = NotAReturn(file="*notes*.txt", reason="Notes | that <we> wrote.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two returns, one of them twice; one reworded, one page named .xls, and notes."""
    root = tmp_path / "returns"
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


def survey(folder: Path, work: Path, *reasons: NotAReturn) -> Survey:
    """Survey a folder without a register."""
    return survey_folder(folder, work, load_definitions(), reasons, limits=LIMITS, max_file_mb=1)


def test_every_file_of_a_folder_is_on_the_page(folder: Path, tmp_path: Path) -> None:
    """Given good, bad, unknown and large files, when surveyed, then each is shown with its why."""
    found = survey(folder, tmp_path / "work", NOTES)
    page = render(found, load_definitions())
    assert "5 files: 2 read (2 returns), 2 refused, 1 of no return." in page
    read, rest = page.split("## Refused")
    refused, rest = rest.split("## Of no return")
    none, left_out = rest.split("## Passed over")
    assert "### delayed_transfers_la\n" in read
    assert (
        "| `b/one.xlsx` (also `copy\\|of one.xlsx`) | 2011-04 | 2011-05-27 | `april_2011` |" in read
    )
    assert "`rows_add_up_to_control_total`" in read
    assert "| `page.xls` | – | – | – |" in refused
    cells = next(line for line in refused.splitlines() if "reworded" in line).split(" | ")
    assert cells[1:3] == ["`delayed_transfers_la`", "`LA - by responsible org`"]
    assert cells[3][1:].isdigit()
    assert "Adult \\*Social\\* Care" in cells[4]
    assert "| `my notes.txt` | Notes \\| that \\<we\\> wrote. |" in none
    assert "* large.bin: over 1 MB" in left_out
    assert list(found.unsettled()) == []


def test_a_survey_says_the_same_each_time_and_no_place(folder: Path, tmp_path: Path) -> None:
    """Given a folder surveyed twice, in other places, then the pages are equal and name neither."""
    pages = []
    for number in ("first", "second"):
        moved = shutil.copytree(folder, tmp_path / number / "returns")
        found = survey(moved, tmp_path / f"work {number}", NOTES)
        pages.append(render(found, load_definitions()))
    assert pages[0] == pages[1]
    assert str(tmp_path) not in pages[0]


def test_a_file_that_nobody_explains_is_named(folder: Path, tmp_path: Path) -> None:
    """Given a file of no return without a reason, then it is unsettled and the page says so."""
    found = survey(folder, tmp_path / "work")
    (line,) = found.unsettled()
    assert line.startswith("my notes.txt: no definition knows it")
    assert "| `my notes.txt` | **No reason is known.** |" in render(found, load_definitions())


def test_a_file_whose_reader_hung_is_not_settled(folder: Path, tmp_path: Path) -> None:
    """Given no time to read in, then what failed this once is unsettled, not refused for good."""
    hurried = Limits(workers=1, timeout_seconds=0, memory_mb=1024)
    found = survey_folder(
        folder, tmp_path / "work", load_definitions(), [NOTES], limits=hurried, max_file_mb=1
    )
    assert any("took longer than" in line for line in found.unsettled())


def test_the_reasons_are_read_strictly(tmp_path: Path) -> None:
    """Given a misspelt key, when the reasons are read, then the error names file and key."""
    assert all(one.reason.endswith(".") for one in load_not_returns())
    wrong = tmp_path / "reasons.yml"
    wrong.write_text("- {file: a.csv, reason: Because., becuase: twice}\n")
    with pytest.raises(DefinitionError, match=r"reasons\.yml(.|\n)*becuase"):
        load_not_returns(wrong)
