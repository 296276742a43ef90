"""Areas over time: today's boundaries, regions, shared-out admissions and denominators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.conftest import DARLINGTON, Lake, month_end, months, people
from tests.dbt_project.rebuilt import Recipe

BCP, DORSET, COUNTY = "E06000058", "E06000059", "E10000009"
CUMBRIA, CUMBERLAND, WESTMORLAND = "E10000006", "E06000063", "E06000064"
BOURNEMOUTH, POOLE, NORTH_EAST = "E06000028", "E06000029", "E12000001"
REGION_COUNCILS = {"111": 10, "112": 20, "113": 30, "114": 40, "116": 50, "117": 60}
"""Codes of councils of the North East and their delayed days; not all of its twelve."""


@pytest.fixture(scope="module")
def split(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """A build of Dorset before, in and after April 2019, a rate's population, and admissions."""
    lake = Lake(tmp_path_factory.mktemp("split") / "lake")
    before = {"810": 100, "811": 60, "809": 1000, "102": 500} | REGION_COUNCILS
    after = {"738": 290, "809": 870, "102": 500} | REGION_COUNCILS
    for start in months("2019-01", "2019-03"):
        lake.add_councils(start, before)
    april = before | {"810": 270, "811": 20, "809": 880}
    for start, days in zip(months("2019-04", "2019-06"), [april, after, after], strict=True):
        lake.add_councils(start, days)
    for start in months("2015-04", "2015-06"):
        lake.add_admissions(start, {"00C": 1001, "11J": 1000, "00K": 333, "X24": 70})
    ages = {"": 600.0, "age=17": 100.0, "age=18": 200.0, "age=65": 300.0}
    published = month_end(months("2016-12", "2016-12")[0])
    lake.add("population_estimates", people("persons", 2015, ages), first=published)
    return recipe.rebuild(lake.close(), tmp_path_factory.mktemp("candidate"))


@pytest.fixture
def found(split: BuildResult) -> duckdb.DuckDBPyConnection:
    """A read-only connection to what was built."""
    return duckdb.connect(str(split.path), read_only=True)


def series(
    found: duckdb.DuckDBPyConnection, area: str, boundary: str, metric: str = "delayed_days"
) -> dict[str, tuple[Any, ...]]:
    """Value and apportioned share by month."""
    rows = found.execute(
        "select strftime(period_start, '%Y-%m'), value, apportioned_share from marts.metric_value "
        "where metric_id = ? and area_code = ? and boundary = ? and period_type = 'month'",
        [metric, area, boundary],
    ).fetchall()
    return {month: (value, share) for month, value, share in rows}


def test_a_split_county_is_followed_to_todays_councils(found: duckdb.DuckDBPyConnection) -> None:
    """Given a county that was split, then its months go to both successors by the link's weight."""
    (weight,) = found.execute(
        "select weight_18plus from marts.area_link where from_area_code = ? and to_area_code = ?",
        [COUNTY, BCP],
    ).fetchone() or (None,)
    assert weight is not None
    march = series(found, BCP, "current")["2019-03"]
    assert march[0] == pytest.approx(160 + 1000 * weight)
    assert march[1] == pytest.approx(1000 * weight / (160 + 1000 * weight))
    rest = series(found, DORSET, "current")["2019-03"]
    assert rest == (pytest.approx(1000 * (1 - weight)), pytest.approx(1.0))
    assert series(found, COUNTY, "current") == {}


def test_f067_cumbria_is_followed_to_its_two_successors_and_keeps_its_total(
    found: duckdb.DuckDBPyConnection,
) -> None:
    """Given Cumbria, split in 2023, then its days go to both successors, shared out and in whole.

    As reported the successors have nothing, and on today's boundaries Cumbria has nothing: no
    change goes from one code to another but through the link.
    """
    weights = dict(
        found.execute(
            "select to_area_code, weight_18plus from marts.area_link where from_area_code = ?",
            [CUMBRIA],
        ).fetchall()
    )
    assert weights.keys() == {CUMBERLAND, WESTMORLAND}
    reported = series(found, CUMBRIA, "as_reported")
    assert len(reported) == 6
    for month, (days, share) in reported.items():
        assert (days, share) == (500.0, 0.0)
        parts = {area: series(found, area, "current")[month] for area in weights}
        for area, (part, of_it) in parts.items():
            assert (part, of_it) == (pytest.approx(500 * weights[area]), pytest.approx(1.0))
        assert sum(part for part, _ in parts.values()) == pytest.approx(500, abs=1e-6)
    assert [series(found, area, "as_reported") for area in weights] == [{}, {}]
    assert series(found, CUMBRIA, "current") == {}
    statuses = found.execute(
        "select distinct value_status from marts.metric_value where area_code in (?, ?) "
        "and metric_id = 'delayed_days' and period_type = 'month'",
        [CUMBERLAND, WESTMORLAND],
    ).fetchall()
    assert statuses == [("estimated",)]


def test_f067_without_a_mapping_nothing_goes_from_code_to_code(
    recipe: Recipe, split: BuildResult, tmp_path: Path
) -> None:
    """Given no link from Cumbria, then its successors get nothing, and a test says it lacks one."""
    copy = tmp_path / split.path.name
    copy.write_bytes(split.path.read_bytes())
    parts = f"select area_code from ({recipe.sql('int_current_part')}) where part_area_code = ?"  # noqa: S608
    with duckdb.connect(str(copy)) as connection:
        before = set(connection.execute(parts, [CUMBRIA]).fetchall())
        for link in ("intermediate.int_area_link", "marts.area_link"):
            connection.execute(f"delete from {link} where from_area_code = ?", [CUMBRIA])  # noqa: S608
        linked = recipe.sql("int_current_area")
        connection.execute(f"create or replace table intermediate.int_current_area as {linked}")
        after = connection.execute(parts, [CUMBRIA]).fetchall()
        ended = connection.execute(recipe.sql("every_ended_area_has_a_successor")).fetchall()
    assert before == {(CUMBERLAND,), (WESTMORLAND,)}
    assert after == []
    assert CUMBRIA in {str(value) for row in ended for value in row}


def test_april_2019_makes_no_jump_that_its_parts_do_not_show(
    found: duckdb.DuckDBPyConnection,
) -> None:
    """Given new areas under old codes in April 2019, then April and May are one series."""
    bcp, dorset = series(found, BCP, "current"), series(found, DORSET, "current")
    assert (bcp["2019-04"], bcp["2019-05"]) == ((290.0, 0.0), (290.0, 0.0))
    assert (dorset["2019-04"], dorset["2019-05"]) == ((880.0, 0.0), (870.0, 0.0))
    statuses = found.execute(
        "select area_code, boundary, value_status from marts.metric_value "
        "where area_code in (?, ?, ?, ?) and metric_id = 'delayed_days' and period_type = 'month' "
        "and period_start between date '2019-04-01' and date '2019-05-01' order by all",
        [BCP, DORSET, COUNTY, BOURNEMOUTH],
    ).fetchall()
    # In April which areas the figures are of is inferred; in May the file says so.
    assert statuses == [
        (BOURNEMOUTH, "as_reported", "reported"),
        (BCP, "as_reported", "reported"),
        (BCP, "current", "estimated"),
        (BCP, "current", "reported"),
        (DORSET, "as_reported", "reported"),
        (DORSET, "current", "estimated"),
        (DORSET, "current", "reported"),
        (COUNTY, "as_reported", "reported"),
    ]
    quarter = found.execute(
        "select value, parts, parts_missing from marts.metric_value where area_code = ? "
        "and metric_id = 'delayed_days' and period_type = 'quarter' and boundary = 'current' "
        "and period_start = date '2019-04-01'",
        [BCP],
    ).fetchall()
    assert quarter == [(870.0, 4, 0)]


def test_lineage_says_what_was_shared_out(found: duckdb.DuckDBPyConnection) -> None:
    """Given a month on today's boundaries, then its lineage names whole and shared-out parts."""
    parts = found.execute(
        "select part.operation, cell.raw_text from marts.metric_value as figure "
        "join marts.lineage as part using (lineage_id) "
        "join marts.lineage as cell on cell.lineage_id = part.child_lineage_id "
        "where figure.area_code = ? and figure.metric_id = 'delayed_days' "
        "and figure.boundary = 'current' and figure.period_type = 'month' "
        "and figure.period_start = date '2019-03-01' order by part.part",
        [BCP],
    ).fetchall()
    (weight,) = found.execute(
        "select weight_18plus from marts.area_link where from_area_code = ? and to_area_code = ?",
        [COUNTY, BCP],
    ).fetchone() or (None,)
    assert parts == [
        ("sum of areas", "100"),
        ("sum of areas", "60"),
        (f"apportioned {weight:.10g} (derived)", "1000"),
    ]


def test_a_region_that_lacks_a_council_has_no_value(found: duckdb.DuckDBPyConnection) -> None:
    """Given six of the twelve councils of a region, then it has no value and counts six."""
    rows = found.execute(
        "select distinct value, value_status, parts, parts_missing from marts.metric_value "
        "where area_code = ? and metric_id = 'delayed_days' and period_type = 'month'",
        [NORTH_EAST],
    ).fetchall()
    assert rows == [(None, "missing", 12, 6)]


def test_admissions_reach_councils_and_none_is_lost(found: duckdb.DuckDBPyConnection) -> None:
    """Given three commissioners and a national one, then what councils get is what they report."""
    month = "period_start = date '2015-04-01'"
    (reported,) = found.execute(
        "select sum(value) from intermediate.int_metric_month where "  # noqa: S608 - our own
        f"metric_id = 'nonelective_admissions' and {month} and area_code like 'E38%'"
    ).fetchone() or (None,)
    (shared_out,) = found.execute(
        "select sum(value * weight) from intermediate.int_council_part where "  # noqa: S608
        f"{month}"
    ).fetchone() or (None,)
    assert (reported, shared_out) == (2334.0, pytest.approx(2334.0, abs=1e-9))
    released = found.execute(
        "select sum(value) from marts.metric_value join marts.area using (area_code) where "  # noqa: S608
        f"metric_id = 'nonelective_admissions' and {month} and area_type = 'council' "
        "and period_type = 'month' and boundary = 'as_reported'"
    ).fetchone()
    assert released == (pytest.approx(2334.0, abs=1e-6),)
    darlington = series(found, DARLINGTON, "as_reported", "nonelective_admissions")["2015-04"]
    assert darlington == (1001.0, 0.0)
    dorset = series(found, POOLE, "as_reported", "nonelective_admissions")["2015-04"]
    assert dorset == (pytest.approx(196.278914063), 1.0)


def test_a_rate_names_the_population_it_was_divided_by(found: duckdb.DuckDBPyConnection) -> None:
    """Given a loaded estimate, then it is the denominator of its year, and a quarter is no year."""
    rows = found.execute(
        "select period_type, value, numerator, denominator, denominator_id, population.basis, "
        "population.published_on::varchar from marts.metric_value as figure "
        "join marts.population on denominator_id = population_id "
        "where figure.area_code = 'E06000005' and boundary = 'as_reported' "
        "and metric_id = 'nonelective_admissions_per_100k' and period_start = date '2015-04-01' "
        "and period_type in ('month', 'quarter') order by period_type"
    ).fetchall()
    about = (600.0, "E06000005 2015 all", "published", "2016-12-31")
    assert rows == [
        ("month", pytest.approx(1e5 * 1001 / 600), 1001.0, *about),
        ("quarter", pytest.approx(1e5 * 3003 / 600), 3003.0, *about),
    ]
    bands = found.execute(
        "select age_band, population from marts.population "
        "where area_code = 'E06000005' and mid_year = 2015 order by age_band"
    ).fetchall()
    assert bands == [("18+", 500.0), ("65+", 300.0), ("all", 600.0)]


def test_a_commissioner_without_weights_is_refused(
    recipe: Recipe, split: BuildResult, tmp_path: Path
) -> None:
    """Given an area that commissioners' figures cannot reach, then a test says which."""
    lake = Lake(tmp_path / "lake")
    start = months("2015-04", "2015-04")[0]
    lake.add_admissions(start, {"00C": 10, "X24": 1})
    built = recipe.rebuild(lake.close(), tmp_path)
    assert "every_commissioner_has_weights" not in {one.node for one in built.failures}
    assert "every_commissioner_has_weights" not in {one.node for one in split.failures}
    query = recipe.sql("every_commissioner_has_weights")
    with duckdb.connect(str(built.path)) as connection:
        connection.execute("delete from marts.area_link where from_area_code = 'E38000042'")
        assert [row[1] for row in connection.execute(query).fetchall()] == ["E38000042"]
