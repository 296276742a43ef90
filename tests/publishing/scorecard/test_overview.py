"""The overview: its answers come from the marts, and what is not there is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publishing.scorecard import overview
from tests.publishing.scorecard.contracted_marts import FACTS, Row
from tests.publishing.scorecard.plan_marts import START, full_site, metric, plan_site


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make the overview of a missed plan once."""
    return str(next(overview.pages(full_site(tmp_path_factory.mktemp("release")))).body)


@pytest.mark.parametrize(
    "said",
    [
        "plan to join up care met? No.",
        "Delayed days were to fall by 200; they rose by 110.",
        "+90 admissions, +310 days",
        "£12.0m",
        "£11.0m to £13.0m",
        "Plans were to save £5m.",
        "Nobody tracked what was saved.",
        "1 of 2 had more delayed days",
        "The largest rises: Leeds (+160)",
        'href="drivers.html"',
        'href="claims.html#C009"',
        "Delayed days rose by 11% in 2015-16; the plan was a fall of 20%",
        "the first release here",
        "What came of emergency admissions is as published: no open return here counts it",
        "<b>Not open data</b>: It rests on returns or plans that nobody publishes.",
    ],
)
def test_each_question_is_answered(body: str, said: str) -> None:
    """Given a missed plan, when the overview is made, then each question has its answer."""
    assert said in body


def test_internal_files_are_not_named(body: str) -> None:
    """Given a source that names a list of this project, when shown, then the name is gone."""
    assert "Audit office" in body
    assert "(claims.csv" not in body


def test_the_answers_come_before_all_else(body: str) -> None:
    """Given the page, when read from the top, then the five answers stand before any table."""
    assert body.index("Where do the numbers come from?") < body.index("<table")


def test_a_claim_beside_synthetic_figures_has_no_verdict(tmp_path: Path) -> None:
    """Given a claim tested with made-up returns, when the overview is made, then its verdict is not
    told as one, and it is said what stands in its place.
    """
    site = full_site(tmp_path)
    site.connection.execute("UPDATE claim SET verdict = 'differs', is_synthetic = true")
    body = str(next(overview.pages(site)).body)
    assert "<td>Beside SYNTHETIC figures</td>" in body
    assert "<b>Beside SYNTHETIC figures</b>: The returns loaded here are made up" in body
    assert "<b>Differs</b>" not in body


def test_without_a_plan_the_page_says_so(tmp_path: Path) -> None:
    """Given empty marts, when the overview is made, then each part says why it is empty."""
    page = next(overview.pages(plan_site(tmp_path)))
    body = str(page.body)
    assert page.title == "Is joining up health and social care working?"
    for said in (
        "No plan with its outturn is in this release",
        "No delayed days of England by year",
        "None of the headline measures has a figure",
        "No council has a figure for these maps",
    ):
        assert said in body
    assert "<svg" not in body


def test_changes_since_the_release_before_are_counted_and_listed(tmp_path: Path) -> None:
    """Given two changes, when the overview is made, then they are counted by measure, and the
    revision is listed with both figures.
    """
    revised: Row = {
        "metric_id": "delayed_days",
        "area_code": "E08000035",
        "boundary": "as_reported",
        "period_type": "financial_year",
        "period_start": START,
        "change": "revised",
        "old_value": 750.0,
        "new_value": 760.0,
        "old_status": "reported",
        "new_status": "reported",
        "unit": "days",
        "explanation": "source revised",
        "size_rank": 1,
    }
    added = revised | {"change": "added", "old_value": None, "old_status": None, "size_rank": 2}
    facts = replace(FACTS, previous="20261121T000000Z-y")
    body = str(next(overview.pages(full_site(tmp_path, [revised, added], facts))).body)
    assert "2 figures of 1 measures differ from the release before, 20261121T000000Z-y" in body
    assert "1 added, 1 revised." in body
    assert "source revised" in body


def test_the_latest_figures_say_whether_the_change_is_better(tmp_path: Path) -> None:
    """Given England's last figure with a change on a year, when the overview is made, then the
    table has the figure, its period and whether it is better.
    """
    metric_id = "no_criteria_to_reside_remaining"
    standing: Row = {
        "metric_id": metric_id,
        "area_code": "E92000001",
        "area_type": "country",
        "boundary": "as_reported",
        "period_type": "financial_year",
        "period_start": START,
        "period_end": "2016-03-31",
        "unit": "patients",
        "value": 90.0,
        "value_status": "reported",
        "segment": "one",
        "earlier_value": 100.0,
        "change_on_year": -10.0,
    }
    marts = {
        "scorecard": [standing],
        "metric": [metric(metric_id, "Patients waiting", unit="patients")],
    }
    body = str(next(overview.pages(plan_site(tmp_path, marts))).body)
    assert "Patients waiting" in body
    assert "90 patients" in body
    assert "down 10.0% (better)" in body


def test_a_council_that_only_changed_its_code_keeps_its_figure_on_the_map(tmp_path: Path) -> None:
    """Given a figure of a council under its former code, and one of two that were merged, when
    mapped, then the first stands for its successor and is said to, and the second for none.
    """
    metric_id = "reablement_at_home"
    of: Row = {
        "metric_id": metric_id,
        "boundary": "as_reported",
        "period_type": "financial_year",
        "period_start": START,
        "value_status": "reported",
        "unit": "%",
    }
    links = (
        ("E08000016", "E08000038", 1.0),
        ("E06000028", "E06000058", 1.0),
        ("E06000029", "E06000058", 1.0),
    )
    marts: dict[str, list[Row]] = {
        "area": [
            {"area_code": code, "area_type": "council", "name": name}
            for code, name in (
                ("E08000035", "Leeds"),
                ("E08000038", "Barnsley"),
                ("E06000058", "Bournemouth, Christchurch and Poole"),
            )
        ],
        "area_link": [
            {
                "link_kind": "successor",
                "from_area_code": former,
                "to_area_code": code,
                "weight": weight,
            }
            for former, code, weight in links
        ],
        "metric": [metric(metric_id, "Still at home", unit="%", polarity="higher")],
        "metric_value": [
            of | {"area_code": "E08000016", "value": 52.0},
            of | {"area_code": "E06000028", "value": 70.0},
            of | {"area_code": "E08000035", "value": 80.0},
        ],
        "scorecard": [of | {"area_code": "E08000035", "area_type": "council", "value": 80.0}],
    }
    body = str(next(overview.pages(plan_site(tmp_path, marts))).body)
    assert "<title>Barnsley: 52.0%</title>" in body
    assert "Barnsley: as reported for the council before its code changed." in body
    assert "<title>Bournemouth, Christchurch and Poole: Not available" in body
    assert "from 52.0% in Barnsley to 80.0% in Leeds" in body
