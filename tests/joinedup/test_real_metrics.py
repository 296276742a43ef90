"""Metrics on the publishers' own files: published figures come out, and keep their contracts."""

from __future__ import annotations

import duckdb
import pytest

from tests.metric_contract import breaches

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("metric", "start", "expected"),
    [
        # Outcomes framework 2020-21 and 2024-25, England rows.
        ("care_home_admissions_65_plus", "2020-04-01", 498.2),
        ("care_home_admissions_65_plus", "2024-04-01", 592.5),
        ("care_home_admissions_18_64", "2020-04-01", 13.3),
        ("reablement_at_home", "2020-04-01", 79.1),
        ("reablement_at_home", "2024-04-01", 60.7),
        ("reablement_coverage", "2020-04-01", 3.1),
        ("short_term_support_sequel", "2020-04-01", 74.9),
        ("short_term_support_sequel", "2024-04-01", 77.1),
        ("care_quality_of_life", "2024-04-01", 19.0),
        ("social_contact", "2024-04-01", 45.4),
        ("control_over_daily_life", "2024-04-01", 77.3),
        # Accident and emergency, from the England time series.
        ("ae_attendances", "2016-04-01", 23362301.0),
        ("ae_emergency_admissions", "2013-04-01", 3847572.0),
        # Beds and discharge.
        ("bed_occupancy_general_acute", "2019-10-01", 92.0),
        ("no_criteria_to_reside_remaining", "2023-01-01", 13964.9),
        ("no_criteria_to_reside_discharged_share", "2023-01-01", 39.8),
        ("virtual_ward_occupancy", "2024-06-01", 74.4),
        # Within a tenth of the published 12.3 and 10.3: populations were revised since.
        ("ascof_delayed_transfers", "2017-04-01", 12.4),
        ("ascof_delayed_transfers", "2018-04-01", 10.4),
    ],
)
def test_england_is_what_the_publisher_prints(
    real_marts: duckdb.DuckDBPyConnection, metric: str, start: str, expected: float
) -> None:
    """Given the publishers' files, then England's figure is the published one, as rounded."""
    found = real_marts.execute(
        "select value from metric_value where metric_id = ? and area_code = 'E92000001' "
        "and period_start = cast(? as date) and boundary = 'as_reported' "
        "order by period_end desc limit 1",
        [metric, start],
    ).fetchone()
    assert found is not None
    if expected > 1e6:
        assert found[0] == pytest.approx(expected, rel=1e-6)
    else:
        assert round(found[0], 1) == expected


def test_every_figure_keeps_its_contract(real_marts: duckdb.DuckDBPyConnection) -> None:
    """Given every rule that a contract sets, then no figure of the real files breaks one."""
    assert breaches(real_marts, "") == []


def test_the_shares_of_bodies_and_reasons_add_up(real_marts: duckdb.DuckDBPyConnection) -> None:
    """Given shares of delayed days, then bodies, and reasons, add up to 100 in every month."""
    for pattern in ("delayed_days_(nhs|social_care|both)_share", "delayed_days_reason_.*_share"):
        rows = real_marts.execute(
            "select period_start, sum(value) from metric_value where area_code = 'E92000001' "
            "and period_type = 'month' and boundary = 'as_reported' "
            "and regexp_full_match(metric_id, ?) group by 1",
            [pattern],
        ).fetchall()
        assert len(rows) == 115
        assert {round(total, 6) for _, total in rows} == {100.0}
