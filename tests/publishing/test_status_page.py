"""The page of what is late: whole, escaped, readable, and without anything from outside."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from joinedup.static_page import SYNTHETIC, TABLE_STYLE
from publishing.status_page import StatusPage, StatusRow, render_status
from tests.expectations.test_page import contrast
from tests.publishing.test_changes_page import HOSTILE, Whole

LATE = StatusRow("a_return", "A return", "https://www.gov.uk/a", "late", "by 3 days")
FINE = StatusRow("b_return", "B return", "https://www.gov.uk/b", "on time", held="May 2026")
GONE = StatusRow("c_return", "C return", "https://www.gov.uk/c", "ended")
PAGE = StatusPage("2026-10-20", [("late", 1), ("due", 0), ("on time", 1)], [LATE, FINE], [])


def test_the_page_is_whole_and_escapes_every_text() -> None:
    """Given a return each of whose texts is markup
    When the page is made
    Then it is well-formed, has no script, and shows each as text.
    """
    row = StatusRow(*[f"{HOSTILE}{field.name}" for field in fields(StatusRow)])
    page = replace(PAGE, day=HOSTILE, rows=[row, replace(row, state="ended")])
    whole = Whole(render_status(replace(page, meanings=[(HOSTILE, HOSTILE)])))
    assert whole.open == []
    assert whole.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
    for field in fields(StatusRow):
        if field.name != "landing_page":
            assert whole.text.count(f"{HOSTILE}{field.name}") >= 1, field.name


def test_the_page_fetches_nothing_and_leads_to_the_publishers() -> None:
    """Given a page, then what leads out of it are links to the publishers' pages alone."""
    whole = Whole(render_status(PAGE))
    assert whole.outside == [f"href={LATE.landing_page}", f"href={FINE.landing_page}"]
    assert "default-src 'none'" in render_status(PAGE)


def test_what_is_late_is_said_in_words_and_first() -> None:
    """Given one late and one on time, then the title and the list say so, not by colour alone."""
    page = render_status(PAGE)
    assert "<title>1 late: " in page
    text = Whole(page).text
    assert "1 late" in text
    assert "late by 3 days" in text
    assert "0 due" not in text
    calm = replace(PAGE, counts=[("late", 0), ("on time", 1)], rows=[FINE])
    assert "<title>On time: " in render_status(calm)


def test_what_ended_is_folded_away() -> None:
    """Given a return that ended, then it is in a table of its own that opens by a click or key."""
    page = render_status(replace(PAGE, rows=[LATE, GONE]))
    before, folded = page.split("<details>")
    assert "A return" in before
    assert "<summary>1 that ended</summary>" in folded
    assert "C return" in folded
    assert "<details>" not in render_status(PAGE)


def test_made_up_files_are_named_as_such() -> None:
    """Given made-up files, then the page says so before all else."""
    page = render_status(replace(PAGE, is_synthetic=True))
    assert page.index(SYNTHETIC) < page.index("<h1>")


def test_the_page_leads_to_that_of_the_audit() -> None:
    """Given a release with the page of its audit, then the page leads there."""
    page = render_status(replace(PAGE, quality_page="../releases/current/quality/index.html"))
    assert "href=../releases/current/quality/index.html" in Whole(page).outside


@pytest.mark.parametrize(("theme", "paper"), [(0, "#ffffff"), (1, "#121212")])
def test_every_colour_of_text_can_be_read(theme: int, paper: str) -> None:
    """Given the light and the dark colours, then text stands out at least 4.5 to 1."""
    colours = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]+)", rule))
        for rule in re.findall(r":root \{([^}]*)\}", TABLE_STYLE)
    ][theme]
    for name in ("soft", "doubt"):
        for ground in (paper, colours["head"]):
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
