"""Who drove the change in delayed days: figures that add up, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.scorecard import drivers
from publishing.scorecard.plan_outturn import plan_year
from tests.publishing.scorecard.plan_marts import (
    AREAS,
    DAYS,
    METRICS,
    MISSED,
    figures,
    full_site,
    outturn,
    plan_site,
)


def test_councils_and_residents_of_elsewhere_add_up_to_england(tmp_path: Path) -> None:
    """Given councils and Wales that add up, when read, then it says so, the largest rise first."""
    site = full_site(tmp_path)
    drove = drivers.changes(site, plan_year(site))
    assert drove is not None
    assert [(one.name, one.change) for one in drove.councils] == [("Leeds", 160), ("Bradford", -60)]
    assert drove.adds_up
    assert drove.england.change == 110
    assert drove.councils[0].change_per_100k_adults == 320.0
    assert drivers.heading(drove) == "Delayed days rose in 1 of 2 councils in 2015-16"
    said = " ".join(drivers.findings(drove))
    assert "England had 110 more delayed days in 2015-16 than in 2014-15 (+11.0%)." in said
    assert "1 council had 160 more together, 1 council 60 fewer." in said
    assert "“NHS responsible”: +82 days, 75% of England’s rise" in said


def test_what_does_not_add_up_is_not_said_to(tmp_path: Path) -> None:
    """Given councils that do not add up to England, when read, then the page says so."""
    days = dict(DAYS) | {"E08000035": (600.0, 700.0)}
    site = plan_site(tmp_path, {"area": AREAS, "metric": METRICS, "metric_value": figures(days)})
    drove = drivers.changes(site, None)
    assert drove is not None
    assert not drove.adds_up
    page = next(drivers.pages(site))
    assert "do not add up to England" in str(page.body)


def test_the_page_has_chart_map_table_and_causes(tmp_path: Path) -> None:
    """Given a plan year, when the page is made, then every council is in the table with its link,
    a council without a figure is a gap on the map, and the CSV has exact figures.
    """
    site = full_site(tmp_path)
    page = next(drivers.pages(site))
    body = str(page.body)
    assert page.path == "drivers.html"
    for said in (
        'href="council/E08000035.html"',
        "Isles of Scilly: Not available",
        "NHS responsible",
    ):
        assert said in body
    assert "The plan of each council is not published" in body
    lines = (site.out / "data/drivers-ranked.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("council,before,now,change")
    assert lines[1] == "E08000035,600.0,760.0,160.0,120.0,40.0,0.0,16.0,320.0"
    assert lines[-1].startswith("E92000001,1000.0,1110.0,110.0")


def test_a_board_whose_plan_is_loaded_has_its_gap(tmp_path: Path) -> None:
    """Given a board's own plan, when the page is made, then its gap to plan is shown."""
    board = outturn(
        "delayed_days",
        "board_returns",
        area_code="E08000035",
        change_planned=-5.0,
        change_made=7.0,
        gap=12.0,
        cost_over_plan=3600.0,
    )
    marts = {"bcf_outturn": [*MISSED, board], "area": AREAS, "metric": METRICS}
    body = str(next(drivers.pages(plan_site(tmp_path, marts))).body)
    assert "These boards’ own plans are loaded" in body
    assert "+12" in body
    assert "£3,600" in body


def test_no_change_is_worked_out_across_a_break(tmp_path: Path) -> None:
    """Given years of which the later is counted in another way, when read, then nothing is said."""
    marts = [row | {"segment": f"since {row['period_start']}"} for row in figures(DAYS)]
    site = plan_site(tmp_path, {"area": AREAS, "metric": METRICS, "metric_value": marts})
    assert drivers.changes(site, None) is None


@pytest.mark.parametrize("marts", [{}, {"bcf_outturn": MISSED}])
def test_without_two_years_nothing_is_said(tmp_path: Path, marts: dict[str, object]) -> None:
    """Given no delayed days, when the page is made, then it says why there is nothing."""
    site = plan_site(tmp_path, marts)  # type: ignore[arg-type]
    page = next(drivers.pages(site))
    assert "no two years of delayed days" in str(page.body)
    assert page.title == "Which councils drove the change in delayed days?"
