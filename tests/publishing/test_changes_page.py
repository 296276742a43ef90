"""The page and the words of changes: whole, escaped, and without anything from outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from joinedup.static_page import SYNTHETIC
from publishing.change_summary import (
    KINDS,
    Change,
    Changes,
    Source,
    as_json,
    doubt_line,
    kinds_line,
    number,
    read_changes,
    render_changes,
)
from publishing.changes_page import PAGE_NAME, render_page, write_changes_page
from publishing.files_changed import FileChange, files_changed
from publishing.history import CHANGE, write_history
from publishing.pointer import Release

HOSTILE = "<script src=http://x>alert('1')</script>&\"'"
EMPTY = frozenset({"meta", "br"})


class Whole(HTMLParser):
    """Reads a page and holds its tags against each other."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens, and what it would fetch."""
        self.tags.add(tag)
        self.outside += [f"{k}={v}" for k, v in attrs if k in ("src", "href", "action")]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


def change(rank: int = 1, **others: Any) -> dict[str, Any]:
    """Give a row of release_change."""
    return {
        "compared_with": "A",
        "metric_id": "delayed_days",
        "area_code": "E10000003",
        "boundary": "as_reported",
        "period_type": "month",
        "period_start": date(2015, 6, 1),
        "period_end": date(2015, 6, 30),
        "change": "revised",
        "old_value": 1000.0,
        "new_value": 1001.5,
        "difference": 1.5,
        "relative_change": 0.0015,
        "old_status": "reported",
        "new_status": "estimated",
        "unit": "days",
        "old_published_on": date(2015, 8, 13),
        "new_published_on": None,
        "is_closed": True,
        "explanation": "unexplained",
        "size_rank": rank,
        "old_lineage_id": "1",
        "lineage_id": "2",
    } | others


ABOUT = Changes(old="A", new="B")


def read(rows: list[dict[str, Any]], limit: int = 10, **only: str) -> Changes:
    """Read changes as from a mart; metric and area have hostile names."""
    with duckdb.connect() as connection:
        shape = ", ".join(f"{name} {kind}" for name, kind, _ in CHANGE)
        connection.execute(f"create table changed ({shape})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"insert into changed values ({marks})", list(row.values()))  # noqa: S608
        name = "'" + HOSTILE.replace("'", "''") + "'"
        source = Source(
            "changed",
            f"select 'delayed_days' as metric_id, {name} as title",
            f"select 'E10000003' as area_code, {name} as name",
        )
        for column, value in only.items():
            source = source.only(column, value)
        return read_changes(connection, source, limit, ABOUT)


def test_the_page_is_whole_and_escapes_what_others_wrote() -> None:
    """Given a metric, an area, a unit and an explanation that are markup
    When the page is made
    Then it is well-formed, has no script, fetches nothing, and shows them as text.
    """
    page = render_page(read([change(unit=HOSTILE, explanation=HOSTILE)]))
    whole = Whole(page)
    assert whole.open == []
    assert whole.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
    assert whole.outside == []
    assert whole.text.count(HOSTILE) >= 4


def test_the_page_counts_all_and_lists_the_first() -> None:
    """Given more changes than are listed, then all are counted, and it is said how many are not."""
    rows = [change(n, explanation="newer vintage", area_code=f"E{n}") for n in range(2, 300)]
    found = read([change(), *rows], limit=200)
    text = Whole(render_page(found)).text
    assert "299 figures differ: 299 revised." in text
    assert "The first 200 of 299." in text
    assert "Of closed periods, 1 change is not explained." in text
    assert len(render_page(found)) < 200_000


def test_a_page_of_nothing_says_why() -> None:
    """Given nothing to compare with, or no change, then the page says so."""
    first = Changes(old=None, new="this release", why_not="first release")
    assert "Nothing is compared: first release." in Whole(render_page(first)).text
    assert "No figure differs." in Whole(render_page(ABOUT)).text


def test_files_that_changed_no_figure_are_listed() -> None:
    """Given no figure that differs, and a file that is refused now, one read, one that is gone
    When the page is made
    Then each is listed with what it was, those that are not read first, and they are counted.
    """
    before = {"a": (HOSTILE, "read"), "b": ("same.csv", "read"), "c": ("gone.csv", "read")}
    now = {"a": (HOSTILE, "quarantined"), "b": ("same.csv", "read"), "d": ("new.csv", "read")}
    found = files_changed(before, now)
    assert found == [
        FileChange(HOSTILE, "read", "quarantined"),
        FileChange("gone.csv", "read", None),
        FileChange("new.csv", None, "read"),
    ]
    whole = Whole(render_page(replace(ABOUT, files=found)))
    assert (whole.open, "script" in whole.tags) == ([], False)
    counts = "1 newly read, 1 newly quarantined or set aside, 1 not there any more"
    assert f"No figure differs.\nFiles: {counts}." in whole.text
    assert f"{HOSTILE}readquarantined" in whole.text
    assert "gone.csvreadnot there" in whole.text
    assert "same.csv" not in whole.text


def test_made_up_figures_have_the_bar_before_all_else() -> None:
    """Given made-up returns, then the page begins with the bar that the audit's page has."""
    page = render_page(replace(ABOUT, is_synthetic=True))
    assert page.index(SYNTHETIC) < page.index("<h1>")
    assert SYNTHETIC not in render_page(ABOUT)


def test_the_page_of_a_candidate(
    build: Callable[..., Path], small_release: Release, tmp_path: Path
) -> None:
    """Given a candidate with its history written, then the page lies in the audit's folder."""
    candidate = build()
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("DROP TABLE marts.release_change")
        connection.execute("UPDATE marts.metric_value SET value = 7 WHERE lineage_id = 'month-4'")
    write_history(
        candidate,
        small_release.path.parent,
        today=date(2026, 6, 10),
        code_fingerprint="0" * 64,
        cadences=[],
        decisions=[],
        is_look_back=False,
        memory="200MB",
    )
    page = write_changes_page(candidate, tmp_path, small_release.path.parent)
    assert page == tmp_path / PAGE_NAME
    text = Whole(page.read_text(encoding="utf-8")).text
    assert 'href="index.html"' in page.read_text(encoding="utf-8")
    for said in (
        "No file is read otherwise.",
        small_release.id,
        "Delayed days",
        "Cambridgeshire",
        "April 2015",
        "1,004",
        "-997",
    ):
        assert said in text
    assert not candidate.with_name(candidate.name + ".wal").exists()


def test_the_lines_for_a_terminal() -> None:
    """Given changes of two metrics, then metrics are counted, and figures listed largest first."""
    beds = {"metric_id": "beds", "unit": "beds", "area_code": "E1"}
    gone = change(2, **beds, change="removed", new_value=None, new_status=None)
    gone |= {"difference": None, "relative_change": None, "is_closed": False}
    withheld = change(3, **beds, change="restatused", old_value=None, new_value=None)
    withheld |= {"difference": None, "relative_change": None, "new_status": "suppressed"}
    withheld |= {"explanation": "withheld now", "boundary": "current"}
    lines = list(render_changes(read([change(), gone, withheld], limit=2)))
    assert lines[:4] == [
        "From A to B",
        "3 figures differ: 1 removed, 1 revised, 1 re-statused.",
        "Of closed periods, 1 change is not explained.",
        "By explanation: unexplained 2, withheld now 1.",
    ]
    assert lines[5].split() == ["metric", *KINDS[:3], "re-statused", "largest"]
    assert lines[6].startswith("delayed_days           -           -           1           -")
    assert lines[7].endswith(
        "-           1           -           1  E1 June 2015, beds: 1,000 -> none"
    )
    assert lines[9:] == [
        f"delayed_days: {HOSTILE} June 2015, days: 1,000 -> 1,001.5 estimated, +1.5 (+0.15%)",
        "    closed period, unexplained",
        "beds: E1 June 2015, beds: 1,000 -> none",
        "    open period, unexplained",
        "and 1 more: see --limit and --page",
    ]
    (last,) = read([withheld]).rows
    assert (last.before, last.after) == ("not shown", "suppressed")


def test_only_a_metric_or_an_area() -> None:
    """Given a metric that is asked for, by a name that is SQL too, then only its changes count."""
    rows = [change(), change(2, metric_id="x' or '1'='1", area_code="E1")]
    assert read(rows, metric_id="x' or '1'='1").total == 1
    assert read(rows, area_code="E10000003").metrics[0].largest.metric_id == "delayed_days"
    assert read(rows, metric_id="y").total == 0


def test_for_programs() -> None:
    """Given changes, one of them to what is no number, then JSON has them as plain values."""
    row = change(new_value=float("nan"), difference=float("nan"), relative_change=None)
    found = json.loads(json.dumps(as_json(read([row])), allow_nan=False))
    assert found["kinds"] == {"added": 0, "removed": 0, "revised": 1, "restatused": 0}
    assert found["changes"][0]["period_start"] == "2015-06-01"
    assert found["changes"][0]["new_value"] == "nan"


def test_the_other_way_round() -> None:
    """Given changes from A to B, then from B to A all is turned, and turned again it is as it was.

    What is not shown stays so.
    """
    added = change(2, change="added", old_value=None, old_status=None, difference=None)
    found = read([change(), added | {"relative_change": None}])
    back = found.mirrored()
    assert (back.old, back.new, kinds_line(back)) == (
        *("B", "A"),
        "2 figures differ: 1 removed, 1 revised.",
    )
    assert doubt_line(back) == doubt_line(found)
    first: Change = back.rows[0]
    assert (first.old_value, first.new_value, first.difference) == (1001.5, 1000.0, -1.5)
    assert first.relative_change == pytest.approx(-1.5 / 1001.5)
    again = back.mirrored()
    assert [row.old_value for row in again.rows] == [row.old_value for row in found.rows]
    assert again.kinds == found.kinds


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (1234567.0, "1,234,567"),
        (0.123456789, "0.123457"),
        (123456.789, "123,456.79"),
        (1e300, f"{int(1e300):,}"),
        (float("inf"), "inf"),
    ],
)
def test_how_a_number_is_written(value: float, said: str) -> None:
    """Given a number, then it is written with the digits that tell."""
    assert number(value) == said
