"""`joinedup new-return` and `staging-files`: the files they write, and what they refuse."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from dbt_project.staging import Staged, staging_files
from demonstration.unknown import write_unknown
from expectations.suites import load_suites
from ingestion.definition import (
    TODO,
    UndecidedError,
    load_definition,
    load_definitions,
    undecided_definitions,
)
from ingestion.reader import read_file
from joinedup.cli import app
from joinedup.project import FOLDERS, AuthoringError, write_whole
from joinedup.scaffold import files_beside
from joinedup.settings import PROJECT_ROOT
from tests.ingestion.small_returns import delayed_transfers, write

NEW = "home_care_waits"
FILES = {
    f"ingestion/returns/{NEW}.yml",
    f"dbt_project/models/staging/stg_{NEW}.sql",
    f"dbt_project/models/staging/stg_{NEW}.yml",
    f"expectations/suites/stg_{NEW}.yml",
}
DEFINITIONS = load_definitions()
BODY = "LA - by responsible org"


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
        (["--id", "a" * 300], "longer than 50"),
        (["--id", "select"], "a word of SQL"),
        (["--id", NEW, "--landing-page", "https://x y"], "no address of a page"),
        (["--id", NEW, "--landing-page", "http://www.gov.uk/"], "no address of a page"),
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


def test_draft_is_undecided_until_a_person_decides(project: Path, example: Path) -> None:
    """Given a draft with nothing decided, then the load leaves it out and names what to decide."""
    done = joinedup("new-return", example, "--id", NEW, "--project", project)
    assert done.exit_code == 0, done.output
    folder = project / "ingestion" / "returns"
    assert set(load_definitions(folder)) == set(DEFINITIONS)
    with pytest.raises(UndecidedError, match="Decide"):
        load_definition(folder / f"{NEW}.yml")
    (said,) = undecided_definitions(folder).values()
    for place in ("publisher", "licence", "landing_page", "markers.*", "measures.figures.unit"):
        assert place in said
    done = joinedup("map-diff", example, "--project", project)
    assert f"{NEW}.yml still says TODO" in done.stdout


def test_no_definition_of_the_project_is_undecided() -> None:
    """Given the definitions as committed, then none says `TODO`, not even in a comment."""
    assert not undecided_definitions()
    for path in (PROJECT_ROOT / "ingestion" / "returns").glob("*.yml"):
        assert TODO not in path.read_text("utf-8"), path.name


def test_file_of_another_return_is_refused(project: Path, tmp_path: Path) -> None:
    """Given a file that a return reads, and one that it refuses, then no second return is made."""
    known = project / "ingestion/returns/delayed_transfers_la.yml"
    known.write_text(known.read_text("utf-8").replace(", complete: true", ""), "utf-8")
    before = files_of(project)
    book = delayed_transfers("May 2011")
    for words, said in (("Social Care", "layout april_2011"), ("Housing", "is refused")):
        text = [[words if cell == "Social Care" else cell for cell in row] for row in book[BODY]]
        path = write(book | {BODY: text}, tmp_path / "LA-Type-B.xlsx")
        done = joinedup("new-return", path, "--id", NEW, "--project", project)
        assert done.exit_code == 1
        assert "LA-Type-B.xlsx is a file of delayed_transfers_la already" in done.stderr
        assert said in done.stderr
    assert files_of(project) == before


def spoil_bytes(path: Path) -> None:
    """Write what is no UTF-8."""
    path.write_bytes(b"return: x\ntitle: \xff\n")


SPOILS: dict[str, tuple[Callable[[Path], object], str]] = {
    "broken": (lambda path: path.write_text("return: [", "utf-8"), "broken.yml: line"),
    "latin": (spoil_bytes, "latin.yml is not UTF-8 (line 2)"),
    "folder": (lambda path: path.mkdir(), "folder.yml cannot be read: Is a directory"),
    "strange": (lambda path: path.write_text("return: strange\nx: 1\n", "utf-8"), "x: there is no"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_definition_beside_that_cannot_be_loaded_is_named(
    name: str, project: Path, example: Path
) -> None:
    """Given a broken definition beside, then each command names it, and nothing is written."""
    spoil, said = SPOILS[name]
    spoil(project / "ingestion" / "returns" / f"{name}.yml")
    before = files_of(project)
    for command in (
        ["new-return", example, "--id", NEW],
        ["map-diff", example],
        ["staging-files", name],
    ):
        done = joinedup(*command, "--project", project)
        assert (done.exit_code, done.stdout) == (1, "")
        assert isinstance(done.exception, SystemExit)
        assert said in done.stderr
    assert files_of(project) == before


def test_folder_that_is_no_project_is_refused(tmp_path: Path, example: Path) -> None:
    """Given no folder, an empty one or a file as the project, then it is named and stays so."""
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (tmp_path / "none", empty, example):
        for command in (["new-return", example, "--id", NEW], ["map-diff", example]):
            done = joinedup(*command, "--project", folder)
            assert done.exit_code == 1
            assert f"{folder} is not a project" in done.stderr
        assert joinedup("staging-files", "--project", folder).exit_code == 1
    assert list(empty.iterdir()) == []


def test_folder_in_the_place_of_a_file_is_wrong_use(project: Path, tmp_path: Path) -> None:
    """Given a folder as the file, then that is said, with the code of a wrong use."""
    for command in (["new-return", tmp_path, "--id", NEW], ["map-diff", tmp_path]):
        done = joinedup(*command, "--project", project)
        assert done.exit_code == 2
        assert "directory" in done.stderr


@pytest.mark.parametrize("at", range(4))
def test_failure_to_write_leaves_nothing(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a disk that fails at any of four files, then all are as before and the path is said."""
    old = tmp_path / "two"
    old.write_text("old", "utf-8")
    names = ["one", "two", "three", "four"]
    replace = Path.replace

    def failing(path: Path, target: Path) -> Path:
        if target.name == names[at]:
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(AuthoringError, match=f"{names[at]} cannot be written: No space left"):
        write_whole(tmp_path, dict.fromkeys(names, "new"))
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    assert old.read_text("utf-8") == "old"


def test_read_only_folder_is_said(project: Path, example: Path) -> None:
    """Given a folder that may not be written to, then it is said and nothing is half-written."""
    folder = project / "expectations" / "suites"
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    before = files_of(project)
    done = joinedup("new-return", example, "--id", NEW, "--project", project)
    folder.chmod(0o755)
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
    assert files_of(project) == before


AWKWARD = ["% of people", "* all", "@home", "- a", "! x", "> y", "? z", "`q`", "&x one", "a: b # c"]


@pytest.mark.parametrize("title", [*AWKWARD, "{{ env_var('HOME') }} {% if %}", "yes", "a\nb"])
def test_awkward_titles_stay_words(title: str) -> None:
    """Given a title that YAML or dbt would read, then the description says it, and runs nothing."""
    staged = Staged("x", title, ["council"], ["month"])
    described = yaml.safe_load(staging_files(staged)["dbt_project/models/staging/stg_x.yml"])
    said = described["models"][0]["description"]
    assert "{{" not in said
    assert "{%" not in said
    assert said.replace("{ ", "{").split() == title.replace("{ ", "{").split()
