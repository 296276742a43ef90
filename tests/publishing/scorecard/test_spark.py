"""Tiny pictures: gaps and breaks are drawn as such, a figure lies where it is among its peers."""

from __future__ import annotations

import re
from dataclasses import replace

from publishing.scorecard.charts.spark import SparkPoint, Strip, spark, strip

STRIP = Strip(
    value=30, lowest=10, lower_quartile=20, median=25, upper_quartile=35, highest=50, england=60
)


def path_of(svg: str) -> str:
    """Return the line's path."""
    found = re.search(r'<path d="([^"]*)"', svg)
    assert found
    return found[1]


def test_a_gap_is_no_line() -> None:
    """Given a series with a gap, when it is drawn, then the line is lifted and begins anew."""
    whole = spark([SparkPoint(at, at) for at in range(4)], "All there")
    gap = [SparkPoint(at, None if at == 1 else at) for at in range(4)]
    assert path_of(whole).count("M") == 1
    assert path_of(spark(gap, "One is absent")).count("M") == 2
    assert "h.01" in path_of(spark(gap, "The first stands alone"))


def test_a_break_is_marked() -> None:
    """Given two segments, when they are drawn, then a mark lies between and no line crosses it."""
    points = [SparkPoint(at, at, "old" if at < 2 else "new") for at in range(4)]
    svg = spark(points, "Broken")
    assert path_of(svg).count("M") == 2
    assert '<path class="b"' in svg
    assert '<path class="b"' not in spark([replace(p, segment="") for p in points], "Whole")


def test_the_last_figure_is_labelled_and_escaped() -> None:
    """Given a label and a name with a sign, when drawn, then both are there, escaped."""
    svg = spark([SparkPoint(0, 1), SparkPoint(1, 2)], "Care & support", "<5")
    assert "<title>Care &amp; support</title>" in svg
    assert "&lt;5</text>" in svg


def test_nothing_is_drawn_of_nothing() -> None:
    """Given no figure at all, when a trend is drawn, then there is no picture; one is a dot."""
    assert spark([SparkPoint(0, None)], "Empty") == ""
    assert "<circle" in spark([SparkPoint(0, 0.0)], "One")


def test_a_strip_has_the_order_of_its_figures() -> None:
    """Given a figure above the median and England above all, when drawn, then they lie so."""
    svg = strip(STRIP)
    tick, england = (float(found) for found in re.findall(r'class="[me]" d="M([\d.]+)', svg))
    dot = float(re.findall(r'<circle cx="([\d.]+)', svg)[0])
    assert tick < dot < england


def test_a_strip_without_the_figure_has_no_dot() -> None:
    """Given a suppressed figure, when its strip is drawn, then the peers are there and no dot."""
    svg = strip(replace(STRIP, value=None, england=None))
    assert "<circle" not in svg
    assert 'class="e"' not in svg
    assert "<rect" in svg
