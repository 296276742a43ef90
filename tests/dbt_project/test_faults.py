"""Faults of coverage, totals, ratios and levels, in a warehouse built of files that have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.conftest import COUNCILS, Lake, council_file, figure, months
from tests.dbt_project.rebuilt import Recipe

ENGLAND, DERBY = "E92000001", "E06000015"
PLACES = {"507": 100, "506": 200, "111": 60, "112": 70, "113": 80, "9900": 50}
WHOLE = sum(PLACES.values())
LOST = ["506", "113"]
QUARTER = months("2014-04", "2014-06")
PARTIAL, WRONG, BLANK = months("2014-07", "2014-09")


def partial() -> list[dict[str, Any]]:
    """A month that has lost a third of its councils; the England row is as printed."""
    rows = council_file(PARTIAL, PLACES)
    return [row for row in rows if row["subject_code"] not in LOST]


def wrong_sum() -> list[dict[str, Any]]:
    """A month in which one component was changed."""
    rows = council_file(WRONG, PLACES)
    for row in rows:
        if (row["subject_code"], row["breakdown"]) == ("507", "body=nhs"):
            row["value"] += 9
    return rows


def blank() -> list[dict[str, Any]]:
    """A month with a zero, a gap and a figure that is not to be had, in one column."""
    statuses = {"507": "reported", "506": "missing", "111": "not_applicable", "112": "suppressed"}
    statuses["113"] = "reported"
    rows = [
        figure(
            "responsible_body",
            BLANK,
            "delayed_days",
            "",
            None if status != "reported" else 40.0 if code == "113" else 0.0,
            subject_type="council",
            subject_code=code,
            value_status=status,
        )
        for code, status in statuses.items()
    ]
    england = {"subject_type": "country", "subject_code": "", "is_control_total": True}
    rows.append(figure("responsible_body", BLANK, "delayed_days", "", 44.0, **england))
    return rows


@pytest.fixture(scope="module")
def faulty(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """A warehouse of three sound months and three with a fault each."""
    folder = tmp_path_factory.mktemp("faulty")
    lake = Lake(folder / "lake")
    for start in QUARTER:
        lake.add(COUNCILS, council_file(start, PLACES), first=start + dt.timedelta(70))
    for rows in (partial(), wrong_sum(), blank()):
        lake.add(COUNCILS, rows, first=rows[0]["period_start"] + dt.timedelta(70))
    return recipe.rebuild(lake.close(), folder)


@pytest.fixture
def found(faulty: BuildResult) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, to be read."""
    with duckdb.connect(str(faulty.path), read_only=True) as connection:
        yield connection


def days(found: duckdb.DuckDBPyConnection, area: str, kind: str, start: dt.date) -> tuple[Any, ...]:
    """Value and status of an area's delayed days."""
    row = found.execute(
        "select value, value_status from marts.metric_value where metric_id = 'delayed_days' "
        "and area_code = ? and period_type = ? and period_start = ?",
        [area, kind, start],
    ).fetchone()
    assert row is not None
    return row


def blocking(faulty: BuildResult) -> set[str]:
    """The tests that stop a release."""
    return {failure.node for failure in faulty.failures}


def test_f064_england_is_the_printed_figure_and_not_what_is_left(
    recipe: Recipe, faulty: BuildResult, found: duckdb.DuckDBPyConnection
) -> None:
    """Given a third of the councils lost, then England is not low without a word.

    It is the printed one, and its difference from the rest stops the release.
    """
    assert days(found, ENGLAND, "month", PARTIAL) == (WHOLE, "reported")
    assert {"control_total_equals_its_parts", "every_valid_council_reports"} <= blocking(faulty)
    totals = found.execute(recipe.sql("control_total_equals_its_parts")).fetchall()
    assert any(PARTIAL in row for row in totals)


def test_f065_each_missing_council_is_listed_by_code(
    recipe: Recipe, found: duckdb.DuckDBPyConnection
) -> None:
    """Given councils that have no row, then the test that stops the release names their codes."""
    rows = found.execute(recipe.sql("every_valid_council_reports")).fetchall()
    lost = {row[3] for row in rows if PARTIAL in row}
    there = {row[3] for row in rows if QUARTER[0] in row}
    assert lost - there == {"E10000007", "E06000003"}


def test_f070_zero_missing_and_not_applicable_stay_apart(found: duckdb.DuckDBPyConnection) -> None:
    """Given 0, a gap, no figure to be had and a withheld one, then four statuses, and one value."""
    assert days(found, DERBY, "month", BLANK) == (0.0, "reported")
    assert days(found, "E10000007", "month", BLANK) == (None, "missing")
    assert days(found, "E06000001", "month", BLANK) == (None, "not_applicable")
    assert days(found, "E06000002", "month", BLANK) == (None, "suppressed")
    assert days(found, ENGLAND, "month", BLANK) == (44.0, "reported")
    assert days(found, "E10000007", "quarter", PARTIAL)[0] is None


def test_f071_a_changed_component_is_named(
    recipe: Recipe, faulty: BuildResult, found: duckdb.DuckDBPyConnection
) -> None:
    """Given one part that was changed, then the row and the column that no longer add up."""
    assert "splits_add_up_to_the_total" in blocking(faulty)
    rows = found.execute(recipe.sql("splits_add_up_to_the_total")).fetchall()
    changed = [(row[1], row[2]) for row in rows if WRONG in row]
    assert changed == [("responsible_body", DERBY)]
    totals = found.execute(recipe.sql("control_total_equals_its_parts")).fetchall()
    assert {row[4] for row in totals if WRONG in row} == {"body=nhs"}


def test_f074_a_sum_never_mixes_levels(found: duckdb.DuckDBPyConnection) -> None:
    """Given England among its councils, then every sum is of one area, and England is not twice.

    The quarter of each area is that of its own months; the councils add up to England, not to
    twice England. Only regions, and today's areas, are made of others, and England is in none.
    """
    for area, expected in ((ENGLAND, WHOLE), (DERBY, PLACES["507"])):
        for start in QUARTER:
            assert days(found, area, "month", start) == (expected, "reported")
        assert days(found, area, "quarter", QUARTER[0]) == (3 * expected, "reported")
    levels = found.execute(
        "select area.area_type = 'country', sum(figure.value) from marts.metric_value as figure "
        "inner join marts.area using (area_code) where metric_id = 'delayed_days' "
        "and boundary = 'as_reported' and area.area_type <> 'region' "
        "and period_type = 'month' and period_start = ? group by 1 order by 1",
        [QUARTER[0]],
    ).fetchall()
    assert levels == [(False, WHOLE), (True, WHOLE)]
    parts = found.execute(
        "select totals, parts, parts_value from intermediate.int_control_total "
        "where period_start = ? and table_id = 'responsible_body' and breakdown = ''",
        [QUARTER[0]],
    ).fetchall()
    assert parts == [(1, len(PLACES), WHOLE)]
    crossed = found.execute(
        "select count(*) from marts.metric_value as whole "
        "inner join marts.lineage as sum using (lineage_id) "
        "inner join marts.metric_value as part on part.lineage_id = sum.child_lineage_id "
        "inner join marts.area as area on whole.area_code = area.area_code "
        "where part.area_code <> whole.area_code and (? in (part.area_code, whole.area_code) "
        "or (whole.boundary = 'as_reported' and area.area_type <> 'region' "
        "and part.boundary = 'as_reported'))",
        [ENGLAND],
    ).fetchone()
    assert crossed == (0,)


def test_f073_a_ratio_of_nothing_is_no_figure(built: BuildResult) -> None:
    """Given a change from a base of 0, then no value, no verdict and no infinity.

    The unit test of that name is run with the build that all tests share.
    """
    failed = {failure.node for failure in (*built.failures, *built.warnings)}
    assert "f073_a_change_from_nothing_is_no_figure" not in failed
    with duckdb.connect(str(built.path), read_only=True) as marts:
        infinite = marts.execute(
            "select count(*) from marts.metric_value where not isfinite(coalesce(value, 0))"
        ).fetchone()
    assert infinite == (0,)
    here = Path(__file__).parents[2] / "dbt_project/models/intermediate/programmes_unit_tests.yml"
    assert "f073_a_change_from_nothing_is_no_figure" in here.read_text(encoding="utf-8")
