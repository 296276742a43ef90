"""Trace: the way back from a released figure to the cells of the publishers' files."""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

import duckdb

from publishing.mart_tables import open_read_only
from publishing.period_names import Period, UnknownPeriodError, parse_period
from publishing.pointer import Release

AS_REPORTED = "as_reported"
FORMAT = 1
"""Of the JSON: another number when a key is renamed or goes; keys may be added."""

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
    url: str | None = None
    landing_page: str | None = None
    fetched_at: datetime | None = None
    kind: Literal["cell"] = "cell"


@dataclass(frozen=True)
class Figure:
    """A figure that another was worked out from, and what it comes from in its turn.

    It is of an area of mart `area`; `operation` says what became of it. `weight` is its share, and
    `weight_basis` what that rests on, where it was shared out.
    """

    lineage_id: str
    name: str
    value: float | None
    unit: str | None
    operation: str
    parts: tuple[Part, ...]
    area_code: str | None = None
    area_name: str | None = None
    weight: float | None = None
    weight_basis: str | None = None
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Source:
    """A publication that no landed file holds, and that a seed of the project quotes."""

    source: str
    operation: str
    kind: Literal["source"] = "source"


Part = Cell | Figure | Source


@dataclass(frozen=True)
class Population:
    """The denominator of a rate, a row of mart `population`; `reason` says why it has no value."""

    population_id: str
    area_code: str
    mid_year: int
    age_band: str
    value: float | None
    value_status: str
    basis: str
    series: str | None
    source: str | None
    published_on: date | None
    reason: str | None


@dataclass(frozen=True)
class Trace:
    """A released figure, its contract, and its parts down to the cells.

    `parts_needed` and `parts_missing` are how many published figures it needs and how many of them
    have no value: `parts` and `parts_missing` of mart `metric_value`.
    """

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
    parts: tuple[Part, ...]
    boundary: str = AS_REPORTED
    as_at: date | None = None
    segment: str | None = None
    numerator: float | None = None
    denominator: float | None = None
    denominator_id: str | None = None
    population: Population | None = None
    apportioned_share: float | None = None
    parts_needed: int | None = None
    parts_missing: int | None = None


def trace(
    release: Release, metric_id: str, area_code: str, period: str, boundary: str = AS_REPORTED
) -> Trace:
    """Follow one figure of a release back to its cells.

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
        row = _figure_row(marts, metric_id, area_code, wanted, boundary)
        population = _population(marts, row.get("denominator_id"))
        parts = _parts(marts, row)
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
        boundary=boundary,
        as_at=release.manifest.as_at,
        segment=row.get("segment"),
        numerator=row.get("numerator"),
        denominator=row.get("denominator"),
        denominator_id=row.get("denominator_id"),
        population=population,
        apportioned_share=row.get("apportioned_share"),
        parts_needed=row.get("parts"),
        parts_missing=row.get("parts_missing"),
    )


def latest_period(release: Release, metric_id: str, area_code: str) -> Period | None:
    """Give the last financial year of a release with a figure, or a shorter period if none has."""
    with open_read_only(release.marts) as marts:
        rows = rows_of(
            marts,
            "SELECT period_type, period_start FROM metric_value WHERE metric_id = ? "
            "AND area_code = ? AND boundary = ? AND value IS NOT NULL "
            "ORDER BY period_type <> 'financial_year', period_type <> 'quarter', "
            "period_start DESC LIMIT 1",
            [metric_id, area_code, AS_REPORTED],
        )
    return Period(rows[0]["period_type"], rows[0]["period_start"]) if rows else None


def cells(parts: Sequence[Part]) -> Iterator[Cell]:
    """Give every cell that the parts of a trace lead to, in order."""
    for part in parts:
        if isinstance(part, Cell):
            yield part
        elif isinstance(part, Figure):
            yield from cells(part.parts)


def trace_as_json(found: Trace) -> str:
    """Give the trace as JSON, with the same names as in `Trace`; dates are ISO.

    `files` lists each landed file behind the figure once, with the number of its cells.
    """
    document = {"format": FORMAT, **asdict(found), "files": _files(found)}
    return json.dumps(document, indent=2, ensure_ascii=False, default=iso)


def iso(value: object) -> str:
    """Write a date or a time as ISO says."""
    return value.isoformat() if isinstance(value, date) else str(value)


def _files(found: Trace) -> list[dict[str, Any]]:
    names = ("source_sha256", "file_name", "return_id", "published_on", "is_synthetic")
    addresses = ("url", "landing_page", "fetched_at")
    files: dict[str, dict[str, Any]] = {}
    for cell in cells(found.parts):
        about = {name: getattr(cell, name) for name in (*names, *addresses)}
        files.setdefault(cell.source_sha256, about | {"cells": 0})["cells"] += 1
    return sorted(files.values(), key=lambda file: (file["file_name"], file["source_sha256"]))


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
        "boundary": None if found.boundary == AS_REPORTED else found.boundary,
        "segment": found.segment,
        "parts": _counted_parts(found),
        **_division(found),
        "release": found.release_id,
        "as at": found.as_at,
        "note": found.note,
    }
    lines = [
        *([_SYNTHETIC] if found.is_synthetic else []),
        f"{found.title}, {found.area_name} ({found.area_code}), {found.period_name}: {value}",
        "",
        *(_fact_line(name, fact) for name, fact in facts.items() if fact is not None),
        "",
        "It comes from",
        *_part_lines(found.parts, "  ", found.area_code),
    ]
    return "\n".join(lines)


def _counted_parts(found: Trace) -> str | None:
    if found.parts_needed is None:
        return None
    counted = f"{found.parts_needed:,} published, {found.parts_missing or 0:,} without a value"
    return f"{counted}; {found.apportioned_share or 0:.1%} of the figure was apportioned"


def _division(found: Trace) -> dict[str, str | None]:
    """Give what a rate was divided by, in words; nothing for a count."""
    if found.denominator is None and found.denominator_id is None:
        return {}
    shown = {
        "numerator": _shown_or_none(found.numerator),
        "denominator": _shown_or_none(found.denominator),
    }
    people = found.population
    if people is None:
        return {**shown, "population": found.denominator_id}
    about = [
        people.value_status if people.value is None else f"{_shown(people.value)} people",
        people.basis,
        people.series,
        people.source,
        people.published_on and f"published {people.published_on}",
        people.reason,
    ]
    said = "; ".join(str(fact) for fact in about if fact is not None)
    return {**shown, "population": f"{people.population_id}: {said}"}


def _shown_or_none(value: float | None) -> str:
    return "none" if value is None else _shown(value)


def _fact_line(name: str, fact: object) -> str:
    start = f"  {name:<12}"
    return textwrap.fill(
        f"{start}{fact}", _WIDTH, subsequent_indent=" " * len(start), break_on_hyphens=False
    )


def _part_lines(parts: Sequence[Part], indent: str, area_code: str | None) -> Iterator[str]:
    """Give the parts of a figure of an area; a part of another area names it."""
    if not parts:
        yield f"{indent}nothing: no file gave it"
    for part in parts:
        if isinstance(part, Figure):
            value = "no figure" if part.value is None else _shown(part.value)
            elsewhere = part.area_code is not None and part.area_code != area_code
            area = f", {part.area_name} ({part.area_code})" if elsewhere else ""
            figure = f"{part.name}{area}: {value} {part.unit or ''}".rstrip()
            yield f"{indent}{figure}  ({part.operation})"
            yield from _part_lines(part.parts, indent + "  ", part.area_code)
        elif isinstance(part, Source):
            yield f"{indent}{part.source}  ({part.operation})"
        else:
            published = f", published {part.published_on}" if part.published_on else ""
            synthetic = ", SYNTHETIC" if part.is_synthetic else ""
            yield f'{indent}cell {part.cell} of sheet "{part.sheet}" says "{part.raw_text}"'
            yield f"{indent}  file    {part.file_name} ({part.return_id}{published}{synthetic})"
            yield f"{indent}  sha256  {part.source_sha256}"
            if part.url:
                yield f"{indent}  url     {part.url} (linked from {part.landing_page})"


def _shown(value: float) -> str:
    """Show whole numbers whole, and others to as many places as they have, four at the most."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def _note(said: str, wanted: Period) -> str | None:
    year = said.strip().replace("-", "/")
    ambiguous = wanted.type == "month" and int(year[-2:]) == (wanted.start.year + 1) % 100
    return f"{said} was read as a month; the financial year is {year}" if ambiguous else None


def _metric(marts: duckdb.DuckDBPyConnection, metric_id: str) -> dict[str, Any]:
    found = rows_of(
        marts, "SELECT title, definition, caveats FROM metric WHERE metric_id = ?", [metric_id]
    )
    if found:
        return found[0]
    known = [row["metric_id"] for row in rows_of(marts, "SELECT metric_id FROM metric ORDER BY 1")]
    near = difflib.get_close_matches(metric_id, known, _NEAREST) or known
    raise TraceError(f"there is no metric {metric_id!r}: there is {_listed(near)}")


def _area_name(marts: duckdb.DuckDBPyConnection, area_code: str) -> str:
    areas = {
        row["area_code"]: str(row["name"] or row["area_code"])
        for row in rows_of(marts, "SELECT area_code, name FROM area ORDER BY area_code, valid_from")
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
    marts: duckdb.DuckDBPyConnection,
    metric_id: str,
    area_code: str,
    wanted: Period,
    boundary: str,
) -> dict[str, Any]:
    rows = rows_of(
        marts,
        "SELECT * FROM metric_value WHERE metric_id = ? AND area_code = ? "
        "AND boundary = ? ORDER BY period_start",
        [metric_id, area_code, boundary],
    )
    for row in rows:
        if (row["period_type"], row["period_start"]) == (wanted.type, wanted.start):
            return row
    there = _on_another(marts, metric_id, area_code, wanted, boundary)
    if not rows:
        on = "" if boundary == AS_REPORTED else f" on {boundary} boundaries"
        raise TraceError(f"{metric_id} is given for no period of {area_code}{on}{there}")
    same = [row["period_start"] for row in rows if row["period_type"] == wanted.type]
    if not same:
        types = _listed(sorted({row["period_type"].replace("_", " ") for row in rows}))
        raise TraceError(f"{metric_id} of {area_code} is given by {types} only{there}")
    near = sorted(sorted(same, key=lambda start: abs(start - wanted.start))[:_NEAREST])
    shown = _listed([Period(wanted.type, start).typed for start in near])
    raise TraceError(
        f"{metric_id} of {area_code} has nothing for {wanted.typed}; nearest: {shown}{there}"
    )


def _on_another(
    marts: duckdb.DuckDBPyConnection, metric_id: str, area_code: str, wanted: Period, boundary: str
) -> str:
    """Say on which other boundaries the figure is given, if it is."""
    found = rows_of(
        marts,
        "SELECT DISTINCT boundary FROM metric_value WHERE metric_id = ? AND area_code = ? "
        "AND period_type = ? AND period_start = ? AND boundary <> ? ORDER BY boundary",
        [metric_id, area_code, wanted.type, wanted.start, boundary],
    )
    return "".join(f"; {wanted.typed} is there with --boundary {row['boundary']}" for row in found)


def _population(marts: duckdb.DuckDBPyConnection, population_id: str | None) -> Population | None:
    """Give the row of a denominator; none for a count, and in a release from before that mart."""
    if population_id is None or not _has_population(marts):
        return None
    rows = rows_of(marts, "SELECT * FROM population WHERE population_id = ?", [population_id])
    if not rows:
        raise BrokenLineageError(f"the denominator {population_id!r} is no row of population")
    row = rows[0]
    held: dict[str, Any] = {name: row.get(name) for name in Population.__dataclass_fields__}
    return Population(**held | {"value": row["population"]})


def _has_population(marts: duckdb.DuckDBPyConnection) -> bool:
    return bool(rows_of(marts, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'population'"))


def _parts(marts: duckdb.DuckDBPyConnection, figure: dict[str, Any]) -> tuple[Part, ...]:
    """Read the parts level by level, one query each, then put them together from the top."""
    lineage_id = figure["lineage_id"]
    if lineage_id is None:
        return ()
    known: dict[str, list[dict[str, Any]]] = {}
    wanted = {lineage_id}
    query = _PARTS.format(addresses=_addresses(marts))
    while wanted:
        found = rows_of(marts, query, [sorted(wanted)])
        known |= {one: [] for one in wanted}
        for row in found:
            known[row["lineage_id"]].append(row)
        wanted = {row["child_lineage_id"] for row in found if row["part_kind"] == "figure"}
        wanted -= known.keys()
    children = _children(marts, known)
    return _built(known, children, figure, lineage_id, ())


_PARTS = """
    SELECT part.*, file.file_name, file.return_id, file.published_on, file.is_synthetic,
        {addresses}
    FROM lineage AS part
    LEFT JOIN source_file AS file USING (source_sha256)
    WHERE part.lineage_id IN (SELECT unnest($1))
    ORDER BY part.lineage_id, part.part
"""
_FIGURES = """
    SELECT figure.lineage_id, figure.metric_id, metric.title, figure.area_code, figure.boundary,
        figure.period_type, figure.period_start, figure.value, figure.unit
    FROM metric_value AS figure
    LEFT JOIN metric USING (metric_id)
    WHERE figure.lineage_id IN (SELECT unnest($1))
"""
_POPULATIONS = """
    SELECT lineage_id, area_code, mid_year, age_band, population AS value, 'people' AS unit
    FROM population
    WHERE lineage_id IN (SELECT unnest($1))
"""
_APPORTIONED = re.compile(r"apportioned (\S+)(?: \((.+)\))?")
_OF_AREAS = ("apportioned", "sum of areas", "sum of councils", "whole")
"""How operations begin whose parts are areas as they were reported."""


def _children(
    marts: duckdb.DuckDBPyConnection, known: dict[str, list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Give all figures and populations that go by each key: areas without a change share one."""
    names = {
        row["area_code"]: row["name"] for row in rows_of(marts, "SELECT area_code, name FROM area")
    }
    found = rows_of(marts, _FIGURES, [sorted(known)])
    if _has_population(marts):
        found += rows_of(marts, _POPULATIONS, [sorted(known)])
    children: dict[str, list[dict[str, Any]]] = {one: [] for one in known}
    for row in found:
        children[row["lineage_id"]].append(row | {"area_name": names.get(row["area_code"])})
    return children


def _meant(
    candidates: list[dict[str, Any]], operation: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """Of the figures that share a key, give the one that a part of the asked figure means."""
    boundary = AS_REPORTED if operation.startswith(_OF_AREAS) else asked["boundary"]

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        return (
            row.get("boundary", boundary) != boundary,
            row.get("metric_id") != asked["metric_id"],
            row["area_code"] != asked["area_code"],
            *(str(row.get(name)) for name in ("metric_id", "period_type", "area_code")),
        )

    return min(candidates, key=order, default={})


def _addresses(marts: duckdb.DuckDBPyConnection) -> str:
    """Give the columns of a file's addresses; a release made before they were has none."""
    there = {row["column_name"] for row in rows_of(marts, "DESCRIBE source_file")}
    names = ("url", "landing_page", "fetched_at")
    return ", ".join(f"file.{name}" if name in there else f"NULL AS {name}" for name in names)


def _built(
    known: dict[str, list[dict[str, Any]]],
    children: dict[str, list[dict[str, Any]]],
    asked: dict[str, Any],
    lineage_id: str,
    above: tuple[str, ...],
) -> tuple[Part, ...]:
    if lineage_id in above:
        raise BrokenLineageError(f"the lineage of {lineage_id} leads back to itself")
    parts: list[Part] = []
    for row in known[lineage_id]:
        if row["part_kind"] == "cell":
            parts.append(_cell(row))
            continue
        child, operation = row["child_lineage_id"], row["operation"]
        if child is None:
            parts.append(Source(str(row["raw_text"]), operation))
            continue
        figure = _meant(children[child], operation, asked)
        below = _built(known, children, asked, child, (*above, lineage_id))
        value = figure.get("value")
        if not below and value is not None:
            raise BrokenLineageError(f"the lineage of {lineage_id} ends at {child}, not in a cell")
        about = (_name(figure) or child, value, figure.get("unit"), operation, below)
        area = (figure.get("area_code"), figure.get("area_name"))
        parts.append(Figure(child, *about, *area, *_weight(operation)))
    return tuple(parts)


def _weight(operation: str) -> tuple[float | None, str | None]:
    """Read the share that a part was given, and its basis, in `apportioned 0.25 (measured)`."""
    found = _APPORTIONED.fullmatch(operation)
    return (float(found[1]), found[2]) if found else (None, None)


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
        url=row["url"],
        landing_page=row["landing_page"],
        fetched_at=row["fetched_at"],
    )


def _name(figure: dict[str, Any]) -> str | None:
    """Name a figure by its metric and period, a population by its ages and year."""
    if "mid_year" in figure:
        return f"Population, {figure['age_band']}, mid-{figure['mid_year']}"
    if "metric_id" not in figure:
        return None
    period = Period(figure["period_type"], figure["period_start"])
    return f"{figure['title'] or figure['metric_id']}, {period.name}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def rows_of(
    marts: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """Give the rows of a query on released marts, by the names of their columns."""
    found = marts.execute(query, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
