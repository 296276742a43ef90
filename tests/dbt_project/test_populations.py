"""Populations: which publication counts, on which day, and how rates are led back to it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult, build_candidate
from tests.dbt_project.conftest import DARLINGTON, Lake, months, people
from tests.dbt_project.rebuilt import Recipe

FIRST = "2011 census, as first published"
THEN, LATER = dt.date(2017, 6, 22), dt.date(2022, 1, 4)
DAY = dt.date(2018, 1, 1)
PER_HEAD, PER_ADULT = "nonelective_admissions_per_100k", "delayed_days_per_100k_adults"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Estimates as first published and their years before as revised later, and two counts."""
    lake = Lake(tmp_path_factory.mktemp("people") / "lake")
    ages = {"": 600.0, "age=17": 100.0, "age=18": 200.0, "age=65": 300.0}
    first = people("persons", 2016, ages) + people("persons_by_year", 2015, {"": 580.0})
    lake.add("population_estimates", first, first=THEN)
    revised = [(2015, 480.0), (2016, 500.0)]
    rows = [row for year, n in revised for row in people("persons_by_year", year, {"": n})]
    lake.add("population_estimates", rows, first=LATER)
    for start in months("2016-04", "2016-04") + months("2017-04", "2017-04"):
        lake.add_admissions(start, {"00C": 1200})
    for year in ("2016", "2017", "2018"):
        (start,) = months(f"{year}-04", f"{year}-04")
        lake.add_councils(start, {"117": 100})
    return lake.close()


@pytest.fixture(scope="module")
def today(recipe: Recipe, lake: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """What is known today."""
    return recipe.rebuild(lake, tmp_path_factory.mktemp("today"))


@pytest.fixture(scope="module")
def then(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """What was known after the first file and before the revision: dbt alone looks back."""
    candidate = tmp_path_factory.mktemp("then") / "then.duckdb"
    return build_candidate(lake, candidate, memory="500MB", as_at=DAY)


def rows(built: BuildResult, query: str, *asked: object) -> list[tuple[Any, ...]]:
    """The rows of a query on what was built."""
    with duckdb.connect(str(built.path), read_only=True) as connection:
        return connection.execute(query, asked).fetchall()


def rates(built: BuildResult, metric: str) -> list[tuple[Any, ...]]:
    """Darlington's monthly rates: year, denominator, segment and day of publication."""
    return rows(
        built,
        "select year(period_start), denominator, segment, published_on from marts.metric_value "
        "where area_code = ? and boundary = 'as_reported' and period_type = 'month' "
        "and metric_id = ? order by all",
        DARLINGTON,
        metric,
    )


def test_the_population_published_last_counts_wherever_it_stands(today: BuildResult) -> None:
    """Given a year first published in a file and revised in a later one and in the seed
    When the populations are built
    Then the later file's figure counts, the seed's where it alone is later, and ages stay as first.
    """
    found = rows(
        today,
        "select mid_year, age_band, population, series, published_on from marts.population "
        "where area_code = ? and mid_year in (2015, 2016, 2020) "
        "and age_band <> '65+' order by all",
        DARLINGTON,
    )
    revised = "2011 census, revised"
    seed = dt.date(2016, 10, 6)
    assert [row for row in found if row[0] < 2020] == [
        (2015, "18+", 82762.0, FIRST, seed),
        (2015, "all", 480.0, revised, LATER),
        (2016, "18+", 500.0, FIRST, THEN),
        (2016, "all", 500.0, revised, LATER),
    ]
    assert {row[4] for row in found if row[0] == 2020} == {dt.date(2021, 6, 25)}


def test_rates_of_two_series_lie_in_two_segments(today: BuildResult) -> None:
    """Given a rate on populations as first published and one on revised ones
    When they are compared
    Then they lie in no one segment, and the rate was published when its population was.
    """
    (april, after) = rates(today, PER_HEAD)
    assert april == (2016, 500.0, "monthly_activity_2012", LATER)
    assert after[2] == "monthly_activity_2012"
    adults = [(year, segment) for year, _, segment, _ in rates(today, PER_ADULT)]
    assert adults == [
        (2016, f"sitrep_2010; population {FIRST}"),
        (2017, "sitrep_2010"),
        (2018, "sitrep_2010"),
    ]


def test_an_interpolated_population_leads_back_to_its_publications(today: BuildResult) -> None:
    """Given a rate on a year between two years of the seed
    When its lineage is followed
    Then both years are there, and each names its publication.
    """
    found = rows(
        today,
        "select people.operation, year.operation, source.part_kind, source.raw_text "
        "from marts.metric_value as figure "
        "join marts.lineage as people on people.lineage_id = figure.lineage_id "
        "join marts.lineage as year on year.lineage_id = people.child_lineage_id "
        "join marts.lineage as source on source.lineage_id = year.child_lineage_id "
        "where area_code = ? and boundary = 'as_reported' and metric_id = ? and "
        "period_type = 'month' and period_start = date '2018-04-01' "
        "and people.operation = 'population' order by all",
        DARLINGTON,
        PER_ADULT,
    )
    assert [row[:3] for row in found] == [("population", "on a straight line", "source")] * 2
    assert "mid-2017" in found[1][3]
    assert "ukmidyearestimates20192020ladcodes.xls" in found[0][3]


@pytest.mark.long
def test_f062_a_look_back_divides_by_no_population_of_a_later_day(then: BuildResult) -> None:
    """Given the same, when a day before the revision is looked back to
    Then the population of that day counts, none was published later, and no test of it fails.
    """
    assert rates(then, PER_HEAD)[0] == (
        2016,
        600.0,
        f"monthly_activity_2012; population {FIRST}",
        THEN,
    )
    later = "select population_id from marts.population where published_on > ? or "
    assert rows(then, f"{later} (population is not null and published_on is null)", DAY) == []
    dated = [failure.node for failure in then.failures]
    assert "every_population_is_dated_and_traced" not in dated
