"""What changed in this release, from mart `release_change`: counts by metric, and the largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from publishing.scorecard import words
from publishing.scorecard.page import Cell, Column, Table, figure_cell
from publishing.scorecard.site import Site

SHOWN = 15
"""How many of the changed figures the overview lists; the page of changes has more."""

_COUNTS = """
    SELECT count(*) AS changed, count(DISTINCT metric_id) AS metrics,
        count(*) FILTER (change = 'added') AS added,
        count(*) FILTER (change = 'removed') AS removed,
        count(*) FILTER (change = 'revised') AS revised,
        count(*) FILTER (change = 'restatused') AS restatused
    FROM release_change
"""
_METRICS = """
    SELECT c.metric_id, coalesce(min(m.title), c.metric_id) AS title, count(*) AS changed,
        count(*) FILTER (c.change = 'added') AS added,
        count(*) FILTER (c.change = 'removed') AS removed,
        count(*) FILTER (c.change = 'revised') AS revised,
        count(*) FILTER (c.change = 'restatused') AS restatused
    FROM release_change AS c LEFT JOIN metric AS m USING (metric_id)
    GROUP BY c.metric_id ORDER BY changed DESC, title LIMIT 40
"""
_LARGEST = """
    SELECT c.metric_id, coalesce(m.title, c.metric_id) AS title,
        coalesce(a.name, c.area_code) AS area, c.period_type, c.period_start, c.change,
        c.old_value, c.new_value, c.old_status, c.new_status, c.unit, c.explanation
    FROM release_change AS c
    LEFT JOIN metric AS m USING (metric_id)
    LEFT JOIN (
        SELECT area_code, max_by(name, valid_from) AS name FROM area GROUP BY area_code
    ) AS a USING (area_code)
    WHERE c.change <> 'added' AND c.boundary = 'as_reported'
    ORDER BY c.size_rank LIMIT ?
"""
_COUNT_COLUMNS = (
    Column("metric", "Measure"),
    Column("changed", "Figures", is_number=True),
    Column("added", "Added", is_number=True),
    Column("revised", "Revised", is_number=True),
    Column("removed", "Removed", is_number=True),
    Column("restatused", "Of another status", is_number=True),
)
_LARGEST_COLUMNS = (
    Column("figure", "Measure"),
    Column("area", "Area"),
    Column("period", "Period"),
    Column("change", "Change"),
    Column("old_value", "Before", is_number=True),
    Column("new_value", "Now", is_number=True),
    Column("explanation", "Why"),
)


@dataclass(frozen=True)
class ReleaseChanges:
    """Changes since the release before: in words, by metric, and the largest."""

    says: str
    by_metric: tuple[Any, ...]
    largest: tuple[Any, ...]

    def table(self) -> Table | None:
        """Return the counts by metric; None where nothing changed."""
        if not self.by_metric:
            return None
        kinds = ("changed", "added", "revised", "removed", "restatused")
        return Table(
            "changes",
            "Figures that differ from the release before, by measure",
            _COUNT_COLUMNS,
            [
                [
                    Cell(row["title"], row["metric_id"], href=f"metric/{row['metric_id']}.html"),
                    *(Cell(words.number(row[kind]), row[kind]) for kind in kinds),
                ]
                for row in self.by_metric
            ],
            csv="data/index-changes.csv",
        )

    def largest_table(self) -> Table | None:
        """Return the largest revisions and removals; None where there are none."""
        if not self.largest:
            return None
        return Table(
            "largest-changes",
            "The largest changes of figures that were published before",
            _LARGEST_COLUMNS,
            [_largest_row(row) for row in self.largest],
            csv="data/index-largest-changes.csv",
        )


def _largest_row(row: Any) -> list[Cell]:
    period = words.period_name(row["period_type"], row["period_start"])
    return [
        Cell(row["title"], row["metric_id"], href=f"metric/{row['metric_id']}.html"),
        Cell(row["area"], row["area"]),
        Cell(period, row["period_start"].isoformat(), sort=row["period_start"].isoformat()),
        Cell(row["change"], row["change"]),
        _figure(row["old_value"], row["old_status"], row["unit"]),
        _figure(row["new_value"], row["new_status"], row["unit"]),
        Cell((row["explanation"] or "").replace("_", " "), row["explanation"]),
    ]


def _figure(value: float | None, status: str | None, unit: str | None) -> Cell:
    if status is None:  # it was not there, or is not any more
        return Cell("", None)
    return figure_cell(value, status, unit)


def release_changes(site: Site) -> ReleaseChanges:
    """Read what changed since the release before, which may be nothing."""
    found: list[Any] = site.rows(_COUNTS)
    counts = found[0]
    if site.facts.previous is None:
        says = "This is the first release here: there is none before to compare it with."
        return ReleaseChanges(says, (), ())
    if not counts["changed"]:
        says = f"No figure differs from those of the release before, {site.facts.previous}."
        return ReleaseChanges(says, (), ())
    kinds = (
        (counts["added"], "added"),
        (counts["revised"], "revised"),
        (counts["removed"], "removed"),
        (counts["restatused"], "of another status"),
    )
    told = ", ".join(f"{words.number(count)} {kind}" for count, kind in kinds if count)
    says = (
        f"{words.number(counts['changed'])} figures of {words.number(counts['metrics'])} measures "
        f"differ from the release before, {site.facts.previous}: {told}."
    )
    by_metric: list[Any] = site.rows(_METRICS)
    largest: list[Any] = site.rows(_LARGEST, [SHOWN])
    return ReleaseChanges(says, tuple(by_metric), tuple(largest))
