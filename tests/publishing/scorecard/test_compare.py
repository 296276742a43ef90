"""Councils side by side: one period for a row, a bar from zero, a table that needs no script."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from publishing.scorecard import compare
from publishing.scorecard.page import Page
from publishing.scorecard.peer_places import place_of
from tests.publishing.scorecard.council_marts import (
    BRADFORD,
    EMPTY,
    ENGLAND,
    LEEDS,
    MARTS,
    NEW,
    OLD,
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


def test_a_council_has_its_place_among_all_its_peers(pages: dict[str, Page]) -> None:
    """Given a council, a peer that is withheld and England, when its page is made
    Then they are in order, the council marked, and the peer last with the sign of why.
    """
    body = str(pages[f"compare/{LEEDS}.html"].body)
    place = body[body.index('id="r-care_satisfaction"') :]
    assert "better than 15 of 15 peers" in place
    assert "best first" in place
    own, england, peer = (
        place.index(said)
        for said in ('<li class="own">Leeds', '<li class="england">England', "<li>Bradford")
    )
    assert own < england < peer
    assert "status-suppressed" in place[peer:]


@pytest.mark.parametrize("is_ranked", [True, False])
def test_a_metric_leads_to_the_row_that_its_page_has(tmp_path: Path, *, is_ranked: bool) -> None:
    """Given a council with a figure of the period that a metric's page compares, or without
    When the page of its peers is made
    Then the metric leads to the council's row, or to the page.
    """
    areas = (LEEDS, BRADFORD) if is_ranked else (NEW, BRADFORD)
    later = [
        {**row, "area_code": area, "period_start": date(2017, 4, 1)}
        for row in MARTS["metric_value"]
        if (row["metric_id"], row["area_code"]) == ("feels_safe", OLD)
        for area in areas
    ]
    metrics = [{**row, "availability": "computed"} for row in MARTS["metric"]]
    marts = {**MARTS, "metric": metrics, "metric_value": [*MARTS["metric_value"], *later]}
    pages = {page.path: page for page in compare.pages(council_site(tmp_path, marts))}
    place = "#in-E08000035" if is_ranked else ""
    assert f'metric/feels_safe.html{place}">' in str(pages[f"compare/{LEEDS}.html"].body)


def test_a_place_is_told_best_first_and_what_cannot_be_compared_last() -> None:
    """Given a metric of which less is better, and a peer's figure of another segment
    When the place is told
    Then the least comes first, and the other is said not to be comparable.
    """
    own = {
        "metric_id": "turnover", "title": "Turnover", "unit": "%", "polarity": "lower",
        "period_type": "financial_year", "period_start": date(2024, 4, 1), "england_value": 25.0,
        "peers_below": 1, "peers_above": 1, "peers_with_a_value": 2,
    }  # fmt: skip
    figures = (
        ("Own", 20.0, "one"),
        ("Less", 10.0, "one"),
        ("More", 30.0, "one"),
        ("Other", 1.0, "b"),
    )
    rows = [
        {**own, "name": name, "value": value, "value_status": "reported", "segment": segment}
        for name, value, segment in figures
    ]
    place = place_of(rows)
    assert place is not None
    assert (place.says, place.order) == ("better than 1 of 2 peers", "best first")
    assert [one.name for one in place.areas] == ["Less", "Own", "England", "More", "Other"]
    assert place.areas[-1].shown == "not comparable"
    assert place_of([{**rows[0], "peers_below": None}]) is None


def test_empty_marts_are_said_to_be_empty(tmp_path: Path) -> None:
    """Given marts without a row, when the pages are made, then one says there is nothing."""
    pages = list(compare.pages(council_site(tmp_path, EMPTY)))
    assert [page.path for page in pages] == ["compare.html"]
    assert "No file that is loaded has a council." in str(pages[0].body)
