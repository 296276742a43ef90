"""`joinedup map-diff`: what it prints and writes, and how it ends."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from demonstration.unknown import write_unknown
from ingestion.catalogue import Catalogue
from ingestion.folder import fetch_folder
from ingestion.read import Limits
from joinedup.bounded import run_bounded
from joinedup.cli import app
from joinedup.project import FOLDERS, AuthoringError
from joinedup.settings import PROJECT_ROOT
from tests.ingestion.small_returns import Book, delayed_transfers, write

RETURN = "delayed_transfers_la"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the definitions and the register, and a home beside it."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    shutil.copytree(PROJECT_ROOT / "ingestion" / "returns", folder / "ingestion" / "returns")
    shutil.copytree(PROJECT_ROOT / "dbt_project" / "seeds", folder / "dbt_project" / "seeds")
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def definition(project: Path) -> Path:
    """The file of the definition that the tests change; its return may lack councils."""
    path = project / "ingestion" / "returns" / f"{RETURN}.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(", complete: true", ""), encoding="utf-8")
    return path


def may_2011(folder: Path, *reworded: tuple[str, str]) -> Path:
    """A file of May 2011 in which some cells say something else."""
    words = dict(reworded)
    book: Book = {
        name: [[words.get(str(cell), cell) for cell in row] for row in rows]
        for name, rows in delayed_transfers("May 2011").items()
    }
    return write(book, folder / "LA-Type-B.xlsx")


def map_diff(project: Path, *arguments: str | Path) -> Result:
    """Run `joinedup map-diff`."""
    given = ["map-diff", *map(str, arguments), "--project", str(project)]
    return CliRunner().invoke(app, given)


def test_file_that_is_read_does_not_differ(project: Path, definition: Path, tmp_path: Path) -> None:
    """Given a file that its definition reads, then that is said and the exit code is 0."""
    assert definition.is_file()
    done = map_diff(project, may_2011(tmp_path))
    assert done.exit_code == 0, done.output
    assert f"is read as {RETURN}, layout april_2011" in done.stdout
    assert "Nothing differs." in done.stdout


def test_reworded_heading_is_shown_with_its_line(
    project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given a reworded heading, then cell, nearest heading and line are shown."""
    before = definition.read_bytes()
    done = map_diff(project, may_2011(tmp_path, ("Social Care", "Social Care (note 4)")))
    assert done.exit_code == 1
    assert "  + F14 'Social Care (note 4)' is clearly 'Social Care'" in done.stdout
    assert "  - 'Social Care' (column_headings.body)" in done.stdout
    assert "{body: social_care, also_written: [Social Care (note 4)]}" in done.stdout
    assert "With this line the file is read: layout april_2011" in done.stdout
    assert definition.read_bytes() == before


def test_write_changes_that_line_and_no_other(
    project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given `--write`, then one line of the definition differs, comments stay, and nothing more."""
    before = definition.read_text(encoding="utf-8").splitlines()
    path = may_2011(tmp_path, ("Social Care", "Social Care (note 4)"))
    done = map_diff(project, path, "--write")
    assert done.exit_code == 0, done.output
    assert "This line is written. Now the file is read" in done.stdout
    after = definition.read_text(encoding="utf-8").splitlines()
    assert len(after) == len(before)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    assert map_diff(project, path).exit_code == 0


def test_what_is_not_clear_is_not_written(project: Path, definition: Path, tmp_path: Path) -> None:
    """Given a heading that may be anything, then a layout is proposed, and nothing is written."""
    before = definition.read_bytes()
    done = map_diff(project, may_2011(tmp_path, ("Both", "Shared between them")), "--write")
    assert done.exit_code == 1
    assert "To be decided by a person:" in done.stdout
    assert "+  may_2011:" in done.stdout
    assert "As it is, the file is refused" in done.stdout
    assert definition.read_bytes() == before


def test_other_title_block_is_compared_when_the_return_is_named(
    project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given a reworded title block and headings, then near returns are told, or the one named."""
    assert definition.is_file()
    title = "Delayed Transfer of Care, NHS Organisations, England"
    path = may_2011(tmp_path, (title, "Days lost"), ("Social Care", "Social Care (note 4)"))
    done = map_diff(project, path)
    assert done.exit_code == 1
    assert "is not recognised. The nearest returns:" in done.stderr
    assert f"  {RETURN} " in done.stderr
    named = map_diff(project, path, "--return", RETURN)
    assert named.exit_code == 1
    assert "Beside 'Title' should stand 'Delayed Transfer* of Care*'" in named.stdout
    assert "'Social Care (note 4)' is clearly 'Social Care'" in named.stdout


@dataclass(frozen=True)
class Landed:
    """Where files have landed, and the sha256 of each."""

    landing: Path
    first: str
    second: str


@pytest.fixture
def landed(project: Path, definition: Path, tmp_path: Path) -> Landed:
    """Two landed files of one name, the first of them reworded, and how they are called."""
    assert definition.is_file()
    home = project.parent / "home"
    home.mkdir()
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        for number, reworded in enumerate([("Social Care", "Social Care (note 4)"), ("", "")]):
            returns = tmp_path / f"returns {number}" / f"2011-{number}"
            returns.mkdir(parents=True)
            may_2011(returns, reworded)
            fetch_folder(
                returns.parent, home / "landing", catalogue, run_id=f"{number}", max_file_mb=10
            )
        first, second = catalogue.landed()
    return Landed(home / "landing", first.sha256, second.sha256)


@pytest.mark.parametrize("called", ["its path", "its name", "its digits"])
def test_file_in_quarantine_is_known_by_its_name(
    called: str, project: Path, landed: Landed
) -> None:
    """Given landed bytes by path, name or digits, then they are compared under their own name."""
    known: dict[str, str | Path] = {
        "its path": landed.landing / landed.first[:2] / landed.first,
        "its name": "2011-0/LA-Type-B.xlsx",
        "its digits": landed.first[:12],
    }
    done = map_diff(project, known[called])
    assert done.stdout.startswith(f"LA-Type-B.xlsx: return {RETURN}, nearest layout april_2011")
    assert done.exit_code == 1


def test_a_name_of_two_landed_files_means_neither(project: Path, landed: Landed) -> None:
    """Given a name that two landed files have, then nothing is compared, and their digits told."""
    done = map_diff(project, "LA-Type-B.xlsx")
    assert (done.exit_code, done.stdout) == (1, "")
    for words in ("2 landed files are called", landed.first[:12], landed.second[:12]):
        assert words in done.stderr


@pytest.mark.parametrize("asked", ["no such.xlsx", "abc", "0" * 12])
def test_a_file_that_there_is_not_is_said(asked: str, project: Path, landed: Landed) -> None:
    """Given what is no file, on disk or landed, then that is said, without a traceback."""
    assert landed.landing.is_dir()
    done = map_diff(project, asked)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert "0 landed files" in done.stderr or "is not a file" in done.stderr


def test_before_anything_landed_no_catalogue_is_made(project: Path) -> None:
    """Given a home in which nothing landed, then a name is not there, and nothing is written."""
    done = map_diff(project, "LA-Type-B.xlsx")
    assert done.exit_code == 1
    assert "none has landed" in done.stderr
    assert not (project.parent / "home").exists()


def test_a_landed_file_whose_bytes_are_gone_is_said(project: Path, landed: Landed) -> None:
    """Given a landed file that somebody removed, then that is said."""
    (landed.landing / landed.first[:2] / landed.first).unlink()
    done = map_diff(project, landed.first[:12])
    assert done.exit_code == 1
    assert "is not a file that can be read" in done.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [(("--return", "no_such"), "no_such"), (("--layout", "no_such"), "no_such")],
)
def test_what_is_not_there_is_said(
    asked: tuple[str, str], said: str, project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given a return or a layout that there is not, then that is said with those that there are."""
    assert definition.is_file()
    done = map_diff(project, may_2011(tmp_path, ("Both", "Shared")), *asked)
    assert done.exit_code == 1
    assert f"'{said}'" in done.stderr
    assert "There are" in done.stderr


def test_file_of_nobody_is_said(project: Path, tmp_path: Path) -> None:
    """Given a text that is no return, then it is said that a new one may be made."""
    path = tmp_path / "shopping.csv"
    path.write_text("a,b\n1,2\n")
    done = map_diff(project, path)
    assert done.exit_code == 1
    assert "no return is near" in done.stderr
    assert "joinedup new-return" in done.stderr


def test_nearest_returns_are_listed_first(project: Path, tmp_path: Path) -> None:
    """Given a return that there is not, then those that there are come in lines, nearest first."""
    done = map_diff(project, may_2011(tmp_path), "--return", "delayed_transfers_lb")
    assert done.exit_code == 1
    assert f"Is it '{RETURN}'?" in done.stderr
    assert done.stderr.splitlines()[1].startswith(f"  {RETURN}, ")
    assert max(map(len, done.stderr.splitlines())) <= 100


def test_file_of_another_return_is_not_a_success(
    project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given a file that another return reads, then that is said, and with `--write` it is refused.

    Else a definition would be changed so that both read the file, and then neither does.
    """
    other = definition.with_name("delayed_transfers_copy.yml")
    text = definition.read_text("utf-8").replace(f"return: {RETURN}", f"return: {other.stem}")
    text = text.replace("Social Care:", "The social cares (note 3):")
    text = text.replace("Basis: Local Authority", "Basis: Another")
    other.write_text(text, "utf-8")
    path = may_2011(tmp_path)
    done = map_diff(project, path, "--return", other.stem)
    assert done.exit_code == 1
    assert f"That is return {RETURN}, not {other.stem}." in done.stdout
    done = map_diff(project, path, "--return", other.stem, "--write")
    assert done.exit_code == 1
    assert f"Nothing was written. {path.name} is read as {RETURN}" in done.stderr
    assert other.read_text("utf-8") == text


def test_nothing_is_written_for_a_file_of_nobody(
    project: Path, definition: Path, tmp_path: Path
) -> None:
    """Given clear lines for a file that is still not the return's, then they are not written."""
    before = definition.read_bytes()
    title = "Delayed Transfer of Care, NHS Organisations, England"
    words = [(title, "Days lost"), ("Social Care", "Social Care (note 4)"), ("Both", "Shared")]
    path = may_2011(tmp_path, *words)
    done = map_diff(project, path, "--return", RETURN, "--write")
    assert done.exit_code == 1
    assert "With this line the file is not recognised" in done.stdout
    assert "Nothing was written." in done.stdout
    assert definition.read_bytes() == before


def test_write_keeps_line_ends_and_anchors(project: Path, definition: Path, tmp_path: Path) -> None:
    """Given a definition with CRLF, then it keeps them; what is anchored is left to a person."""
    text = definition.read_text("utf-8")
    definition.write_bytes(text.replace("\n", "\r\n").encode())
    path = may_2011(tmp_path, ("Social Care", "Social Care (note 4)"))
    assert map_diff(project, path, "--write").exit_code == 0
    after = definition.read_bytes()
    assert after.count(b"\r\n") == after.count(b"\n") == text.count("\n")
    anchored = text.replace("Social Care: {", "Social Care: &care {", 1)
    assert anchored != text
    definition.write_text(anchored, "utf-8")
    done = map_diff(project, path, "--write")
    assert done.exit_code == 1
    assert "anchored and used elsewhere too" in done.stdout
    assert definition.read_text("utf-8") == anchored


def test_layout_like_the_old_one_is_not_proposed(project: Path, tmp_path: Path) -> None:
    """Given a file without the sheet of a return, then no layout is proposed, but words."""
    file, _ = write_unknown(tmp_path)
    done = map_diff(project, file, "--return", "virtual_wards")
    assert done.exit_code == 1
    assert "To be decided" not in done.stdout
    assert "By hand: The layout april_2024 has also 'Virtual Ward Data'" in done.stdout


def test_worker_that_takes_too_much_is_said() -> None:
    """Given a bound on time that is not enough, then it is said, and nothing hangs."""
    with pytest.raises(AuthoringError, match="took longer than 1 seconds"):
        run_bounded(Limits(workers=1, timeout_seconds=1, memory_mb=700), time.sleep, 60)
