"""Write what a definition's patterns read: `w/c {week} *` becomes `w/c 04/04/2022 as given`.

The spelling is the generator's own; only the marks of a pattern are the language's. So a
reader that reads it back has not merely undone what it did itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from demonstration.months import NAMES, month_after
from ingestion.patterns import PART, fits, has_parts
from ingestion.period import Period, PeriodType

FILLERS = ("", "as given", "as given by the publisher", "(as given)", "(1)", "2", "A")
"""What may stand for a `*`, in the order of being tried."""


@dataclass(frozen=True)
class Parts:
    """What the changing parts of a pattern are to say."""

    period: Period | None = None
    code: str = ""
    name: str = ""
    number: str = ""
    other: str = ""


def _day(period: Period) -> str:
    return f"{period.start:%d/%m/%Y}"


def _month(period: Period) -> str:
    return f"{NAMES[period.start.month - 1]} {period.start.year}"


def _months(period: Period) -> str:
    end = NAMES[period.end.month - 1]
    return f"{_month(period)} - {end} {period.end.year}"


def _quarter(period: Period) -> str:
    first, last = NAMES[period.start.month - 1], NAMES[period.end.month - 1]
    return f"{first} to {last} {period.end.year}"


def _year(period: Period) -> str:
    start = period.start if period.start.month >= 4 else month_after(period.start, -12)
    return f"{start.year}-{(start.year + 1) % 100:02d}"


def _days(period: Period) -> str:
    days = (period.start, period.end)
    first, last = (f"{day.day} {NAMES[day.month - 1]} {day.year}" for day in days)
    return f"{first} - {last}"


def _short_years(period: Period, between: str) -> str:
    return f"{period.start.year % 100:02d}{between}{period.end.year % 100:02d}"


def _financial_quarter(period: Period) -> str:
    return f"Q{(period.start.month - 4) % 12 // 3 + 1} {_year(period)}"


PERIODS: dict[str, Callable[[Period], str]] = {
    "day": _day,
    "week": _day,
    "snapshot": _day,
    "day_month_first": lambda period: f"{period.start:%m/%d/%Y}",
    "days": _days,
    "month": _month,
    "iso_month": lambda period: f"{period.start:%Y-%m}",
    "months": _months,
    "quarter": _quarter,
    "financial_quarter": _financial_quarter,
    "calendar_quarter": lambda period: f"Q{(period.start.month + 2) // 3} {period.start.year}",
    "financial_year": _year,
    "short_years": lambda period: _short_years(period, ""),
    "short_financial_year": lambda period: _short_years(period, "-"),
    "year_ending_march": lambda period: str(period.end.year),
    "calendar_year": lambda period: str(period.start.year),
    "mid_year": lambda period: str(period.start.year),
    "end_of_march": lambda period: str(period.start.year),
}
"""How each placeholder of a pattern is written for a period."""

WHOLE_CELL_DATES = {"{day}", "{week}", "{snapshot}", "{month}"}
"""Patterns that a workbook writes as a cell with a date rather than with text."""


def placeholders(pattern: str) -> set[str]:
    """Return the names in braces of a pattern; none for plain words."""
    return {part[1] for part in PART.finditer(pattern) if part[1]}


def period_placeholder(pattern: str) -> str | None:
    """Return the placeholder that says a period, if the pattern has one."""
    return next((name for name in sorted(placeholders(pattern)) if name in PERIODS), None)


def spell(
    pattern: str,
    parts: Parts | None = None,
    *,
    unlike: tuple[str, ...] = (),
    most: int | None = None,
) -> str:
    """Write a text that fits a pattern, says `parts`, and fits none of the patterns `unlike`.

    It has at most `most` characters. Words without a pattern are given back as they are.
    Raises ValueError when no filler in the place of `*` gives such a text.
    """
    if not has_parts(pattern):
        return pattern
    for filler in FILLERS:
        text = _spelt(pattern, parts or Parts(), filler)
        if not text or len(text) > (most or len(text)):
            continue
        if fits(text, pattern) and not any(fits(text, other) for other in unlike):
            return text
    raise ValueError(f"no text fits '{pattern}' and none of {list(unlike)}")


def _spelt(pattern: str, parts: Parts, filler: str) -> str:
    text = PART.sub(lambda part: _part(part, parts, filler), pattern)
    return " ".join(text.split())


def _part(part: re.Match[str], parts: Parts, filler: str) -> str:
    if part[3]:
        return _filler(part, filler)
    if part[2]:
        return part[2]
    said = {
        "code": parts.code,
        "name": parts.name,
        "number": parts.number,
        "percent": parts.number,
        "other": parts.other,
    }
    if part[1] in said:
        return said[part[1]]
    if parts.period is None:
        raise ValueError(f"'{part.string}' says a period, and none is given")
    return PERIODS[part[1]](parts.period)


def _filler(part: re.Match[str], filler: str) -> str:
    """Keep the words that stand for `*` apart from the words beside it."""
    before, after = part.string[: part.start()], part.string[part.end() :]
    left = " " if filler and before and not before.endswith((" ", "(")) else ""
    right = " " if filler and after and not after.startswith((" ", ")")) else ""
    return f"{left}{filler}{right}"


def date_cell(pattern: str, period: Period | None) -> date | None:
    """Return the date that a workbook writes for a pattern which is a date and nothing else."""
    return period.start if period is not None and pattern in WHOLE_CELL_DATES else None


def periods(placeholder: str, day: date, count: int) -> list[Period]:
    """Return `count` periods of a placeholder's kind, one after the other.

    The first is the one that holds the day; a week is the first that begins on it or later,
    on a Monday, and a yearly snapshot the first that does not lie before it.
    """
    found: list[Period] = []
    while len(found) < count:
        period = _period(placeholder, day)
        found.append(period)
        day = period.end + timedelta(days=1)
    return found


def period_before(placeholder: str, period: Period) -> Period:
    """Return the period of the same kind that comes before one."""
    if placeholder == "week":
        return periods(placeholder, period.start - timedelta(days=7), 1)[0]
    if placeholder in YEARLY:
        year = period.start.replace(year=period.start.year - 1)
        return periods(placeholder, year, 1)[0]
    return periods(placeholder, period.start - timedelta(days=1), 1)[0]


def _period(placeholder: str, day: date) -> Period:
    if placeholder in {"day", "day_month_first"}:
        return Period(day, day, "day")
    if placeholder == "week":
        monday = day + timedelta(days=-day.weekday() % 7)
        return Period(monday, monday + timedelta(days=6), "week")
    if placeholder in YEARLY:
        return _yearly_snapshot(YEARLY[placeholder], day)
    if placeholder == "snapshot":
        return Period(day, day, "snapshot")
    count, first_month, period_type = LONGER[placeholder]
    start = month_after(day.replace(day=1), -((day.month - first_month) % count))
    return Period(start, month_after(start, count) - timedelta(days=1), period_type)


LONGER: dict[str, tuple[int, int, PeriodType]] = {
    "month": (1, 1, "month"),
    "days": (1, 1, "month"),
    "iso_month": (1, 1, "month"),
    "months": (3, 1, "span"),
    "quarter": (3, 1, "quarter"),
    "financial_quarter": (3, 1, "quarter"),
    "calendar_quarter": (3, 1, "quarter"),
    "financial_year": (12, 4, "financial_year"),
    "short_years": (12, 4, "financial_year"),
    "short_financial_year": (12, 4, "financial_year"),
    "year_ending_march": (12, 4, "financial_year"),
    "calendar_year": (12, 1, "calendar_year"),
}
"""Months in a period, a month that one begins in, and what the period is called."""


YEARLY = {"mid_year": (6, 30), "end_of_march": (3, 31)}
"""Month and day of what is counted on one day of each year."""


def _yearly_snapshot(at: tuple[int, int], day: date) -> Period:
    this_year = date(day.year, *at)
    snapshot = this_year if this_year >= day else date(day.year + 1, *at)
    return Period(snapshot, snapshot, "snapshot")
