"""Wordings with a changing part: `w/c {week} *`, `{code} - {name}`, `{number}%*`.

A pattern is compared like any wording: case and white space never matter. `*` stands for
any words, `{...}` for a part that is read. A real asterisk or brace is written `[*]`, `[{]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingestion.period import PARSERS, Period
from ingestion.wording import normalise, visible

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
THOUSANDS = r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
DATE = (
    r"\d{4}-\d{2}-\d{2}(?: 00:00:00)?|\d{1,2}/\d{1,2}/\d{4}"
    r"|\d{1,2}(?:st|nd|rd|th)? [a-z]+ \d{4}|\d{1,2}-?[a-z]{3}-?\d{2,4}"
)
YEARS = r"\d{4}\s*(?:-|–|/|to)\s*\d{2,4}"
FIELDS = {
    "day": DATE,
    "week": DATE,
    "snapshot": DATE,
    "day_month_first": r"\d{1,2}/\d{1,2}/\d{4}",
    "month": rf"[a-z]+[ \-_]?\d{{4}}|{DATE}",
    "iso_month": r"\d{4}-?(?:0[1-9]|1[0-2])",
    "months": r"[a-z]+ \d{4} (?:-|–|to) [a-z]+ \d{4}",
    "quarter": r"[a-z]+(?: \d{4})? (?:-|–|to) [a-z]+ \d{4}",
    "financial_quarter": rf"q[1-4][ ,]+{YEARS}|{YEARS}[ ,]+q[1-4]",
    "calendar_quarter": r"q[1-4][ ,]+\d{4}|\d{4}[ ,]+q[1-4]",
    "financial_year": YEARS,
    "year_ending_march": r"\d{4}",
    "calendar_year": r"\d{4}",
    "short_years": r"\d{4}",
    "short_financial_year": r"\d{2}-\d{2}",
    "mid_year": r"\d{4}",
    "end_of_march": r"\d{4}",
    "code": r"[a-z0-9]+",
    "name": r".+?",
    "number": rf"{NUMBER}|{THOUSANDS}",
    "percent": rf"{NUMBER}|{THOUSANDS}",
    "other": rf"{NUMBER}|{THOUSANDS}",
}
"""What each placeholder may look like, in folded case."""

PART = re.compile(r"\{([a-z_]+)\}|\[(.)\]|(\*)")


@dataclass(frozen=True)
class Said:
    """What the changing parts of a wording said; a part that is not in the pattern is None."""

    period: Period | None = None
    code: str | None = None
    name: str | None = None
    number: float | None = None


def has_parts(wording: str) -> bool:
    """Tell whether a wording is a pattern rather than words to be found as they are."""
    return bool(PART.search(wording))


def is_read(wording: str) -> bool:
    """Tell whether a wording has a part that is read, and not only words that may change."""
    return any(part[1] for part in PART.finditer(wording))


@lru_cache(maxsize=4096)
def regular_expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression; raises ValueError for an unknown placeholder."""
    pieces: list[str] = []
    at = 0
    for part in PART.finditer(pattern):
        pieces.append(_literal(pattern[at : part.start()]))
        pieces.append(_piece(pattern, part))
        at = part.end()
    pieces.append(_literal(pattern[at:]))
    return re.compile("".join(pieces), re.DOTALL | re.IGNORECASE)


def _literal(text: str) -> str:
    """Spell the words between the parts; white space at their ends is kept as one space."""
    words = visible(text)
    before = " " if words and text[:1].isspace() else ""
    after = " " if words and text[-1:].isspace() else ""
    return re.escape(f"{before}{words}{after}") if words else (" " if text else "")


def _piece(pattern: str, part: re.Match[str]) -> str:
    if part[3]:
        return ".*"
    if part[2]:
        return re.escape(part[2])
    if part[1] not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise ValueError(f"'{pattern}' has the unknown part {{{part[1]}}}; known are {known}")
    return f"(?P<{part[1]}>{FIELDS[part[1]]})"


@lru_cache(maxsize=65_536)
def read(text: str, pattern: str) -> Said | None:
    """Return what a text says by a pattern, or None when it does not fit.

    Raises ValueError when it fits and the part cannot be read, such as `32nd May 2011`.
    """
    found = regular_expression(pattern).fullmatch(visible(text))
    if not found:
        return None
    parts = found.groupdict()
    period = next((PARSERS[key](words) for key, words in parts.items() if key in PARSERS), None)
    return Said(period, parts.get("code"), parts.get("name"), _number(parts))


def fits(text: str, pattern: str) -> bool:
    """Tell whether a text fits a pattern, whatever its parts say."""
    if not has_parts(pattern):
        return normalise(text) == normalise(pattern)
    return regular_expression(pattern).fullmatch(visible(text)) is not None


def _number(parts: dict[str, str | None]) -> float | None:
    if words := parts.get("percent"):
        return float(words.replace(",", "")) / 100
    words = parts.get("number")
    return float(words.replace(",", "")) if words else None
