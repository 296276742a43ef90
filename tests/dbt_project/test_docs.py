"""The page about tables and models: one file, from what the build knew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from dbt_project import docs
from dbt_project.build import PROJECT, BuildResult
from dbt_project.docs import KEPT, DocsError, write_docs
from joinedup.public_scan import scan
from tests.joinedup.pages_in_a_browser import browser, served

MOST_BYTES = 8_000_000


def work_of(built: BuildResult) -> Path:
    """The folder in which dbt worked for a candidate."""
    return built.path.with_name(f"{built.path.stem}.dbt")


@pytest.fixture(scope="module")
def page(built: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the tiny build."""
    out = tmp_path_factory.mktemp("docs") / "docs" / "index.html"
    write_docs(built.path, work_of(built), out)
    return out


def inlined(page: Path, name: str) -> dict[str, dict[str, dict[str, object]]]:
    """What stands in the page for dbt's manifest or catalogue."""
    text = page.read_text(encoding="utf-8")
    start = re.search(rf"[{{,]{name}:(?={{)", text)
    assert start
    found, _ = json.JSONDecoder().raw_decode(text, start.end())
    assert isinstance(found, dict)
    return found


def test_every_table_is_in_it_with_its_columns(page: Path, built: BuildResult) -> None:
    """Given a build, when its page is written, then each model and seed has columns with types."""
    manifest, catalogue = inlined(page, "manifest"), inlined(page, "catalog")
    nodes = {uid for uid, node in manifest["nodes"].items() if node["resource_type"] != "test"}
    assert len(nodes) == built.models + built.seeds
    assert set(catalogue["nodes"]) == nodes
    assert set(catalogue["sources"]) == set(manifest["sources"])
    value = catalogue["nodes"]["model.joinedup.metric_value"]["columns"]["value"]  # type: ignore[index]
    assert value["type"] == "DOUBLE"
    assert "from" in str(manifest["nodes"]["model.joinedup.metric_value"]["compiled_code"])


def test_nothing_in_it_says_where_or_when_it_was_made(page: Path, built: BuildResult) -> None:
    """Given a page, when it is read, then it names no path, no run, no machine and no other file.

    The look that every release has finds nothing in it, and it is not too big for a release.
    """
    text = page.read_text(encoding="utf-8")
    for told in (built.path.stem, str(built.path.parent), str(PROJECT.parent), "invocation_id"):
        assert told not in text
    head = text[: text.index("<script")]
    assert not re.search(r'(?:href|src)="(?!data:)', head)
    assert len(text.encode()) < MOST_BYTES
    duckdb.connect(str(page.parents[1] / "marts.duckdb")).close()
    assert scan(page.parents[1]) == []


def test_the_same_build_gives_the_same_page(page: Path, built: BuildResult, tmp_path: Path) -> None:
    """Given a page of a build, when it is written once more elsewhere, then it is the same."""
    write_docs(built.path, work_of(built), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_no_text_of_a_model_can_end_the_script(built: BuildResult, tmp_path: Path) -> None:
    """Given a description that would end a script, when it is written, then it stays a text."""
    kept = json.loads((work_of(built) / KEPT).read_text())
    ending = "</script><script>alert(1)</script>"
    kept["nodes"]["model.joinedup.metric_value"]["description"] = ending
    (tmp_path / KEPT).write_text(json.dumps(kept))
    write_docs(built.path, tmp_path, tmp_path / "index.html")
    assert "<script>alert" not in (tmp_path / "index.html").read_text()
    manifest = inlined(tmp_path / "index.html", "manifest")
    assert manifest["nodes"]["model.joinedup.metric_value"]["description"] == ending


def test_a_build_that_kept_nothing_is_said(built: BuildResult, tmp_path: Path) -> None:
    """Given a folder of no build, when the page is asked for, then the error says so."""
    with pytest.raises(DocsError, match=f"kept nothing.*{KEPT}"):
        write_docs(built.path, tmp_path, tmp_path / "index.html")


def test_another_page_of_dbt_is_refused(
    built: BuildResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a page of dbt without the places to fill, when it is to be filled, then it is said."""
    monkeypatch.setattr(docs, "_page", lambda: "<html></html>")
    with pytest.raises(DocsError, match="version of dbt-core"):
        write_docs(built.path, work_of(built), tmp_path / "index.html")


@pytest.mark.long
def test_a_browser_shows_it_and_asks_for_nothing_else(page: Path) -> None:
    """Given the page on a server, when it is looked at, then nothing is wrong."""
    said: list[str] = []
    asked: set[str] = set()
    with browser() as chromium, served(page.parent) as address:
        opened = chromium.new_page()
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda request: asked.add(request.url.partition("?")[0]))
        opened.goto(f"{address}/index.html")
        opened.get_by_text("the tables and how they are made").wait_for()
        opened.goto(f"{address}/index.html?1#!/model/model.joinedup.metric_value")
        opened.get_by_text("One row is a metric for an area and a period").wait_for()
        where = "#!/model/model.joinedup.metric_value?g_v=1&g_i=%2Bmetric_value"
        opened.goto(f"{address}/index.html?2{where}")
        opened.get_by_text("Lineage Graph").first.wait_for()
    assert said == []
    assert asked == {f"{address}/index.html"}
