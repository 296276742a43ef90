"""Where a council stands among its peers: of each metric all of them in order, beside England."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from markupsafe import Markup, escape

from publishing.scorecard import words
from publishing.scorecard.council_rows import Row
from publishing.scorecard.findings import place_in_words

OWN, PEER, OF_ENGLAND = "own", "peer", "england"


@dataclass(frozen=True)
class Placed:
    """A council of a list, or England, with its figure as it is shown; `kind` says which."""

    kind: str
    name: str
    shown: Markup


@dataclass(frozen=True)
class Place:
    """A metric's list: `says` is the council's place in words, `order` how the list goes."""

    metric_id: str
    title: str
    unit: str
    period: str
    says: str
    order: str
    areas: Sequence[Placed]


def place_of(of_metric: Sequence[Row]) -> Place | None:
    """Return a council's place from its row and its peers', own first; None without one.

    Each row has `name`, `value`, `value_status`, `segment`; the first, which is the council's,
    counts `peers_below` and `peers_above` of `peers_with_a_value`.
    """
    own = of_metric[0]
    polarity, unit = str(own["polarity"]), str(own["unit"])
    said = place_in_words(
        polarity,
        cast("int | None", own["peers_below"]),
        cast("int | None", own["peers_above"]),
        cast("int | None", own["peers_with_a_value"]),
    )
    if not said:
        return None
    return Place(
        metric_id=str(own["metric_id"]),
        title=str(own["title"]),
        unit=words.unit_name(unit),
        period=words.period_name(str(own["period_type"]), cast("date", own["period_start"])),
        says=f"{said} peers",
        order="largest first" if polarity == "context" else "best first",
        areas=[*_in_order(of_metric, polarity), *_without(of_metric)],
    )


def _in_order(of_metric: Sequence[Row], polarity: str) -> list[Placed]:
    """Return those whose figures can be compared, England among them; of equals the council."""
    own = of_metric[0]
    unit = str(own["unit"])
    found = [
        (
            cast("float", row["value"]),
            PEER if number else OWN,
            str(row["name"]),
            row["value_status"],
        )
        for number, row in enumerate(of_metric)
        if _is_comparable(row, own)
    ]
    if own["england_value"] is not None:
        found.append((cast("float", own["england_value"]), OF_ENGLAND, "England", "reported"))
    way = 1 if polarity == "lower" else -1
    found.sort(key=lambda one: (way * one[0], one[1] != OWN, one[2]))
    return [
        Placed(kind, name, words.shown(value, str(status), unit))
        for value, kind, name, status in found
    ]


def _without(of_metric: Sequence[Row]) -> list[Placed]:
    """Return those without a figure, or with one of another segment, by name."""
    own = of_metric[0]
    left = [row for row in of_metric[1:] if not _is_comparable(row, own)]
    return [
        Placed(PEER, str(row["name"]), _why_not(row))
        for row in sorted(left, key=lambda row: str(row["name"]))
    ]


def _is_comparable(row: Row, own: Row) -> bool:
    return row["value"] is not None and row["segment"] == own["segment"]


def _why_not(row: Row) -> Markup:
    if row["value"] is not None:
        return escape("not comparable")
    return words.shown(None, str(row["value_status"] or "missing"), None)
