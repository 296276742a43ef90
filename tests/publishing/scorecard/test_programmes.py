"""The pages of programmes: what was promised beside what came, with a known word for each end."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from publishing.scorecard import programmes
from publishing.scorecard.charts.timeline import Span, timeline
from tests.publishing.scorecard.contracted_marts import Row, site_of

SEED = Path(__file__).parents[3] / "dbt_project/seeds/commitment_statuses.csv"
FUND: Row = {
    "programme_id": "fund",
    "title": "The Fund",
    "kind": "fund",
    "responsible": "Ministers",
    "started_on": date(2015, 4, 1),
    "date_precision": "month",
    "description": "A pooled budget.",
    "commitments": 1,
    "commitments_met": 0,
    "commitments_missed": 1,
    "claim_ids": "C008; C999",
    "source": "National Audit Office, HC 1011",
}
BOARD: Row = FUND | {"programme_id": "board", "title": "The Board", "started_on": None}
CUT: Row = {
    "commitment_id": "fewer_days",
    "programme_id": "fund",
    "kind": "target",
    "commitment": "Cut delayed days.",
    "better": "at_most",
    "target_value": -293000.0,
    "outturn_value": 184610.0,
    "unit": "days",
    "status": "missed",
    "status_basis": "open returns",
    "status_why": "The outturn is from the open returns.",
    "status_source": "The register's note to C008",
    "claim_ids": "C008",
    "source": "National Audit Office, HC 1011",
}


@pytest.fixture
def bodies(tmp_path: Path) -> dict[str, str]:
    """The pages of two programmes, one of them without a date, by path."""
    marts = {
        "programme": (FUND, BOARD),
        "commitment": (CUT,),
        "claim": ({"claim_id": "C008"},),
    }
    return {page.path: str(page.body) for page in programmes.pages(site_of(tmp_path, marts))}


def test_each_programme_has_its_page(bodies: dict[str, str]) -> None:
    """Given two programmes, then both have a page, and the first page leads to both."""
    assert set(bodies) == {"programmes.html", "programme/fund.html", "programme/board.html"}
    assert 'href="programme/fund.html"' in bodies["programmes.html"]
    assert "no source here dates them" in bodies["programmes.html"]
    assert "No target" in bodies["programme/board.html"]


def test_a_target_stands_beside_its_outturn(bodies: dict[str, str]) -> None:
    """Given a target and an outturn, then both are drawn with sign, status, why and source."""
    page = bodies["programme/fund.html"]
    minus = "\N{MINUS SIGN}"
    assert f"Missed: +184,610 days, with a target of at most {minus}293,000 days" in page
    assert page.count("<svg") == 2
    assert "This project&#39;s note on claim" in page
    assert '<a href="../claims.html#C008">C008</a>' in page
    assert "C999" not in page, "a claim that is not here cannot be looked up"
    assert "April 2015" in page


def test_the_heading_says_what_became_of_the_promises() -> None:
    """Given statuses, then only targets and deliverables count as promises."""
    rows = [
        {"kind": "target", "status": "met"},
        {"kind": "deliverable", "status": "dropped"},
        {"kind": "target", "status": "unknown"},
        {"kind": "finding", "status": "not_tested"},
    ]
    said = "Of 3 targets and deliverables 1 were met, 1 dropped and 1 have no known outcome"
    assert programmes.finding(rows) == said
    # That another promise took its place is an outcome; that it was never measured is none.
    more = [
        {"kind": "target", "status": one} for one in ("superseded", "not_due", "never_measured")
    ]
    assert programmes.finding([*rows, *more]) == (
        "Of 6 targets and deliverables 1 were met, 1 dropped, 1 superseded, 1 not due yet "
        "and 2 have no known outcome"
    )
    assert programmes.finding([]) == "Programmes"


def test_statuses_are_told_as_the_seed_means_them() -> None:
    """Given the seed of statuses, then the pages know each of them and say the same of it."""
    with SEED.open(encoding="utf-8", newline="") as file:
        seed = {row["status"]: row["meaning"] for row in csv.DictReader(file)}
    assert {status: means for status, (_, means) in programmes.STATUSES.items()} == seed


@pytest.mark.parametrize(
    ("precision", "said"),
    [("year", "2015"), ("month", "April 2015"), ("day", "1 April 2015")],
)
def test_a_date_is_as_exact_as_its_source(precision: str, said: str) -> None:
    """Given how exact a date is, when told, then no more is said than that."""
    assert programmes.when(date(2015, 4, 1), precision) == said


def test_a_span_without_an_end_fades_out() -> None:
    """Given spans with and without an end, when drawn, then only one fades, and marks differ."""
    until = date(2026, 11, 22)
    ended = Span("Ended", date(2011, 4, 1), date(2015, 3, 31), "day")
    going = Span("Going on", date(2015, 4, 1), None, "day", is_marked=True)
    drawn = [
        str(timeline([span], until=until, chart_id="c", title="t", description="d"))
        for span in (ended, going)
    ]
    assert "fill-opacity" not in drawn[0]
    assert "fill-opacity" in drawn[1]
    assert "Going on !" in drawn[1]
    assert 'role="img"' in drawn[0]


def test_a_long_name_is_whole_on_a_phone() -> None:
    """Given a programme of a long name, when drawn for a phone, then it is not cut."""
    name = "Sustainability and Transformation Fund"
    span = Span(name, date(2016, 4, 1), date(2017, 4, 1))
    drawn = timeline([span], until=date(2026, 1, 1), chart_id="c", title="t", description="d")
    narrow = drawn[drawn.index('class="narrow"') :]
    assert f">{name}<" in narrow
