"""Periods as people write them: `2015-06`, `2015-16`, `Q1 2015-16`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTH = re.compile(r"([12]\d{3})-(\d{2})")
_YEAR = re.compile(r"([12]\d{3})[-/](\d{2}|\d{4})")
# The quarter is written before its year, as marts.period does, and read after it too.
_QUARTER = re.compile(r"Q([1-4])[ -]?([12]\d{3})[-/](\d{2}|\d{4})", re.IGNORECASE)
_QUARTER_LAST = re.compile(r"([12]\d{3}[-/](?:\d{2}|\d{4}))[ -]?(Q[1-4])", re.IGNORECASE)
_HOW_TO_WRITE = "write 2015-06 (a month), 2015-16 (a financial year) or Q1 2015-16 (its quarter)"


class UnknownPeriodError(ValueError):
    """A text that names no period, or names one without figures."""


@dataclass(frozen=True)
class Period:
    """A month, quarter or financial year; years run April to March."""

    type: str
    start: date

    @property
    def name(self) -> str:
        """What marts.period calls it: `June 2015`, `2015-16`, `Q1 2015-16`.

        For any other type, the type and the start.
        """
        if self.type == "month":
            return f"{_MONTH_NAMES[self.start.month - 1]} {self.start.year}"
        first = self.start.year if self.start.month >= _APRIL else self.start.year - 1
        year = f"{first}-{(first + 1) % 100:02d}"
        if self.type == "quarter":
            return f"Q{(self.start.month - _APRIL) % 12 // 3 + 1} {year}"
        return year if self.type == "financial_year" else f"{self.type} from {self.start}"

    @property
    def typed(self) -> str:
        """What a person types to mean this period and no other."""
        if self.type == "month":
            return f"{self.start:%Y-%m}"
        if self.type == "financial_year" and (self.start.year + 1) % 100 <= _MONTHS:
            return self.name.replace("-", "/")
        return self.name


_APRIL = 4
_MONTHS = 12
# Not calendar.month_name, which speaks the language of whoever runs it.
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def parse_period(text: str) -> Period:
    """Read a period.

    `2011-12` could be a month or a year and is read as the month; `2011/12` is always the year.
    Raises UnknownPeriodError, which says how periods are written.
    """
    said = text.strip()
    if match := _QUARTER.fullmatch(_QUARTER_LAST.sub(r"\2 \1", said)):
        first, quarter = _first_year(match[2], match[3], said), int(match[1])
        month = _APRIL + 3 * (quarter - 1)
        over = month > _MONTHS
        return Period("quarter", date(first + over, month - _MONTHS * over, 1))
    if (match := _MONTH.fullmatch(said)) and 1 <= int(match[2]) <= _MONTHS:
        return Period("month", date(int(match[1]), int(match[2]), 1))
    if match := _YEAR.fullmatch(said):
        return Period("financial_year", date(_first_year(match[1], match[2], said), _APRIL, 1))
    raise UnknownPeriodError(f"{said!r} is no period: {_HOW_TO_WRITE}")


def _first_year(first: str, second: str, said: str) -> int:
    if str(int(first) + 1)[-len(second) :] != second:
        raise UnknownPeriodError(f"{said!r} is no financial year: {_HOW_TO_WRITE}")
    return int(first)
