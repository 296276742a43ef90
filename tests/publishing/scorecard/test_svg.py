"""Pieces that charts are drawn from."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from publishing.scorecard.charts import svg


def test_both_widths_are_whole_pictures_with_names_of_their_own() -> None:
    """Given a drawing with a text to escape, when drawn for both widths, then both are XML with
    a title and a description, and no id comes twice.
    """
    both = svg.both(
        lambda width: svg.Drawing(40, svg.text(width / 2, 20, "A & <B>")),
        chart_id="days",
        title="Days > plan",
        description="One text.",
    )
    root = ElementTree.fromstring(f"<all>{both}</all>")  # noqa: S314 - it was drawn here
    pictures = list(root)
    assert [picture.get("viewBox") for picture in pictures] == ["0 0 720 40", "0 0 300 40"]
    assert [picture.get("class") for picture in pictures] == ["wide", "narrow"]
    ids = [part.get("id") for part in root.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) == 4
    for picture in pictures:
        named = (picture.get("aria-labelledby") or "").split()
        assert named == [picture[0].get("id"), picture[1].get("id")]
        assert picture[0].text == "Days > plan"
        assert picture[2].text == "A & <B>"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, [0, 5, 10]),
        (0, 1_812_345, [0, 500_000, 1_000_000, 1_500_000, 2_000_000]),
        (-3.2, 4.1, [-4, -2, 0, 2, 4, 6]),
        (0.001, 0.004, [0.001, 0.002, 0.003, 0.004]),
        (7, 7, [6, 6.5, 7, 7.5, 8]),
        (0, 0, [0, 0.5, 1]),
    ],
)
def test_ticks_are_round_and_hold_the_values(low: float, high: float, ticks: list[float]) -> None:
    """Given the ends of an axis, when ticks are asked for, then they are round and cover both."""
    given = svg.nice_ticks(low, high)
    assert given[0] <= low
    assert given[-1] >= high
    assert 3 <= len(given) <= 9
    assert given == pytest.approx(ticks)


def test_ticks_of_what_is_not_finite_are_refused() -> None:
    """Given a value that is no number, when ticks are asked for, then it says so."""
    with pytest.raises(ValueError, match="no ticks"):
        svg.nice_ticks(0, float("nan"))


@pytest.mark.parametrize(
    ("ticks", "unit", "labels"),
    [
        ([0, 500_000, 1_000_000], None, ["0", "0.5m", "1.0m"]),
        ([0, 20_000, 40_000], None, ["0", "20k", "40k"]),
        ([-5, 0, 5], "%", ["−5%", "0%", "5%"]),
        ([-2e6, 0, 2e6], "GBP", ["−£2m", "£0", "£2m"]),
        ([0, 2.5, 5.0], None, ["0", "2.5", "5.0"]),
        ([], None, []),
    ],
)
def test_ticks_are_written_alike(ticks: list[float], unit: str | None, labels: list[str]) -> None:
    """Given ticks, when they are written, then all have the same decimals and size."""
    assert svg.tick_labels(ticks, unit) == labels


def test_a_gap_breaks_a_line_and_a_point_alone_is_seen() -> None:
    """Given points with gaps, when joined, then nothing is drawn over a gap and a lone one is."""
    drawn = str(svg.path([(0, 0), (1, 1), None, (5, 5), None, (7, 7), (8, 8)], stroke="#000000"))
    assert 'd="M0 0L1 1M5 5h0M7 7L8 8"' in drawn


def test_labels_are_spread_without_changing_their_order() -> None:
    """Given labels that would lie on each other, when spread, then each has its room and all stay
    inside.
    """
    labels = [svg.Label("b", 50), svg.Label("a", 49), svg.Label("c", 99), svg.Label("d", 120)]
    moved = {label.text: label.at for label in svg.spread(labels, 14, 0, 100)}
    order = sorted(moved, key=lambda name: moved[name])
    assert order == ["a", "b", "c", "d"]
    places = sorted(moved.values())
    assert all(after - before >= 14 for before, after in pairwise(places))
    assert places[-1] <= 100


def test_text_is_wrapped_and_cut_to_a_width() -> None:
    """Given a width, when a text is wrapped or cut, then no line is wider but a single word."""
    lines = svg.wrapped("Bath and North East Somerset", 90)
    assert " ".join(lines) == "Bath and North East Somerset"
    assert all(svg.text_width(line) <= 90 for line in lines)
    assert svg.shortened("Leeds", 90) == "Leeds"
    cut = svg.shortened("Bournemouth, Christchurch and Poole", 90)
    assert cut.endswith("…")
    assert svg.text_width(cut) <= 90


def test_a_scale_without_a_span_puts_all_in_the_middle() -> None:
    """Given a scale, when its ends are equal, then the middle; else a straight line."""
    assert svg.Scale(3, 3, 0, 10)(3) == 5
    assert svg.Scale(0, 4, 100, 0)(1) == 75


def test_signs_of_statuses_differ() -> None:
    """Given two statuses without a figure, when marked, then their signs differ."""
    assert ">[c]<" in svg.status_sign(1, 1, "suppressed")
    assert ">[x]<" in svg.status_sign(1, 1, "missing")


def test_a_figure_with_its_unit_is_wider_than_its_digits() -> None:
    """Given a share and a sum of money, when their width is estimated, then % and m take more."""
    assert svg.text_width("23%") > svg.text_width("230")
    assert svg.text_width("£57.9m") > svg.text_width("£57.90")
