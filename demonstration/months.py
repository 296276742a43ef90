"""Months: how they are written in the data files and spelt in a publisher's cells."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator

NAMES = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


def parse_month(text: object) -> object:
    """Turn `2015-07` into the first day of that month; leave anything else to the model."""
    if not isinstance(text, str):
        return text
    year, dash, month = text.partition("-")
    if not (dash and len(year) == 4 and len(month) == 2 and (year + month).isdigit()):
        raise ValueError(f"{text!r} is not a month: write it as 2015-07")
    return date(int(year), int(month), 1)


Month = Annotated[date, BeforeValidator(parse_month)]
"""The first day of a month, written `2015-07`."""


def month_after(month: date, count: int = 1) -> date:
    """Give the month `count` months later (earlier when negative)."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """List every month from `first` to `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [month_after(first, step) for step in range(count)]


def days_in(month: date) -> int:
    """Count the calendar days of a month."""
    return monthrange(month.year, month.month)[1]


def financial_year(month: date) -> int:
    """Give the year in which the month's financial year (April to March) began."""
    return month.year if month.month >= 4 else month.year - 1


def nth_weekday(month: date, weekday: int, which: int) -> date:
    """Find the `which`-th weekday (Monday is 0) of a month."""
    return month + timedelta(days=(weekday - month.weekday()) % 7 + 7 * (which - 1))


def spelt_day(day: date) -> str:
    """Spell a date as the publisher does: `27th May 2011`."""
    teens = 11 <= day.day <= 13
    suffix = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day.day}{suffix} {NAMES[day.month - 1]} {day.year}"


def month_words(month: date) -> dict[str, str]:
    """Give the words a template may use for one month."""
    name = NAMES[month.month - 1]
    start = financial_year(month)
    return {
        "month": name,
        "MONTH": name.upper(),
        "year": str(month.year),
        "month_number": f"{month.month:02d}",
        "financial_year": f"{start}-{(start + 1) % 100:02d}",
    }
