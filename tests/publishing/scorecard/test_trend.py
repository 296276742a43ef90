"""Trends: what is not there is not drawn as a figure, and a line never crosses a break."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from publishing.scorecard.charts import svg
from publishing.scorecard.charts.trend import (
    STRADDLES,
    Beside,
    PlanStep,
    Trend,
    TrendPoint,
    breaks,
    how_to_read,
    trend,
)

MONTHS = [date(2015, month, 1) for month in range(1, 13)]


def series(*values: float | None, segment: str = "one") -> list[TrendPoint]:
    """Return months of 2015 with these values."""
    statuses = ("missing", "reported")
    return [
        TrendPoint(start, value, statuses[value is not None], segment)
        for start, value in zip(MONTHS, values, strict=False)
    ]


def drawn(points: list[TrendPoint], **more: object) -> str:
    """Return the picture of a trend."""
    shown = replace(Trend("England", "days", "month", points), **more)  # type: ignore[arg-type]
    return trend(shown, chart_id="t", title="T", description="D")


def strokes_of_line(picture: str) -> int:
    """Count how often the pen of the wide drawing's main line is set down."""
    found = re.search(r'<path d="([^"]*)"[^>]*stroke="#12436d" stroke-width="2.2"', picture)
    assert found
    return found[1].count("M")


def test_two_widths_with_a_text_alternative() -> None:
    """Given a series, when drawn, then both pictures have a role, a title and a description."""
    picture = drawn(series(1, 2, 3))
    assert picture.count('role="img"') == 2
    assert picture.count("<title") == picture.count("<desc") == 2
    assert 'class="wide"' in picture
    assert 'class="narrow"' in picture
    assert "style=" not in picture


def test_nothing_known_is_nothing_drawn() -> None:
    """Given a series without a figure, when drawn, then there is no picture."""
    assert drawn(series(None, None)) == ""


def test_a_gap_lifts_the_pen_and_has_its_sign() -> None:
    """Given a suppressed month, when drawn, then the line is in two and [c] is on the baseline."""
    points = series(5, 6, None, 7, 8)
    points[2] = replace(points[2], status="suppressed")
    assert strokes_of_line(drawn(series(5, 6, 6, 7, 8))) == 1
    assert strokes_of_line(drawn(points)) == 2
    assert "[c]" in drawn(points)
    assert "[x]" not in drawn(points)


def test_zero_is_a_figure() -> None:
    """Given a month of zero, when drawn, then the line goes through it and it has no sign."""
    picture = drawn(series(5, 0, 6))
    assert strokes_of_line(picture) == 1
    assert "[x]" not in picture


def test_a_month_that_nobody_reports_is_not_bridged() -> None:
    """Given a month without a row, when drawn, then the line is lifted there."""
    points = series(1, 2, 3, 4, 5, 6)
    assert strokes_of_line(drawn([*points[:3], *points[4:]])) == 2


def test_a_break_is_a_gap_with_a_name() -> None:
    """Given two segments, when drawn, then no line joins them and the break is labelled."""
    points = [*series(1, 2, 3), *series(*[None] * 3, 4, 5, segment="two")[3:]]
    picture = drawn(points)
    assert strokes_of_line(picture) == 2
    assert picture.count(">break<") == 2
    assert ">break<" not in drawn(series(1, 2, 3))


def test_a_break_lies_where_the_segment_begins() -> None:
    """Given missing months that belong to the new segment, when asked, then it begins with them."""
    points = [*series(1, 2), *series(None, None, None, None, 5, segment="two")[2:]]
    assert list(breaks(points)) == [(MONTHS[1], MONTHS[2])]


def test_a_period_that_straddles_a_break_stands_alone() -> None:
    """Given a year that holds a break, when asked, then that is where the break is."""
    points = series(1, 2, 3)
    points[1] = replace(points[1], segment=STRADDLES)
    points[2] = replace(points[2], segment="two")
    assert list(breaks(points)) == [(MONTHS[1], MONTHS[1])]
    assert strokes_of_line(drawn(points)) == 3


def test_plan_and_others_are_named_beside_their_lines() -> None:
    """Given a plan and England, when drawn, then each is dashed and named with its figure."""
    plan = (PlanStep(MONTHS[0], MONTHS[2], 1500, "Plan"),)
    beside = (Beside("England", series(1000, 1100, 1200)),)
    picture = drawn(series(1, 2, 3000), plan=plan, beside=beside)
    assert "Plan 1,500" in picture
    assert "England 1,200" in picture
    assert picture.count("stroke-dasharray") >= 4


def test_the_name_of_a_plan_in_millions_is_not_cut() -> None:
    """Given a plan of seven digits that names its year, when drawn, then all of it is there."""
    plan = [PlanStep(MONTHS[0], MONTHS[-1], 1_331_977.0, "Plan 2015-16")]
    picture = drawn(series(1_600_000, 1_700_000), plan=plan)
    assert picture.count("Plan 2015-16 1,331,977<") == 2


def test_a_plan_from_before_the_series_is_on_the_axis() -> None:
    """Given a plan for a year before the first figure, when drawn, then the axis begins with it."""
    plan = (PlanStep(date(2010, 4, 1), date(2010, 4, 1), 2),)
    points = [TrendPoint(date(year, 4, 1), 1.0) for year in (2014, 2015)]
    shown = Trend("England", "%", "financial_year", points, plan)
    picture = trend(shown, chart_id="t", title="T", description="D")
    assert "2010-11" in picture


def test_a_scale_that_is_cut_says_so() -> None:
    """Given figures far from zero, when drawn, then the axis says that it is cut."""
    assert "does not start at zero" in drawn(series(900, 950))
    assert "does not start at zero" not in drawn(series(10, 950))


def test_a_small_change_looks_small() -> None:
    """Given figures that differ by a hundredth, when drawn, then the axis spans a tenth."""
    picture = drawn(series(1000, 1005, 1010))
    labels = {float(found.replace(",", "")) for found in re.findall(r">([\d,]{3,5})<", picture)}
    assert max(labels) - min(labels) >= 100


def test_provisional_and_outside_look_different() -> None:
    """Given a provisional month and one beyond the limits, when drawn, then each has its mark."""
    plain = series(5, 5, 5)
    provisional = [*plain[:2], replace(plain[2], is_provisional=True)]
    limited = [replace(point, lower_limit=1, upper_limit=4) for point in plain]
    assert svg.PAPER not in drawn(plain).replace("halo", "")
    assert svg.PAPER in drawn(provisional)
    assert svg.SERIES[3] in drawn(limited)
    assert svg.SERIES[3] not in drawn(plain)
    assert "<polygon" in drawn(limited)


def test_marks_are_explained_where_they_occur() -> None:
    """Given marks, when the words beside are asked for, then they are of these marks only."""
    plain = Trend("England", "days", "month", series(5, 5, 5))
    assert how_to_read(plain) == ""
    whiskers = [replace(point, lower=4, upper=6) for point in plain.points]
    assert "95%" in how_to_read(replace(plain, points=whiskers))


def test_small_is_one_picture() -> None:
    """Given a small trend, when drawn, then it is one picture for all widths."""
    shown = Trend("Derby", "GBP thousand", "financial_year", series(2000, 3000))
    picture = trend(shown, chart_id="t", title="T", description="D", size="small")
    assert picture.count("<svg") == 1
    assert "£3.0m" in picture


def test_quarters_are_named_as_such() -> None:
    """Given two quarters, when drawn, then the axis names quarters and not their first months."""
    points = [TrendPoint(date(2015, month, 1), 5, "reported", "one") for month in (4, 7)]
    picture = drawn(points, period_type="quarter")
    assert "Q1 2015-16" in picture
    assert "Apr 2015" not in picture


def test_breaks_near_each_other_are_named_once() -> None:
    """Given two breaks a month apart, when drawn, then both are drawn and one is named."""
    year = series(*[5] * 12)
    parted = [replace(point, segment=str(min(number, 2))) for number, point in enumerate(year)]
    picture = drawn(parted).split('class="narrow"')[1]
    assert picture.count('stroke-dasharray="5 3"') == 2
    assert picture.count(">break<") == 1
