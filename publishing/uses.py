"""Uses: the way from a landed file to the released figures that rest on it; trace's way back."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

import duckdb

from publishing.mart_tables import open_read_only
from publishing.period_names import Period
from publishing.pointer import Release
from publishing.trace import AS_REPORTED, FORMAT, iso, rows_of

_SHORTEST = 8
_NEAREST = 3


class UnknownFileError(Exception):
    """No landed file of the release, or more than one, is meant; the message says which."""


@dataclass(frozen=True)
class UsedFile:
    """The landed file that was asked for."""

    source_sha256: str
    file_name: str
    return_id: str | None
    state: str
    published_on: date | None
    is_current_vintage: bool
    is_synthetic: bool
    url: str | None
    landing_page: str | None
    fetched_at: datetime | None


@dataclass(frozen=True)
class UsedFigure:
    """A figure of metric_value that a cell of the file is behind."""

    metric_id: str
    area_code: str
    boundary: str
    period_type: str
    period_start: date
    period_end: date
    value: float | None
    unit: str
    value_status: str


@dataclass(frozen=True)
class Group:
    """The figures of one metric and type of period: how many, of how many areas, and when."""

    metric_id: str
    boundary: str
    period_type: str
    figures: int
    areas: int
    first_period_start: date
    last_period_start: date


@dataclass(frozen=True)
class Uses:
    """All that rests on a file in a release.

    `figures` are those of metric_value, `groups` the same counted; `delayed_days` and `revisions`
    count rows of the marts of those names, `claims` names claims.
    """

    release_id: str
    as_at: date | None
    is_synthetic: bool
    file: UsedFile
    groups: tuple[Group, ...]
    figures: tuple[UsedFigure, ...]
    delayed_days: int
    claims: tuple[str, ...]
    revisions: int


def uses(release: Release, file: str) -> Uses:
    """Give all figures of a release that rest on a landed file.

    `file` is its name, with or without its folder, or the first eight or more digits of its
    sha256. Raises UnknownFileError when that means no file, or more than one.
    """
    with open_read_only(release.marts) as marts:
        found = _file(marts, file)
        columns = ", ".join(UsedFigure.__dataclass_fields__)
        resting = _resting(marts, found, columns, "metric_value", f"ORDER BY {_KEY}")
        figures = tuple(UsedFigure(**row) for row in resting)
        claims = _resting(marts, found, "claim_id", "claim", "ORDER BY claim_id")
        (days,) = _resting(marts, found, "count(*) AS rows", "delayed_days")
        return Uses(
            release_id=release.id,
            as_at=release.manifest.as_at,
            is_synthetic=release.manifest.is_synthetic,
            file=found,
            groups=tuple(_groups(figures)),
            figures=figures,
            delayed_days=days["rows"],
            claims=tuple(row["claim_id"] for row in claims),
            revisions=_revisions(marts, found.source_sha256),
        )


def uses_as_json(found: Uses) -> str:
    """Give what rests on a file as JSON, with the same names as in `Uses`; dates are ISO."""
    document = {"format": FORMAT, **asdict(found)}
    return json.dumps(document, indent=2, ensure_ascii=False, default=iso)


def render_uses(found: Uses, *, every_figure: bool = False) -> str:
    """Give what rests on a file as plain text: counts, and with `every_figure` each figure."""
    file = found.file
    about = [file.return_id or file.state, *([f"published {file.published_on}"] * _is(file))]
    lines = [
        *(["SYNTHETIC: made from demonstration files"] if found.is_synthetic else []),
        f"{file.file_name} ({', '.join(about)})",
        f"  sha256   {file.source_sha256}",
        *([f"  url      {file.url} (linked from {file.landing_page})"] if file.url else []),
        f"  release  {found.release_id}",
        "",
        *_counted(found),
        *(_figure_line(figure) for figure in found.figures if every_figure),
    ]
    return "\n".join(lines)


def _is(file: UsedFile) -> int:
    return int(file.published_on is not None)


# Every figure above a cell of the file. A figure is reached once, however many ways lead to it.
_FROM_ABOVE = """
    WITH RECURSIVE above(lineage_id) AS (
        SELECT lineage_id FROM lineage WHERE source_sha256 = ?
        UNION
        SELECT part.lineage_id FROM lineage AS part
        JOIN above ON part.child_lineage_id = above.lineage_id
    )
    SELECT {columns} FROM {mart} SEMI JOIN above USING (lineage_id)
"""
_KEY = "metric_id, boundary, period_type, period_start, area_code"


def _resting(
    marts: duckdb.DuckDBPyConnection, file: UsedFile, columns: str, mart: str, order: str = ""
) -> list[dict[str, Any]]:
    """Give what a mart has above the cells of a file."""
    query = _FROM_ABOVE.format(columns=columns, mart=mart) + order
    return rows_of(marts, query, [file.source_sha256])


def _revisions(marts: duckdb.DuckDBPyConnection, sha256: str) -> int:
    """Count the revisions to or from the file; a release made before that mart was has none."""
    if not rows_of(marts, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'revision'"):
        return 0
    query = "SELECT count(*) FROM revision WHERE ? IN (old_source_sha256, new_source_sha256)"
    row = marts.execute(query, [sha256]).fetchone()
    return int(row[0]) if row else 0


def _groups(figures: tuple[UsedFigure, ...]) -> Iterator[Group]:
    """Count the figures, which are in this order, by metric, boundary and type of period."""
    for key, each in groupby(figures, lambda f: (f.metric_id, f.boundary, f.period_type)):
        held = list(each)
        starts = [figure.period_start for figure in held]
        areas = {figure.area_code for figure in held}
        yield Group(*key, len(held), len(areas), min(starts), max(starts))


def _counted(found: Uses) -> Iterator[str]:
    if not found.figures:
        yield f"No figure of metric_value rests on it: {_why_none(found.file)}."
    else:
        yield f"{len(found.figures):,} figures of metric_value rest on it:"
        yield from map(_group_line, found.groups)
    if found.delayed_days:
        yield f"{found.delayed_days:,} rows of delayed_days rest on it."
    if found.claims:
        yield f"Claims that rest on it: {', '.join(found.claims)}."
    if found.revisions:
        yield f"{found.revisions:,} rows of revision compare it with another file."


def _group_line(group: Group) -> str:
    first = Period(group.period_type, group.first_period_start).name
    last = Period(group.period_type, group.last_period_start).name
    span = first if first == last else f"{first} to {last}"
    on = "" if group.boundary == AS_REPORTED else f", {group.boundary} boundaries"
    kind = group.period_type.replace("_", " ")
    counted = f"{group.figures:,} figures of {group.areas:,} areas"
    return f"  {group.metric_id}, {kind}{on}: {counted}, {span}"


def _figure_line(figure: UsedFigure) -> str:
    period = Period(figure.period_type, figure.period_start).typed
    value = figure.value_status if figure.value is None else f"{figure.value:,.10g} {figure.unit}"
    on = "" if figure.boundary == AS_REPORTED else f" ({figure.boundary} boundaries)"
    return f"  {figure.metric_id} {figure.area_code} {period}{on}: {value}"


def _why_none(file: UsedFile) -> str:
    if file.state != "read":
        return f"it was not read ({file.state})"
    if not file.is_current_vintage:
        return "later files have taken its place"
    return "no metric is read from what only it has"


def _file(marts: duckdb.DuckDBPyConnection, said: str) -> UsedFile:
    names = list(UsedFile.__dataclass_fields__)
    there = {row["column_name"] for row in rows_of(marts, "DESCRIBE source_file")}
    columns = ", ".join(name if name in there else f"NULL AS {name}" for name in names)
    files = rows_of(marts, f"SELECT {columns} FROM source_file ORDER BY file_name, source_sha256")  # noqa: S608 - names of our own
    found = [UsedFile(**row) for row in files if _is_meant(row, said)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "".join(f"\n  {f.source_sha256[:12]}  {f.file_name}" for f in found)
        raise UnknownFileError(
            f"{said!r} means {len(found)} files; give the sha256 of one:{listed}"
        )
    if re.fullmatch(rf"[0-9a-fA-F]{{1,{_SHORTEST - 1}}}", said):
        raise UnknownFileError(f"{said!r} is too short: give at least {_SHORTEST} digits.")
    known = {PurePosixPath(row["file_name"]).name.casefold(): row["file_name"] for row in files}
    wanted = PurePosixPath(said).name.casefold()
    near = [name for name in known if wanted and wanted in name][:_NEAREST]
    near = near or difflib.get_close_matches(wanted, list(known), _NEAREST)
    shown = ", ".join(known[name] for name in near) or "none like it"
    raise UnknownFileError(f"No file of this release is called {said!r}; nearest: {shown}.")


def _is_meant(row: dict[str, Any], said: str) -> bool:
    name, wanted = str(row["file_name"]).casefold(), said.strip().casefold()
    if wanted in (name, PurePosixPath(name).name):
        return True
    is_digits = len(wanted) >= _SHORTEST and re.fullmatch(r"[0-9a-f]+", wanted) is not None
    return is_digits and str(row["source_sha256"]).startswith(wanted)
