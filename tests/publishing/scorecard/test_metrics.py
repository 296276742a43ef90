"""Pages of metrics: what is there is shown with its finding, what is not says why."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.scorecard import metrics
from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.page import Page
from publishing.scorecard.site import Site

FACTS = ReleaseFacts(
    "20170208T000000Z-x", datetime(2017, 2, 8, tzinfo=UTC), "earlier", None, True, {}
)
FILE = "a" * 64
TABLES = {
    "metric": "metric_id, title, definition, numerator, denominator, unit, polarity, rounding, "
    "interval_method, source_returns, caveats, availability, why_not, derivation, "
    "base_metric_id, denominator_metric_id, control_chart, why_no_control_chart",
    "metric_value": "metric_id, area_code, boundary, period_type, period_start DATE, "
    "period_end DATE, value DOUBLE, lower DOUBLE, upper DOUBLE, unit, value_status, maturity, "
    "segment, published_on DATE, lineage_id",
    "control_limit": "metric_id, area_code, boundary, period_start DATE, lower_limit DOUBLE, "
    "upper_limit DOUBLE, variation",
    "metric_plan": "metric_id, area_code, period_type, period_start DATE, period_end DATE, "
    "plan_version, basis, value DOUBLE, unit, source, claim_id",
    "area": "area_code, area_type, name, valid_from DATE, valid_to DATE",
    "area_link": "link_kind, from_area_code, to_area_code, weight DOUBLE",
    "scorecard": "metric_id, area_code, boundary, figure_area_code, period_type, "
    "period_start DATE, "
    "period_end DATE, unit, value DOUBLE, value_status, lower DOUBLE, upper DOUBLE, segment, "
    "plan DOUBLE, plan_version, england_value DOUBLE, beside_england, "
    "peers_with_a_value INTEGER, peer_median DOUBLE, peer_lower_quartile DOUBLE, "
    "peer_upper_quartile DOUBLE, peer_lowest DOUBLE, peer_highest DOUBLE, peers_below INTEGER, "
    "peers_above INTEGER, why_no_peers, earlier_value DOUBLE, change_on_year DOUBLE, "
    "why_no_change, variation, assurance, published_on DATE, lineage_id",
    "release_change": "metric_id, area_code, boundary, period_type, period_start DATE, change, "
    "old_value DOUBLE, new_value DOUBLE, old_status, new_status, explanation, size_rank BIGINT",
    "lineage": "lineage_id, part INTEGER, part_kind, child_lineage_id, source_sha256, "
    "source_sheet, source_row INTEGER, source_column, raw_text, operation",
    "source_file": "source_sha256, file_name, return_id",
    "claim": "claim_id",
    "revision": "return_id, kind",
}
RATE: dict[str, Any] = {
    "metric_id": "delay_rate",
    "title": "Delays",
    "definition": "Days delayed.",
    "numerator": "days",
    "denominator": "adults",
    "unit": "days per 100,000 adults",
    "polarity": "lower",
    "rounding": "one decimal",
    "interval_method": "byar",
    "source_returns": "delays",
    "caveats": "Counted by hospitals. Not by homes.",
    "availability": "computed",
    "derivation": "per_population",
    "base_metric_id": "delay_count",
    "control_chart": "none",
}
COUNT = RATE | {
    "metric_id": "delay_count", "title": "Days", "unit": "days", "denominator": "none",
    "base_metric_id": None, "derivation": "cell",
}  # fmt: skip
ABSENT = RATE | {
    "metric_id": "deaths", "title": "Deaths", "availability": "not_open_data",
    "why_not": "It takes records of single patients.", "base_metric_id": None,
    "source_returns": "none",
}  # fmt: skip
AREAS = (("E92000001", "country", "England"), ("E06000015", "council", "Derby"),
         ("E10000016", "council", "Kent"), ("E06000017", "council", "Rutland"))  # fmt: skip


def year(start: int, area: str, value: float | None, **more: object) -> dict[str, Any]:
    """Return the figure of a financial year."""
    return {
        "metric_id": "delay_rate", "area_code": area, "boundary": "current",
        "period_type": "financial_year", "period_start": date(start, 4, 1),
        "period_end": date(start + 1, 3, 31), "value": value, "value_status": "reported",
        "unit": RATE["unit"], "maturity": "revised", "segment": "one",
        "lineage_id": f"{start}{area[-3:]}",
    } | more  # fmt: skip


FIGURES = [
    year(2014, "E92000001", 10.0),
    year(2015, "E92000001", 12.0),
    year(2015, "E06000015", 20.0, lower=15.0, upper=25.0),
    year(2015, "E10000016", 0.0),
    year(2015, "E06000017", None, value_status="suppressed"),
]
PLAN = {
    "metric_id": "delay_rate", "area_code": "E92000001", "period_type": "financial_year",
    "period_start": date(2015, 4, 1), "period_end": date(2016, 3, 31), "plan_version": "reset",
    "basis": "change_on_previous_year", "value": -1.0, "unit": "days", "source": "A report",
}  # fmt: skip
CHANGE = {
    "metric_id": "delay_rate", "area_code": "E06000015", "boundary": "current",
    "period_type": "financial_year", "period_start": date(2015, 4, 1), "change": "revised",
    "old_value": 19.0, "new_value": 20.0, "old_status": "reported", "new_status": "reported",
    "size_rank": 1,
}  # fmt: skip


def fill(connection: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows that leave columns out."""
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        connection.execute(sql, list(row.values()))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site of three metrics and three councils."""
    with duckdb.connect() as connection:
        for table, columns in TABLES.items():
            typed = (one if " " in one else f"{one} VARCHAR" for one in columns.split(", "))
            connection.execute(f"CREATE TABLE {table} ({', '.join(typed)})")
        fill(connection, "metric", RATE, COUNT, ABSENT)
        fill(connection, "metric_value", *FIGURES)
        fill(connection, "metric_value", *(
            one | {"metric_id": "delay_count", "unit": "days"} for one in FIGURES
        ))  # fmt: skip
        fill(connection, "metric_plan", PLAN)
        fill(connection, "release_change", CHANGE)
        fill(connection, "revision", {"return_id": "delays", "kind": "changed"})
        for code, area_type, name in AREAS:
            fill(connection, "area", {"area_code": code, "area_type": area_type, "name": name,
                                      "valid_from": date(2009, 4, 1)})  # fmt: skip
        for number, one in enumerate(FIGURES):
            fill(connection, "lineage", {
                "lineage_id": one["lineage_id"], "part": 1, "part_kind": "cell",
                "source_sha256": FILE, "source_sheet": "Days", "source_row": number,
                "source_column": "F", "raw_text": f"said {number}", "operation": "read",
            })  # fmt: skip
        fill(connection, "source_file", {"source_sha256": FILE, "file_name": "days.xls"})
        (tmp_path / "quality").mkdir()
        yield Site(connection, tmp_path, FACTS)


@pytest.fixture
def made(site: Site) -> dict[str, Page]:
    """Give the pages of the site by their paths."""
    return {page.path: page for page in metrics.pages(site)}


def test_every_metric_has_a_page_and_is_on_the_page_of_all(made: dict[str, Page]) -> None:
    """Given metrics with and without figures, when made, then each has a page that is linked."""
    for metric in (RATE, COUNT, ABSENT):
        path = f"metric/{metric['metric_id']}.html"
        assert f'href="{path}"' in made["metrics.html"].body
        assert metric["definition"] in made[path].body
    assert "2 metrics with figures, 1 without" in made["metrics.html"].body


def test_the_title_is_the_finding(made: dict[str, Page]) -> None:
    """Given two years, when the page is made, then it is titled by the change between them."""
    body = made["metric/delay_rate.html"].body
    assert "<h1>Delays: 12.0 in 2015-16, up 20.0% on a year before</h1>" in body
    assert "Delays rose 20.0% in 2015-16; the plan was a fall of 10.0%" in body


def test_the_plan_that_counted_is_in_the_title_and_drawn(site: Site) -> None:
    """Given a plan as submitted and as reset, when made, then title and chart have the last."""
    fill(site.connection, "metric_plan", PLAN | {"plan_version": "submitted", "value": -5.0})
    body = next(p.body for p in metrics.pages(site) if p.path == "metric/delay_rate.html")
    assert "the plan was a fall of 10.0%" in body
    assert "the plan was a fall of 50.0%" not in body
    assert body.index(">Reset<") < body.index(">Submitted<")


def test_suppressed_zero_and_figures_look_different(made: dict[str, Page]) -> None:
    """Given a suppressed council and one of zero, when ranked, then only one has a sign."""
    body = made["metric/delay_rate.html"].body
    table = body[body.index('<table id="council-table"') :]
    rutland = table[table.index(">Rutland<") :]
    kent = table[table.index(">Kent<") :].split("</tr>")[0]
    assert "[c]" in rutland.split("</tr>")[0]
    assert ">0.0<" in kent
    assert "1 of 2 councils were above England" in body


def test_a_council_of_today_without_a_row_is_on_the_map(site: Site) -> None:
    """Given a council that no file names, when mapped, then its hexagon has the sign of a gap."""
    luton = {"area_code": "E06000032", "area_type": "council", "name": "Luton"}
    fill(site.connection, "area", luton | {"valid_from": date(2009, 4, 1)})
    body = next(p.body for p in metrics.pages(site) if p.path == "metric/delay_rate.html")
    assert "<title>Luton: Not available: no file gives it</title>" in body
    assert "<title>Kent: 0.0 days per 100,000 adults</title>" in body


def test_revisions_of_its_returns_are_counted(made: dict[str, Page]) -> None:
    """Given an edition that changed a figure, when made, then the page of its metric says so."""
    assert "1 of all its figures differ" in made["metric/delay_rate.html"].body
    assert "differ between" not in made["metric/deaths.html"].body


def test_marts_without_a_metric_have_a_page_that_says_so(site: Site) -> None:
    """Given empty marts, when made, then the page of all says that nothing is loaded."""
    site.connection.execute("DELETE FROM metric")
    (page,) = metrics.pages(site)
    assert "no figure of any metric" in page.body


def test_councils_lead_to_their_pages(made: dict[str, Page]) -> None:
    """Given a ranking, when made, then the table links to each council."""
    assert 'href="../council/E06000015.html"' in made["metric/delay_rate.html"].body


def test_a_former_code_leads_to_the_council_of_today(site: Site) -> None:
    """Given a figure of a council whose code changed, then its row leads to today's page."""
    fill(site.connection, "area", {"area_code": "E06000099", "area_type": "council",
                                   "name": "Derby", "valid_from": date(2020, 4, 1)})  # fmt: skip
    fill(site.connection, "area_link", {"link_kind": "successor", "weight": 1.0,
         "from_area_code": "E06000015", "to_area_code": "E06000099"})  # fmt: skip
    pages = {page.path: page for page in metrics.pages(site)}
    rows = str(pages["metric/delay_rate.html"].body)
    assert 'href="../council/E06000099.html">Derby' in rows
    assert '<tr id="in-E06000099">' in rows
    assert "council/E06000015.html" not in rows


def test_a_count_is_not_ranked_but_leads_to_its_rate(made: dict[str, Page]) -> None:
    """Given a count, when made, then there is no ranking, a table, and a link to the rate."""
    body = made["metric/delay_count.html"].body
    assert "grows with the size" in body
    assert 'id="ranking-council"' not in body
    assert 'href="../metric/delay_rate.html"' in body
    assert "3 councils in 2015-16" in body


def test_a_metric_without_figures_says_why(made: dict[str, Page]) -> None:
    """Given a metric that nobody publishes, when made, then its page says so and has no chart."""
    body = made["metric/deaths.html"].body
    assert "Not open data" in body
    assert "It takes records of single patients." in body
    assert "<svg" not in body


def test_what_changed_is_told(made: dict[str, Page]) -> None:
    """Given a revised figure, when made, then the page has it before and now."""
    body = made["metric/delay_rate.html"].body
    assert "1 figure differs from release earlier" in body
    assert ">19.0<" in body
    assert "No figure of this metric differs" in made["metric/delay_count.html"].body


def test_each_chart_has_its_figures_and_cells_as_files(site: Site, made: dict[str, Page]) -> None:
    """Given a chart, when made, then its CSV has the status, and another its cells."""
    assert made
    folder = site.out / "data" / "metric"
    with (folder / "delay_rate-ranking-council.csv").open(encoding="utf-8-sig") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["Rutland"]["value_status"] == "suppressed"
    assert rows["Rutland"]["value"] == ""
    assert rows["Kent"]["value"] == "0.0"
    cells = (folder / "delay_rate-trend-financial-year-cells.csv").read_text(encoding="utf-8-sig")
    assert "days.xls" in cells
    assert "said 1" in cells
