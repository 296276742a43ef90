"""Metrics and their contracts: published figures, ratios, gaps, and what every figure must keep."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.conftest import Lake, council_file, figure, months, series_file
from tests.dbt_project.rebuilt import Recipe
from tests.metric_contract import RULES, breaches, contracts

ENGLAND, DERBY, DERBYSHIRE = "E92000001", "E06000015", "E10000007"
YEAR = {"period_type": "financial_year", "period_start": dt.date(2020, 4, 1)}
YEAR |= {"period_end": dt.date(2021, 3, 31)}
OF_ENGLAND = {"subject_type": "country", "subject_code": "England", "subject_ons_code": ENGLAND}
OF_DERBY = {"subject_type": "council", "subject_code": "507", "subject_ons_code": DERBY}
OF_DERBYSHIRE = {"subject_type": "council", "subject_code": "506", "subject_ons_code": DERBYSHIRE}
ADMISSIONS = {"ascof_numerator": 61010.0, "ascof_denominator": 9711572.0}


def of_year(
    table: str, measure: str, breakdown: str, value: float | None, **about: Any
) -> dict[str, Any]:
    """One observation of a financial year."""
    return figure(table, dt.date(2020, 4, 1), measure, breakdown, value) | YEAR | about


def survey() -> list[dict[str, Any]]:
    """A survey's share with its margin of error: within the bounds of its unit, and beyond."""
    code = "code_2014_15=1b;disaggregation=total"
    return [
        of_year("areas", measure, code, value, **area)
        for area, share, margin in ((OF_ENGLAND, 77.3, 0.5), (OF_DERBY, 99.0, 4.5))
        for measure, value in (
            ("ascof_outcome_percent", share),
            ("ascof_margin_of_error_percent", margin),
        )
    ]


def scores() -> list[dict[str, Any]]:
    """A score of a survey whose margin rounds to 0, and one that nobody answered, printed as 0."""
    return [
        of_year("areas", measure, f"code_2014_15={code};disaggregation=total", value, **area)
        for code, area, score, margin, base in (
            ("1a", OF_ENGLAND, 19.1, 0.0, 60000.0),
            ("1j", OF_DERBY, 0.0, 0.0, 0.0),
            ("1j", OF_DERBYSHIRE, 0.412, 0.02, 300.0),
        )
        for measure, value in (
            ("ascof_outcome_score", score),
            ("ascof_margin_of_error_score", margin),
            ("ascof_respondents", base),
        )
    ]


def outcomes() -> list[dict[str, Any]]:
    """The outcomes framework of one year: a rate with its counts, and one that is withheld."""
    code = "code_2014_15=2a2;disaggregation=total"
    rate = "ascof_outcome_per_100k"
    rows = [of_year("areas", name, code, value, **OF_ENGLAND) for name, value in ADMISSIONS.items()]
    hidden = {"raw_text": "[c]", "value_status": "suppressed"}
    return [
        *rows,
        of_year("areas", rate, code, 628.2, **OF_ENGLAND),
        of_year("areas", rate, code, 500.0, **OF_DERBY),
        of_year("areas", rate, code, None, **OF_DERBYSHIRE, **hidden),
        of_year("areas", "ascof_numerator", code, 700.0, **OF_DERBYSHIRE),
        *survey(),
        *scores(),
        *support("areas", "ascof_outcome_percent", "code_2014_15=2d;disaggregation=total"),
    ]


def support(table: str, measure: str, breakdown: str) -> list[dict[str, Any]]:
    """A percentage of two councils, one of them withheld."""
    hidden = {"raw_text": "[c]", "value_status": "suppressed"}
    return [
        of_year(table, measure, breakdown, 75.0, **OF_ENGLAND),
        of_year(table, measure, breakdown, 80.0, **OF_DERBY),
        of_year(table, measure, breakdown, None, **OF_DERBYSHIRE, **hidden),
    ]


def copied() -> list[dict[str, Any]]:
    """The independent copy: a figure that differs, a withheld one, an empty survey's 0."""
    measure = "short_term_support_without_further_support"
    unanswered = "adjusted_care_related_quality_of_life"
    return [
        of_year("councils", unanswered, "", 0.0, subject_type="council", subject_code=DERBY),
        of_year("councils", measure, "", 81.0, subject_type="council", subject_code=DERBY),
        of_year("councils", measure, "", 60.0, subject_type="council", subject_code=DERBYSHIRE),
    ]


def days(first: dt.date, last: dt.date, table: str, **about: Any) -> list[dict[str, Any]]:
    """Daily counts: 1,000 patients, of whom 400 leave."""
    rows = []
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(number)
        about |= {"period_type": "day", "period_end": day, "unit": "patients"}
        for measure, value in (
            ("patients_not_meeting_criteria_to_reside", 1000.0 + number),
            ("patients_discharged", 400.0),
        ):
            rows.append(figure(table, day, measure, "", value) | about)
    return rows


def admissions_by_age(start: dt.date, *, hidden: bool = False) -> list[dict[str, Any]]:
    """Emergency admissions of a month in the bands of age from 60 up; 65 and over are 21."""
    bands = ("60_to_64", "65_to_69", "70_to_74", "75_to_79", "80_to_84", "85_to_89", "90_and_over")
    about = {"subject_type": "country", "subject_code": ENGLAND, "unit": "admissions"}
    rows = []
    for number, band in enumerate(bands):
        row = figure(
            "age_band", start, "emergency_admission_episodes", f"age_band=age_{band}", number
        )
        rows.append(row | about)
    if hidden:
        rows[-1] |= {"value": None, "raw_text": "*", "value_status": "suppressed"}
    return rows


def other_reason(start: dt.date) -> dict[str, Any]:
    """England's days by the reason that began in April 2017; the series has 0 before."""
    days_of_it = 7.0 if start > dt.date(2017, 3, 1) else 0.0
    row = figure("reason", start, "delayed_days", "reason=o", days_of_it)
    return row | OF_ENGLAND | {"subject_code": ENGLAND}


@pytest.fixture(scope="module")
def candidate(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """A lake with published figures of each kind beside the counted ones."""
    lake = Lake(tmp_path_factory.mktemp("metrics") / "lake")
    autumn = months("2019-10", "2019-12")
    for start in autumn:
        lake.add("delayed_transfers_la", council_file(start, {"507": 100, "506": 200}))
    spring = months("2017-03", "2017-04")
    series = series_file(dict.fromkeys([*spring, *autumn], 310))
    series += [other_reason(start) for start in [*spring, *autumn]]
    for row in series:
        if row["breakdown"] == "reason=a" and row["period_start"] > spring[0]:
            row["value"] -= 7
    lake.add("delayed_transfers_england", series)
    lake.add("ascof_open", outcomes(), first=dt.date(2021, 10, 21))
    lake.add("oflog", copied())
    quarter = {"period_type": "quarter", "period_end": dt.date(2019, 12, 31), "unit": "beds"}
    lake.add(
        "bed_availability",
        [
            figure("provider", autumn[0], measure, "", value) | quarter | about
            for measure, value in (
                ("occupied_beds", 90.0),
                ("available_beds", 100.0),
                ("bed_occupancy", 0.9),
            )
            for about in (
                {"subject_type": "country", "subject_code": "", "is_control_total": True},
                {"subject_type": "provider", "subject_code": "TAD"},
            )
        ],
    )
    july, august = dt.date(2022, 7, 1), dt.date(2022, 8, 1)
    london = {"subject_type": "region", "subject_code": "Y56"}
    lake.add("acute_discharge_sitrep", days(july, dt.date(2022, 7, 31), "daily_regions", **london))
    lake.add(
        "acute_discharge_sitrep", days(august, dt.date(2022, 8, 30), "daily_regions", **london)
    )
    england = {"subject_type": "country", "subject_code": ENGLAND}
    lake.add("acute_discharge_series", days(july, dt.date(2022, 7, 31), "daily", **england))
    for start in months("2018-04", "2018-06"):
        lake.add("hes_monthly_open", admissions_by_age(start))
    for start in months("2018-07", "2018-09"):
        lake.add("hes_monthly_open", admissions_by_age(start, hidden=start.month == 8))
    return recipe.rebuild(lake.close(), tmp_path_factory.mktemp("metrics_candidate"))


@pytest.fixture(scope="module")
def figures(candidate: BuildResult) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the candidate."""
    with duckdb.connect(str(candidate.path), read_only=True) as connection:
        yield connection


def one(
    figures: duckdb.DuckDBPyConnection, metric: str, area: str, start: str, columns: str = "value"
) -> tuple[Any, ...] | None:
    """Columns of one figure as reported, of the longest period that begins then."""
    return figures.execute(
        f"select {columns} from marts.metric_value where metric_id = ? and area_code = ? "  # noqa: S608
        "and period_start = cast(? as date) and boundary = 'as_reported' order by period_end desc",
        [metric, area, start],
    ).fetchone()


def test_a_published_rate_is_shown_as_it_is_with_its_counts_and_interval(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given 61,010 people of 9,711,572, then the interval is the published 623.2 to 633.2."""
    columns = "value, round(lower, 1), round(upper, 1), numerator, denominator, value_status"
    found = one(figures, "care_home_admissions_65_plus", ENGLAND, "2020-04-01", columns)
    assert found == (628.2, 623.2, 633.2, 61010.0, 9711572.0, "reported")
    bare = one(figures, "care_home_admissions_65_plus", DERBY, "2020-04-01", columns)
    assert bare == (500.0, None, None, None, None, "reported")


def test_what_the_publisher_withholds_is_withheld_whoever_else_prints_it(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given a withheld figure and a copy that prints one, then it stays withheld, counts too."""
    columns = "value, lower, numerator, value_status, parts_missing"
    for metric in ("care_home_admissions_65_plus", "short_term_support_sequel"):
        found = one(figures, metric, DERBYSHIRE, "2020-04-01", columns)
        assert found == (None, None, None, "suppressed", 1)
    texts = figures.execute(
        "select raw_text from marts.lineage join marts.metric_value using (lineage_id) "
        "where metric_id = 'short_term_support_sequel' and value_status = 'suppressed'"
    ).fetchall()
    assert texts == [("(withheld)",)]


def test_a_margin_ends_at_what_the_unit_allows(figures: duckdb.DuckDBPyConnection) -> None:
    """Given 77.3 give or take 0.5 and 99 give or take 4.5 per cent, then 100 is the most."""
    columns = "value, round(lower, 6), round(upper, 6)"
    metric = "control_over_daily_life"
    assert one(figures, metric, ENGLAND, "2020-04-01", columns) == (77.3, 76.8, 77.8)
    assert one(figures, metric, DERBY, "2020-04-01", columns) == (99.0, 94.5, 100.0)


def test_a_margin_that_is_printed_as_nought_gives_no_interval(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given 19.1 give or take 0.0, then 19.1 without an interval: it was rounded away."""
    found = one(figures, "care_quality_of_life", ENGLAND, "2020-04-01", "value, lower, upper")
    assert found == (19.1, None, None)


def test_a_survey_that_nobody_answered_gives_no_figure_whoever_copies_it(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given a score of 0 from 0 respondents, and a copy without respondents that repeats the 0
    When the metric is made
    Then it was not collected, and leads to the score and to the number of respondents.
    """
    metric = "care_quality_of_life_adjusted"
    columns = "value, lower, upper, value_status, parts_missing"
    found = one(figures, metric, DERBY, "2020-04-01", columns)
    assert found == (None, None, None, "not_collected", 1)
    answered = one(figures, metric, DERBYSHIRE, "2020-04-01", "value, value_status")
    assert answered == (0.412, "reported")
    parts = figures.execute(
        "select below.operation, cell.raw_text from marts.metric_value as figure "
        "inner join marts.lineage as below using (lineage_id) "
        "inner join marts.lineage as cell on below.child_lineage_id = cell.lineage_id "
        "where figure.metric_id = ? and figure.area_code = ?",
        [metric, DERBY],
    ).fetchall()
    assert len(parts) == 2
    assert {operation for operation, _ in parts} == {"no respondents"}


@pytest.mark.parametrize(("below", "reaches"), [(0.04, True), (5.0, False)])
def test_a_limit_reaches_to_its_value_by_no_more_than_rounding(
    candidate: BuildResult, recipe: Recipe, below: float, reaches: bool
) -> None:
    """Given a value that lies below its interval by its rounding, or by more
    When the interval is worked out from numerator and denominator
    Then it reaches to the first, and the second has none: its counts are not its own.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{candidate.path}' as \"{candidate.path.stem}\" (read_only)")
        connection.execute(f'use "{candidate.path.stem}"')
        base = one(connection, "care_home_admissions_65_plus", ENGLAND, "2020-04-01", "lower")
        assert base
        (lower,) = base
        connection.execute(
            "create temp table int_published_value as select * replace (? as value) "
            "from intermediate.int_published_value "
            "where metric_id = 'care_home_admissions_65_plus' and area_code = ?",
            [lower - below, ENGLAND],
        )
        name = r'\S*"int_published_value"'
        query = re.sub(name, "temp.int_published_value", recipe.sql("int_metric_value"))
        ((value, found),) = connection.execute(
            f"select value, lower from ({query}) "  # noqa: S608 - the project's own SQL
            "where metric_id = 'care_home_admissions_65_plus'"
        ).fetchall()
    assert value == pytest.approx(lower - below)
    assert found == (pytest.approx(value) if reaches else None)


def test_a_zero_from_before_a_column_began_is_no_count(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given a series that prints 0 for a reason in the months before there was such a reason
    When its months, shares, and detail are made
    Then those months were not collected, in a segment of their own, and no chart draws on them.
    """
    columns = "value, value_status, segment"
    march = {
        metric: figures.execute(
            f"select {columns} from marts.metric_value where metric_id = ? and area_code = ? "  # noqa: S608
            "and period_type = 'month' and boundary = 'as_reported' "
            "and period_start = date '2017-03-01'",
            [metric, ENGLAND],
        ).fetchone()
        for metric in ("delayed_days_reason_o", "delayed_days_reason_o_share")
    }
    before = "before_the_column"
    assert march == {
        "delayed_days_reason_o": (None, "not_collected", before),
        "delayed_days_reason_o_share": (None, "not_collected", f"{before}; sitrep_2010"),
    }
    months_of = figures.execute(
        "select period_start::varchar, value, segment from marts.metric_value "
        "where metric_id = 'delayed_days_reason_o' and boundary = 'as_reported' "
        "and period_type = 'month' and year(period_start) = 2017 and value is not null"
    ).fetchall()
    assert months_of == [("2017-04-01", 7.0, "column_2017")]
    detail = figures.execute(
        "select period_start::varchar, delayed_days, value_status from marts.delayed_days "
        "where reason = 'o' and year(period_start) = 2017 order by 1"
    ).fetchall()
    assert detail == [("2017-03-01", None, "not_collected"), ("2017-04-01", 7.0, "reported")]
    (drawn,) = figures.execute(
        "select count(value) from marts.control_limit where segment like 'before_the_column%'"
    ).fetchall()
    assert drawn == (0,)


def test_the_first_return_of_the_contract_decides_and_the_other_is_told(
    candidate: BuildResult, figures: duckdb.DuckDBPyConnection
) -> None:
    """Given 80 in the framework and 81 in the copy, then 80 is shown, and a warning has both."""
    assert one(figures, "short_term_support_sequel", DERBY, "2020-04-01") == (80.0,)
    (told,) = [w for w in candidate.warnings if w.node == "published_returns_agree"]
    pairs = {(e["shown_value"], e["other_value"]) for e in told.examples}
    assert pairs == {(80.0, 81.0), (None, 60.0)}


def test_a_month_of_days_is_their_mean_and_has_none_when_a_day_is_absent(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given 31 days, then their mean; given 30 of 31, then no value, and one day is missing."""
    columns = "value, value_status, parts, parts_missing"
    july = one(figures, "no_criteria_to_reside", "E40000003", "2022-07-01", columns)
    assert july == (1015.0, "reported", 31, 0)
    august = one(figures, "no_criteria_to_reside", "E40000003", "2022-08-01", columns)
    assert august == (None, "missing", 31, 1)
    share = one(figures, "no_criteria_to_reside_discharged_share", ENGLAND, "2022-07-01")
    assert share == (pytest.approx(100 * 400 / 1015),)


def test_cells_are_added_up_only_when_every_one_has_a_value(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given six bands of age, then their sum, its quarter; with one withheld, neither."""
    assert one(figures, "emergency_admissions_65_plus", ENGLAND, "2018-05-01") == (21.0,)
    found = figures.execute(
        "select period_start::varchar, value, value_status from marts.metric_value where "
        "metric_id = 'emergency_admissions_65_plus' and period_type = 'quarter' order by 1"
    ).fetchall()
    assert found == [("2018-04-01", 63.0, "reported"), ("2018-07-01", None, "suppressed")]


def test_a_ratio_divides_two_metrics_of_one_area_and_period(
    figures: duckdb.DuckDBPyConnection,
) -> None:
    """Given 310 days a month and 90 beds, then the shares of days and of occupied beds."""
    share = one(
        figures, "delayed_days_nhs_share", DERBY, "2019-10-01", "value, numerator, denominator"
    )
    assert share == (80.0, 240.0, 300.0)
    beds = one(figures, "delayed_share_of_occupied_beds", ENGLAND, "2019-10-01")
    assert beds == (pytest.approx(100 * (3 * 310 / 92) / 90),)
    assert one(figures, "bed_occupancy", "TAD", "2019-10-01") == (90.0,)
    parts = figures.execute(
        "select part, operation from marts.lineage where lineage_id = (select lineage_id from "
        "marts.metric_value where metric_id = 'delayed_share_of_occupied_beds') order by part"
    ).fetchall()
    assert parts == [(1, "divided by another metric"), (2, "the metric divided by")]


def test_every_published_figure_leads_to_its_cells(
    candidate: BuildResult, figures: duckdb.DuckDBPyConnection
) -> None:
    """Given sums, means and figures times 100, then each leads to the cells behind it."""
    failed = {failure.node for failure in candidate.failures}
    assert not failed & {
        "every_figure_has_lineage",
        "lineage_parts_are_whole",
        "sums_are_never_short",
    }
    rows = figures.execute(
        "select metric_id, operation, count(*) from marts.lineage "
        "join marts.metric_value using (lineage_id) where part_kind = 'figure' "
        "and ((metric_id = 'emergency_admissions_65_plus' and period_type = 'month' "
        "and period_start = date '2018-04-01') "
        "or (metric_id = 'no_criteria_to_reside' and period_start = date '2022-07-01' "
        "and area_code = 'E40000003') "
        "or (metric_id = 'bed_occupancy' and area_code = 'TAD')) group by all order by 1"
    ).fetchall()
    assert rows == [
        ("bed_occupancy", "times 100.0", 1),
        ("emergency_admissions_65_plus", "sum of cells", 6),
        ("no_criteria_to_reside", "mean of days", 31),
    ]


@pytest.mark.parametrize("number", range(1, 49))
def test_every_metric_of_the_register_is_there_with_figures_or_a_reason(number: int) -> None:
    """Given a number of the register, then a contract has it, and a gap says why."""
    of_register = [c for c in contracts().values() if c["register_id"] == f"M{number:02}"]
    assert of_register
    for contract in of_register:
        assert (contract["availability"] == "computed") == (not contract["why_not"])
        assert (contract["derivation"] == "none") == (contract["availability"] != "computed")


def test_every_figure_keeps_its_contract(
    figures: duckdb.DuckDBPyConnection, marts: duckdb.DuckDBPyConnection
) -> None:
    """Given every rule that a contract sets, then no figure of either candidate breaks one."""
    assert breaches(figures) == []
    assert [breach for breach in breaches(marts) if breach[1] != "segment"] == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("unit", "set unit = 'hours' where metric_id = 'bed_occupancy'"),
        ("bounds", "set upper = 100.5 where metric_id = 'control_over_daily_life'"),
        ("periods", "set period_type = 'month' where metric_id = 'bed_occupancy'"),
        ("areas", "set area_code = 'E12000001' where metric_id = 'bed_occupancy'"),
        ("status", "set value_status = 'missing' where value is not null"),
        ("ratio", "set value = value + 0.2 where metric_id = 'care_home_admissions_65_plus'"),
        ("both or neither", "set numerator = null where metric_id = 'bed_occupancy'"),
        ("interval", "set lower = 629 where metric_id = 'care_home_admissions_65_plus'"),
        ("no interval", "set lower = 0, upper = 99 where metric_id = 'bed_occupancy'"),
        ("an interval", "set lower = null where metric_id = 'care_home_admissions_65_plus'"),
        ("segment", "set segment = 'undefined' where metric_id = 'bed_occupancy'"),
        ("availability", "set metric_id = 'long_stays' where metric_id = 'bed_occupancy'"),
    ],
)
def test_a_figure_that_breaks_its_contract_is_found(
    candidate: BuildResult, rule: str, fault: str
) -> None:
    """Given a figure changed against its contract, then the rule finds it."""
    with duckdb.connect() as broken:
        broken.execute(f"attach '{candidate.path}' as built (read_only)")
        broken.execute("create schema marts")
        for table in ("metric", "metric_value", "area"):
            broken.execute(f"create table marts.{table} as from built.marts.{table}")
        broken.execute(f"update marts.metric_value {fault}")
        assert rule in {found for _, found, _ in breaches(broken)}


def test_each_rule_has_a_fault() -> None:
    """Given the rules, then each one has been seen to find something."""
    marks = test_a_figure_that_breaks_its_contract_is_found.pytestmark  # type: ignore[attr-defined]
    assert {rule for rule, _ in marks[0].args[1]} == set(RULES)
