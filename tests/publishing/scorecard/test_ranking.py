"""Rankings: every area is named, in order; those without a figure are last and have a sign."""

from __future__ import annotations

from publishing.scorecard.charts import svg
from publishing.scorecard.charts.ranking import Ranked, Ranking, in_order, ranking

DERBY, KENT = Ranked("Derby", 4.0, lower=3.0, upper=5.0), Ranked("Kent", 9.0)
HIDDEN, ZERO = Ranked("Rutland", None, "suppressed"), Ranked("Luton", 0.0)


def drawn(*areas: Ranked, england: float | None = 5.0) -> str:
    """Return the picture of a ranking."""
    shown = Ranking(areas, "days per 100,000 adults", england)
    return ranking(shown, chart_id="r", title="T", description="D")


def test_the_largest_is_first_and_gaps_are_last() -> None:
    """Given figures, a zero and a suppressed one, when ordered, then zero is before the gap."""
    names = [one.name for one in in_order([HIDDEN, ZERO, DERBY, KENT])]
    assert names == ["Kent", "Derby", "Luton", "Rutland"]


def test_every_area_is_named_at_both_widths() -> None:
    """Given areas, when drawn, then each is named on the desk's and on the phone's picture."""
    picture = drawn(DERBY, KENT, HIDDEN)
    assert picture.count('role="img"') == 2
    assert [picture.count(f">{one.name}<") for one in (DERBY, KENT, HIDDEN)] == [2, 2, 2]


def test_a_suppressed_figure_has_a_sign_and_zero_a_dot() -> None:
    """Given a suppressed figure and a zero, when drawn, then only the first has a sign."""
    assert drawn(DERBY, HIDDEN).count("[c]") == 2
    assert "[" not in drawn(DERBY, ZERO)


def test_intervals_and_england_are_drawn_where_there_are_any() -> None:
    """Given an interval and England, when drawn, then a whisker and a dashed line are there."""
    picture = drawn(DERBY, KENT)
    assert f'stroke="{svg.MUTED}" stroke-width="2"' in picture
    assert "Dashed line: England, 5.0" in picture
    bare = drawn(KENT, ZERO, england=None)
    assert f'stroke="{svg.MUTED}" stroke-width="2"' not in bare
    assert "dasharray" not in bare


def test_a_marked_area_stands_out_by_more_than_colour() -> None:
    """Given a marked area, when drawn, then its name is bold too."""
    assert 'font-weight="600"' not in drawn(DERBY)
    assert 'font-weight="600"' in drawn(DERBY, Ranked("Kent", 9.0, is_marked=True))


def test_a_long_ranking_has_columns_on_a_desk_only() -> None:
    """Given a hundred areas, when drawn, then the desk's picture is half as high as the phone's."""
    picture = drawn(*(Ranked(f"Area {number}", float(number)) for number in range(100)))
    wide, narrow = (float(part.split('"')[0]) for part in picture.split(' height="')[1:3])
    assert wide < 0.7 * narrow


def test_nothing_known_is_nothing_drawn() -> None:
    """Given no figure at all, when drawn, then there is no picture."""
    assert drawn(HIDDEN) == ""
