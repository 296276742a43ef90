"""`joinedup survey`: the page it prints or writes, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from joinedup.cli import app
from joinedup.settings import PROJECT_ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one list of files, and a home beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    returns = tmp_path / "returns"
    returns.mkdir()
    (returns / "MANIFEST.csv").write_text("return,file\n")
    return returns


def survey(*arguments: str) -> Result:
    """Run `joinedup survey`."""
    return CliRunner().invoke(app, ["survey", *arguments])


def test_the_page_is_printed_and_nothing_is_kept(folder: Path, tmp_path: Path) -> None:
    """Given a folder, when surveyed, then the page is all that is printed and the home is empty."""
    done = survey(str(folder))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("<!-- Made by `joinedup survey")
    assert "1 file: 0 read (0 returns), 0 refused, 1 of no return." in done.stdout
    assert list((tmp_path / "home").iterdir()) == []


def test_a_page_is_written_only_when_every_file_has_its_reason(
    folder: Path, tmp_path: Path
) -> None:
    """Given a file nobody knows, then exit 1 names it and no page is written; else it is."""
    page = tmp_path / "page.md"
    (folder / "stranger.txt").write_text("who am I")
    done = survey(str(folder), "--write", str(page))
    assert done.exit_code == 1
    assert "stranger.txt: no definition knows it" in done.stderr
    assert not page.exists()
    (folder / "stranger.txt").unlink()
    assert survey(str(folder), "--write", str(page)).exit_code == 0
    assert "| `MANIFEST.csv` | The list of the files" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "No folder was given"),
        (["."], "holds JOINEDUP_HOME"),
        (["nowhere"], "no folder"),
        (["returns", "--write", "nowhere/page.md"], "no folder nowhere to write page.md to"),
    ],
)
def test_a_survey_that_cannot_be_made_is_refused(
    folder: Path, arguments: list[str], said: str
) -> None:
    """Given no folder, the one of the home, or none there, then exit 1 and the reason."""
    assert folder.is_dir()
    done = survey(*arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.long
def test_the_committed_page_is_what_the_command_gives(
    real_returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the publishers' files, when surveyed again, then the page in docs is still right."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    page = tmp_path / "page.md"
    done = survey(str(real_returns), "--write", str(page))
    assert done.exit_code == 0, done.output
    committed = PROJECT_ROOT / "docs" / "files_read.md"
    assert page.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8"), (
        "Make it again, of the folder with the publishers' files: "
        "joinedup survey FOLDER --write docs/files_read.md"
    )
