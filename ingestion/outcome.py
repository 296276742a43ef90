"""What the figures of a return can be about, as its definition says: whom, and how long."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.definition import Definition
from ingestion.layouts import PeriodRule, TableLayout, blocks
from ingestion.patterns import PART
from ingestion.period import PARSERS, PeriodType

TYPES_OF: dict[str, tuple[PeriodType, ...]] = {
    "day": ("day",),
    "day_month_first": ("day",),
    "week": ("week",),
    "snapshot": ("snapshot",),
    "mid_year": ("snapshot",),
    "end_of_march": ("snapshot",),
    "days": ("month", "span"),
    "month": ("month",),
    "iso_month": ("month",),
    "months": ("span",),
    "quarter": ("quarter",),
    "financial_quarter": ("quarter",),
    "calendar_quarter": ("quarter",),
    "financial_year": ("financial_year",),
    "short_years": ("financial_year",),
    "short_financial_year": ("financial_year",),
    "year_ending_march": ("financial_year",),
    "calendar_year": ("calendar_year",),
}
"""The types of period that a placeholder can be read as."""


def subject_types(definition: Definition) -> list[str]:
    """Return the kinds of bodies that figures can be about, control totals last."""
    tables = definition.tables.values()
    laid = (t.subject for layout in definition.layouts.values() for t in layout.tables.values())
    subjects = [*(table.subject for table in tables), *(one for one in laid if one)]
    kinds = [kind for subject in subjects for kind in sorted(subject.kinds)]
    totals = [table.control_total.kind for table in tables if table.control_total]
    return list(dict.fromkeys([*kinds, *totals]))


def period_types(definition: Definition) -> list[str]:
    """Return the types of period that figures can have, the shortest first."""
    found = {
        period_type
        for layout_id, layout in definition.layouts.items()
        for table_id, table in layout.tables.items()
        for period_type in _of_table(definition, layout_id, table_id, table)
    }
    order = dict.fromkeys(one for types in TYPES_OF.values() for one in types)
    return [one for one in order if one in found]


def _of_table(
    definition: Definition, layout_id: str, table_id: str, table: TableLayout
) -> Iterator[PeriodType]:
    of_file = list(_of_place(definition.period_rule(layout_id)))
    if of_rows := list(_of_rows(definition, table)):
        yield from of_rows
        if definition.tables[table_id].control_total:
            yield from of_file  # a total may have no period of its own
        return
    said = [list(_of_pattern(heading)) for heading in _column_headings(definition, table)]
    yield from (period_type for types in said for period_type in types)
    if not any(said):
        yield from of_file


def _of_rows(definition: Definition, table: TableLayout) -> Iterator[PeriodType]:
    rows = {row.is_: row for row in definition.row_headings[table.rows].values()}
    if "period" in rows:
        yield from _of_pattern(rows["period"].as_ or "{month}")
    elif "quarter_end_month" in rows:
        yield "quarter"
    elif "month_name" in rows:
        yield "month"
    elif "financial_year" in rows:
        yield from _of_pattern(rows["financial_year"].as_ or "{financial_year}")


def _column_headings(definition: Definition, table: TableLayout) -> Iterator[str]:
    names = [name for block in blocks(table) for name in block]
    for name in [*names, *([table.single] if table.single else [])]:
        for heading, meaning in definition.column_headings[name].items():
            if not meaning.ignore:
                yield from (heading, *meaning.also_written)


def _of_place(rule: PeriodRule) -> Iterator[PeriodType]:
    if rule.beside:
        yield from TYPES_OF[rule.as_]
    yield from _of_pattern(rule.text or rule.file_name or "")


def _of_pattern(pattern: str) -> Iterator[PeriodType]:
    for part in PART.finditer(pattern):
        if part[1] in PARSERS:
            yield from TYPES_OF[part[1]]
