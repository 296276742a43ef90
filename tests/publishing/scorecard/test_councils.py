"""Pages of councils: what stands out, delays, money; what is withheld, new or former is said."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from publishing.scorecard import councils
from publishing.scorecard.council_figures import said_of_former
from publishing.scorecard.council_rows import ByArea
from publishing.scorecard.page import Page
from publishing.scorecard.site import Site
from tests.publishing.scorecard.council_marts import (
    BRADFORD,
    EMPTY,
    LEEDS,
    MARTS,
    NEW,
    OLD,
    SCORECARD,
    VALUES,
    YEAR,
    council_site,
)

Made = tuple[Site, dict[str, Page]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make the pages of a few councils once."""
    site = council_site(tmp_path_factory.mktemp("release"))
    return site, {page.path: page for page in councils.pages(site)}


def body(made: Made, code: str) -> str:
    """Return the page of a council."""
    return str(made[1][f"council/{code}.html"].body)


def rows_of(made: Made, name: str) -> list[dict[str, str]]:
    """Read a CSV of the pages."""
    with (made[0].out / "data/council" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_council_has_a_page_and_the_list_leads_to_it(made: Made) -> None:
    """Given three councils and a former one, when made, then each has a page that is linked."""
    pages = made[1]
    assert set(pages) == {
        "councils.html",
        *(f"council/{code}.html" for code in (LEEDS, BRADFORD, NEW, OLD)),
    }
    listed = str(pages["councils.html"].body)
    assert all(f'href="{path}"' in listed for path in pages if path != "councils.html")
    assert "Yorkshire and The Humber (3)" in listed


@pytest.mark.parametrize(
    "said",
    [
        "better than the median of its peers on 1 of 1 measures",
        "1 is better than England",
        "800,000 people lived there in mid-2021, 15% of them 65 or older.",
        "better than 15 of 15",
        "up 10.0 points",
        "150 delayed days in 2016-17, 50% more than the year before; "
        "the NHS was responsible for 60%",
        "Net spending in 2016-17: £350 for each adult at 2016-17 prices (England £350)",
        'href="../compare/E08000035.html"',
        'href="../compare/E08000035.html#r-feels_safe"',
        'href="../metric/feels_safe.html"',
        "ascof.csv",
    ],
)
def test_the_page_says_its_findings(made: Made, said: str) -> None:
    """Given a council with everything, when its page is made, then it says what was found."""
    assert said in body(made, LEEDS)


def test_what_is_withheld_has_its_sign_and_no_sentence(made: Made) -> None:
    """Given a council of which all is suppressed, when made, then the sign is there, no finding."""
    page = body(made, BRADFORD)
    assert "status-suppressed" in page
    assert "Nothing here stands out" in page
    assert "Among its peers" not in page
    assert "Bradford has no peers. Fewer than 8 of its peers have a figure." in page
    assert "[c]" in {row["2016-17"] for row in rows_of(made, f"{BRADFORD}-past.csv")}


def test_a_council_has_the_reasons_of_the_one_it_continues(made: Made) -> None:
    """Given a council that continues one whole, when made, then that one's reasons are its own."""
    page = body(made, NEW)
    assert "Completion of assessment was the largest reason for delay in 2016-17: 75%" in page
    assert "(England 50%)" in page
    assert f'href="{OLD}.html"' in page
    assert {row["area_code"] for row in rows_of(made, f"{NEW}-delays.csv")} == {OLD}


def test_a_council_has_what_was_reported_under_its_former_code(tmp_path: Path) -> None:
    """Given a last figure, and one before, of the code that a council had before
    When its page and that of the former one are made
    Then it has both, says under which code they were reported, and the former one leads to it.
    """
    standing = next(row for row in SCORECARD if row["area_code"] == LEEDS)
    marts = {
        **MARTS,
        "metric_value": [
            *MARTS["metric_value"],
            *({**row, "area_code": OLD} for row in VALUES if row["area_code"] == LEEDS
              and row["metric_id"] == "feels_safe" and row["period_start"] == YEAR),
        ],
        "scorecard": [*SCORECARD, {**standing, "area_code": NEW, "figure_area_code": OLD}],
    }  # fmt: skip
    site = council_site(tmp_path, marts)
    pages = {page.path: str(page.body) for page in councils.pages(site)}
    page, former = pages[f"council/{NEW}.html"], pages[f"council/{OLD}.html"]
    assert "whole and under another code" in page
    assert "the last figures of 1 metrics among it" not in page
    assert "the last figure of one metric among it" in page
    assert "the council of today as well, which continues it whole" in former
    assert "stays on the page of the council" not in page
    (past,) = rows_of((site, {}), f"{NEW}-past.csv")
    assert (past["2015-16"], past["2016-17"]) == ("61.0", "80.0")
    (last,) = rows_of((site, {}), f"{NEW}-metrics.csv")
    assert last["figure_area_code"] == OLD


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), ""),
        (("Aford", "Aford"), "Aford: as reported for the council before its code changed."),
        (
            ("Cham", "Aford", "Bury"),
            "Aford, Bury and Cham: as reported for the councils before their codes changed.",
        ),
    ],
)
def test_former_codes_are_told_of_one_council_or_several(names: tuple[str, ...], said: str) -> None:
    """Given councils whose figures have former codes, then each is named once, in order."""
    assert said_of_former(names) == said


def test_a_former_council_leads_to_its_successor(made: Made) -> None:
    """Given a former council, when its page is made, then it has its last figures and a link."""
    page = body(made, OLD)
    assert f'href="{NEW}.html"' in page
    assert "61.0" in page


def test_years_on_two_sides_of_a_break_are_not_compared(tmp_path: Path) -> None:
    """Given a year of delayed days that is counted in another way than the year before
    When the council's page is made
    Then it gives the year's days and no change.
    """
    values = [
        row | {"segment": "new"} if row["period_start"] == YEAR else row
        for row in MARTS["metric_value"]
    ]
    pages = councils.pages(council_site(tmp_path, {**MARTS, "metric_value": values}))
    page = next(str(page.body) for page in pages if page.path == f"council/{LEEDS}.html")
    assert "150 delayed days in 2016-17; the NHS was responsible for 60%" in page


def test_what_was_reported_under_a_former_code_is_not_said_to_be_missing(tmp_path: Path) -> None:
    """Given a headline and spending of a council's former code, and one council that is withheld
    When the list and its page are made
    Then the council has the figures, which are said to be former; what is withheld stays so.
    """
    headline = "care_satisfaction"
    marts = {
        mart: [
            {**row, "metric_id": headline} if row.get("metric_id") == "feels_safe" else row
            for row in rows
        ]
        for mart, rows in MARTS.items()
    }
    of_leeds = [row for row in marts["metric_value"] if row["area_code"] == LEEDS]
    former = {"asc_net_x", "asc_net_x_real", "asc_net_x_real_per_adult", headline}
    marts["metric_value"] = [
        *(row for row in marts["metric_value"] if row["area_code"] != OLD),
        *({**row, "area_code": OLD} for row in of_leeds if row["metric_id"] in former),
    ]
    site = council_site(tmp_path, marts)
    pages = {page.path: str(page.body) for page in councils.pages(site)}
    assert (
        "Newshire: as reported for the council before its code changed." in pages["councils.html"]
    )
    with (site.out / "data/councils-councils.csv").open(encoding="utf-8-sig") as file:
        found = {row["area_code"]: row for row in csv.DictReader(file)}
    assert (found[NEW][headline], found[NEW][f"{headline}_status"]) == ("80.0", "reported")
    assert (found[BRADFORD][headline], found[BRADFORD][f"{headline}_status"]) == ("", "suppressed")
    assert "Net spending in 2016-17: £350" in pages[f"council/{NEW}.html"]
    assert "as reported for the council that it continues" in pages[f"council/{NEW}.html"]


def test_empty_marts_are_said_to_be_empty(tmp_path: Path) -> None:
    """Given marts without a row, when the pages are made, then the list says there is nothing."""
    pages = list(councils.pages(council_site(tmp_path, EMPTY)))
    assert [page.path for page in pages] == ["councils.html"]
    assert "No file that is loaded has a council." in str(pages[0].body)


def test_rows_are_taken_area_by_area() -> None:
    """Given rows of three areas, when one is skipped and one absent, then each gets its own."""
    rows = ByArea({"area_code": code, "n": n} for n, code in enumerate("aabcc"))
    assert [row["n"] for row in rows.take("a")] == [0, 1]
    assert [[row["n"] for row in rows.take(code)] for code in ("bb", "c", "d")] == [[], [3, 4], []]
