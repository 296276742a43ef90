"""Councils side by side: one period for a row, a bar from zero, a table that needs no script."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.scorecard import compare
from publishing.scorecard.page import Page
from tests.publishing.scorecard.council_marts import (
    BRADFORD,
    EMPTY,
    ENGLAND,
    LEEDS,
    MARTS,
    council_site,
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """Make the pages once, of a metric that the page to choose from has."""
    marts = {
        mart: [
            {**row, "metric_id": "care_satisfaction"}
            if row.get("metric_id") == "feels_safe"
            else row
            for row in rows
        ]
        for mart, rows in MARTS.items()
    }
    site = council_site(tmp_path_factory.mktemp("release"), marts)
    return {page.path: page for page in compare.pages(site)}


def test_the_table_has_every_council_and_england(pages: dict[str, Page]) -> None:
    """Given three councils, when the page to choose from is made, then all are in its table."""
    body = str(pages["compare.html"].body)
    assert body.index(ENGLAND) < body.index(BRADFORD) < body.index(LEEDS)
    assert 'href="compare/E08000035.html"' in body
    assert "status-suppressed" in body
    assert 'src="compare.js"' in body


def test_a_council_stands_beside_its_nearest_peers(pages: dict[str, Page]) -> None:
    """Given a council with a peer, when its page is made, then both are in one row, with bars."""
    assert set(pages) == {"compare.html", f"compare/{LEEDS}.html"}
    body = str(pages[f"compare/{LEEDS}.html"].body)
    assert "Bradford" in body
    # The largest of the row fills its cell; England's 75 is 93.8% of Leeds' 80.
    assert '<rect width="100.0" height="6"/>' in body
    assert '<rect width="93.8" height="6"/>' in body
    assert "status-suppressed" in body


def test_empty_marts_are_said_to_be_empty(tmp_path: Path) -> None:
    """Given marts without a row, when the pages are made, then one says there is nothing."""
    pages = list(compare.pages(council_site(tmp_path, EMPTY)))
    assert [page.path for page in pages] == ["compare.html"]
    assert "No file that is loaded has a council." in str(pages[0].body)
