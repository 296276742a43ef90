"""Which landed file is meant, and that a file is set aside by its name as by its digits."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.catalogue import Catalogue
from ingestion.folder import fetch_folder
from joinedup.cli import app
from joinedup.landed_files import UnknownFileError, landed_file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with three landed files, two of one name in two folders."""
    home, returns = tmp_path / "home", tmp_path / "returns"
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    for name in ("2011/beds.csv", "2012/beds.csv", "2012/stays.csv"):
        path = returns / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    home.mkdir()
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        fetch_folder(returns, home / "landing", catalogue, run_id="one", max_file_mb=10)
    return home


def test_a_name_or_enough_digits_mean_a_file(home: Path) -> None:
    """Given a name, with or without folders, or eight digits in any case, then the file is told."""
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        for file in catalogue.landed():
            assert landed_file(catalogue, file.file_name) == file
            assert landed_file(catalogue, file.sha256[:8].upper()) == file
        assert landed_file(catalogue, "stays.csv").file_name == "2012/stays.csv"


@pytest.mark.parametrize(("said", "count"), [("beds.csv", 2), ("stays", 0), ("", 0)])
def test_what_means_none_or_more_is_refused(home: Path, said: str, count: int) -> None:
    """Given a name of two or of none, then it is refused, with the digits of each."""
    with (
        Catalogue(home / "catalogue.sqlite") as catalogue,
        pytest.raises(UnknownFileError, match=f"^{count} landed files") as refused,
    ):
        landed_file(catalogue, said)
    assert str(refused.value).count("/beds.csv") == count


def test_seven_digits_are_too_few(home: Path) -> None:
    """Given the beginning of a sha256 that is too short, then it is refused, though it is one's."""
    with (
        Catalogue(home / "catalogue.sqlite") as catalogue,
        pytest.raises(UnknownFileError, match="at least 8 digits"),
    ):
        landed_file(catalogue, catalogue.landed()[0].sha256[:7])


def test_a_file_is_set_aside_by_its_name(home: Path) -> None:
    """Given a landed file's name, when set aside and taken back, then it is that file."""
    assert home.is_dir()
    aside = CliRunner().invoke(app, ["set-aside", "stays.csv", "--because", "doubled"])
    assert (aside.exit_code, aside.output) == (0, "Set aside: 2012/stays.csv\n")
    back = CliRunner().invoke(app, ["take-back", "2012/stays.csv"])
    assert back.exit_code == 0, back.output
    refused = CliRunner().invoke(app, ["set-aside", "beds.csv", "--because", "doubled"])
    assert refused.exit_code == 1
    assert "2 landed files" in refused.output
