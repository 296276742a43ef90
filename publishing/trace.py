"""Trace: the way back from a released figure to the cells of the publishers' files."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from publishing.mart_tables import open_read_only
from publishing.period_names import Period, UnknownPeriodError, parse_period
from publishing.pointer import Release

_NEAREST = 3
_WIDTH = 100
_SYNTHETIC = "SYNTHETIC: made from demonstration files, not from publishers' figures"


class TraceError(Exception):
    """There is no such figure to trace; the message names the nearest ones that exist."""


class BrokenLineageError(TraceError):
    """A figure is released whose way back does not end in cells."""


@dataclass(frozen=True)
class Cell:
    """One cell of a publisher's file, as it was read."""

    file_name: str
    source_sha256: str
    sheet: str
    cell: str
    raw_text: str
    return_id: str | None
    published_on: date | None
    is_synthetic: bool
    operation: str


@dataclass(frozen=True)
class Figure:
    """A figure that another was worked out from, and what it comes from in its turn."""

    lineage_id: str
    name: str
    value: float | None
    unit: str | None
    operation: str
    parts: tuple[Cell | Figure, ...]


@dataclass(frozen=True)
class Trace:
    """A released figure, its contract, and its parts down to the cells."""

    release_id: str
    is_synthetic: bool
    metric_id: str
    title: str
    definition: str
    caveats: str | None
    area_code: str
    area_name: str
    period_type: str
    period_start: date
    period_end: date
    period_name: str
    value: float | None
    unit: str
    value_status: str
    maturity: str | None
    published_on: date | None
    note: str | None
    parts: tuple[Cell | Figure, ...]


def trace(release: Release, metric_id: str, area_code: str, period: str) -> Trace:
    """Follow one figure of a release, on boundaries as reported, back to its cells.

    `period` is written `2015-06`, `2015-16` or `Q1 2015-16`. Raises TraceError when the metric,
    the area, the period or the figure is unknown, and BrokenLineageError when the way back ends
    before a cell.
    """
    try:
        wanted = parse_period(period)
    except UnknownPeriodError as error:
        raise TraceError(str(error)) from error
    with open_read_only(release.marts) as marts:
        metric = _metric(marts, metric_id)
        area_name = _area_name(marts, area_code)
        row = _figure_row(marts, metric_id, area_code, wanted)
        parts = _parts(marts, metric_id, row["lineage_id"])
    if row["value"] is not None and not parts:
        raise BrokenLineageError(f"nothing stands behind {metric_id} {area_code} {wanted.typed}")
    return Trace(
        release_id=release.id,
        is_synthetic=release.manifest.is_synthetic,
        metric_id=metric_id,
        title=metric["title"],
        definition=metric["definition"],
        caveats=metric["caveats"],
        area_code=area_code,
        area_name=area_name,
        period_type=wanted.type,
        period_start=row["period_start"],
        period_end=row["period_end"],
        period_name=wanted.name,
        value=row["value"],
        unit=row["unit"],
        value_status=row["value_status"],
        maturity=row["maturity"],
        published_on=row["published_on"],
        note=_note(period, wanted),
        parts=parts,
    )


def cells(parts: Sequence[Cell | Figure]) -> Iterator[Cell]:
    """Give every cell that the parts of a trace lead to, in order."""
    for part in parts:
        if isinstance(part, Cell):
            yield part
        else:
            yield from cells(part.parts)


def trace_as_json(found: Trace) -> str:
    """Give the trace as JSON, with the same names as in `Trace`; dates are ISO."""
    return json.dumps(asdict(found), indent=2, ensure_ascii=False, default=str)


def render_trace(found: Trace) -> str:
    """Give the trace as plain text: the figure, its contract, then its parts, indented."""
    value = found.value_status if found.value is None else f"{_shown(found.value)} {found.unit}"
    facts = {
        "metric": found.metric_id,
        "definition": found.definition,
        "unit": found.unit,
        "caveats": found.caveats,
        "period": f"{found.period_start} to {found.period_end}",
        "status": ", ".join(filter(None, [found.value_status, found.maturity])),
        "published": found.published_on,
        "release": found.release_id,
        "note": found.note,
    }
    lines = [
        *([_SYNTHETIC] if found.is_synthetic else []),
        f"{found.title}, {found.area_name} ({found.area_code}), {found.period_name}: {value}",
        "",
        *(_fact_line(name, fact) for name, fact in facts.items() if fact is not None),
        "",
        "It comes from",
        *_part_lines(found.parts, "  "),
    ]
    return "\n".join(lines)


def _fact_line(name: str, fact: object) -> str:
    start = f"  {name:<12}"
    return textwrap.fill(
        f"{start}{fact}", _WIDTH, subsequent_indent=" " * len(start), break_on_hyphens=False
    )


def _part_lines(parts: Sequence[Cell | Figure], indent: str) -> Iterator[str]:
    if not parts:
        yield f"{indent}nothing: no file gave it"
    for part in parts:
        if isinstance(part, Figure):
            value = "no figure" if part.value is None else _shown(part.value)
            figure = f"{part.name}: {value} {part.unit or ''}".rstrip()
            yield f"{indent}{figure}  ({part.operation})"
            yield from _part_lines(part.parts, indent + "  ")
        else:
            published = f", published {part.published_on}" if part.published_on else ""
            synthetic = ", SYNTHETIC" if part.is_synthetic else ""
            yield f'{indent}cell {part.cell} of sheet "{part.sheet}" says "{part.raw_text}"'
            yield f"{indent}  file    {part.file_name} ({part.return_id}{published}{synthetic})"
            yield f"{indent}  sha256  {part.source_sha256}"


def _shown(value: float) -> str:
    """Show whole numbers whole, and others to as many places as they have, four at the most."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def _note(said: str, wanted: Period) -> str | None:
    year = said.strip().replace("-", "/")
    ambiguous = wanted.type == "month" and int(year[-2:]) == (wanted.start.year + 1) % 100
    return f"{said} was read as a month; the financial year is {year}" if ambiguous else None


def _metric(marts: duckdb.DuckDBPyConnection, metric_id: str) -> dict[str, Any]:
    found = _rows(
        marts, "SELECT title, definition, caveats FROM metric WHERE metric_id = ?", [metric_id]
    )
    if found:
        return found[0]
    known = [row["metric_id"] for row in _rows(marts, "SELECT metric_id FROM metric ORDER BY 1")]
    near = difflib.get_close_matches(metric_id, known, _NEAREST) or known
    raise TraceError(f"there is no metric {metric_id!r}: there is {_listed(near)}")


def _area_name(marts: duckdb.DuckDBPyConnection, area_code: str) -> str:
    areas = {
        row["area_code"]: str(row["name"] or row["area_code"])
        for row in _rows(marts, "SELECT area_code, name FROM area ORDER BY area_code, valid_from")
    }
    if area_code in areas:
        return areas[area_code]
    names = {name.casefold(): code for code, name in areas.items()}
    near = [names[name] for name in _close(area_code.casefold(), names)]
    near = near or _close(area_code.upper(), areas)
    shown = _listed([f"{code} ({areas[code]})" for code in near]) or "none like it"
    raise TraceError(f"there is no area {area_code!r}; nearest: {shown}")


def _close(said: str, known: Any) -> list[str]:
    return difflib.get_close_matches(said, list(known), _NEAREST, 0.7)


def _figure_row(
    marts: duckdb.DuckDBPyConnection, metric_id: str, area_code: str, wanted: Period
) -> dict[str, Any]:
    rows = _rows(
        marts,
        "SELECT * FROM metric_value WHERE metric_id = ? AND area_code = ? "
        "AND boundary = 'as_reported' ORDER BY period_start",
        [metric_id, area_code],
    )
    for row in rows:
        if (row["period_type"], row["period_start"]) == (wanted.type, wanted.start):
            return row
    if not rows:
        raise TraceError(f"{metric_id} is given for no period of {area_code}")
    same = [row["period_start"] for row in rows if row["period_type"] == wanted.type]
    if not same:
        types = _listed(sorted({row["period_type"].replace("_", " ") for row in rows}))
        raise TraceError(f"{metric_id} of {area_code} is given by {types} only")
    near = sorted(sorted(same, key=lambda start: abs(start - wanted.start))[:_NEAREST])
    shown = _listed([Period(wanted.type, start).typed for start in near])
    raise TraceError(f"{metric_id} of {area_code} has nothing for {wanted.typed}; nearest: {shown}")


def _parts(
    marts: duckdb.DuckDBPyConnection, metric_id: str, lineage_id: str | None
) -> tuple[Cell | Figure, ...]:
    """Read the parts level by level, one query each, then put them together from the top."""
    if lineage_id is None:
        return ()
    known: dict[str, list[dict[str, Any]]] = {}
    wanted = {lineage_id}
    while wanted:
        found = _rows(marts, _PARTS, [sorted(wanted), metric_id])
        known |= {one: [] for one in wanted}
        for row in found:
            known[row["lineage_id"]].append(row)
        wanted = {row["child_lineage_id"] for row in found if row["part_kind"] == "figure"}
        wanted -= known.keys()
    return _built(known, lineage_id, ())


_PARTS = """
    SELECT part.*, file.file_name, file.return_id, file.published_on, file.is_synthetic,
        child.metric_id, child.title, child.period_type, child.period_start,
        child.value, child.unit
    FROM lineage AS part
    LEFT JOIN source_file AS file USING (source_sha256)
    LEFT JOIN (
        SELECT figure.*, metric.title
        FROM metric_value AS figure
        LEFT JOIN metric USING (metric_id)
        WHERE figure.boundary = 'as_reported'
        QUALIFY row_number() OVER (
            PARTITION BY figure.lineage_id
            ORDER BY figure.metric_id <> $2, figure.metric_id, figure.period_type
        ) = 1
    ) AS child ON part.child_lineage_id = child.lineage_id
    WHERE part.lineage_id IN (SELECT unnest($1))
    ORDER BY part.lineage_id, part.part
"""


def _built(
    known: dict[str, list[dict[str, Any]]], lineage_id: str, above: tuple[str, ...]
) -> tuple[Cell | Figure, ...]:
    if lineage_id in above:
        raise BrokenLineageError(f"the lineage of {lineage_id} leads back to itself")
    parts: list[Cell | Figure] = []
    for row in known[lineage_id]:
        if row["part_kind"] == "cell":
            parts.append(_cell(row))
            continue
        child = row["child_lineage_id"]
        below = _built(known, child, (*above, lineage_id))
        if not below and row["value"] is not None:
            raise BrokenLineageError(f"the lineage of {lineage_id} ends at {child}, not in a cell")
        parts.append(Figure(child, _name(row), row["value"], row["unit"], row["operation"], below))
    return tuple(parts)


def _cell(row: dict[str, Any]) -> Cell:
    if row["file_name"] is None:
        raise BrokenLineageError(f"no file is listed with sha256 {row['source_sha256']}")
    return Cell(
        file_name=row["file_name"],
        source_sha256=row["source_sha256"],
        sheet=row["source_sheet"],
        cell=f"{row['source_column']}{row['source_row']}",
        raw_text=row["raw_text"],
        return_id=row["return_id"],
        published_on=row["published_on"],
        is_synthetic=bool(row["is_synthetic"]),
        operation=row["operation"],
    )


def _name(row: dict[str, Any]) -> str:
    if row["metric_id"] is None:
        return str(row["child_lineage_id"])
    period = Period(row["period_type"], row["period_start"])
    return f"{row['title'] or row['metric_id']}, {period.name}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _rows(
    marts: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    found = marts.execute(query, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
