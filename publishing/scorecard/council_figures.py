"""The figures of one metric and period of all councils of today, whatever their code was then.

A council whose code changed has what was reported under the former one: a publisher's own figures
are not led to today's boundaries, and without this they would look as if no file gave them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from publishing.scorecard import words
from publishing.scorecard.site import Site

CONTINUED = """
    SELECT to_area_code AS area_code, min(from_area_code) AS former
    FROM area_link WHERE link_kind = 'successor'
    GROUP BY to_area_code HAVING count(*) = 1 AND min(weight) = 1
"""
"""Councils that took the place of one other, and of nothing else, each with that one."""

_FIGURES = f"""
    WITH continued AS ({CONTINUED}),
    figure AS (
        SELECT area_code, boundary, value, value_status, lineage_id FROM metric_value
        WHERE metric_id = $metric_id AND period_type = $period_type AND period_start = $start
    )
    SELECT area.area_code, area.name, coalesce(own.value_status, formerly.value_status,
            'missing') AS value_status,
        CASE WHEN own.area_code IS NULL THEN formerly.value ELSE own.value END AS value,
        CASE WHEN own.area_code IS NULL THEN formerly.lineage_id ELSE own.lineage_id END
            AS lineage_id,
        own.area_code IS NULL AND formerly.area_code IS NOT NULL AS is_former
    FROM area
    LEFT JOIN figure AS own ON own.area_code = area.area_code AND own.boundary = (
        SELECT max(boundary) FROM scorecard
        WHERE metric_id = $metric_id AND area_type = 'council'
    )
    LEFT JOIN continued ON continued.area_code = area.area_code
    LEFT JOIN figure AS formerly
        ON formerly.area_code = continued.former AND formerly.boundary = 'as_reported'
    WHERE area.area_type = 'council' AND area.valid_to IS NULL
    ORDER BY value DESC NULLS LAST, area.name
"""  # noqa: S608 - both are ours


@dataclass(frozen=True)
class CouncilFigure:
    """A council's figure; `is_former` says that it was reported under its former code."""

    area_code: str
    name: str
    value: float | None
    value_status: str
    lineage_id: str | None
    is_former: bool


def council_figures(
    site: Site, metric_id: str, period_type: str, start: date
) -> list[CouncilFigure]:
    """Return the figure of each council of today, the largest first, gaps last."""
    asked = {"metric_id": metric_id, "period_type": period_type, "start": start}
    rows: Iterator[dict[str, Any]] = site.each(_FIGURES, asked)
    return [CouncilFigure(**row) for row in rows]


def formerly_in_words(figures: Iterable[CouncilFigure]) -> str:
    """Say whose figures were reported under a former code; empty where nobody's were."""
    return said_of_former(one.name for one in figures if one.is_former and one.value is not None)


def said_of_former(councils: Iterable[str]) -> str:
    """Say of these councils that figures were reported under their former codes."""
    names = sorted(set(councils))
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]}: as reported for the council before its code changed."
    return f"{words.listed(names)}: as reported for the councils before their codes changed."
