"""What reads the marts is written down, with what each reads and where that is described."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dbt_project.build import PROJECT, BuildResult
from dbt_project.docs import KEPT

ROOT = PROJECT.parent
SUPERSET = ROOT / "deploy" / "superset" / "dashboard" / "datasets"


@pytest.fixture(scope="module")
def kept(built: BuildResult) -> dict[str, Any]:
    """What the build kept of its project."""
    work = built.path.with_name(f"{built.path.stem}.dbt")
    found: dict[str, Any] = json.loads((work / KEPT).read_text())
    return found


def reads(exposure: dict[str, Any]) -> set[str]:
    """The marts that an exposure reads."""
    return {uid.rsplit(".", 1)[-1] for uid in exposure["depends_on"]["nodes"]}


def test_each_reader_has_a_page_and_reads_marts_only(kept: dict[str, Any]) -> None:
    """Given the exposures, when each is read, then its page is there, and it reads marts."""
    marts = {
        uid
        for uid, node in kept["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    assert len(kept["exposures"]) >= 9
    for name, exposure in kept["exposures"].items():
        page = ROOT / exposure["config"]["meta"]["document"]
        assert page.is_file(), name
        assert page.relative_to(ROOT).as_posix() in exposure["description"], name
        assert exposure["owner"]["name"], name
        assert set(exposure["depends_on"]["nodes"]) <= marts, name
        assert exposure["depends_on"]["nodes"], name


def test_every_page_about_a_tool_is_an_exposure(kept: dict[str, Any]) -> None:
    """Given the pages about BI tools, when they are listed, then each has its exposure."""
    told = {one["config"]["meta"]["document"] for one in kept["exposures"].values()}
    pages = {f"docs/bi/{page.name}" for page in (ROOT / "docs" / "bi").glob("*.md")}
    assert pages - {"docs/bi/README.md"} <= told


@pytest.mark.parametrize("tool", ["python", "r", "excel", "power_bi", "tableau"])
def test_a_recipe_reads_what_its_exposure_says(kept: dict[str, Any], tool: str) -> None:
    """Given a recipe's code, when it names files or tables of marts, then its exposure does."""
    (exposure,) = [
        one
        for one in kept["exposures"].values()
        if one["config"]["meta"]["document"] == f"docs/bi/{tool}.md"
    ]
    text = (ROOT / "docs" / "bi" / f"{tool}.md").read_text()
    code = "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL))
    marts = {path.stem for path in (PROJECT / "models" / "marts").glob("*.sql")}
    tables = r"\b(?:from|join)\s+(?:marts\.)*(\w+)|\b(\w+)\.(?:csv|parquet)\b"
    named = {one for pair in re.findall(tables, code, re.IGNORECASE) for one in pair if one}
    assert named & marts <= reads(exposure)


def test_the_dashboard_reads_what_its_exposure_says(kept: dict[str, Any]) -> None:
    """Given Superset's data sets, when their SQL is read, then the exposure has those tables."""
    sql = "\n".join(path.read_text() for path in Path(SUPERSET).rglob("*.yaml"))
    named = set(re.findall(r"(?:FROM|JOIN) marts\.(\w+)", sql))
    assert named == reads(kept["exposures"]["exposure.joinedup.superset_dashboard"])


def test_the_semantic_layer_reads_what_its_exposure_says(kept: dict[str, Any]) -> None:
    """Given the semantic models, when their tables are listed, then the exposure has just those."""
    named = {
        uid.rsplit(".", 1)[-1]
        for model in kept["semantic_models"].values()
        for uid in model["depends_on"]["nodes"]
    }
    assert named == reads(kept["exposures"]["exposure.joinedup.semantic_layer"])
