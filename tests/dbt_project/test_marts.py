"""The marts of the tiny lake: vintages, areas, sums, England, claims, lineage."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

DERBY, DERBYSHIRE, ENGLAND = "E06000015", "E10000007", "E92000001"


def one_row(found: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The named columns of the only row of a result, or nothing where there is none."""
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len(rows) <= 1
    return tuple(rows[0][column] for column in columns) if rows else None


def value(
    marts: duckdb.DuckDBPyConnection,
    metric: str,
    area: str,
    period_type: str,
    start: str,
    *columns: str,
    boundary: str = "as_reported",
) -> tuple[Any, ...] | None:
    """Columns of one figure (value and status unless named), or nothing where there is no row."""
    found = marts.execute(
        "select * from marts.metric_value where metric_id = ? and area_code = ? "
        "and period_type = ? and period_start = cast(? as date) and boundary = ?",
        [metric, area, period_type, start, boundary],
    )
    return one_row(found, columns or ("value", "value_status"))


def test_latest_published_vintage_wins_though_an_older_landed_later(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given May 2015 revised, and its first issue landed last, then the revised figure is shown."""
    figure = value(marts, "delayed_days", DERBY, "month", "2015-05-01", "value", "maturity")
    assert figure == (110.0, "revised")
    states = marts.execute(
        "select is_current_vintage, revised_on is not null from marts.source_file "
        "where return_id = 'delayed_transfers_la' and period_start = date '2015-05-01'"
    ).fetchall()
    assert sorted(states) == [(False, False), (True, True)]


def test_quarter_and_year_are_sums_of_months(marts: duckdb.DuckDBPyConnection) -> None:
    """Given twelve reported months, then quarter and year add them up."""
    assert value(marts, "delayed_days", DERBY, "quarter", "2014-04-01") == (300.0, "reported")
    year = value(marts, "delayed_days", DERBY, "financial_year", "2014-04-01")
    assert year == (1200.0, "reported")
    parts = [
        value(marts, f"delayed_days_{body}", DERBY, "quarter", "2014-04-01")
        for body in ("nhs", "social_care", "both")
    ]
    assert parts == [(240.0, "reported"), (45.0, "reported"), (15.0, "reported")]


def test_suppressed_month_makes_its_sums_suppressed_and_never_short(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given a suppressed July 2015, then July, the quarter and the year have no value."""
    for period_type, start in (
        ("month", "2015-07-01"),
        ("quarter", "2015-07-01"),
        ("financial_year", "2015-04-01"),
    ):
        figure = value(marts, "delayed_days_nhs", DERBYSHIRE, period_type, start)
        assert figure == (None, "suppressed")
        total = value(marts, "delayed_days", DERBYSHIRE, period_type, start)
        assert total == (None, "missing")


def test_period_with_some_months_is_missing_and_with_none_has_no_row(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given two months of a quarter, then it is missing; given none, there is no row."""
    assert value(marts, "delayed_days", DERBY, "quarter", "2019-04-01") == (None, "missing")
    assert value(marts, "delayed_days", DERBY, "financial_year", "2019-04-01") == (None, "missing")
    assert value(marts, "delayed_days", DERBY, "financial_year", "2017-04-01") is None


def test_beds_are_days_for_each_calendar_day(marts: duckdb.DuckDBPyConnection) -> None:
    """Given 100 days in April and 300 in the quarter, then beds divide by 30 and by 91 days."""
    columns = ("value", "numerator", "denominator", "unit")
    april = value(marts, "delayed_transfer_beds", DERBY, "month", "2014-04-01", *columns)
    assert april == (pytest.approx(100 / 30), 100.0, 30.0, "beds")
    quarter = value(marts, "delayed_transfer_beds", DERBY, "quarter", "2014-04-01", *columns)
    assert quarter == (pytest.approx(300 / 91), 300.0, 91.0, "beds")


def test_england_comes_from_the_series_where_it_is_loaded(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given a series and council files of earlier and later days, then England is the series."""
    months = {
        start: value(marts, "delayed_days", ENGLAND, "month", start, "value")
        for start in ("2014-04-01", "2015-05-01", "2015-06-01", "2016-03-01")
    }
    assert months == {
        "2014-04-01": (352.0,),  # series, later than the council file
        "2015-05-01": (381.0,),  # series, though the council file was revised after it
        "2015-06-01": (381.0,),  # the same day: the series
        "2016-03-01": (380.0,),  # the series has no such month
    }


def test_commissioner_is_the_area_of_its_period(marts: duckdb.DuckDBPyConnection) -> None:
    """Given 09G before and after April 2015, then each month has the ONS code of its day."""
    before = value(marts, "nonelective_admissions", "E38000036", "month", "2015-03-01")
    after = value(marts, "nonelective_admissions", "E38000213", "month", "2015-04-01")
    assert (before, after) == ((2000.0, "reported"), (2000.0, "reported"))
    assert value(marts, "nonelective_admissions", "E38000036", "month", "2015-04-01") is None
    assert value(marts, "nonelective_admissions", "X24", "month", "2015-04-01") == (
        300.0,
        "reported",
    )


def test_council_reporting_after_its_end_keeps_its_own_code(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given April 2019 with 809, 810 and 811, then they are the old areas; in May the new."""
    found = marts.execute(
        "select period_start::varchar, area_code, value from marts.metric_value "
        "where metric_id = 'delayed_days' and period_type = 'month' and boundary = 'as_reported' "
        "and period_start >= date '2019-04-01' and area_code not like 'E12%' "
        "and area_code <> 'E92000001' order by all"
    ).fetchall()
    assert found == [
        ("2019-04-01", "E06000015", 90.0),
        ("2019-04-01", "E06000028", 70.0),
        ("2019-04-01", "E06000029", 60.0),
        ("2019-04-01", "E10000009", 80.0),
        ("2019-05-01", "123", 40.0),
        ("2019-05-01", "E06000015", 90.0),
        ("2019-05-01", "E06000058", 130.0),
        ("2019-05-01", "E06000059", 80.0),
    ]


def test_delayed_days_has_each_split_once(marts: duckdb.DuckDBPyConnection) -> None:
    """Given one council and month, then its rows are the total and three splits of it."""
    found = marts.execute(
        "select split, count(*), sum(delayed_days) from marts.delayed_days "
        "where area_code = ? and period_start = date '2014-04-01' group by split order by split",
        [DERBY],
    ).fetchall()
    assert found == [
        ("care_type", 2, 100.0),
        ("reason", 10, 100.0),
        ("responsible_body", 3, 100.0),
        ("total", 1, 100.0),
    ]


def test_lineage_leads_from_a_year_to_its_cells(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a year of beds, then its lineage steps down to twelve cells that add up to it."""
    top = value(marts, "delayed_transfer_beds", DERBY, "financial_year", "2014-04-01", "lineage_id")
    assert top is not None
    found = marts.execute(
        """
        with recursive step as (
            select *, 0 as depth from marts.lineage where lineage_id = ?
            union all
            select part.*, step.depth + 1 from step
            join marts.lineage as part on part.lineage_id = step.child_lineage_id
        )
        select depth, part_kind, operation, count(*),
            sum(case when part_kind = 'cell' then cast(raw_text as double) end)
        from step group by all order by depth
        """,
        [top[0]],
    ).fetchall()
    assert found == [
        (0, "figure", "divided by calendar days", 1, None),
        (1, "figure", "sum of months", 12, None),
        (2, "cell", "read", 12, 1200.0),
    ]


def test_month_figure_and_detail_share_the_cell(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a month's total in two marts, then both point to the one cell."""
    figure = value(marts, "delayed_days", DERBY, "month", "2014-04-01", "lineage_id")
    detail = marts.execute(
        "select lineage_id from marts.delayed_days where area_code = ? and split = 'total' "
        "and period_start = date '2014-04-01'",
        [DERBY],
    ).fetchone()
    assert figure is not None
    assert figure == detail
    cell = marts.execute(
        "select part_kind, source_sheet, raw_text from marts.lineage where lineage_id = ?", figure
    ).fetchall()
    assert cell == [("cell", "responsible_body", "100")]


def claim(marts: duckdb.DuckDBPyConnection, claim_id: str, *columns: str) -> tuple[Any, ...]:
    """Columns of one claim."""
    found = marts.execute("select * from marts.claim where claim_id = ?", [claim_id])
    row = one_row(found, columns)
    assert row is not None
    return row


def test_claim_is_computed_from_the_marts(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a small change, then it is the marts' own and the published 185,000 differs."""
    later = value(marts, "delayed_days", ENGLAND, "financial_year", "2015-04-01", "value")
    base = value(marts, "delayed_days", ENGLAND, "financial_year", "2014-04-01", "value")
    assert later is not None
    assert base is not None
    computed, verdict, synthetic, why = claim(
        marts, "C008", "computed_value", "verdict", "is_synthetic", "why"
    )
    assert (computed, verdict, synthetic) == (later[0] - base[0], "differs", False)
    assert "synthetic" not in why


def test_synthetic_claim_does_not_pretend(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a synthetic November 2016, then the claim about it says what it rests on."""
    synthetic, why = claim(marts, "C031", "is_synthetic", "why")
    assert synthetic
    assert why.startswith("From synthetic returns")


def test_claim_without_open_data_has_the_open_figure_beside_it(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given the Better Care Fund claim, then no value is computed, and the open change is shown."""
    found = claim(marts, "C004", "computed_value", "verdict", "open_figure", "why")
    assert found[:3] == (None, "not open data", 84.0)
    assert "not public" in found[3]


def test_landed_files_are_all_listed_with_their_state(marts: duckdb.DuckDBPyConnection) -> None:
    """Given files read, quarantined and unrecognised, then each is listed, and why."""
    found = marts.execute(
        "select state, count(*), max(reason), max(cell) from marts.source_file "
        "where state <> 'read' group by state order by state"
    ).fetchall()
    assert found == [("quarantined", 1, "unknown marker", "F20"), ("unrecognised", 1, None, None)]


def test_published_plan_stands_beside_its_metric(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the published plan for delayed days, then it is there with its unit and its claim."""
    found = marts.execute(
        "select metric_id, area_code, value, unit, basis, period_end::varchar, claim_id "
        "from marts.metric_plan where claim_id = 'C009'"
    ).fetchall()
    expected = ("delayed_days", ENGLAND, -293000.0, "days", "change_on_previous_year")
    assert found == [(*expected, "2016-03-31", "C009")]


def test_f062_a_re_issue_is_told_figure_by_figure(marts: duckdb.DuckDBPyConnection) -> None:
    """Given May 2015 issued, then revised, then each figure that differs is a row, with both cells.

    The first issue landed last; it is the older one all the same (F063).
    """
    found = marts.execute(
        "select kind, count(*), min(order_basis), max(order_basis), min(difference), "
        "max(difference), min(old_published_on)::varchar, max(new_published_on)::varchar "
        "from marts.revision group by kind"
    ).fetchall()
    # Of England and three councils: total and NHS of the bodies, total and acute, total and one
    # reason: six figures each.
    kinds = ("changed", 24, "published_on", "published_on", -267.0, -89.0)
    assert found == [(*kinds, "2015-07-10", "2016-12-08")]
    row = marts.execute(
        "select old_value, new_value, area_code, vintage, old_source_sheet, old_source_column, "
        "old_source_row = new_source_row, old_source_sha256 < new_source_sha256 "
        "from marts.revision where subject_code = '507' and breakdown = 'body=nhs'"
    ).fetchall()
    assert row == [(179.0, 90.0, DERBY, 2, "responsible_body", "F", True, False)]
