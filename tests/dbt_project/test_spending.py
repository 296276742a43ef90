"""Councils' spending on social care: bases kept apart, codes, deflators, populations, changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.conftest import Lake, figure, people
from tests.dbt_project.rebuilt import Recipe

OUTTURN, RETURN_2014, RETURN_2016 = (
    "revenue_outturn",
    "asc_expenditure_2014",
    "asc_expenditure_2016",
)
DARLINGTON, NORTH_YORKSHIRE, ENGLAND = "E06000005", "E10000023", "E92000001"
INDEX = {2010: 80.0, 2011: 81.0, 2014: 84.0, 2016: 90.0, 2023: None}
ADULTS = "care_type=non_salt_totals;primary_support_reason=all_adult_social_care;setting=total"


def year_cell(
    table: str, year: int, measure: str, breakdown: str, value: float | None, **about: Any
) -> dict[str, Any]:
    """A cell of a financial year."""
    return figure(table, dt.date(year, 4, 1), measure, breakdown, value) | {
        "period_type": "financial_year",
        "period_end": dt.date(year + 1, 3, 31),
        "unit": "gbp_thousand",
        **about,
    }


def outturn(
    year: int, lines: Mapping[str, tuple[float | None, float | None]]
) -> list[dict[str, Any]]:
    """A file of Darlington, North Yorkshire (under a wrong ONS code), a district and England."""
    rows = []
    for line, (darlington, yorkshire) in lines.items():
        values = {"E1301": darlington, "E2721": yorkshire, "E0536": 7.0}
        ons: dict[str, str | None] = {"E1301": None, "E2721": "E10000022", "E0536": "E07000012"}
        for code, value in values.items():
            about = {"subject_type": "authority", "subject_code": code, "subject_name": code}
            row = year_cell("summary", year, OUTTURN, f"line={line}", value, **about)
            rows.append(row | {"subject_ons_code": ons[code]})
        england = {"subject_type": "country", "subject_code": "", "subject_name": "ENGLAND"}
        whole = sum(value or 50.0 for value in values.values())
        total = year_cell("summary", year, OUTTURN, f"line={line}", whole, **england)
        rows.append(total | {"is_control_total": True})
    return rows


def lines_2016(code: str, ons: str, net: dict[str, float]) -> list[dict[str, Any]]:
    """A council of the return of 2016-17: lines that add up, and one that splits them again."""
    return [
        year_cell("council", 2016, "net_current_expenditure", breakdown, value)
        | {"subject_type": "council", "subject_code": code, "subject_ons_code": ons}
        for breakdown, value in net.items()
    ]


@pytest.fixture(scope="module")
def built(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """Accounts of 2010-11 to 2016-17, two vintages of one year, a return and a deflator."""
    lake = Lake(tmp_path_factory.mktemp("money") / "lake")
    of_year = {"period_type": "financial_year"}
    whole = {"social_care": (300.0, 3000.0)}
    lake.add(OUTTURN, outturn(2010, whole), first=dt.date(2012, 11, 27), **of_year)
    apart = {"adult_social_care": (210.0, 2100.0), "children_social_care": (100.0, 1000.0)}
    lake.add(OUTTURN, outturn(2011, apart), first=dt.date(2013, 11, 28), **of_year)
    later = {"adult_social_care": (None, 2250.0), "children_social_care": (150.0, 1500.0)}
    earlier = {"adult_social_care": (999.0, 999.0), "children_social_care": (999.0, 999.0)}
    lake.add(OUTTURN, outturn(2016, later), first=dt.date(2017, 11, 16), **of_year)
    lake.add(OUTTURN, outturn(2016, earlier), first=dt.date(2017, 8, 16), **of_year)
    spent = [
        year_cell("council", 2014, "gross_current_expenditure", ADULTS, value)
        | {"subject_type": "council", "subject_code": code, "subject_name": code}
        for code, value in {"117": 250.0, "326": 500.0}.items()
    ]
    lake.add(RETURN_2014, spent, **of_year)
    mandatory = "data_type=mandatory;primary_support_reason="
    net = {mandatory + "physical_support": 120.0, mandatory + "sensory_support": 30.0}
    net |= {"data_type=voluntary;primary_support_reason=sensory_support": 12.0}
    lake.add(RETURN_2016, lines_2016("117", DARLINGTON, net), **of_year)
    prices = [
        year_cell("financial_year", year, "gdp_deflator", "", value)
        | {"subject_type": "country", "subject_code": "K02000001", "unit": "index"}
        for year, value in INDEX.items()
    ]
    lake.add("gdp_deflators", prices, **of_year)
    ages = {"": 600.0, "age=17": 100.0, "age=18": 200.0, "age=65": 300.0}
    lake.add("population_estimates", people("persons", 2016, ages), first=dt.date(2017, 6, 22))
    lake.add_councils(dt.date(2016, 4, 1), {"117": 100})
    return recipe.rebuild(lake.close(), tmp_path_factory.mktemp("spent"))


def rows(built: BuildResult, query: str, *asked: object) -> list[tuple[Any, ...]]:
    """The rows of a query on what was built."""
    with duckdb.connect(str(built.path), read_only=True) as connection:
        return connection.execute(query, asked).fetchall()


def years(built: BuildResult, metric: str, area: str) -> dict[int, tuple[float | None, str]]:
    """Value and status of each year of a metric in an area."""
    found = rows(
        built,
        "select year(period_start), value, value_status from marts.metric_value "
        "where metric_id = ? and area_code = ? order by 1",
        metric,
        area,
    )
    return {year: (value, status) for year, value, status in found}


def test_adults_of_a_year_that_does_not_part_them_have_no_figure(built: BuildResult) -> None:
    """Given 2010-11 with one amount for children and adults, then adults alone are not collected,
    and both together have a figure: nothing is shared out by a guess.
    """
    adults = years(built, "asc_net_current_outturn", DARLINGTON)
    assert adults == {
        2010: (None, "not_collected"),
        2011: (210, "reported"),
        **dict.fromkeys(range(2012, 2017), (None, "missing")),
    }
    both = years(built, "social_care_net_current_outturn", DARLINGTON)
    assert both == {
        2010: (300, "reported"),
        2011: (310, "reported"),
        **dict.fromkeys(range(2012, 2017), (None, "missing")),
    }


def test_council_is_found_by_its_own_code_and_not_by_a_wrong_ons_code(built: BuildResult) -> None:
    """Given a file that prints no council's ONS code beside North Yorkshire, and a district
    When areas are found
    Then the finance code decides, the latest file counts, and districts are in England alone.
    """
    assert years(built, "asc_net_current_outturn", NORTH_YORKSHIRE)[2016] == (2250, "reported")
    assert years(built, "asc_net_current_outturn", ENGLAND)[2011] == (2317, "reported")
    areas = rows(
        built,
        "select distinct area_code from marts.metric_value "
        "where metric_id = 'asc_net_current_outturn' order by 1",
    )
    assert [area for (area,) in areas] == [DARLINGTON, NORTH_YORKSHIRE, ENGLAND]
    cheshire = years(built, "asc_gross_current_return", "E06000049")
    assert cheshire == {2014: (500, "reported")}


def test_england_is_not_a_sum_of_some_councils(built: BuildResult) -> None:
    """Given a return without a row of England and two of its councils, then it has none."""
    found = rows(
        built,
        "select value, value_status, parts - parts_missing from marts.metric_value "
        "where metric_id = 'asc_gross_current_return' and area_code = ?",
        ENGLAND,
    )
    assert found == [(None, "missing", 2)]


def test_lines_are_added_once_and_traced(built: BuildResult) -> None:
    """Given two mandatory lines and a voluntary one that splits them, then two are the sum."""
    assert years(built, "asc_net_current_return", DARLINGTON) == {2016: (150, "reported")}
    cells = rows(
        built,
        "select part.operation, cell.raw_text from marts.metric_value as figure "
        "join marts.lineage as part using (lineage_id) "
        "join marts.lineage as cell on part.child_lineage_id = cell.lineage_id "
        "where figure.metric_id = 'asc_net_current_return' and figure.area_code = ? order by 2",
        DARLINGTON,
    )
    assert cells == [("sum of lines", "120.0"), ("sum of lines", "30.0")]


def test_real_terms_name_their_deflator_and_its_file(built: BuildResult) -> None:
    """Given 2,100 thousand in 2011-12 and indices of 81 and 90
    When it is put in the prices of 2016-17
    Then it is 2,333 thousand, and its denominator is in mart deflator, down to two cells.
    """
    (found,) = rows(
        built,
        "select figure.value, figure.numerator, figure.denominator, deflator.index_value, "
        "deflator.file_name, count(cell.raw_text) "
        "from marts.metric_value as figure "
        "join marts.deflator as deflator on figure.denominator_id = deflator.deflator_id "
        "join marts.lineage as part on deflator.lineage_id = part.lineage_id "
        "join marts.lineage as cell on part.child_lineage_id = cell.lineage_id "
        "where figure.metric_id = 'asc_net_current_outturn_real' and figure.area_code = ? "
        "and figure.period_start = date '2011-04-01' group by all",
        NORTH_YORKSHIRE,
    )
    assert found[:4] == pytest.approx((2100 * 90 / 81, 2100, 0.9, 81))
    assert found[4].endswith(".xls")
    assert found[5] == 2


def test_spending_for_each_adult_divides_by_the_adults_of_the_year(built: BuildResult) -> None:
    """Given 150 thousand pounds and 500 adults at mid-2016, then 300 pounds for each of them."""
    figures = years(built, "asc_net_current_return_real_per_adult", DARLINGTON)
    assert figures.keys() == {2016}
    assert figures[2016][0] == pytest.approx(300)


def test_year_without_a_population_is_missing_and_not_left_out(built: BuildResult) -> None:
    """Given a row of 2010-11 and no adults of mid-2010, then the rate is there, and missing."""
    (found,) = rows(
        built,
        "select value, denominator, denominator_id, value_status, parts_missing > 0 "
        "from marts.metric_value where metric_id = 'asc_net_current_outturn_real_per_adult' "
        "and area_code = ? and period_start = date '2010-04-01'",
        DARLINGTON,
    )
    assert found == (None, None, None, "missing", True)


def test_change_is_said_beside_the_published_one_with_what_the_figures_show(
    built: BuildResult,
) -> None:
    """Given a claim from 2010-11 on and adults apart from 2011-12 only
    When the change is worked out
    Then it is over the years there are, and says what the missing year would have had to be.
    """
    (found,) = rows(
        built,
        "select cash_change_percent, real_change_percent, is_same_span, published_change_percent, "
        "needed_base_cash_value, why from marts.spending_change where claim_id = 'C101' "
        "and basis_id = 'asc_net_current_outturn' and area_code = ?",
        ENGLAND,
    )
    # England of 2011-12: 210 + 2,100 + 7; of 2016-17, where one did not return: 50 + 2,250 + 7.
    assert found[:2] == pytest.approx((100 * (2307 / 2317 - 1), 100 * (2307 / (2317 / 0.9) - 1)))
    assert found[2:4] == (False, -5.3)
    assert found[4] == pytest.approx(2307 * 80 / 90 / (1 - 0.053))
    assert "from 2011-12 to 2016-17 only" in found[5]
    needed = 100 * found[4] / 3307
    assert f"{needed:.1f}% of it must have been for adults; in 2011-12 it was" in found[5]
    assert "after income from the NHS" not in found[5]


def test_no_change_is_worked_out_across_a_break(built: BuildResult) -> None:
    """Given children's social care with another content from 2014-15, then there is no change."""
    (found,) = rows(
        built,
        "select cash_change_percent, real_change_percent, why from marts.spending_change "
        "where claim_id = 'C101' and basis_id = 'social_care_net_current_outturn' "
        "and area_code = ?",
        ENGLAND,
    )
    assert found[:2] == (None, None)
    assert found[2].startswith("The periods do not lie in one segment")


def test_published_gross_spending_is_a_basis_of_its_own(built: BuildResult) -> None:
    """Given published gross spending in real terms, then its own change stands beside the claim."""
    (found,) = rows(
        built,
        "select real_change_percent, is_same_span, cash_value from marts.spending_change "
        "where claim_id = 'C101' and basis_id = 'asc_gross_current_overview'",
    )
    assert found == (pytest.approx(-6.72, abs=0.005), True, None)


def test_nothing_else_is_wrong_with_such_a_warehouse(built: BuildResult) -> None:
    """Given accounts beside delayed days, then every test that must hold does."""
    allowed = {"every_valid_council_reports"}  # one council of delayed days is loaded
    assert {failure.node for failure in built.failures} <= allowed
