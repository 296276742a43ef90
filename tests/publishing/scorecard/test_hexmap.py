"""The hexagon map of councils."""

from __future__ import annotations

import re

import pytest

from publishing.scorecard.charts import hexmap
from publishing.scorecard.charts.hexmap import MapValue


def test_no_two_councils_of_one_day_share_a_place_or_a_label() -> None:
    """Given the layout, when former councils are left out, then places and labels are unique."""
    # A former council and its successor share a place; those that end have their own row.
    places: dict[tuple[int, int], set[str]] = {}
    labels: dict[str, set[str]] = {}
    for hexagon in hexmap.layout().values():
        places.setdefault((hexagon.column, hexagon.row), set()).add(hexagon.name)
        labels.setdefault(hexagon.label, set()).add(hexagon.name)
    assert len(hexmap.layout()) == 165
    assert all(len(names) == 1 for names in labels.values()), labels
    successors = {
        frozenset({"Cumberland", "Cumbria"}),
        frozenset({"Northamptonshire", "West Northamptonshire"}),
        frozenset({"Bournemouth", "Bournemouth, Christchurch and Poole"}),
    }
    shared = {frozenset(names) for names in places.values() if len(names) > 1}
    assert shared <= successors


def test_quantile_classes_hold_each_figure_once() -> None:
    """Given figures, when classed by quantile, then each is in one class of about as many."""
    figures = [float(number) for number in range(100)]
    bands = hexmap.quantile_bands(figures)
    counts = [sum(band.low <= figure < band.high for figure in figures) for band in bands]
    assert sum(counts) == 100
    assert counts == pytest.approx([20] * 5, abs=1)
    assert len({band.fill for band in bands}) == 5


@pytest.mark.parametrize("figures", [[4.0], [4.0, 4.0, 4.0], [0.0, 0.0, 1.0]])
def test_few_or_equal_figures_still_have_a_class(figures: list[float]) -> None:
    """Given few or equal figures, when classed in either way, then each has one class."""
    for bands in (hexmap.quantile_bands(figures), hexmap.zero_bands(figures)):
        assert all(sum(band.low <= one < band.high for band in bands) == 1 for one in figures)


def test_changes_are_classed_around_nought_with_a_sign() -> None:
    """Given changes, when classed around nought, then falls, none and rises have signs apart."""
    bands = hexmap.zero_bands([-900.0, -40.0, 0.0, 40.0, 1200.0])
    signs = [
        next(band.sign for band in bands if band.low <= change < band.high)
        for change in (-900.0, -0.01, 0.0, 0.01, 1200.0)
    ]
    assert signs == ["−", "−", "0", "+", "+"]
    assert [band.legend for band in bands][3] == "no change"


def test_suppressed_missing_and_zero_look_different() -> None:
    """Given a suppressed, a missing and a zero figure, when drawn, then each looks its own way and
    the legend counts it.
    """
    drawn = str(
        hexmap.hexmap(
            {
                "E08000035": MapValue(0.0),
                "E08000032": MapValue(None, "suppressed"),
                "E06000053": MapValue(None, "missing"),
                "E99999999": MapValue(3.0),
            },
            chart_id="map",
            title="Map",
            description="Three councils.",
            unit="%",
        )
    )
    assert "<title>Leeds: 0.0%</title>" in drawn
    assert "<title>Bradford: Suppressed: the publisher withheld it" in drawn
    fills = dict(re.findall(r'fill="([^"]+)"[^>]*><title>(\w+)', drawn))
    assert {fills[key] for key in fills} == {"Leeds", "Bradford", "Isles"}
    for said in ("[c] suppressed (1)", "[x] not available (1)"):
        assert drawn.count(said) == 2
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))


def test_without_any_figure_there_is_a_map_of_gaps() -> None:
    """Given councils without a figure, when drawn, then the map shows that none is there."""
    drawn = str(
        hexmap.hexmap(
            {"E08000035": MapValue(None, "missing")}, chart_id="m", title="t", description="d"
        )
    )
    assert "Leeds: Not available" in drawn


def test_a_class_of_one_figure_is_named_by_it() -> None:
    """Given shares of which many are the highest there is, when put in classes, then it says so."""
    bands = hexmap.quantile_bands([40, 60, 80, 100, 100, 100], decimals=0)
    assert bands[-1].legend == "100"
    assert hexmap.quantile_bands([40, 60, 80, 90, 100], decimals=0)[-1].legend.endswith("and more")
