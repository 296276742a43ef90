"""Peers and the scorecard: who is like whom, worked out anew, and what lies beside a figure."""

from __future__ import annotations

import csv
import datetime as dt
import math
import random
import re
from dataclasses import dataclass
from statistics import fmean, median, pstdev, quantiles
from typing import Any

import duckdb
import pytest

from dbt_project.build import PROJECT, BuildResult
from tests.dbt_project.conftest import COUNCILS, Lake, council_file, figure, hide, month_end
from tests.dbt_project.rebuilt import Recipe

BEFORE, LAST, UNFINISHED = dt.date(2018, 12, 1), dt.date(2019, 12, 1), dt.date(2020, 1, 1)
CITY, SCILLY, CUMBERLAND = "E09000001", "E06000053", "E06000063"
COUNTY, RENAMED = "E10000002", "E06000060"
"""Buckinghamshire, under its code of 2019 and under today's."""
RATE = "delayed_days_per_day_per_100k_adults"
LONELY, HIDDEN = "E06000002", "E06000005"
"""A council whose peers mostly do not report, and one whose last figure is withheld."""


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


WEIGHTS = {row["feature"]: float(row["weight"]) for row in seed("peer_features")}
OF_2019 = {
    row["area_code"]: row["nhs_code"]
    for row in seed("areas")
    if row["area_type"] == "council"
    and row["valid_from"] <= LAST.isoformat() <= (row["valid_to"] or "9999")
}
"""Councils of the end of 2019 and their NHS codes."""


def scores(sheet: str, of: dict[str, float]) -> list[dict[str, Any]]:
    """A sheet of the indices of deprivation of 2019."""
    day = dt.date(2019, 1, 1)
    about = {"subject_type": "council", "period_type": "calendar_year", "unit": "score"}
    return [
        figure(sheet, day, "average_score", f"domain={sheet}", value, subject_code=code, **about)
        | {"period_end": dt.date(2019, 12, 31), "subject_name": code}
        for code, value in of.items()
    ]


@dataclass
class Inputs:
    """What the lake was made of: scores of deprivation, and days of each council."""

    deprivation: dict[str, tuple[float, float]]
    days: dict[str, int]


@dataclass
class Built:
    """The candidate, and what its lake was made of."""

    result: BuildResult
    inputs: Inputs

    def rows(self, query: str, *asked: object) -> list[tuple[Any, ...]]:
        """The rows of a query on the candidate."""
        with duckdb.connect(str(self.result.path), read_only=True) as connection:
            return connection.execute(query, asked).fetchall()

    def card(self, area: str, *columns: str, metric: str = "delayed_days") -> tuple[Any, ...]:
        """Columns of the scorecard's monthly row of a metric."""
        query = (
            f"select {', '.join(columns)} from marts.scorecard "  # noqa: S608 - names are ours
            "where metric_id = ? and area_code = ? and period_type = 'month'"
        )
        (row,) = self.rows(query, metric, area)
        return row


def invented() -> Inputs:
    """Scores and days drawn by lot."""
    dice = random.Random(7)  # noqa: S311 - no secret
    deprivation = {code: (dice.uniform(5, 45), dice.uniform(0.05, 0.4)) for code in OF_2019}
    days = {code: dice.randint(100, 900) for code, nhs in OF_2019.items() if nhs}
    return Inputs(deprivation, days)


@pytest.fixture(scope="module")
def built(built: BuildResult, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A candidate of all councils' scores, and of their days a year apart."""
    inputs = invented()
    with duckdb.connect(str(built.path), read_only=True) as connection:
        alike = nearest(features(connection, inputs.deprivation))[LONELY]
    for code in alike[:8]:
        inputs.days.pop(code, None)
    lake = Lake(tmp_path_factory.mktemp("peers") / "lake")
    sheets = scores("imd", {c: v[0] for c, v in inputs.deprivation.items()})
    sheets += scores("idaopi", {c: v[1] for c, v in inputs.deprivation.items()})
    lake.add("deprivation", sheets, first=dt.date(2019, 9, 26))
    days = {OF_2019[code]: n for code, n in inputs.days.items()}
    for start, more in ((BEFORE, 0), (LAST, 9)):
        rows = council_file(start, days, more=more)
        rows = hide(rows, code=OF_2019[HIDDEN]) if start == LAST else rows
        lake.add(COUNCILS, rows, first=month_end(start))
    lake.add(COUNCILS, council_file(UNFINISHED, {"102": 50}), first=month_end(UNFINISHED))
    result = recipe.rebuild(lake.close(), tmp_path_factory.mktemp("candidate"))
    return Built(result, inputs)


def features(
    connection: duckdb.DuckDBPyConnection, deprivation: dict[str, tuple[float, float]]
) -> dict[str, dict[str, float]]:
    """What today's councils are compared by, from the scores and the mart of populations."""
    found = connection.execute(
        "select area_code, max(population) filter (age_band = 'all'), "
        "max(population) filter (age_band = '18+'), max(population) filter (age_band = '65+') "
        "from marts.population join marts.area using (area_code) "
        "where mid_year = 2019 and area_type = 'council' and valid_to is null group by 1"
    ).fetchall()
    todays_code = {
        row["from_area_code"]: row["to_area_code"]
        for row in seed("area_links")
        if row["weight"] in ("1", "1.0")
    }
    scored = {todays_code.get(code, code): score for code, score in deprivation.items()}
    return {
        code: {
            "imd_average_score": scored[code][0],
            "older_income_deprivation": scored[code][1],
            "share_under_18": 100 * (1 - adults / everybody),
            "share_65_plus": 100 * older / everybody,
            "log_population": math.log(everybody),
        }
        for code, everybody, adults, older in found
        if code in scored and code not in (CITY, SCILLY)
    }


def nearest(of: dict[str, dict[str, float]]) -> dict[str, list[str]]:
    """The fifteen nearest councils of each, nearest first."""
    mean = {f: fmean(row[f] for row in of.values()) for f in WEIGHTS}
    spread = {f: pstdev(row[f] for row in of.values()) for f in WEIGHTS}

    def apart(one: str, other: str) -> float:
        return sum(
            weight
            * ((of[one][f] - mean[f]) / spread[f] - (of[other][f] - mean[f]) / spread[f]) ** 2
            for f, weight in WEIGHTS.items()
        )

    return {one: sorted(set(of) - {one}, key=lambda x: apart(one, x))[:15] for one in of}


def test_peers_are_the_nearest_fifteen(built: Built) -> None:
    """Given scores and populations, then the peers and their order are those worked out anew."""
    with duckdb.connect(str(built.result.path), read_only=True) as connection:
        wanted = nearest(features(connection, built.inputs.deprivation))
    found: dict[str, list[str]] = {}
    for area, peer in built.rows("select area_code, peer_code from marts.peer order by peer_rank"):
        found.setdefault(area, []).append(peer)
    assert len(wanted) > 140
    assert found == wanted


def test_a_council_without_peers_says_why(built: Built) -> None:
    """Given two tiny councils and one with no score of its own
    When peers are worked out
    Then the three have none, are none, and the reason stands in the mart.
    """
    why = dict(
        built.rows(
            "select distinct area_code, why_not_used from marts.peer_feature where vintage = '2019'"
        )
    )
    assert "City of London" in why[CITY]
    assert "Isles of Scilly" in why[SCILLY]
    assert "No deprivation score of 2019" in why[CUMBERLAND]
    left_out = "select count(*) from marts.peer where ? in (area_code, peer_code)"
    assert [built.rows(left_out, code) for code in (CITY, SCILLY, CUMBERLAND)] == [[(0,)]] * 3
    found = built.card(CUMBERLAND, "peer_median", "why_no_peers", metric=RATE)
    assert found == (None, why[CUMBERLAND])


def test_a_score_follows_a_council_to_its_new_code(built: Built) -> None:
    """Given a score under the code of 2019, then the council has it under today's code."""
    query = (
        "select value from marts.peer_feature where vintage = '2019' and area_code = ? "
        "and feature = 'imd_average_score'"
    )
    assert built.rows(query, RENAMED) == [(pytest.approx(built.inputs.deprivation[COUNTY][0]),)]
    assert built.rows(query, COUNTY) == []


def test_the_spread_of_the_peers_lies_beside_the_figure(built: Built) -> None:
    """Given the last month of every council
    When the scorecard is made
    Then median, quartiles and range are those of its peers that have a figure, and of no other.
    """
    last = dict(
        built.rows(
            "select area_code, value from marts.metric_value where metric_id = ? "
            "and boundary = 'current' and period_type = 'month' and period_start = ?",
            RATE,
            LAST,
        )
    )
    compared = 0
    cards = built.rows(
        "select area_code, peers_with_a_value, value, peer_median, peer_lower_quartile, "
        "peer_upper_quartile, peer_lowest, peer_highest, peers_below, peers_above "
        "from marts.scorecard where metric_id = ? "
        "and period_type = 'month' and period_start = ? and peer_median is not null",
        RATE,
        LAST,
    )
    for area, with_value, value, *spread, below, above in cards:
        peers = built.rows("select peer_code from marts.peer where area_code = ?", area)
        theirs = [last[code] for (code,) in peers if last.get(code) is not None]
        assert with_value == len(theirs) >= 8
        quarters = quantiles(theirs, n=4, method="inclusive")
        wanted = [median(theirs), quarters[0], quarters[2], min(theirs), max(theirs)]
        assert spread == pytest.approx(wanted)
        if value is not None:
            assert (below, above) == (
                sum(v < value for v in theirs),
                sum(v > value for v in theirs),
            )
        compared += 1
    assert compared > 100


def test_with_few_figures_of_peers_no_median_is_given(built: Built) -> None:
    """Given a council of whose peers eight do not report, then no median is given, and why."""
    found = built.card(
        LONELY, "peers", "peers_with_a_value", "peer_median", "why_no_peers", metric=RATE
    )
    assert found[0] == 15
    assert found[1] < 8
    assert found[2:] == (None, "Fewer than 8 of its peers have a figure for the period.")


def test_a_count_is_not_held_against_peers(built: Built) -> None:
    """Given counts of days, beds and pounds, then no peers stand beside them, and it says why."""
    found = built.rows(
        "select metric_id, count(*) filter (peers is not null or peer_median is not null), "
        "max(why_no_peers) from marts.scorecard where area_type = 'council' "
        "and metric_id in ('delayed_days', 'delayed_transfer_beds') group by 1 order by 1"
    )
    why = "It grows with the size of the council: only rates and shares are held against peers."
    assert found == [("delayed_days", 0, why), ("delayed_transfer_beds", 0, why)]


def test_a_planned_change_is_no_level(built: Built, recipe: Recipe) -> None:
    """Given a reset plan that is a change and a submitted one that is a level of the same period
    When the scorecard is made
    Then the level stands beside the figure, and a change alone never does.
    """
    level, change, by_change = 40.0, -3.0, "change_on_previous_year"
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{built.result.path}' as \"{built.result.path.stem}\" (read_only)"
        )
        connection.execute(f'use "{built.result.path.stem}"')
        query = recipe.sql("int_scorecard")
        assert '"metric_plan"' in query
        connection.execute(
            "create temp table metric_plan as select 'delayed_days' as metric_id, area_code, "
            "'month' as period_type, ?::date as period_start, plan_version, basis, value "
            "from (values (?, 'submitted', 'level', ?), (?, 'reset', ?, ?), (?, 'reset', ?, ?)) "
            "as plan(area_code, plan_version, basis, value)",
            [LAST, RENAMED, level, RENAMED, by_change, change, LONELY, by_change, change],
        )
        planned = re.sub(r'\S*"metric_plan"', "temp.metric_plan", query)
        found = connection.execute(
            "select area_code, plan_basis, plan from "  # noqa: S608 - the project's own SQL
            f"({planned}) where metric_id = 'delayed_days' and period_type = 'month' "
            "and area_code in (?, ?) order by 1",
            [RENAMED, LONELY],
        ).fetchall()
    assert found == [(LONELY, None, None), (RENAMED, "level", level)]


def test_own_past_and_england_lie_beside_the_figure(built: Built) -> None:
    """Given two months a year apart, then the change is their difference, and England is there."""
    columns = ("period_start", "value", "earlier_value", "change_on_year", "england_value")
    start, value, earlier, change, england = built.card(RENAMED, *columns)
    days = built.inputs.days[COUNTY]
    assert (start, value, earlier, change) == (LAST, days + 9, days, 9)
    of_england = built.rows(
        "select value from marts.metric_value where metric_id = 'delayed_days' and "
        "area_code = 'E92000001' and boundary = 'current' and period_type = 'month' "
        "and period_start = ?",
        LAST,
    )
    assert [(england,)] == of_england


def test_a_withheld_figure_is_the_last_and_an_absent_one_is_not(built: Built) -> None:
    """Given a council whose NHS days of the last month are suppressed and whose total is absent
    When the scorecard is made
    Then the suppressed month stands there without a value, and the total is that of a year before.
    """
    columns = ("period_start", "value", "value_status", "peers_below")
    hidden = built.card(HIDDEN, *columns, metric="delayed_days_nhs")
    assert hidden == (LAST, None, "suppressed", None)
    absent = built.card(HIDDEN, *columns[:3])
    assert absent == (BEFORE, built.inputs.days[HIDDEN], "reported")


def test_a_metric_without_an_interval_is_not_judged(built: Built) -> None:
    """Given a metric without an interval, then nothing is said of it beside England."""
    rows = built.rows("select distinct beside_england from marts.scorecard where lower is null")
    assert rows == [(None,)]
