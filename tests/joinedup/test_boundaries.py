"""Who may know whom: the direction of imports, and no return's name in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = ["ingestion", "dbt_project", "expectations", "publishing", "demonstration"]
PYTHON = [p for folder in [*STEPS, "joinedup", "dags"] for p in (ROOT / folder).rglob("*.py")]
LANGUAGE = {
    f"ingestion.{name}"
    for name in (
        *("definition", "cadence", "collected", "layouts", "records", "file_checks"),
        *("patterns", "period", "wording"),
    )
}
"""What a definition is made of. Files are read by it and, for demonstration, written by it."""


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("step", STEPS)
def test_a_step_knows_the_settings_and_no_other_step(step: str) -> None:
    """Given a step's files, when their imports are read, then none is another step's.

    Demonstration files are written by the definitions that real ones are read by: it knows
    their language, and none of the readers that it is to try.
    """
    strangers = {*STEPS, "joinedup", "dags"} - {step}
    shared = {"joinedup.settings", "joinedup.static_page"} | (
        LANGUAGE if step == "demonstration" else set()
    )
    for path in (ROOT / step).rglob("*.py"):
        for module in imported(path):
            allowed = module in shared
            assert allowed or module.split(".")[0] not in strangers, f"{path.name}: {module}"


def test_the_language_of_definitions_knows_no_reader() -> None:
    """Given the modules of the language, when their imports are read, then all are its own."""
    for name in LANGUAGE:
        path = ROOT / name.replace(".", "/")
        for module in imported(path.with_suffix(".py")):
            assert module in LANGUAGE or not module.startswith("ingestion"), f"{name}: {module}"


def test_only_dag_files_lie_in_the_dags_folder() -> None:
    """Given the dags folder, then each file in it makes a DAG: Airflow parses them all."""
    for path in (ROOT / "dags").rglob("*.py"):
        assert "@dag(" in path.read_text(encoding="utf-8"), path.name


def test_no_return_is_named_in_python() -> None:
    """Given the definitions, then no Python file names one: a return is data."""
    names = [path.stem for path in (ROOT / "ingestion" / "returns").glob("*.yml")]
    assert names
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path
