"""Plan and outturn in words: met or not, by how much, what it cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.scorecard import plan_charts
from publishing.scorecard.plan_outturn import plan_year, sentences
from tests.publishing.scorecard.plan_marts import (
    AREAS,
    ENGLAND,
    MISSED,
    figures,
    outturn,
    plan_site,
)


def test_a_missed_plan_is_told_with_both_measures(tmp_path: Path) -> None:
    """Given a plan of falls and rises that came, when told, then it was missed and each is said."""
    plan = plan_year(plan_site(tmp_path, {"bcf_outturn": MISSED}))
    assert plan is not None
    assert plan.name == "2015-16"
    assert plan.verdict() == "missed"
    assert list(sentences(plan.headlines())) == [
        "Emergency admissions were to fall by 50; they rose by 40.",
        "Delayed days were to fall by 200; they rose by 110.",
    ]
    cost = plan.cost()
    assert cost is not None
    assert cost.cost_over_plan == 12e6
    assert plan_charts.cost_in_words(cost) == "£12.0m (£11.0m to £13.0m)"
    assert plan.counted_saving() == (5e6, 4e6)


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [((-1.0, 0.0), "met"), ((-1.0, 5.0), "met in part"), ((1.0, 5.0), "missed")],
)
def test_the_verdict_is_of_all_measures(
    tmp_path: Path, gaps: tuple[float, float], verdict: str
) -> None:
    """Given gaps, when judged, then a gap of nought or less is met, and only all make a plan."""
    rows = [
        outturn(measure, change_planned=-10.0, change_made=-10.0 + gap, gap=gap)
        for measure, gap in zip(("nonelective_admissions", "delayed_days"), gaps, strict=True)
    ]
    plan = plan_year(plan_site(tmp_path, {"bcf_outturn": rows}))
    assert plan is not None
    assert plan.verdict() == verdict


def test_without_a_gap_there_is_no_plan_year(tmp_path: Path) -> None:
    """Given a plan without an outturn, or a board's alone, when read, then England has none."""
    rows = [
        outturn("delayed_days", change_planned=-10.0, value_status="missing"),
        outturn("delayed_days", area_code="E06000015", gap=3.0),
    ]
    assert plan_year(plan_site(tmp_path, {"bcf_outturn": rows})) is None


def test_the_trend_says_what_was_planned_in_per_cent(tmp_path: Path) -> None:
    """Given a plan with a level, when the years are titled, then change and plan are in per cent;
    without a plan the title says what is shown.
    """
    site = plan_site(tmp_path, {"bcf_outturn": MISSED, "area": AREAS, "metric_value": figures()})
    years = plan_charts.years(site)
    level = plan_charts.planned_level(plan_year(site))
    assert [year.value for year in years] == [1000.0, 1110.0]
    assert plan_charts.trend_title(years, level) == (
        "Delayed days rose by 11% in 2015-16; the plan was a fall of 20%"
    )
    assert plan_charts.trend_title(years, None) == "Delayed days in England, 2014-15 to 2015-16"
    told = plan_charts.trend_picture(years, level).description
    assert "2014-15 1,000; 2015-16 1,110" in told
    assert "Planned for 2015-16: 800." in told


def test_years_without_a_figure_are_told_apart(tmp_path: Path) -> None:
    """Given a gap between years and one at the end, when read, then only the inner one stays."""
    rows = [
        {
            "metric_id": "delayed_days",
            "area_code": ENGLAND,
            "boundary": "as_reported",
            "period_type": "financial_year",
            "period_start": f"{year}-04-01",
            "value": value,
            "value_status": "missing" if value is None else "reported",
            "segment": segment,
        }
        for year, value, segment in (
            (2011, 5.0, "one"),
            (2012, None, "one"),
            (2013, 7.0, "straddles_a_break"),
            (2014, None, "two"),
        )
    ]
    years = plan_charts.years(plan_site(tmp_path, {"metric_value": rows}))
    assert [(year.name, year.value, year.is_broken) for year in years] == [
        ("2011-12", 5.0, False),
        ("2012-13", None, False),
        ("2013-14", 7.0, True),
    ]
    told = plan_charts.trend_picture(years, None).description
    assert "2012-13 not complete" in told
    assert "changed in 2013-14" in told


def test_of_two_versions_of_a_plan_the_last_counts(tmp_path: Path) -> None:
    """Given a plan that was met as reset and missed as submitted, when read, then it was met."""
    rows = [
        outturn("delayed_days", plan_version=version, change_planned=0.0, gap=gap)
        for version, gap in (("submitted", 5.0), ("reset", -5.0))
    ]
    plan = plan_year(plan_site(tmp_path, {"bcf_outturn": rows}))
    assert plan is not None
    assert plan.verdict() == "met"
