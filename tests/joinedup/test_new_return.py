"""`joinedup new-return` and `staging-files`: the files they write, and what they refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from demonstration.unknown import write_unknown
from expectations.suites import load_suites
from ingestion.definition import load_definition, load_definitions
from ingestion.reader import read_file
from joinedup.cli import app
from joinedup.project import FOLDERS
from joinedup.scaffold import files_beside
from joinedup.settings import PROJECT_ROOT

NEW = "home_care_waits"
FILES = {
    f"ingestion/returns/{NEW}.yml",
    f"dbt_project/models/staging/stg_{NEW}.sql",
    f"dbt_project/models/staging/stg_{NEW}.yml",
    f"expectations/suites/stg_{NEW}.yml",
}
DEFINITIONS = load_definitions()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the folders that a return has files in."""
    for folder in FOLDERS:
        shutil.copytree(PROJECT_ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A file that no definition knows."""
    return write_unknown(tmp_path)[0]


def joinedup(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def files_of(project: Path) -> set[str]:
    """Every file of a project, by its path."""
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


def test_new_return_is_four_files(project: Path, example: Path) -> None:
    """Given an example, then exactly four files are written, none of Python, and all are valid."""
    before = files_of(project)
    done = joinedup("new-return", example, "--id", NEW, "--project", project)
    assert done.exit_code == 0, done.output
    assert files_of(project) - before == FILES
    lines = sum(len((project / name).read_text("utf-8").splitlines()) for name in FILES)
    assert f"4 files, {lines} lines" in done.stdout
    assert lines <= 150
    definition = load_definition(project / f"ingestion/returns/{NEW}.yml", as_draft=True)
    assert "The draft reads the file: 462 figures." in done.stdout
    assert read_file(example, "0" * 64, example.name, {NEW: definition}) is not None
    loaded = load_suites(project / "expectations" / "suites")
    assert not loaded.unreadable
    assert not loaded.missing
    assert loaded.suites[f"stg_{NEW}"].table == f"staging.stg_{NEW}"
    described = yaml.safe_load((project / f"dbt_project/models/staging/stg_{NEW}.yml").read_text())
    assert described["models"][0]["name"] == f"stg_{NEW}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "virtual_wards"], "already"),
        (["--id", "observation"], "already"),
        (["--id", "Home Care"], "no short name"),
        (["--id", NEW, "--every", "decade"], "none of day, week"),
    ],
)
def test_what_cannot_be_a_return_is_refused(
    arguments: list[str], said: str, project: Path, example: Path
) -> None:
    """Given a name that is taken or wrong, then it is said, and nothing is written."""
    before = files_of(project)
    done = joinedup("new-return", example, *arguments, "--project", project)
    assert done.exit_code == 1
    assert said in done.stderr
    assert files_of(project) == before


def test_file_without_a_table_is_refused(project: Path, tmp_path: Path) -> None:
    """Given a text without figures, and a file that is no text, then both are refused in words."""
    words, other = tmp_path / "words.csv", tmp_path / "picture.png"
    words.write_text("One,Two\na,b\n")
    other.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x01\xff\xfe\x02" * 8)
    for path, said in ((words, "row of headings"), (other, "neither a workbook nor a text")):
        done = joinedup("new-return", path, "--id", NEW, "--project", project)
        assert done.exit_code == 1
        assert said in done.stderr


def test_staging_files_follow_the_definition(project: Path, example: Path) -> None:
    """Given a definition that changed, then its description changes and its suite stays."""
    joinedup("new-return", example, "--id", NEW, "--project", project)
    path = project / f"ingestion/returns/{NEW}.yml"
    path.write_text(path.read_text("utf-8").replace("as: month", "as: quarter"), "utf-8")
    suite = project / f"expectations/suites/stg_{NEW}.yml"
    suite.write_text(suite.read_text("utf-8") + "# checks of its own\n", "utf-8")
    done = joinedup("staging-files", NEW, "--project", project)
    assert done.exit_code == 0, done.output
    assert "1 file written." in done.stdout
    described = (project / f"dbt_project/models/staging/stg_{NEW}.yml").read_text("utf-8")
    assert "period_type: [quarter]" in described
    assert suite.read_text("utf-8").endswith("# checks of its own\n")
    assert joinedup("staging-files", "no_such", "--project", project).exit_code == 1


@pytest.mark.parametrize("return_id", DEFINITIONS)
def test_every_definition_has_its_files(return_id: str) -> None:
    """Given a definition, then its staging model is described as it says, and it has a suite."""
    for name, text in files_beside(DEFINITIONS[return_id]).items():
        path = PROJECT_ROOT / name
        assert path.is_file(), f"{name} is missing: joinedup staging-files {return_id}"
        if not name.startswith("expectations/"):
            assert path.read_text("utf-8") == text, f"joinedup staging-files {return_id}"


def test_no_staging_file_is_without_a_definition() -> None:
    """Given the staging models and suites, then each belongs to a return, or to files of all."""
    of_all = {"stg_source_file", "stg_file_period"}
    known = {f"stg_{return_id}" for return_id in DEFINITIONS}
    staging = PROJECT_ROOT / "dbt_project" / "models" / "staging"
    assert {path.stem for path in staging.glob("stg_*")} == known | of_all
    suites = PROJECT_ROOT / "expectations" / "suites"
    assert {path.stem for path in suites.glob("stg_*.yml")} == known
