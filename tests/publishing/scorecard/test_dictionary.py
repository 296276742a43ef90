"""The dictionary: every table and column with its meaning, and the words of the field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publishing.scorecard import dictionary
from tests.publishing.scorecard.contracted_marts import site_of

GLOSSARY = Path(__file__).parents[3] / "docs/glossary.md"


def test_each_table_and_column_is_described(tmp_path: Path) -> None:
    """Given marts, then each has a page with its key, its rows, and each column's meaning."""
    metric = {"metric_id": "delayed_days", "title": "Delayed days"}
    site = site_of(tmp_path, {"metric": (metric, metric | {"title": None}), "deflator": ()})
    bodies = {page.path: str(page.body) for page in dictionary.pages(site)}
    assert set(bodies) == {
        "dictionary.html",
        *(f"dictionary/{mart}.html" for mart in ("claim", "deflator", "metric")),
    }
    page = bodies["dictionary/metric.html"]
    assert "<code>metric_id</code>" in page
    assert "50.0%" in page
    assert "no rows" in bodies["dictionary/deflator.html"]
    columns = (site.out / "data/dictionary-columns.csv").read_text("utf-8-sig")
    assert "metric,metric_id,VARCHAR,True" in columns


def test_files_are_linked_where_they_are(tmp_path: Path) -> None:
    """Given a Parquet file and no CSV, then only the Parquet file has a link."""
    (tmp_path / "parquet").mkdir()
    (tmp_path / "parquet/metric.parquet").touch()
    pages = {page.path: str(page.body) for page in dictionary.pages(site_of(tmp_path, {}))}
    assert 'href="../../parquet/metric.parquet"' in pages["dictionary/metric.html"]
    assert "/csv/" not in pages["dictionary/metric.html"]


@pytest.mark.parametrize(
    ("filled", "rows", "said"),
    [(0, 0, "no rows"), (0, 9, "none"), (9, 9, "all"), (1, 10**6, "0.1%"), (9999, 10000, "99.9%")],
)
def test_nearly_all_is_not_all(filled: int, rows: int, said: str) -> None:
    """Given how many rows have a value, then all and none are said of nothing else."""
    assert dictionary.share(filled, rows) == said


def test_the_glossary_is_that_of_the_documents() -> None:
    """Given docs/glossary.md, then the pages have the same words, without links into docs."""
    said = {}
    for line in GLOSSARY.read_text("utf-8").splitlines():
        if found := re.fullmatch(r"\*\*(.+?)\*\* - (.+)", line):
            meaning = re.sub(r" See \[[^\]]*\]\([^)]*\)\.", "", found[2])
            said[found[1]] = re.sub(r"[*`]", "", meaning).replace(
                "; series_breaks.csv lists the breaks", ""
            )
    assert {one.term: one.meaning for one in dictionary.read_glossary()} == said
