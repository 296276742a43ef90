"""Bars: length from zero, a sign where there is no figure, pieces that add up."""

from __future__ import annotations

import re

import pytest

from publishing.scorecard.charts import bars as drawn_bars
from publishing.scorecard.charts.bars import Bar, Group, Part, Stack

SAID = {"chart_id": "c", "title": "Title", "description": "What is shown"}


def widths(svg: str) -> list[float]:
    """Return the lengths of the wide drawing's rectangles."""
    wide = svg.split("</svg>")[0]
    return [float(found) for found in re.findall(r'<rect [^>]*?width="([\d.]+)"', wide)]


def test_lengths_are_from_zero() -> None:
    """Given a figure twice another, when drawn, then its bar is twice as long, with its text."""
    svg = drawn_bars.bars([Bar("a", 50, "50 days"), Bar("b", 100, "100 days")], **SAID)
    short, long = widths(svg)
    assert long == pytest.approx(2 * short, abs=0.2)
    assert "50 days</text>" in svg


def test_negative_figures_go_the_other_way() -> None:
    """Given a rise and a fall, when drawn, then their bars meet at zero from both sides."""
    svg = drawn_bars.bars([Bar("up", 10, "+10"), Bar("down", -10, "−10")], **SAID)
    wide = svg.split("</svg>")[0]
    (up, up_width), (down, down_width) = (
        (float(x), float(width))
        for x, width in re.findall(r'<rect x="([\d.]+)"[^>]*?width="([\d.]+)"', wide)
    )
    assert down + down_width == pytest.approx(up, abs=0.2)
    assert up_width == pytest.approx(down_width, abs=0.2)


def test_suppressed_missing_and_zero_differ() -> None:
    """Given a withheld, an absent and a zero figure, when drawn, then each looks different."""
    rows = [
        Bar("withheld", None, "", "suppressed"),
        Bar("absent", None, "", "reported"),
        Bar("nought", 0, "0"),
    ]
    signs = [re.findall(r">(\[.\]|0)</text>", drawn_bars.bars([row], **SAID)) for row in rows]
    assert signs == [["[c]", "[c]"], ["[x]", "[x]"], ["0", "0"]]


def test_an_estimate_is_marked() -> None:
    """Given an estimate, when drawn, then its figure has the sign and its bar is not solid."""
    svg = drawn_bars.bars([Bar("a", 5, "5", "estimated")], **SAID)
    assert "5 [e]</text>" in svg
    assert "fill-opacity" in svg


def test_groups_have_headings_and_one_scale() -> None:
    """Given two groups, when drawn, then both headings stand there and lengths compare."""
    groups = [Group("First", (Bar("a", 10, "10"),)), Group("Second", (Bar("b", 40, "40"),))]
    svg = drawn_bars.grouped(groups, beside="England", **SAID)
    assert all(f"{words}</text>" in svg for words in ("First", "Second", "England"))
    short, long = widths(svg)
    assert long == pytest.approx(4 * short, abs=0.5)


def test_pieces_add_up() -> None:
    """Given pieces of 30 and 70, when stacked, then they lie end to end with the whole behind."""
    stack = Stack("2015-16", (Part(30, "30"), Part(70, "70")), "100")
    svg = drawn_bars.stacked([stack], ["NHS", "Social care"], **SAID)
    pieces = re.findall(r'<rect x="([\d.]+)"[^>]*?width="([\d.]+)"[^>]*?stroke=', svg)
    (left, width), (second, _) = ((float(x), float(w)) for x, w in pieces[:2])
    assert left + width == pytest.approx(second, abs=0.2)
    assert "100</text>" in svg


def test_a_stack_with_an_absent_piece_is_not_drawn_in_part() -> None:
    """Given a stack with a withheld piece, when drawn, then its sign is there and no piece."""
    stack = Stack("2015-16", (Part(30, "30"), Part(None, "", "suppressed")), "")
    svg = drawn_bars.stacked([stack], ["NHS", "Social care"], **SAID)
    assert "[c]</text>" in svg
    assert 'stroke="#ffffff"' not in svg
