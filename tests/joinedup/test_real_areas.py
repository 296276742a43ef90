"""Areas, England and shared-out admissions on the publishers' own files."""

from __future__ import annotations

import duckdb
import pytest

from tests.joinedup.conftest import Load

pytestmark = pytest.mark.long


@pytest.fixture
def marts(real_marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The released marts, read-only."""
    return real_marts


def test_every_way_to_england_agrees_or_is_explained(
    real_load: Load, marts: duckdb.DuckDBPyConnection
) -> None:
    """Given all months, then routes agree to the last unit, or their difference is explained.

    No check that stops a release has failed: there is one.
    """
    assert real_load.finished.code == 0, real_load.finished.text
    routes = marts.execute(
        "select route, count(*) > 60, count(*) = count(value) from england_route group by 1"
    ).fetchall()
    assert len(routes) == 6
    assert all(many and whole for _, many, whole in routes)
    differing = marts.execute(
        "select metric_id, min(period_start)::varchar, max(period_start)::varchar, "
        "count(distinct period_start), count(*) = count(explanation) from england_route "
        "where difference <> 0 group by 1 order by 1"
    ).fetchall()
    assert differing == [
        ("delayed_days", "2019-01-01", "2019-06-01", 6, True),
        ("delayed_days_both", "2018-11-01", "2019-06-01", 3, True),
        ("delayed_days_nhs", "2018-11-01", "2019-06-01", 8, True),
        ("delayed_days_social_care", "2018-11-01", "2019-06-01", 8, True),
        ("nonelective_admissions", "2015-04-01", "2016-10-01", 19, True),
    ]


def test_april_and_may_2019_are_one_series(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the files of 2019, then today's councils add up to the published rows each month."""
    rows = marts.execute(
        """
        select strftime(period_start, '%m'), boundary, area_code, value
        from metric_value
        where metric_id = 'delayed_days' and period_type = 'month'
            and period_start between date '2019-03-01' and date '2019-05-01'
            and area_code in ('E06000028', 'E06000029', 'E10000009', 'E06000058', 'E06000059')
        """
    ).fetchall()
    of = {(month, boundary, area): value for month, boundary, area, value in rows}
    for month in ("03", "04", "05"):
        reported = sum(v for (m, b, _), v in of.items() if (m, b) == (month, "as_reported"))
        current = sum(v for (m, b, _), v in of.items() if (m, b) == (month, "current"))
        assert current == pytest.approx(reported, abs=1e-6)
    bournemouth, poole, county = (
        of["04", "as_reported", area] for area in ("E06000028", "E06000029", "E10000009")
    )
    assert of["04", "current", "E06000058"] == bournemouth + poole == 1180
    assert of["04", "current", "E06000059"] == county == 1617
    assert of["05", "current", "E06000058"] == of["05", "as_reported", "E06000058"] == 1143


def test_admissions_are_conserved_in_every_month(marts: duckdb.DuckDBPyConnection) -> None:
    """Given every month's commissioners, then councils and national ones add up to England."""
    months, worst = marts.execute(
        "select count(*), max(abs(value - released_value)) from england_route "
        "where metric_id = 'nonelective_admissions' and route = 'boards_sum'"
    ).fetchone() or (0, None)
    assert months == 69
    assert worst == pytest.approx(0, abs=1e-4)
