"""Periods and dates as publishers write them; nothing is guessed, a misspelling is an error."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ingestion.wording import normalise

PeriodType = Literal[
    "day", "week", "month", "quarter", "financial_year", "calendar_year", "snapshot", "span"
]
"""How long a period is; a `snapshot` is one day that a stock was counted on."""

MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
SHORT_MONTHS = {name[:3]: number for name, number in MONTHS.items()}


@dataclass(frozen=True, order=True)
class Period:
    """A span of whole days; `end` is its last day."""

    start: date
    end: date
    period_type: PeriodType = "month"

    def __str__(self) -> str:
        if self.period_type == "month":
            return f"{self.start:%Y-%m}"
        if self.start == self.end:
            return self.start.isoformat()
        return f"{self.start} to {self.end}"

    def holds(self, other: Period) -> bool:
        """Tell whether another period lies within this one; a week may begin before it."""
        early = timedelta(days=6) if other.period_type == "week" else timedelta()
        end = other.start if early else other.end
        return self.start - early <= other.start and end <= self.end


def month(day: date) -> Period:
    """Return the calendar month that holds a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last))


def months(first: date, last: date, period_type: PeriodType = "span") -> Period:
    """Return the whole months from the one that holds `first` to the one that holds `last`."""
    if last < first:
        raise ValueError(f"the period ends in {last:%B %Y}, before it begins in {first:%B %Y}")
    return Period(month(first).start, month(last).end, period_type)


def parse_month(text: str) -> Period:
    """Read `April 2011`, `Apr 2011` or `APRIL-2011`; raises ValueError for anything else."""
    found = re.fullmatch(r"([a-z]+)[ \-_]?(\d{4})", normalise(text))
    number = _month_number(found[1]) if found else None
    if not found or number is None:
        return _month_of_date(text)
    return month(date(int(found[2]), number, 1))


def _month_of_date(text: str) -> Period:
    """A cell with a date stands for its month when it is the first or the last day of it."""
    try:
        day = parse_day(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a month and year such as 'April 2011'") from None
    whole = month(day)
    if day not in (whole.start, whole.end):
        raise ValueError(f"'{text}' is a day in the middle of a month, and a month was expected")
    return whole


def parse_iso_month(text: str) -> Period:
    """Read `2019-04` or `201904`."""
    digits = text.replace("-", "")
    return month(date(int(digits[:4]), int(digits[4:]), 1))


def parse_months(text: str) -> Period:
    """Read `August 2010 - February 2020` (or `to`) as the span from first to last day."""
    ends = re.split(r"\s+(?:-|–|to)\s+", normalise(text))
    if len(ends) != 2:
        raise ValueError(f"'{text}' is not two months such as 'August 2010 - February 2020'")
    return months(parse_month(ends[0]).start, parse_month(ends[1]).start)


def parse_days(text: str) -> Period:
    """Read two days as the span between them; a whole month is that month."""
    ends = re.split(r"\s+(?:-|–|to)\s+", text.strip())
    if len(ends) != 2:
        raise ValueError(f"'{text}' is not two days such as '1 April 2022 - 30 April 2022'")
    first, last = parse_day(ends[0]), parse_day(ends[1])
    if last < first:
        raise ValueError(f"'{text}' ends before it begins")
    whole = month(first)
    return whole if (whole.start, whole.end) == (first, last) else Period(first, last, "span")


def parse_quarter(text: str) -> Period:
    """Read `April to June 2020` (or `January 2020 to March 2020`) as a quarter of three months."""
    found = re.fullmatch(r"([a-z]+)(?: (\d{4}))? (?:to|-|–) ([a-z]+) (\d{4})", normalise(text))
    if not found:
        raise ValueError(f"'{text}' is not a quarter such as 'April to June 2020'")
    first = parse_month(f"{found[1]} {found[2] or found[4]}").start
    last = parse_month(f"{found[3]} {found[4]}").start
    quarter = months(first, last, "quarter")
    if quarter.start.month % 3 != 1 or (last.year, last.month) != (first.year, first.month + 2):
        raise ValueError(f"'{text}' is not the three months of a quarter")
    return quarter


def parse_financial_quarter(text: str) -> Period:
    """Read `Q1 2019-20` or `2019-20 Q1`: April to June is the first quarter."""
    number, year = _quarter(text, r"[\d]{4}\s?(?:-|/)\s?[\d]{2,4}", "Q1 2019-20")
    first = parse_financial_year(year)
    start = date(first + (number == 4), (number % 4) * 3 + 1, 1)
    return months(start, start.replace(month=start.month + 2), "quarter")


def parse_calendar_quarter(text: str) -> Period:
    """Read `Q1 2025` or `2025 Q1`: January to March is the first quarter."""
    number, year = _quarter(text, r"[\d]{4}", "Q1 2025")
    start = date(int(year), number * 3 - 2, 1)
    return months(start, start.replace(month=start.month + 2), "quarter")


def _quarter(text: str, year: str, example: str) -> tuple[int, str]:
    said = normalise(text)
    before = re.fullmatch(rf"q([1-4])[ ,]+({year})", said)
    after = re.fullmatch(rf"({year})[ ,]+q([1-4])", said)
    if before:
        return int(before[1]), before[2]
    if after:
        return int(after[2]), after[1]
    raise ValueError(f"'{text}' is not a quarter such as '{example}'")


def parse_financial_year(text: str) -> int:
    """Read `2014-15`, `2014/2015` or `2014 to 2015` as 2014; the years have to follow."""
    found = re.fullmatch(r"(\d{4})\s*(?:-|–|/|to)\s*(\d{4}|\d{2})", normalise(text))
    if not found:
        raise ValueError(f"'{text}' is not a financial year such as '2014-15'")
    first, second = int(found[1]), int(found[2])
    if first + 1 != second and (first + 1) % 100 != second:
        raise ValueError(f"'{text}' contradicts itself: the year after {first} ends in {second}")
    return first


def parse_short_years(text: str) -> int:
    """Read `2021` as 2020-21, of which it is the last two digits of both years."""
    found = re.fullmatch(r"(\d{2})(\d{2})", text.strip())
    if not found or (int(found[1]) + 1) % 100 != int(found[2]):
        raise ValueError(f"'{text}' is not two years that follow, such as '2021' for 2020-21")
    return 2000 + int(found[1])


def financial_year(first: int) -> Period:
    """Return April to March, named by the calendar year that it begins in."""
    return Period(date(first, 4, 1), date(first + 1, 3, 31), "financial_year")


def calendar_year(year: int) -> Period:
    """Return January to December."""
    return Period(date(year, 1, 1), date(year, 12, 31), "calendar_year")


def month_of_financial_year(year: str, name: str) -> Period:
    """Read a financial year and a month name; January to March are in its second year."""
    first = parse_financial_year(year)
    number = _month_number(normalise(name))
    if number is None:
        raise ValueError(f"'{name}' is not the name of a month")
    return month(date(first if number >= 4 else first + 1, number, 1))


def quarter_of_financial_year(year: str, last_month: str) -> Period:
    """Read a financial year and the month in which the quarter ends, such as `June`."""
    end = month_of_financial_year(year, last_month)
    if end.start.month % 3:
        raise ValueError(f"'{last_month}' is not the last month of a quarter")
    return Period(end.start.replace(month=end.start.month - 2), end.end, "quarter")


def snapshot(day: date) -> Period:
    """Return the one day that a stock was counted on."""
    return Period(day, day, "snapshot")


DAY_FIRST = (
    (r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?: 00:00:00)?", "%m"),
    (r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})", "%m"),
    (r"(?P<d>\d{1,2})(?P<th>st|nd|rd|th)? (?P<m>[a-z]+) (?P<y>\d{4})", "%B"),
    (r"(?P<d>\d{1,2})-?(?P<m>[a-z]{3})-?(?P<y>\d{4}|\d{2})", "%b"),
)
MONTH_FIRST = ((r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", "%m"),)
COMPACT = ((r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})", "%m"),)


def parse_day(text: str) -> date:
    """Read a date cell, `01/04/2022` (day first), `27th May 2011`, `27-Nov-2012`, `31MAR2021`.

    Raises ValueError for anything else, a wrong ordinal such as `1th` too: a day
    that was mistyped is not known.
    """
    return _day(text, DAY_FIRST, "27th May 2011")


def parse_day_month_first(text: str) -> date:
    """Read `05/29/2026`, month before day, which a return has to declare."""
    return _day(text, MONTH_FIRST, "05/29/2026")


def parse_compact_day(text: str) -> date:
    """Read `20200331`."""
    return _day(text, COMPACT, "20200331")


def parse_publication_date(text: str) -> date | None:
    """Read a day of publication; `-` and blank are None.

    Raises what `parse_day` does, and for `01/02/2025`, which may be of either month.
    """
    if text.strip() in {"", "-"}:
        return None
    return _day(text, tuple(form for form in DAY_FIRST if "/" not in form[0]), "27th May 2011")


def _day(text: str, forms: tuple[tuple[str, str], ...], example: str) -> date:
    said = normalise(text)
    for form, month_form in forms:
        found = re.fullmatch(form, said)
        if not found:
            continue
        parts = found.groupdict()
        number = int(parts["m"]) if month_form == "%m" else _month_number(parts["m"])
        if number is None or parts.get("th") not in (None, _ordinal(int(parts["d"]))):
            break
        year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
        try:
            return date(year, number, int(parts["d"]))
        except ValueError:
            break
    raise ValueError(f"'{text}' is not a date such as '{example}'")


def later(one: date | None, other: date | None) -> date | None:
    """Return the later of two dates, or the only one that is known."""
    return max((day for day in (one, other) if day is not None), default=None)


def _month_number(name: str) -> int | None:
    return MONTHS.get(name) or SHORT_MONTHS.get(name)


def _ordinal(day: int) -> str:
    if day in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _single(day: date, period_type: PeriodType) -> Period:
    return Period(day, day, period_type)


PARSERS: dict[str, Callable[[str], Period]] = {
    "day": lambda text: _single(parse_day(text), "day"),
    "day_month_first": lambda text: _single(parse_day_month_first(text), "day"),
    "week": lambda text: Period(parse_day(text), parse_day(text) + timedelta(days=6), "week"),
    "snapshot": lambda text: snapshot(parse_day(text)),
    "days": parse_days,
    "month": parse_month,
    "iso_month": parse_iso_month,
    "months": parse_months,
    "quarter": parse_quarter,
    "financial_quarter": parse_financial_quarter,
    "calendar_quarter": parse_calendar_quarter,
    "financial_year": lambda text: financial_year(parse_financial_year(text)),
    "short_years": lambda text: financial_year(parse_short_years(text)),
    "short_financial_year": lambda text: financial_year(
        parse_short_years(text.replace("-", "", 1))
    ),
    "year_ending_march": lambda text: financial_year(int(text) - 1),
    "calendar_year": lambda text: calendar_year(int(text)),
    "mid_year": lambda text: snapshot(date(int(text), 6, 30)),
    "end_of_march": lambda text: snapshot(date(int(text), 3, 31)),
}
"""How each placeholder of a pattern is read as a period."""
