"""Periods and dates as publishers write them; nothing is guessed, a misspelling is an error."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime

from ingestion.wording import Cell, normalise

MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}


@dataclass(frozen=True, order=True)
class Period:
    """A span of whole days; `end` is its last day."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}" if self == month(self.start) else f"{self.start} to {self.end}"


def month(day: date) -> Period:
    """Return the calendar month that holds a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last))


def parse_month(text: str) -> Period:
    """Read `April 2011`; raises ValueError for anything else."""
    words = normalise(text).split()
    if len(words) != 2 or words[0] not in MONTHS or not re.fullmatch(r"\d{4}", words[1]):
        raise ValueError(f"'{text}' is not a month and year such as 'April 2011'")
    return month(date(int(words[1]), MONTHS[words[0]], 1))


def parse_months(text: str) -> Period:
    """Read `August 2010 - February 2020` (or `to`) as the span from first to last day."""
    ends = re.split(r"\s+(?:-|–|to)\s+", normalise(text))
    if len(ends) != 2:
        raise ValueError(f"'{text}' is not two months such as 'August 2010 - February 2020'")
    first, last = parse_month(ends[0]), parse_month(ends[1])
    if last < first:
        raise ValueError(f"'{text}' ends before it begins")
    return Period(first.start, last.end)


def parse_financial_year(text: str) -> int:
    """Read `2014-15` as 2014; the second half has to be the year after the first."""
    found = re.fullmatch(r"(\d{4})[-/](\d{2})", text.strip())
    if not found:
        raise ValueError(f"'{text}' is not a financial year such as '2014-15'")
    first, second = int(found[1]), int(found[2])
    if (first + 1) % 100 != second:
        raise ValueError(f"'{text}' contradicts itself: the year after {first} ends in {second}")
    return first


def month_of_financial_year(year: str, name: str) -> Period:
    """Read a financial year and a month name; January to March are in its second year."""
    first = parse_financial_year(year)
    number = MONTHS.get(normalise(name))
    if number is None:
        raise ValueError(f"'{name}' is not the name of a month")
    return month(date(first if number >= 4 else first + 1, number, 1))


def parse_publication_date(cell: Cell) -> date | None:
    """Read `27th May 2011` or a date cell; `-` and blank are None.

    Raises ValueError for anything else, a wrong ordinal such as `1th` too: a day
    that was mistyped is not known.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = normalise(str(cell))
    if text in {"", "-"}:
        return None
    found = re.fullmatch(r"(\d{1,2})(st|nd|rd|th) ([a-z]+) (\d{4})", text)
    if not found or found[3] not in MONTHS or found[2] != _ordinal(int(found[1])):
        raise ValueError(f"'{cell}' is not a date such as '27th May 2011'")
    return date(int(found[4]), MONTHS[found[3]], int(found[1]))


def later(one: date | None, other: date | None) -> date | None:
    """Return the later of two dates, or the only one that is known."""
    return max((day for day in (one, other) if day is not None), default=None)


def _ordinal(day: int) -> str:
    if day in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
