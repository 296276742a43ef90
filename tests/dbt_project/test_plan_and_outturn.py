"""Plan against outturn: the published savings model, boards' own returns, and the pooled fund."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.conftest import Lake, figure, months, series_file
from tests.dbt_project.rebuilt import Recipe

PLAN, QUARTERLY = "better_care_fund_plan", "better_care_fund_quarterly"
DERBY, DERBYSHIRE, PETERBOROUGH = "E06000015", "E10000007", "E06000031"
ENGLAND = "E92000001"
YEAR, YEAR_BEFORE = dt.date(2015, 4, 1), dt.date(2014, 4, 1)
QUARTERS = [dt.date(2015, 4, 1), dt.date(2015, 7, 1), dt.date(2015, 10, 1), dt.date(2016, 1, 1)]
QUARTERS_BEFORE = [day.replace(year=day.year - 1) for day in QUARTERS]

FUND = {
    "minimum_ccg_contribution": 700.0,
    "disabled_facilities_grant": 60.0,
    "social_care_capital_grant": 40.0,
    "additional_local_authority_contribution": 200.0,
    "total_bcf_pooled_budget": 1000.0,
}


def quarter_end(start: dt.date) -> dt.date:
    """The last day of a quarter."""
    after = dt.date(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1)
    return after - dt.timedelta(1)


def cell(
    board: str, table: str, start: dt.date, measure: str, breakdown: str, value: float | None
) -> dict[str, Any]:
    """A cell of a board's return: a quarter, or a financial year where it is no count of one."""
    is_quarter = table in ("metrics", "nonelective", "supporting_metrics", "income")
    return figure(table, start, measure, breakdown, value) | {
        "period_type": "quarter" if is_quarter else "financial_year",
        "period_end": quarter_end(start) if is_quarter else dt.date(start.year + 1, 3, 31),
        "subject_type": "council",
        "subject_code": board,
        "subject_name": board,
        "unit": "admissions" if measure == "nonelective_admissions" else "gbp",
    }


def plan_file(board: str, *, before: int, planned: list[int], saving: float) -> list[Any]:
    """A board's plan of 2015-16: admissions a quarter before and as planned, saving and fund."""
    count = "nonelective_admissions"
    rows = [cell(board, "metrics", q, count, "basis=baseline", before) for q in QUARTERS_BEFORE]
    rows += [
        cell(board, "metrics", q, count, "basis=plan", value)
        for q, value in zip(QUARTERS, planned, strict=False)
    ]
    line = "benefit=nonelective_admissions;benefits_whom=nhs_commissioner;scheme=1"
    other = "benefit=other;benefits_whom=local_authority;scheme=2"
    rows.append(cell(board, "benefits", YEAR, "planned_saving", line, -saving))
    rows.append(cell(board, "benefits", YEAR, "planned_saving", other, -5000.0))
    rows += [
        cell(board, "funding", YEAR, "contribution", f"source={source}", value)
        for source, value in FUND.items()
    ]
    for scheme, (area, value) in enumerate([("social_care", 750.0), ("acute", 250.0)]):
        kinds = f"area_of_spend={area};commissioner=ccg;provider=ccg;scheme={scheme}"
        rows.append(cell(board, "expenditure", YEAR, "scheme_expenditure", kinds, value))
    return rows


DEFLATORS = {2014: 95.0, 2015: 96.0, 2016: 100.0}
A_YEAR = {"period_type": "financial_year"}


def prices(year: int, index: float) -> dict[str, Any]:
    """The GDP deflator of a financial year."""
    measure = "gdp_deflator"
    return figure("financial_year", dt.date(year, 4, 1), measure, "", index, unit="index") | {
        "period_end": dt.date(year + 1, 3, 31),
        "period_type": "financial_year",
        "subject_type": "country",
        "subject_code": "E92000001",
        "subject_name": "England",
    }


def quarterly_file(board: str, quarter: int, admissions: list[int]) -> list[Any]:
    """A quarterly return, which restates the quarters before its own."""
    made = zip(QUARTERS[: quarter + 1], admissions, strict=False)
    rows = [
        cell(board, "nonelective", start, "nonelective_admissions", "basis=actual", value)
        for start, value in made
    ]
    rows.append(
        cell(board, "income", QUARTERS[quarter], "pooled_income", "basis=actual", 250.0 + quarter)
    )
    return rows


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Boards that fell short, beat their plan, planned nothing and left a quarter out."""
    lake = Lake(tmp_path_factory.mktemp("boards") / "lake")
    series = {start: 100 if start < YEAR else 110 for start in months("2014-04", "2016-03")}
    lake.add("delayed_transfers_england", series_file(series), first=dt.date(2016, 6, 9))
    lake.add("gdp_deflators", [prices(year, index) for year, index in DEFLATORS.items()], **A_YEAR)

    def plan(board: str, planned: list[int], saving: float, status: str = "Reset") -> None:
        rows = plan_file(board, before=1000, planned=planned, saving=saving)
        if board == "Luton":
            rows = [row for row in rows if "disabled_facilities_grant" not in row["breakdown"]]
        about = {"period_type": "financial_year", "publisher_status": status}
        lake.add(PLAN, rows, is_synthetic=True, **about)
        lake.files[-1]["period_start"] = YEAR  # its title's, though it tells of the year before

    plan("Derby", [1100] * 4, 1.0, status="Submitted")
    plan("Derby", [999] * 4, 1.0)
    plan("Derby", [950] * 4, 400_000.0)  # the later of two files of one version
    plan("Derbyshire", [900] * 4, 400_000.0)
    plan("Peterborough", [1000, 1000, 1000, 999], 400_000.0)
    plan("Luton", [900] * 3, 400_000.0)
    plan("Bournemouth & Poole", [900] * 4, 400_000.0)  # of two councils, and no area
    plan("Nowhere & Elsewhere", [900] * 4, 400_000.0)
    made = {"Derby": 1040, "Derbyshire": 880, "Peterborough": 1010, "Luton": 1000}
    made["Bournemouth & Poole"] = 1000
    for board, value in made.items():
        for quarter in range(4):
            restated = [value + (30 if quarter < 3 and board == "Derby" else 0)] * 4
            about = {"period_type": "quarter", "is_synthetic": True}
            day = quarter_end(QUARTERS[quarter]) + dt.timedelta(60)
            lake.add(QUARTERLY, quarterly_file(board, quarter, restated), first=day, **about)
    return lake.close()


@pytest.fixture(scope="module")
def built(lake: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """The warehouse of them, as one of many boards."""
    return recipe.rebuild(lake, tmp_path_factory.mktemp("outturn"))


@pytest.fixture(scope="module")
def whole(lake: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """The same, as if the four boards of a whole plan and outturn were all there are."""
    boards = f"('{DERBY}', '{DERBYSHIRE}', '{PETERBOROUGH}', 'bournemouth_and_poole')"
    only = f"delete from seeds.boards where board_code not in {boards}"  # noqa: S608
    return recipe.rebuild(lake, tmp_path_factory.mktemp("whole"), seeds_changed=only)


def rows(built: BuildResult, query: str, *asked: object) -> list[tuple[Any, ...]]:
    """The rows of a query on what was built."""
    with duckdb.connect(str(built.path), read_only=True) as connection:
        return connection.execute(query, asked).fetchall()


def priced(
    built: BuildResult, columns: str, area: str, measure: str, source: str, **narrowed: str
) -> tuple[Any, ...]:
    """Columns of the one row of an area and measure: at its own planned value unless narrowed."""
    wanted = {"scenario": "planned", "unit_value_of": "own", "plan_version": "reset"} | narrowed
    conditions = "".join(f" and {column} = '{value}'" for column, value in wanted.items())
    (found,) = rows(
        built,
        f"select {columns} from marts.bcf_outturn where area_code = ? and measure = ? "  # noqa: S608
        f"and outturn_source = ?{conditions}",
        area,
        measure,
        source,
    )
    return found


INTERVAL = "cost_over_plan / 1e6, cost_over_plan_lower / 1e6, cost_over_plan_upper / 1e6"


def test_published_savings_model_comes_out_of_its_published_inputs(built: BuildResult) -> None:
    """Given 171m and 106,000, 90m and 293,000, and rises of 87,000 and 185,000
    When the outturn of England is priced at the value that the plans put on it
    Then unit values, costs and their rounding intervals are those of the published arithmetic.
    """
    unit = "unit_value, unit_value_lower, unit_value_upper"
    admissions = priced(built, unit, ENGLAND, "nonelective_admissions", "published")
    assert admissions == pytest.approx((1613.21, 1600.9, 1625.6), abs=0.05)
    days = priced(built, unit, ENGLAND, "delayed_days", "published")
    assert days == pytest.approx((307.17, 304.9, 309.4), abs=0.05)
    admissions = priced(built, INTERVAL, ENGLAND, "nonelective_admissions", "published")
    assert admissions == pytest.approx((311.35, 307.4, 315.4), abs=0.05)
    days = priced(built, INTERVAL, ENGLAND, "delayed_days", "published")
    assert days == pytest.approx((146.83, 145.5, 148.2), abs=0.05)
    both = priced(
        built,
        "planned_saving / 1e6, planned_saving_counted / 1e6, " + INTERVAL,
        ENGLAND,
        "both",
        "published",
    )
    assert both == pytest.approx((511, 261, 458.17, 452.84, 463.57), abs=0.05)


def test_published_146_is_within_rounding_and_not_what_rounds(built: BuildResult) -> None:
    """Given a published cost of 146m, when it is worked out again, then 146 lies in the interval
    though the figure rounds to 147; 311 is what rounds.
    """
    value, lower, upper = priced(built, INTERVAL, ENGLAND, "delayed_days", "published")
    assert lower < 146 < upper
    assert round(value) == 147
    admissions, *_ = priced(built, INTERVAL, ENGLAND, "nonelective_admissions", "published")
    assert round(admissions) == 311


def test_forgone_saving_and_growth_stand_apart_and_add_up(built: BuildResult) -> None:
    """Given a fall that did not come and a rise that did, then each has its own part of the cost;
    given a plan that was beaten, the forgone saving is negative and there is no growth.
    """
    parts = "forgone_saving / 1e6, growth_cost / 1e6, cost_over_plan / 1e6"
    admissions = priced(built, parts, ENGLAND, "nonelective_admissions", "published")
    assert admissions == pytest.approx((171, 140.35, 311.35), abs=0.005)
    days = priced(built, parts, ENGLAND, "delayed_days", "published")
    assert days == pytest.approx((90, 56.83, 146.83), abs=0.005)
    beaten = "gap, forgone_saving, growth_cost, cost_over_plan"
    found = priced(built, beaten, DERBYSHIRE, "nonelective_admissions", "board_returns")
    assert found == pytest.approx((-80, -80_000, 0, -80_000))


def test_every_scenario_and_its_sum_is_there(built: BuildResult) -> None:
    """Given costs published in prices of three years
    When they are put beside an outturn of 2015-16
    Then each is in prices of that year, with what it is and where it is from; a marginal cost of a
    day, which nobody published, is missing and says so.
    """
    found = rows(
        built,
        "select measure, scenario, unit_value, unit_value_lower, unit_value_upper "
        "from marts.bcf_outturn where outturn_source = 'published' and measure <> 'both' "
        "and scenario <> 'planned' order by all",
    )
    expected = [
        ("delayed_days", "average", 306.9, 299.5, 314.6),  # 303.7 x 96 / 95
        ("delayed_days", "marginal", None, None, None),
        ("delayed_days", "reference_cost", 300.48, 300.0, 300.96),  # 313 x 96 / 100
        ("nonelective_admissions", "average", 2411.7, 2381.2, 2442.7),
        ("nonelective_admissions", "marginal", 1068.48, 1068.14, 1068.82),  # 1,113 x 96 / 100
    ]
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert row[2:] == pytest.approx(other[2:], abs=0.05)
    about = rows(
        built,
        "select scenario, unit_value_price_year, unit_value_meaning, unit_value_source, "
        "value_status, reason from marts.bcf_outturn where outturn_source = 'published' "
        "and measure = 'delayed_days' and area_code = ? and scenario <> 'average' order by 1",
        ENGLAND,
    )
    assert [row[:2] for row in about] == [
        ("marginal", "2015-16"),
        ("planned", "2015-16"),
        ("reference_cost", "2015-16"),
    ]
    assert all(row[2] and row[3] for row in about)
    assert about[2][2].endswith("Published in prices of 2016-17.")
    assert about[0][4:] == ("missing", "no source gives such a cost")
    assert rows(
        built,
        "select distinct scenario from marts.bcf_outturn where measure = 'both' "
        "and outturn_source = 'published' order by 1",
    ) == [("average",), ("planned",)]


def test_a_saving_without_a_planned_change_is_shown(built: BuildResult) -> None:
    """Given savings of the plans as submitted, whose change is not published in admissions
    Then each has one row that says so, without a value or a cost.
    """
    found = rows(
        built,
        "select measure, planned_saving, unit_value, cost_over_plan, value_status, reason "
        "from marts.bcf_outturn where plan_version = 'submitted' and area_code = ? "
        "and outturn_source = 'published' order by 1",
        ENGLAND,
    )
    why = (
        "no change in admissions or days was published for this version of the plan, "
        "to divide the saving by"
    )
    assert found == [
        ("both", 532e6, None, None, "missing", why),
        ("nonelective_admissions", 253e6, None, None, "missing", why),
    ]


def test_outturn_of_the_open_returns_stands_beside_the_published_one(built: BuildResult) -> None:
    """Given delayed days of both years in the open returns, then their change is the outturn."""
    columns = "change_planned, change_made, gap, baseline, outturn"
    found = priced(built, columns, ENGLAND, "delayed_days", "open_returns")
    assert found == (-293_000, 120, 293_120, 1200, 1320)


def test_board_is_held_against_its_own_plan(built: BuildResult) -> None:
    """Given a plan of 950 a quarter against 1,000 before and 1,040 made
    When the latest file of each version and quarter is taken
    Then gap, ratio, unit value and cost are the board's own, exact, and synthetic.
    """
    columns = (
        "baseline, planned, outturn, change_planned, change_made, gap, optimism_ratio, unit_value, "
        "cost_over_plan, cost_over_plan_lower, cost_over_plan_upper, is_synthetic"
    )
    found = priced(built, columns, DERBY, "nonelective_admissions", "board_returns")
    assert found == (4000, 3800, 4160, -200, 160, 360, -0.8, 2000, 720_000, 720_000, 720_000, True)


def test_england_has_no_value_while_a_board_is_not_there(built: BuildResult) -> None:
    """Given four whole boards of 150, then England is missing, counts them, and lends no value."""
    found = rows(
        built,
        "select distinct scenario, gap, planned, cost_over_plan, boards, boards_missing, "
        "value_status, reason from marts.bcf_outturn where area_code = ? "
        "and outturn_source = 'board_returns' and measure = 'nonelective_admissions' "
        "and plan_version = 'reset' order by 1",
        ENGLAND,
    )
    reason = "of 150 boards, 4 gave both a plan and an outturn"
    assert found == [
        (scenario, None, None, None, 4, 146, "missing", reason)
        for scenario in ("average", "marginal", "planned")
    ]
    assert not rows(
        built,
        "select * from marts.bcf_outturn where outturn_source = 'board_returns' "
        "and unit_value_of in ('england', 'boards')",
    )


def test_board_at_englands_value_differs_from_its_own(whole: BuildResult) -> None:
    """Given boards of two values, then England's value on each does not sum to theirs added up."""
    built = whole
    england = priced(
        built, "unit_value, cost_over_plan", ENGLAND, "nonelective_admissions", "board_returns"
    )
    # 1.6m for 1,001 admissions of the four boards, one of them of two councils.
    assert england == pytest.approx((1_600_000 / 1001, 721 * 1_600_000 / 1001))
    added = priced(
        built,
        "cost_over_plan, boards, boards_missing, value_status, reason",
        ENGLAND,
        "nonelective_admissions",
        "board_returns",
        unit_value_of="boards",
    )
    # One board planned next to nothing: it has no value of its own, so there is no such sum.
    assert added[0] is None
    assert added[1:3] == (4, 0)
    assert added[3:] == ("not_applicable", "a board has no value of its own")
    derby = priced(
        built,
        "cost_over_plan",
        DERBY,
        "nonelective_admissions",
        "board_returns",
        unit_value_of="england",
    )
    assert derby == pytest.approx((360 * 1_600_000 / 1001,))


def test_nothing_is_divided_by_a_plan_of_nearly_nothing(built: BuildResult) -> None:
    """Given a planned fall of 1 in 4,000, then there is no value and no ratio, and it says why."""
    columns = "change_planned, optimism_ratio, unit_value, cost_over_plan, value_status, reason"
    found = priced(built, columns, PETERBOROUGH, "nonelective_admissions", "board_returns")
    assert found[:5] == (-1, None, None, None, "not_applicable")
    assert found[5].startswith("the planned change is nearly nothing")
    cost = priced(
        built,
        "cost_over_plan",
        PETERBOROUGH,
        "nonelective_admissions",
        "board_returns",
        scenario="marginal",
        unit_value_of="unit_cost",
    )
    assert cost == pytest.approx((41 * 1113 * 0.96,))


def test_planned_rise_has_no_saving_to_put_on_it(built: BuildResult) -> None:
    """Given a submitted plan above the year before, then it has a ratio and no unit value."""
    columns = "change_planned, optimism_ratio, unit_value, cost_over_plan, reason"
    found = priced(
        built, columns, DERBY, "nonelective_admissions", "board_returns", plan_version="submitted"
    )
    assert found == (400, 0.4, None, None, "a rise was planned, and no saving can be put on it")


def test_plan_that_lacks_a_quarter_is_missing_and_not_short(built: BuildResult) -> None:
    """Given three planned quarters, then the year has no plan, no gap and no part of one."""
    columns = "planned, gap, forgone_saving, growth_cost, value_status, reason"
    found = priced(built, columns, "E06000032", "nonelective_admissions", "board_returns")
    assert found[:5] == (None, None, None, None, "missing")
    assert found[5] == "the plan does not give all four quarters of the year"


def test_board_of_no_one_area_is_in_no_mart(built: BuildResult) -> None:
    """Given a board whose name is no council's, then no area stands for it."""
    areas = {a for (a,) in rows(built, "select distinct area_code from marts.bcf_outturn")}
    assert areas == {DERBY, DERBYSHIRE, PETERBOROUGH, "E06000032", ENGLAND}
    warned = [warning for warning in built.warnings if warning.node == "every_board_is_known"]
    assert [(warning.rows, "Nowhere" in str(warning)) for warning in warned] == [(1, True)]


def test_metric_plan_has_every_version_and_leads_to_its_cells(built: BuildResult) -> None:
    """Given plans in two versions, then both are there, a year sums its quarters, and a year of
    three has none.
    """
    found = rows(
        built,
        "select plan_version, value from marts.metric_plan where area_code = ? "
        "and metric_id = 'bcf_nonelective_admissions' and period_type = 'financial_year' "
        "order by 1",
        DERBY,
    )
    assert found == [("reset", 3800), ("submitted", 4400)]
    assert not rows(
        built,
        "select * from marts.metric_plan where area_code = 'E06000032' "
        "and metric_id = 'bcf_nonelective_admissions' and period_type = 'financial_year'",
    )
    (parts,) = rows(
        built,
        "select count(*), count(cell.source_sha256) from marts.metric_plan as plan "
        "join marts.lineage as part using (lineage_id) "
        "join marts.lineage as cell on part.child_lineage_id = cell.lineage_id "
        "where plan.area_code = ? and plan.plan_version = 'reset' "
        "and plan.metric_id = 'bcf_nonelective_admissions' "
        "and plan.period_type = 'financial_year'",
        DERBY,
    )
    assert parts == (4, 4)


def test_published_plans_keep_their_versions(built: BuildResult) -> None:
    """Given the plans of November 2014 and of spring 2015, then each is there with its rounding."""
    found = rows(
        built,
        "select plan_version, basis, value, step, unit from marts.metric_plan "
        "where area_code = ? and metric_id = 'bcf_nonelective_admissions' order by 1",
        ENGLAND,
    )
    assert found == [
        ("reset", "change_on_previous_year", -106_000, 1000, "admissions"),
        ("submitted", "percent_change_on_previous_year", -3.07, 0.01, "%"),
    ]


def test_figure_of_a_boards_year_sums_the_latest_of_its_quarters(built: BuildResult) -> None:
    """Given quarters restated by later returns, then each counts as last told, in all."""
    found = rows(
        built,
        "select metric_id, period_type, value, value_status from marts.metric_value "
        "where area_code = ? and period_start = ? order by all",
        DERBY,
        YEAR,
    )
    assert found == [
        ("bcf_nonelective_admissions", "financial_year", 4160, "reported"),
        ("bcf_nonelective_admissions", "quarter", 1040, "reported"),
        ("bcf_pooled_fund", "financial_year", 1006, "reported"),
        ("bcf_pooled_fund", "quarter", 250, "reported"),
    ]


def test_pooled_fund_stands_beside_its_minimum_and_its_parts(built: BuildResult) -> None:
    """Given a board's sources and schemes, then total, minimum and what is above it are told
    apart, and England's published parts with the rounding they leave.
    """
    found = rows(
        built,
        "select side, split_by, member, value, share_of_total from marts.bcf_money "
        "where area_code = ? and plan_version = 'reset' "
        "and split_by in ('total', 'minimum', 'above_minimum', 'area_of_spend') order by all",
        DERBY,
    )
    assert found == [
        ("contribution", "above_minimum", "above_minimum", 200, 20),
        ("contribution", "minimum", "minimum", 800, 80),
        ("contribution", "total", "total", 1000, 100),
        ("spending", "area_of_spend", "acute", 250, 25),
        ("spending", "area_of_spend", "social_care", 750, 75),
        ("spending", "total", "total", 1000, 100),
    ]
    (above,) = rows(
        built,
        "select value, lower, upper from marts.bcf_money where origin = 'published' "
        "and split_by = 'above_minimum'",
    )
    assert above == pytest.approx((1.5e9, 1.4e9, 1.6e9))


def test_minimum_needs_every_part_of_it(built: BuildResult) -> None:
    """Given a plan that leaves the grant out that the minimum has a part from
    When its fund is sorted
    Then the minimum and what is above it are missing, and not short.
    """
    found = rows(
        built,
        "select split_by, value, value_status from marts.bcf_money where area_code = 'E06000032' "
        "and split_by in ('total', 'minimum', 'above_minimum') and side = 'contribution' "
        "order by 1",
    )
    assert found == [
        ("above_minimum", None, "missing"),
        ("minimum", None, "missing"),
        ("total", 1000, "reported"),
    ]


def test_nothing_else_is_wrong_with_such_a_warehouse(built: BuildResult) -> None:
    """Given boards' returns beside delayed days, then every test that must hold does."""
    assert [failure.node for failure in built.failures] == []
