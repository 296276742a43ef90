"""What stands out of a council: counted once, by its direction, and no chance told as a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from publishing.scorecard.findings import (
    among_peers,
    change_in_words,
    change_with_verdict,
    findings,
)
from publishing.scorecard.standing import PastFigure, Standing, is_better, one_of_each, spark_points

SAFE = Standing(
    metric_id="feels_safe",
    title="Feeling safe",
    unit="%",
    polarity="higher",
    derivation="published",
    base_metric_id=None,
    boundary="as_reported",
    figure_area_code="E08000035",
    period_type="financial_year",
    period_start=date(2023, 4, 1),
    period_end=date(2024, 3, 31),
    value=80.0,
    value_status="reported",
    lower=76.0,
    upper=84.0,
    segment="one",
    plan=None,
    plan_version=None,
    england_value=70.0,
    beside_england="better",
    peers_with_a_value=15,
    peer_median=70.0,
    peer_lower_quartile=68.0,
    peer_upper_quartile=72.0,
    peer_lowest=60.0,
    peer_highest=81.0,
    peers_below=14,
    peers_above=1,
    why_no_peers=None,
    earlier_value=75.0,
    change_on_year=5.0,
    why_no_change=None,
    variation=None,
    assurance=None,
    published_on=None,
    lineage_id="0000000000001",
)
TURNOVER = replace(
    SAFE,
    metric_id="workforce_turnover",
    title="Turnover",
    polarity="lower",
    beside_england="worse",
)


@pytest.mark.parametrize(
    ("polarity", "difference", "better"),
    [
        ("lower", -1.0, True),
        ("lower", 1.0, False),
        ("higher", 1.0, True),
        ("higher", 0.0, None),
        ("context", 1.0, None),
    ],
)
def test_better_is_by_polarity(polarity: str, difference: float, better: bool | None) -> None:
    """Given a polarity, when a figure differs, then it is better, worse, or neither."""
    assert is_better(polarity, difference) is better


def test_measures_are_counted_beside_peers_and_england() -> None:
    """Given one measure better and one worse, when counted, then the sentences say so."""
    found = findings([SAFE, TURNOVER])
    assert found.peers == "better than the median of its peers on 1 of 2 measures, worse on 1"
    assert found.england is not None
    assert "1 is better than England" in found.england
    assert "1 is worse" in found.england
    assert [one.metric_id for one in found.best] == ["feels_safe"]
    assert "better than 14 of 15 peers" in found.best[0].says
    assert [one.metric_id for one in found.worst] == ["workforce_turnover"]
    assert "worse than 14 of 15 peers" in found.worst[0].says


def test_nothing_is_said_of_nothing() -> None:
    """Given figures that are withheld or have no peers, when looked at, then no sentence counts."""
    withheld = replace(
        SAFE, value=None, value_status="suppressed", beside_england=None, change_on_year=None
    )
    found = findings([withheld, replace(withheld, metric_id="other", peer_median=None)])
    assert (found.peers, found.england, found.best, found.improved) == (None, None, (), ())


def test_rates_of_one_count_are_counted_once() -> None:
    """Given two rates of delayed days and a share, when counted, then the later rate stays."""
    rate = replace(SAFE, derivation="per_population", base_metric_id="delayed_days")
    later = replace(
        rate, metric_id="each_day", derivation="per_population_and_day", period_end=date(2024, 6, 1)
    )
    share = replace(SAFE, metric_id="share", derivation="ratio")
    assert one_of_each([rate, later, share]) == [later]


def test_a_change_within_the_interval_is_not_told() -> None:
    """Given a change that chance explains, when changes are listed, then it is not among them."""
    assert [one.metric_id for one in findings([SAFE]).improved] == ["feels_safe"]
    assert findings([replace(SAFE, earlier_value=77.0, change_on_year=3.0)]).improved == ()


def test_changes_are_in_points_of_shares_and_per_cent_of_counts() -> None:
    """Given a share and a count, when their changes are written, then each has its manner."""
    count = replace(SAFE, unit="days", value=90.0, earlier_value=100.0, change_on_year=-10.0)
    assert change_in_words(SAFE) == "up 5.0 points"
    assert change_in_words(count) == "down 10.0%"
    assert change_in_words(replace(SAFE, change_on_year=None)) == ""


def test_what_is_almost_unchanged_is_neither_better_nor_worse() -> None:
    """Given a change too small to be written, then no verdict stands beside it, and no finding."""
    same = replace(SAFE, earlier_value=79.99, change_on_year=0.01, lower=None, upper=None)
    assert change_with_verdict(same) == "almost unchanged"
    assert findings([same]).improved == ()
    assert change_with_verdict(SAFE) == "up 5.0 points (better)"
    assert change_with_verdict(replace(SAFE, polarity="context")) == "up 5.0 points"
    assert change_with_verdict(replace(SAFE, change_on_year=None)) == ""


def test_a_plan_that_was_met_to_the_decimal_is_not_missed() -> None:
    """Given an outturn that is written like its plan, then it is not said to be worse."""
    (said,) = findings([replace(SAFE, plan=80.01)]).plans
    assert said.says.endswith("the plan was 80.0%: almost as planned.")


def test_a_plan_is_judged_by_polarity() -> None:
    """Given a plan of 85%, when 80% came and more is better, then it is worse than planned."""
    found = findings([replace(SAFE, plan=85.0)])
    assert "worse than planned" in found.plans[0].says
    assert "better than planned" in findings([replace(TURNOVER, plan=85.0)]).plans[0].says


def test_where_neither_way_is_better_peers_are_only_lower() -> None:
    """Given spending, when it is set among peers, then it is higher than some, not better."""
    assert among_peers(replace(SAFE, polarity="context")) == "higher than 14 of 15"
    assert among_peers(replace(SAFE, value=None)) == ""


def test_a_period_without_a_row_is_a_gap_in_the_small_trend() -> None:
    """Given years of which one has no row, when drawn small, then a gap lies where it would be."""
    series = [
        PastFigure("feels_safe", "financial_year", date(year, 4, 1), 1.0, "reported", "one")
        for year in (2011, 2013, 2014)
    ]
    assert [point.value for point in spark_points(series)] == [1.0, None, 1.0, 1.0]
