"""What changed between two releases, counted by metric and listed, for a person to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from math import isfinite
from typing import Any

import duckdb

from publishing.files_changed import FileChange
from publishing.mart_tables import text_literal
from publishing.period_names import Period
from publishing.pointer import Release

KINDS = ("added", "removed", "revised", "restatused")
SHOWN_AS = {"restatused": "re-statused"}
UNEXPLAINED = ("unexplained", "code changed")
"""Explanations that leave open whether a figure of a closed period should have changed."""

_LONG = 100_000
_MIRRORED = {"added": "removed", "removed": "added"}

_DOUBT = (
    "is_closed and change <> 'added' "
    f"and explanation in ({', '.join(text_literal(one) for one in UNEXPLAINED)})"
)

_ROWS = """
    select changed.*, metric.title as metric_title, area.name as area_name
    from {changed} as changed
    left join (select metric_id, min(title) as title from ({metrics}) group by metric_id) as metric
        using (metric_id)
    left join (select area_code, min(name) as name from ({areas}) group by area_code) as area
        using (area_code)
    where {condition}
    order by size_rank
    limit {limit}
"""
_LARGEST = "size_rank in (select min(size_rank) from {changed} group by metric_id)"

_COUNTS = f"""
    select metric_id, change, explanation, count(*), count(*) filter ({_DOUBT})
    from {{changed}} group by all
"""  # noqa: S608 - names of our own


@dataclass(frozen=True)
class Change:
    """One figure that differs: a row of mart `release_change`, with names to read."""

    metric_id: str
    metric_title: str | None
    area_code: str
    area_name: str | None
    boundary: str
    period_type: str
    period_start: date
    period_end: date
    change: str
    old_value: float | None
    new_value: float | None
    difference: float | None
    relative_change: float | None
    old_status: str | None
    new_status: str | None
    unit: str | None
    old_published_on: date | None
    new_published_on: date | None
    is_closed: bool
    explanation: str
    size_rank: int
    old_lineage_id: str | None
    lineage_id: str | None

    @property
    def period(self) -> str:
        """The period's name, as June 2015."""
        return Period(self.period_type, self.period_start).name

    @property
    def before(self) -> str:
        """What the older release gives, in words."""
        return _said(self.old_value, self.old_status)

    @property
    def after(self) -> str:
        """What the newer release gives, in words."""
        return _said(self.new_value, self.new_status)

    @property
    def by(self) -> str:
        """How much it differs, and as a share; empty for what has no difference."""
        if not self.difference:
            return ""
        share = "" if self.relative_change is None else f" ({self.relative_change:+,.2%})"
        return f"{'+' if self.difference > 0 else ''}{number(self.difference)}{share}"

    def mirrored(self) -> Change:
        """The same, seen from the newer release."""
        difference = self.difference
        share = None
        if difference is not None and self.new_value:
            share = (0.0 - difference) / abs(self.new_value)
        return replace(
            self,
            change=_MIRRORED.get(self.change, self.change),
            old_value=self.new_value,
            new_value=self.old_value,
            difference=None if difference is None else 0.0 - difference,
            relative_change=share,
            old_status=self.new_status,
            new_status=self.old_status,
            old_published_on=self.new_published_on,
            new_published_on=self.old_published_on,
            old_lineage_id=self.lineage_id,
            lineage_id=self.old_lineage_id,
        )


@dataclass(frozen=True)
class MetricChanges:
    """The changes of one metric: how many of each kind, how many in doubt, and its largest."""

    largest: Change
    kinds: Counter[str]
    in_doubt: int

    def mirrored(self) -> MetricChanges:
        """The same, seen from the newer release."""
        return replace(self, largest=self.largest.mirrored(), kinds=_turned(self.kinds))


@dataclass(frozen=True)
class Changes:
    """What changed from one release to another, largest first; `why_not` where none is compared.

    `rows` and `doubtful` are the first of `total` and `in_doubt`: those of closed periods that
    nothing explains. `files` are those read or refused otherwise; None where they are not known.
    """

    old: str | None
    new: str
    why_not: str | None = None
    is_synthetic: bool = False
    asked: Mapping[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    explanations: Counter[str] = field(default_factory=Counter)
    in_doubt: int = 0
    metrics: Sequence[MetricChanges] = ()
    rows: Sequence[Change] = ()
    doubtful: Sequence[Change] = ()
    files: Sequence[FileChange] | None = None

    @property
    def total(self) -> int:
        """How many figures differ."""
        return self.kinds.total()

    def mirrored(self) -> Changes:
        """The same from the newer release to the older one."""
        return replace(
            self,
            old=self.new,
            new=self.old or "",
            kinds=_turned(self.kinds),
            metrics=[one.mirrored() for one in self.metrics],
            rows=[row.mirrored() for row in self.rows],
            doubtful=[row.mirrored() for row in self.doubtful],
        )


def _turned(kinds: Counter[str]) -> Counter[str]:
    return Counter({_MIRRORED.get(kind, kind): count for kind, count in kinds.items()})


def is_in_doubt(row: Change) -> bool:
    """Say whether a figure of a closed period differs and nothing explains it."""
    return row.is_closed and row.change != "added" and row.explanation in UNEXPLAINED


@dataclass(frozen=True)
class Source:
    """Where changes are read: a relation like `release_change`, and queries for the names."""

    changed: str
    metrics: str
    areas: str

    def only(self, column: str, value: str | None) -> Source:
        """The changes with this value in a column; all for None."""
        if value is None:
            return self
        wanted = f"{column} = {text_literal(value)}"
        return replace(self, changed=f"(select * from {self.changed} where {wanted})")  # noqa: S608 - names of our own


def read_changes(
    connection: duckdb.DuckDBPyConnection, source: Source, limit: int, about: Changes
) -> Changes:
    """Count all changes and read the first ones; `about` says which releases they are of."""

    def read(condition: str, limit: int | None = None) -> list[Change]:
        query = _ROWS.format(
            changed=source.changed,
            metrics=source.metrics,
            areas=source.areas,
            condition=condition,
            limit="all" if limit is None else limit,
        )
        found = connection.execute(query.replace("limit all", ""))
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return [Change(**{name: row[name] for name in Change.__dataclass_fields__}) for row in rows]

    kinds: Counter[str] = Counter()
    explanations: Counter[str] = Counter()
    doubts: Counter[str] = Counter()
    by_metric: dict[str, Counter[str]] = {}
    counted = connection.execute(_COUNTS.format(changed=source.changed)).fetchall()
    for metric_id, kind, explanation, count, doubt in counted:
        kinds[kind] += count
        explanations[explanation] += count
        doubts[metric_id] += doubt
        by_metric.setdefault(metric_id, Counter())[kind] += count
    largest = read(_LARGEST.format(changed=source.changed))
    return replace(
        about,
        kinds=kinds,
        explanations=explanations,
        in_doubt=doubts.total(),
        metrics=[
            MetricChanges(one, by_metric[one.metric_id], doubts[one.metric_id]) for one in largest
        ],
        rows=read("true", limit),
        doubtful=read(_DOUBT, limit),
    )


def source_of(changed: str, releases: Sequence[Release]) -> Source:
    """Give a relation of changes with the names of metrics and areas in any of some releases."""

    def of(mart: str, columns: str) -> str:
        return " union all ".join(
            f"select {columns} from read_parquet("  # noqa: S608 - names of our own
            f"{text_literal(str(release.path / 'parquet' / f'{mart}.parquet'))})"
            for release in releases
        )

    return Source(changed, of("metric", "metric_id, title"), of("area", "area_code, name"))


def number(value: float) -> str:
    """Write a figure: whole where it is whole, else with as many digits as tell."""
    if not isfinite(value):
        return str(value)
    if value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.6g}" if abs(value) < _LONG else f"{value:,.2f}"


def kinds_line(found: Changes) -> str:
    """Say in one line how many figures differ, and how."""
    listed = ", ".join(
        f"{count:,} {SHOWN_AS.get(kind, kind)}" for kind in KINDS if (count := found.kinds[kind])
    )
    total = found.total
    if not total:
        return "No figure differs."
    return f"{total:,} figure{'s differ' if total > 1 else ' differs'}: {listed}."


def doubt_line(found: Changes) -> str:
    """Say how many figures of closed periods differ without an explanation."""
    count = found.in_doubt
    if not count:
        return "Each change of a closed period is explained."
    return f"Of closed periods, {count:,} change{'s are' if count > 1 else ' is'} not explained."


def explained_line(found: Changes) -> str:
    """Say how many changes there are of each explanation, the most first."""
    counted = sorted(found.explanations.items(), key=lambda pair: (-pair[1], pair[0]))
    return f"By explanation: {', '.join(f'{name} {count:,}' for name, count in counted)}."


def as_json(found: Changes) -> dict[str, Any]:
    """Give the counts and the rows that were read, for programs."""
    return {
        "old": found.old,
        "new": found.new,
        "why_not": found.why_not,
        **found.asked,
        "kinds": {kind: found.kinds[kind] for kind in KINDS},
        "explanations": dict(sorted(found.explanations.items())),
        "changes_in_all": found.total,
        "unexplained_of_closed_periods": found.in_doubt,
        "changes": [_plain(row) for row in found.rows],
    }


def _plain(row: Change) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in asdict(row).items()}


def _plain_value(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def render_changes(found: Changes) -> Iterator[str]:
    """Give the lines that a terminal shows: counts, metrics, then the largest changes."""
    yield f"From {found.old} to {found.new}"
    yield kinds_line(found)
    if not found.total:
        return
    yield doubt_line(found)
    yield explained_line(found)
    yield ""
    width = max(len("metric"), *(len(one.largest.metric_id) for one in found.metrics))
    heads = "".join(f"{SHOWN_AS.get(kind, kind):>12}" for kind in KINDS)
    yield f"{'metric':<{width}}{heads}  largest"
    for one in found.metrics:
        counts = "".join(f"{one.kinds[kind] or '-':>12}" for kind in KINDS)
        yield f"{one.largest.metric_id:<{width}}{counts}  {_short(one.largest)}"
    if found.rows:
        yield ""
    for row in found.rows:
        yield f"{row.metric_id}: {_short(row)}"
        yield f"    {'closed' if row.is_closed else 'open'} period, {row.explanation}"
    if found.total > len(found.rows):
        yield f"and {found.total - len(found.rows):,} more: see --limit and --page"


def _short(row: Change) -> str:
    boundary = "" if row.boundary == "as_reported" else f", {row.boundary} boundaries"
    by = f", {row.by}" if row.by else ""
    unit = f", {row.unit}" if row.unit else ""
    where = f"{row.area_name or row.area_code} {row.period}{boundary}{unit}"
    return f"{where}: {row.before} -> {row.after}{by}"


def _said(value: float | None, status: str | None) -> str:
    """Write a value, or what stands in its place."""
    if status is None:
        return "none"
    if value is None:
        return "not shown" if status in ("reported", "estimated") else status.replace("_", " ")
    return number(value) if status == "reported" else f"{number(value)} {status}"
