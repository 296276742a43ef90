"""The quality page: whole, offline, harmless whatever a file is called, and readable by anybody."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from expectations.page import Earlier, Page, checks_csv, render_page, write_page
from expectations.show import audit_from
from tests.expectations.test_show import KINDS, RESULT, document

VOID = {"meta", "br", "hr", "img", "line", "rect", "link", "input"}
ORDER = [
    *("Quality of the data", "What came of the checks", "Findings", "Checks by return"),
    *("Checks by table", "Trend over releases", "Reconciliation with published figures"),
    *("Known failures", "Decisions", "Suites", "All checks"),
]
NASTY = '<script>alert("1")</script>"><img src=x onerror=y>\u202egnp.xls'


class Reader(HTMLParser):
    """Reads a page as a browser does, and minds that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text of a heading."""
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            level, text = self.headings[-1]
            self.headings[-1] = level, text + data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(*results: Mapping[str, Any], **more: Any) -> Page:
    """A page of some results, with a little of all else."""
    figures: list[dict[str, Any]] = [
        {"figure_id": "F1", "verdict": "reproduced", "must_match": True},
        {"figure_id": "F2", "verdict": "differs", "must_match": True, "difference": -3.5},
    ]
    earlier = [Earlier("20261121T020000Z-63539b53", audit_from(document(outcome="passed")))]
    decided = [{"decision": 1, "kind": "hold rows", "because": "misread"}]
    return Page(
        audit_from(document(*results, outcome=more.pop("outcome", "bad_data"))),
        made_on="2026-11-22",
        earlier=earlier,
        reconciliation=figures,
        decisions=decided,
        **more,
    )


def every_kind() -> list[dict[str, Any]]:
    """A result of each kind, and one that passed."""
    kinds = [{**RESULT, **kind, "check": f"it_{n}"} for n, kind in enumerate(KINDS.values())]
    return [*kinds, {**RESULT, "outcome": "passed", "check": "good", "examples": []}]


def test_the_page_is_whole_and_in_its_order() -> None:
    """Given an audit with all there is, then each part is there once, the verdict before all."""
    text = render_page(page(*every_kind(), changes="changes.html", is_synthetic=True))
    read = Reader(text)
    assert [name for level, name in read.headings if level < 3] == ORDER
    levels = [level for level, _ in read.headings]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert text.index("Refused:") < text.index("<h2>")
    for words in (
        "SYNTHETIC",
        "changes.html",
        "20261121T020000Z-63539b53",
        "misread",
        "2027-03-31",
    ):
        assert words in text


@pytest.mark.parametrize("kind", KINDS)
def test_each_outcome_has_its_own_place(kind: str) -> None:
    """Given one finding, then only its kind has a heading, and its facts stand below."""
    result = {**RESULT, **KINDS[kind]}
    read = Reader(render_page(page(result)))
    found = [name.strip().upper() for level, name in read.headings if level == 3]
    assert len(found) == 1
    text = render_page(page(result))
    assert ("stops the release" in text.replace("does not stop the release", "")) == (
        kind in {"BAD DATA", "BROKEN CHECK", "MISSING CHECK"}
    )
    if kind not in {"NOT APPLICABLE"}:
        for words in ("staging.stg_councils", "care team", "metric_value, scorecard", "one.xlsx"):
            assert words in text


def test_nothing_runs_and_nothing_is_fetched() -> None:
    """Given a page, then there is no script, no handler, no address of another place, no form."""
    text = render_page(page(*every_kind()))
    read = Reader(text)
    for tag in ("script", "link", "img", "iframe", "form", "object", "base"):
        assert read.of(tag) == []
    for _, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href"):
            assert not re.match(r"[a-z]*:|//", attributes.get(name) or "")
    assert not re.search(r"@import|url\(|https?:", text)
    policy = [a["content"] for a in read.of("meta") if a.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_a_hostile_text_is_only_a_text() -> None:
    """Given a file name, a check, a decision and an error of a script each, then none is markup."""
    nasty = {
        **RESULT,
        **dict.fromkeys(("table", "check", "expected", "owner", "detail", "suite"), NASTY),
        "examples": [{NASTY: NASTY}],
        "poisons": [NASTY],
        "return_ids": [NASTY],
        "dimension": NASTY,
    }
    hostile = replace(
        page(nasty, {**nasty, "outcome": "broken_check"}),
        decisions=[{NASTY: NASTY}],
        reconciliation=[{"figure_id": NASTY, "verdict": "differs"}, {"verdict": NASTY}],
        earlier=[Earlier(NASTY, audit_from(document(outcome="passed")))],
        changes=NASTY,
        made_on=NASTY,
    )
    text = render_page(hostile)
    read = Reader(text)
    assert read.of("script") == []
    assert read.of("img") == []
    assert "\u202e" not in text
    assert "\\u202egnp" in text


def test_tables_and_charts_say_what_they_are() -> None:
    """Given tables, then each has a caption and headed columns and rows; a chart has a label."""
    read = Reader(render_page(page(*every_kind())))
    assert len(read.of("caption")) == len(read.of("table")) > 5
    assert {a.get("scope") for a in read.of("th")} == {"col", "row"}
    assert all(a.get("aria-label") for a in read.of("svg"))
    assert read.of("html") == [{"lang": "en-GB"}]
    ids = [a["id"] for _, a in read.elements if "id" in a]
    targets = {str(a["href"])[1:] for a in read.of("a") if str(a["href"]).startswith("#")}
    assert len(ids) == len(set(ids))
    assert targets <= set(ids)


def test_colour_is_never_alone_and_dark_enough() -> None:
    """Given each kind, then its sign and word are in the text; inks stand out from the paper."""
    text = render_page(page(*every_kind()))
    for sign, word in [
        *(("\u2713", "Passed"), ("\u2717", "Bad data"), ("\u26a0", "Broken check")),
        *(("?", "Missing check"), ("!", "Warning"), ("\u2691", "Known failure")),
    ]:
        assert f'<span aria-hidden="true">{sign}</span> {word}' in text
    for name in ("ink", "soft", "good", "bad", "warn", "note"):
        (ink,) = re.findall(rf"--{name}:(#[0-9a-f]{{6}})", text)
        assert contrast(ink, "#f3f4f6") >= 4.5


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours as WCAG reckons it."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, pale = sorted((light(one), light(other)))
    return (pale + 0.05) / (dark + 0.05)


def test_a_thousand_failures_make_no_endless_page() -> None:
    """Given 2,000 failures with long rows, then the page says how many more there are."""
    row = {f"column_{n}": "x" * 500 for n in range(30)}
    many = [{**RESULT, "check": f"c{n}", "examples": [row] * 5} for n in range(2000)]
    differ = [
        {"figure_id": f"F{n}", "verdict": "differs", "explanation": "y" * 900} for n in range(999)
    ]
    full = replace(page(*many), reconciliation=differ)
    text = render_page(full)
    assert len(text.encode()) < 500_000
    assert "And 1,940 more" in text
    assert checks_csv(full.audit).count("\r\n") == 2001


def test_the_list_of_checks_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    """Given a check whose words begin as a formula does, then its cell does not; all are there."""
    made = write_page(tmp_path, page({**RESULT, "expected": "=HYPERLINK(1)"}, *every_kind()))
    assert made.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "checks.csv").read_text(encoding="utf-8"))))
    assert rows[0]["expected"] == "'=HYPERLINK(1)"
    assert [row["result"] for row in rows[1:]] == [*(kind.lower() for kind in KINDS), "passed"]
    assert rows[0]["returns"] == "councils"


def test_a_good_audit_says_so_first_and_has_no_finding() -> None:
    """Given a first audit in which all passed, then it says so, and that there is no trend yet."""
    passed = {**RESULT, "outcome": "passed", "examples": []}
    first = replace(page(passed, outcome="passed"), earlier=(), decisions=(), reconciliation=())
    text = render_page(first)
    assert "Passed: 1 of 1 checks hold and nothing stops the release." in text
    assert "every check that ran found the data as expected" in text
    assert "no earlier release" in text
    assert "Reconciliation" not in text
    assert "Nobody has set aside" in text


def test_the_matrix_counts_by_return_and_dimension() -> None:
    """Given two checks of a return, one broken, then its cell tells one of each."""
    broken = {**RESULT, "check": "other", "outcome": "broken_check"}
    passed = {**RESULT, "outcome": "passed", "examples": []}
    text = render_page(page(passed, broken))
    row = re.search(r'<tr><th scope="row"[^>]*>councils</th>(.*?)</tr>', text)
    assert row is not None
    said = re.sub(r"<[^>]*>", "", row[1].split("</td>")[0])
    assert said == "1 \u26a0&nbsp;1 broken check"
