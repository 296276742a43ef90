"""Headlines: the few figures that the end of a run shows, read from the released marts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field

from publishing.claims import tally, tally_line
from publishing.mart_tables import open_read_only
from publishing.period_names import Period
from publishing.pointer import Release

DEFINITIONS = Path(__file__).with_name("headlines.yml")

NO_SEGMENT = frozenset({"straddles_a_break", "undefined"})
"""A quarter or year that a break falls into, or a period in no segment: compared with none."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureHeadline(_Strict):
    """The latest figure of a metric for an area, beside the one of the year before."""

    kind: Literal["figure"]
    title: str
    metric: str
    area: str
    period_type: Literal["month", "quarter", "financial_year"]
    decimals: int = Field(0, ge=0, le=4)


class ClaimHeadline(_Strict):
    """One published claim beside what the returns give."""

    kind: Literal["claim"]
    title: str
    claim: str


class ClaimsHeadline(_Strict):
    """How many published claims the returns bear out, by verdict."""

    kind: Literal["claims"]
    title: str


class Definitions(_Strict):
    """The headlines file."""

    headlines: list[
        Annotated[FigureHeadline | ClaimHeadline | ClaimsHeadline, Field(discriminator="kind")]
    ]


@dataclass(frozen=True)
class Headline:
    """One line to show. `value` is None for a gap, and `gap` then has the reason."""

    title: str
    text: str
    period: str | None
    value: float | None
    change: float | None
    unit: str | None
    gap: str | None
    is_synthetic: bool


@dataclass(frozen=True)
class _Figure:
    start: date
    value: float | None
    status: str
    segment: str | None
    unit: str


def headlines(release: Release, definitions: Path = DEFINITIONS) -> list[Headline]:
    """Give the headlines that the data file names, in its order.

    Raises pydantic's ValidationError when the data file is not as `Definitions` says.
    """
    with definitions.open(encoding="utf-8") as file:
        wanted = Definitions.model_validate(yaml.safe_load(file)).headlines
    synthetic = release.manifest.is_synthetic
    with open_read_only(release.marts) as marts:
        return [_headline(marts, one, synthetic) for one in wanted]


def _headline(
    marts: duckdb.DuckDBPyConnection,
    wanted: FigureHeadline | ClaimHeadline | ClaimsHeadline,
    synthetic: bool,
) -> Headline:
    match wanted:
        case FigureHeadline():
            return _figure_headline(marts, wanted, synthetic)
        case ClaimHeadline():
            return _claim_headline(marts, wanted, synthetic)
        case ClaimsHeadline():
            return _claims_headline(marts, wanted, synthetic)


def _figure_headline(
    marts: duckdb.DuckDBPyConnection, wanted: FigureHeadline, synthetic: bool
) -> Headline:
    figures = _figures(marts, wanted)
    title = f"{wanted.title}, {_area_name(marts, wanted.area)}"
    latest = max((f for f in figures if f.value is not None), key=_start, default=None)
    if latest is None or latest.value is None:
        gap = _why_nothing(figures, wanted)
        text = _marked(f"{title}: no figure ({gap})", synthetic)
        return Headline(title, text, None, None, None, None, gap, synthetic)
    period = Period(wanted.period_type, latest.start).name
    change, compared = _compared(latest, figures, wanted)
    text = f"{title}, {period}: {latest.value:,.{wanted.decimals}f} ({compared})"
    text += _later_gaps(latest, figures, wanted)
    marked = _marked(text, synthetic)
    return Headline(title, marked, period, latest.value, change, latest.unit, None, synthetic)


def _compared(
    latest: _Figure, figures: list[_Figure], wanted: FigureHeadline
) -> tuple[float | None, str]:
    """Give the change on the same period a year before, or why there is none."""
    start = latest.start.replace(year=latest.start.year - 1)
    name = Period(wanted.period_type, start).name
    before = next((f for f in figures if f.start == start), None)
    if before is None:
        return None, f"{name} is not in this release"
    if before.value is None or latest.value is None:
        return None, f"{name} {_gap(before.status)}"
    if before.segment != latest.segment or latest.segment in NO_SEGMENT:
        return None, f"not compared with {name}: the series has a break"
    change = latest.value - before.value
    return change, f"{change:+,.{wanted.decimals}f} on {name}"


def _later_gaps(latest: _Figure, figures: list[_Figure], wanted: FigureHeadline) -> str:
    later = [figure for figure in figures if figure.start > latest.start]
    names = [f"{Period(wanted.period_type, f.start).name} {_gap(f.status)}" for f in later]
    return "".join(f"; {name}" for name in names)


def _why_nothing(figures: list[_Figure], wanted: FigureHeadline) -> str:
    if not figures:
        return f"no {wanted.period_type.replace('_', ' ')} of it in this release"
    last = max(figures, key=_start)
    return f"{Period(wanted.period_type, last.start).name} {_gap(last.status)}"


def _gap(status: str) -> str:
    """Put a status in words: a year is missing when not all its months are there."""
    return "is not complete" if status == "missing" else f"is {status.replace('_', ' ')}"


def _claim_headline(
    marts: duckdb.DuckDBPyConnection, wanted: ClaimHeadline, synthetic: bool
) -> Headline:
    row = marts.execute(
        "SELECT period, base_period, computed_value, published_value, published_unit, verdict "
        "FROM claim WHERE claim_id = ?",
        [wanted.claim],
    ).fetchone()
    if row is None:
        gap = f"claim {wanted.claim} is not in this release"
        text = _marked(f"{wanted.title}: {gap}", synthetic)
        return Headline(wanted.title, text, None, None, None, None, gap, synthetic)
    period, base, computed, published, unit, verdict = row
    said = f"{computed:+,.0f}" if computed is not None else "no figure"
    on = f" on {base}" if base else ""
    judged = verdict or "not computed: returns not loaded"
    text = f"{wanted.title}, {period}{on}: {said}; published {published:+,.0f} ({judged})"
    marked = _marked(text, synthetic)
    return Headline(wanted.title, marked, period, computed, None, unit, None, synthetic)


def _claims_headline(
    marts: duckdb.DuckDBPyConnection, wanted: ClaimsHeadline, synthetic: bool
) -> Headline:
    found = tally(marts.execute("SELECT basis, verdict, restates_claim_id FROM claim").fetchall())
    gap = None if found.claims else "no claim in this release"
    text = _marked(f"{wanted.title}: {gap or tally_line(found)}", synthetic)
    value = float(found.claims) if found.claims else None
    return Headline(wanted.title, text, None, value, None, "claims", gap, synthetic)


def _figures(marts: duckdb.DuckDBPyConnection, wanted: FigureHeadline) -> list[_Figure]:
    rows: list[tuple[Any, ...]] = marts.execute(
        "SELECT period_start, value, value_status, segment, unit FROM metric_value "
        "WHERE metric_id = ? AND area_code = ? AND period_type = ? AND boundary = 'as_reported' "
        "ORDER BY period_start",
        [wanted.metric, wanted.area, wanted.period_type],
    ).fetchall()
    return [_Figure(*row) for row in rows]


def _area_name(marts: duckdb.DuckDBPyConnection, area_code: str) -> str:
    row = marts.execute(
        "SELECT name FROM area WHERE area_code = ? ORDER BY valid_from DESC LIMIT 1", [area_code]
    ).fetchone()
    return str(row[0]) if row else area_code


def _start(figure: _Figure) -> date:
    return figure.start


def _marked(text: str, synthetic: bool) -> str:
    return f"SYNTHETIC: {text}" if synthetic else text
