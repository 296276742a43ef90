"""What a return costs, measured on returns that are taken out on purpose."""

from __future__ import annotations

import shutil
from difflib import unified_diff
from pathlib import Path

import pytest
from typer.testing import CliRunner

from demonstration.unknown import write_unknown
from ingestion.definition import Definition, load_definition
from ingestion.reader import read_file
from ingestion.register import load_register
from joinedup.cli import app
from joinedup.project import FOLDERS
from joinedup.settings import PROJECT_ROOT

pytestmark = pytest.mark.long

MOST_FILES = 4
MOST_LINES = 150
LEFT_OUT = "virtual_wards"
SYNTHETIC = "home_care_waits"
CODE = ("ingestion", "dbt_project", "expectations", "publishing", "joinedup", "dags")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the folders that returns have files in, without the return that is left out."""
    copy = tmp_path / "project"
    for folder in FOLDERS:
        shutil.copytree(PROJECT_ROOT / folder, copy / folder)
    for path in files_of(copy, LEFT_OUT):
        path.unlink()
    return copy


def files_of(project: Path, return_id: str) -> list[Path]:
    """The files that are there for a return alone."""
    return [
        project / "ingestion" / "returns" / f"{return_id}.yml",
        project / "dbt_project" / "models" / "staging" / f"stg_{return_id}.sql",
        project / "dbt_project" / "models" / "staging" / f"stg_{return_id}.yml",
        project / "expectations" / "suites" / f"stg_{return_id}.yml",
    ]


def files_naming(return_id: str) -> set[Path]:
    """Every file of the code and the configuration that names a return."""
    return {
        path
        for folder in CODE
        for path in (PROJECT_ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".yml", ".csv"}
        and (return_id in path.name or return_id in path.read_text(encoding="utf-8"))
    }


def seeds_of_metrics() -> set[Path]:
    """What says which returns metrics are read from, and what is withheld of those."""
    seeds = PROJECT_ROOT / "dbt_project" / "seeds"
    return {seeds / "metric_contracts.csv", seeds / "disclosure_returns.csv"}


def cost(paths: list[Path]) -> tuple[int, int]:
    """How many files there are, and how many lines they have."""
    return len(paths), sum(len(path.read_text("utf-8").splitlines()) for path in paths)


def joinedup(*arguments: str | Path) -> tuple[int, str]:
    """Run the command line: exit code and what it printed."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_a_return_is_named_by_its_own_files_alone() -> None:
    """Given a real return, then it takes four files and 150 lines, and no other names it but the
    seeds of the metrics that are read from it.
    """
    paths = files_of(PROJECT_ROOT, LEFT_OUT)
    assert files_naming(LEFT_OUT) - seeds_of_metrics() == set(paths)
    files, lines = cost(paths)
    assert files <= MOST_FILES
    assert lines <= MOST_LINES
    assert not [path for path in paths if path.suffix == ".py"]


def test_a_real_return_is_added_again_at_that_cost(project: Path, real_returns: Path) -> None:
    """Given a project without a return, when it is drafted and finished, then its files are read.

    Nothing but its four files differs from the project it was taken out of.
    """
    files = sorted((real_returns / LEFT_OUT).glob("*.xlsx"))
    code, said = joinedup("map-diff", files[0], "--project", project)
    assert (code, "is not recognised" in said) == (1, True)
    code, said = joinedup("new-return", files[-1], "--id", LEFT_OUT, "--project", project)
    assert (code, "The draft reads the file" in said) == (0, True)
    draft, *_ = files_of(project, LEFT_OUT)
    finished = PROJECT_ROOT / "ingestion" / "returns" / draft.name
    assert cost(files_of(project, LEFT_OUT))[1] <= MOST_LINES
    shutil.copy(finished, draft)
    assert joinedup("staging-files", LEFT_OUT, "--project", project)[0] == 0
    for path, shipped in zip(
        files_of(project, LEFT_OUT), files_of(PROJECT_ROOT, LEFT_OUT), strict=True
    ):
        assert path.read_bytes() == shipped.read_bytes(), path.name
    register = load_register(PROJECT_ROOT / "dbt_project" / "seeds")
    definition = load_definition(draft)
    for path in files:
        assert read_file(path, "0" * 64, path.name, {LEFT_OUT: definition}, register) is not None


@pytest.mark.parametrize("return_id", ["virtual_wards", "deprivation"])
def test_an_unedited_draft_reads_the_cells_of_a_real_return(
    return_id: str, project: Path, real_returns: Path
) -> None:
    """Given a draft as it is, then it costs no more, and reads each figure of the same bodies.

    What the figures mean it cannot say: a person changes most lines of the definition.
    """
    for path in files_of(project, return_id):
        path.unlink(missing_ok=True)
    file = sorted((real_returns / return_id).glob("*.xlsx"))[-1]
    code, said = joinedup("new-return", file, "--id", return_id, "--project", project)
    assert (code, "The draft reads the file" in said) == (0, True)
    assert cost(files_of(project, return_id))[1] <= MOST_LINES
    draft, *_ = files_of(project, return_id)
    shipped = PROJECT_ROOT / "ingestion" / "returns" / draft.name
    assert figures(load_definition(draft, as_draft=True), file) == figures(
        load_definition(shipped), file
    )
    assert 0 < added(draft.read_text("utf-8"), shipped) <= MOST_LINES


def figures(definition: Definition, path: Path) -> set[tuple[object, ...]]:
    """Each figure with its cell and the body that it is about."""
    read = read_file(path, "0" * 64, path.name, {definition.return_id: definition})
    assert read is not None
    columns = ("source_sheet", "source_row", "source_column", "value", "subject_code")
    return set(read.observations.select(columns).rows())


def test_a_renamed_heading_of_a_real_return_is_one_line(project: Path, real_returns: Path) -> None:
    """Given files with another heading than the definition has, then one line makes all be read."""
    definition, *_ = files_of(project, LEFT_OUT)
    shipped = (PROJECT_ROOT / "ingestion" / "returns" / definition.name).read_text("utf-8")
    before = shipped.replace("Patients in a Virtual Ward", "Patients on a Virtual Ward", 1)
    before = before.replace("ICB code", "Code of ICB")
    definition.write_text(before, encoding="utf-8")
    files = sorted((real_returns / LEFT_OUT).glob("*.xlsx"))
    assert joinedup("map-diff", files[0], "--project", project, "--write")[0] == 0
    assert added(before, definition) == 2
    definition.write_text(before.replace("Patients on", "Patients in"), encoding="utf-8")
    assert joinedup("map-diff", files[-1], "--project", project, "--write")[0] == 0
    assert added(before.replace("Patients on", "Patients in"), definition) == 1
    assert [joinedup("map-diff", files[at], "--project", project)[0] for at in (0, -1)] == [0, 0]
    mended = {LEFT_OUT: load_definition(definition)}
    for path in files:
        assert read_file(path, "0" * 64, path.name, mended) is not None


def added(before: str, path: Path) -> int:
    """How many lines were added or changed."""
    lines = unified_diff(before.splitlines(), path.read_text("utf-8").splitlines(), n=0)
    return sum(line.startswith("+") and not line.startswith("+++") for line in lines)


def test_a_synthetic_return_at_that_cost(project: Path, tmp_path: Path) -> None:
    """Given two editions, the second with a reworded heading, then one line more reads both."""
    first, second = write_unknown(tmp_path)
    code, said = joinedup("new-return", first, "--id", SYNTHETIC, "--project", project)
    assert code == 0, said
    paths = files_of(project, SYNTHETIC)
    files, lines = cost(paths)
    assert (files, lines <= MOST_LINES) == (MOST_FILES, True)
    before = paths[0].read_text(encoding="utf-8")
    assert joinedup("map-diff", first, "--project", project)[0] == 0
    assert joinedup("map-diff", second, "--project", project)[0] == 1
    assert joinedup("map-diff", second, "--project", project, "--write")[0] == 0
    assert added(before, paths[0]) == 1
    for path in (first, second):
        assert joinedup("map-diff", path, "--project", project)[0] == 0
