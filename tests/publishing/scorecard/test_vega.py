"""Big charts, drawn in a process of their own."""

from __future__ import annotations

import re
import sys

import pytest

from publishing.scorecard.charts import vega


def _bars(width: float) -> vega.Spec:
    return {
        "height": 100 if width > 400 else 80,
        "data": {"values": [{"who": "A <b>", "days": 3}, {"who": "C", "days": 5}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "days", "type": "quantitative"},
            "y": {"field": "who", "type": "nominal"},
        },
    }


def test_a_chart_is_drawn_for_both_widths_and_holds_nothing_but_a_picture() -> None:
    """Given a specification, when drawn, then both widths are there, named, without a style, a
    script, a role within or a link; and this process has not loaded the library.
    """
    drawn = vega.draw([vega.Picture("days", "Days & more", "Two bars.", _bars)])
    picture = str(drawn["days"])
    assert picture.count("<svg ") == 2
    assert 'viewBox="0 0 720 ' in picture
    assert 'viewBox="0 0 300 ' in picture
    assert picture.count('role="') == 2
    assert "Days &amp; more" in picture
    assert "A &lt;b&gt;" in picture
    assert not re.search(r"style=|<script|href=|http|font-family", picture)
    assert "vl_convert" not in sys.modules


def test_a_specification_that_is_none_is_refused_by_name() -> None:
    """Given a specification that the library does not know, when drawn, then the error says which
    chart it was.
    """
    with pytest.raises(vega.DrawingError, match="cannot draw wrong"):
        vega.draw([vega.Picture("wrong", "t", "d", lambda _: {"mark": {"type": "no such mark"}})])


def test_nothing_to_draw_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no charts, when drawn, then no process is started."""
    monkeypatch.setattr(vega.subprocess, "run", pytest.fail)
    assert vega.draw([]) == {}
