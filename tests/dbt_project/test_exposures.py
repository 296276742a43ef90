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


def named_by(page: str) -> set[str]:
    """Give the marts that a page of docs/bi names: in code, in the question, in its words."""
    text = (ROOT / "docs" / "bi" / page).read_text(encoding="utf-8")
    if "README.md#one-question-in-every-tool" in text:
        text += (ROOT / "docs" / "bi" / "README.md").read_text().split("## Before you draw")[0]
    code = "\n".join(re.findall(r"```\w+\n(.*?)```", text, re.DOTALL))
    words = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    in_code = (
        r"\b(?:from|join) (?:marts\.)*(\w+)"
        r"|\b(?:Mart|read|read_mart)\(\s*\"(\w+)\"|(\w+)\.(?:csv|parquet)\b"
    )
    in_words = r"`(?:marts\.)?(\w+)(?:\.\w+)?`|`(?:csv/)?(\w+)\.csv`"
    found = [*re.findall(in_code, code, re.IGNORECASE), *re.findall(in_words, words)]
    marts = {path.stem for path in (PROJECT / "models" / "marts").glob("*.sql")}
    return {name for several in found for name in several} & marts


@pytest.mark.parametrize(
    ("exposure", "page"),
    [
        ("python_recipe", "python.md"),
        ("r_recipe", "r.md"),
        ("excel", "excel.md"),
        ("power_bi", "power_bi.md"),
        ("tableau", "tableau.md"),
        ("metabase", "metabase.md"),
    ],
)
def test_an_exposure_has_the_marts_that_its_recipe_names(
    kept: dict[str, Any], exposure: str, page: str
) -> None:
    """Given a recipe, when the marts it names are read, then its exposure has just those."""
    named = named_by(page)
    assert {"area", "bcf_outturn", "metric_value"} <= named
    assert reads(kept["exposures"][f"exposure.joinedup.{exposure}"]) == named


@pytest.mark.parametrize("exposure", ["postgres_copy", "scorecard_pages"])
def test_who_reads_all_marts_names_all(kept: dict[str, Any], exposure: str) -> None:
    """Given the copy, and the pages with their dictionary, then each exposure has every mart."""
    marts = {path.stem for path in (PROJECT / "models" / "marts").glob("*.sql")}
    assert reads(kept["exposures"][f"exposure.joinedup.{exposure}"]) == marts


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
