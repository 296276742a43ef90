"""Choose the period of a synthetic file, and the periods that its rows or headings name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from demonstration.months import NAMES, month_after
from demonstration.spelling import PERIODS, period_before, period_placeholder, periods
from ingestion.definition import Definition
from ingestion.layouts import PeriodRule, RowHeading, TableLayout, blocks
from ingestion.patterns import has_parts
from ingestion.period import Period, months

FEW = 2
"""Periods that are shown where not each one has to be there."""
SPAN_MONTHS = 3
MOST = 400


def anchor(definition: Definition, layout_id: str) -> date:
    """Return the day from which a layout's periods are chosen.

    It is the month or year that the layout is named after, within the life of the return.
    """
    month = "|".join(NAMES).lower()
    named = re.search(rf"({month})_(\d{{4}})", layout_id)
    year = re.search(r"(?<!\d)(\d{4})(?!\d)", layout_id)
    first, last = definition.cadence.first_day, definition.cadence.last_day
    day = first
    if named:
        day = date(int(named[2]), [name.lower() for name in NAMES].index(named[1]) + 1, 1)
    elif year and 1990 < int(year[1]) < 2100:
        day = date(int(year[1]), first.month, 1)
    if last is not None:
        day = min(day, last.replace(day=1))
    return max(day, first)


def rule_placeholder(rule: PeriodRule) -> str | None:
    """Return the placeholder that says what kind of period a rule finds; None if none."""
    pattern = rule.text or rule.file_name or (rule.as_ if rule.beside else "")
    if pattern in PERIODS:
        return pattern
    return period_placeholder(pattern) if has_parts(pattern) else None


def file_period(definition: Definition, layout_id: str) -> Period | None:
    """Return the period of a file of a layout; None when the file says none of its own."""
    rule = definition.period_rule(layout_id)
    placeholder = rule_placeholder(rule)
    if placeholder is None:
        return None
    day = anchor(definition, layout_id)
    if placeholder == "months":
        return _span(definition, layout_id, day)
    first, last = definition.cadence.first_day, definition.cadence.last_day
    candidates = periods(placeholder, day, 2)
    within = [
        period
        for period in candidates
        if period.start >= first and (last is None or period.end <= last)
    ]
    return within[0] if within else candidates[0]


def record_period(definition: Definition) -> Period | None:
    """Return the period that a file of a record return says of itself, if it says one."""
    placeholder = rule_placeholder(definition.period) if definition.period else None
    first = definition.cadence.first_day
    return periods(placeholder, first, 1)[0] if placeholder is not None else None


def _span(definition: Definition, layout_id: str, day: date) -> Period:
    """Return a span of whole months that is long enough for what stands in rows and headings."""
    inner = [
        periods(placeholder, day, SPAN_MONTHS if placeholder == "month" else FEW)
        for placeholder in sorted(_inner_placeholders(definition, layout_id))
    ]
    start = min((found[0].start for found in inner), default=day)
    end = max((found[-1].end for found in inner), default=month_after(day, SPAN_MONTHS - 1))
    last = definition.cadence.last_day
    return months(start, min(end, last) if last else end)


def _inner_placeholders(definition: Definition, layout_id: str) -> Iterator[str]:
    for table in definition.layouts[layout_id].tables.values():
        for placeholder in (
            row_placeholder(definition, table),
            column_placeholder(definition, table),
        ):
            if placeholder is not None:
                yield placeholder


def row_placeholder(definition: Definition, table: TableLayout) -> str | None:
    """Return what kind of period the rows of a table name; None when they name none."""
    by_role = {row.is_: row for row in definition.row_headings[table.rows].values()}
    if "financial_year" in by_role and "month_name" in by_role:
        return "month"
    if "financial_year" in by_role and "quarter_end_month" in by_role:
        return "financial_quarter"
    if "financial_year" in by_role:
        return _placeholder(by_role["financial_year"], "financial_year")
    return _placeholder(by_role["period"], "month") if "period" in by_role else None


def _placeholder(row: RowHeading, default: str) -> str:
    pattern = row.as_ or default
    return pattern if pattern in PERIODS else period_placeholder(pattern) or default


def column_placeholder(definition: Definition, table: TableLayout) -> str | None:
    """Return what kind of period the headings of a table's columns name; None if none."""
    for name in (name for block in blocks(table) for name in block):
        for heading in definition.column_headings[name]:
            if placeholder := period_placeholder(heading):
                return placeholder
    return None


def inner_periods(
    definition: Definition, layout_id: str, table_id: str, placeholder: str, within: Period | None
) -> list[Period]:
    """Return the periods that rows or headings of a table name: all of the file's, or a few."""
    every = definition.tables[table_id].every_period
    if within is None:
        found = periods(placeholder, anchor(definition, layout_id), FEW)
        return _alive(definition, placeholder, found)
    held: list[Period] = []
    for period in periods(placeholder, within.start, MOST if every else SPAN_MONTHS):
        if not within.holds(period):
            break
        held.append(period)
    return (held if every else held[:FEW]) or periods(placeholder, within.start, 1)


def _alive(definition: Definition, placeholder: str, found: list[Period]) -> list[Period]:
    """Return the periods; instead of one beyond the end of the return, one before."""
    first, last = definition.cadence.first_day, definition.cadence.last_day
    kept = [period for period in found if last is None or period.end <= last]
    if len(kept) == len(found) or not kept:
        return found
    before = period_before(placeholder, kept[0])
    return [before, *kept] if before.start >= first else kept
