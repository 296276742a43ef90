"""The few big charts, drawn through Vega-Lite in a process of their own that ends before others.

The library takes a second and some 90 MB to start: the process that makes the pages never loads it.
A chart is a Vega-Lite specification for each of the two widths; see `svg.both` for the rest.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from publishing.scorecard.charts import svg

Spec = dict[str, Any]
"""A Vega-Lite specification, as its JSON schema has it."""

SECONDS = 60
"""How long the drawing of all charts may take; it takes two."""

_CONFIG: Spec = {
    "aria": False,
    "background": None,
    "font": "Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": svg.MUTED,
        "gridColor": svg.LINE,
        "labelColor": svg.INK,
        "labelFontSize": svg.SMALL_SIZE,
        "labelLimit": 400,
        "tickColor": svg.MUTED,
        "title": None,
    },
    "text": {"color": svg.INK, "fontSize": svg.SMALL_SIZE},
}
_OUTER = re.compile(
    r"^.*?<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>(.*)</svg>\s*$", re.S
)
_NEEDLESS = re.compile(
    r' (?:role|font-family|pointer-events|class|opacity="1"|aria-[a-z]+)(?:="[^"]*")?'
)
_HIDDEN = re.compile(
    r'<path[^>]* d=""[^>]*/>|<path aria-hidden="true"[^>]*class="background"[^>]*/>'
)
_FORBIDDEN = re.compile(r"<script|<foreignObject|<image|\bstyle=|\bon[a-z]+=|href=", re.I)


@dataclass(frozen=True)
class Picture:
    """A chart to draw: `spec` gives the specification for a width in units."""

    chart_id: str
    title: str
    description: str
    spec: Callable[[float], Spec]


class DrawingError(Exception):
    """The library could not draw, or drew what the pages may not hold."""


def draw(pictures: Sequence[Picture]) -> dict[str, Markup]:
    """Draw charts in one process that ends, and return each for both widths by its id.

    Raises DrawingError, which names the charts and says why.
    """
    if not pictures:
        return {}
    specs = [_whole(one.spec(width), width) for one in pictures for width in (svg.WIDE, svg.NARROW)]
    drawn = iter(_drawn(specs, ", ".join(one.chart_id for one in pictures)))
    return {one.chart_id: _both(one, next(drawn), next(drawn)) for one in pictures}


def _whole(spec: Spec, width: float) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        # The reader's face may be wider than the one that the library measures labels with.
        "padding": {"left": 18, "right": 14, "top": 2, "bottom": 8},
        "config": _CONFIG,
        **spec,
    }


def _drawn(specs: Sequence[Spec], names: str) -> list[str]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(specs, allow_nan=False),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise DrawingError(f"cannot draw {names}: {why[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise DrawingError(f"cannot draw {names} in {SECONDS} seconds") from error
    return [str(one) for one in json.loads(done.stdout)]


def _both(picture: Picture, wide: str, narrow: str) -> Markup:
    drawings: Mapping[float, svg.Drawing] = {
        svg.WIDE: _inside(wide, f"{picture.chart_id}-wide"),
        svg.NARROW: _inside(narrow, f"{picture.chart_id}-narrow"),
    }
    return svg.both(
        drawings.__getitem__,
        chart_id=picture.chart_id,
        title=picture.title,
        description=picture.description,
    )


def _inside(drawn: str, name: str) -> svg.Drawing:
    """Take what the library drew out of its frame, without what the pages have no use for."""
    found = _OUTER.match(drawn)
    if found is None:
        raise DrawingError(f"cannot draw {name}: no picture came back")
    if bad := _FORBIDDEN.search(found[3]):
        raise DrawingError(f"cannot draw {name}: it holds {bad[0]}")
    body = _NEEDLESS.sub("", _HIDDEN.sub("", found[3]))
    body = re.sub(r'( id="|url\(#)', rf"\g<1>{name}-", body)
    return svg.Drawing(float(found[2]), Markup(body))  # noqa: S704 - checked above


def main() -> int:
    """Draw the specifications of standard input, as JSON, and write the pictures to its output."""
    import vl_convert

    specs = json.load(sys.stdin)
    json.dump(
        [vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]) for spec in specs], sys.stdout
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
