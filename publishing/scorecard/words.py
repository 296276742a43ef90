"""Figures, units, periods and statuses as people read them. The exact values are in the CSVs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from markupsafe import Markup, escape

from publishing.mart_keys import KEYS
from publishing.period_names import Period

STATUS_SHOWN: Mapping[str, tuple[str, str]] = {
    "suppressed": ("[c]", "Suppressed: the publisher withheld it, to protect people"),
    "missing": ("[x]", "Not available: no file gives it"),
    "not_applicable": ("[z]", "Does not apply here"),
    "not_collected": ("[w]", "Not collected then"),
    "estimated": ("[e]", "Estimated"),
}
"""Sign and meaning of each status but `reported`, after the Government Analysis Function's
shorthand for statistics in tables. Zero is a figure and has no sign."""

_YEAR_IN_PAGE = re.compile(
    r"<(svg|option|pre|code|title)\b.*?</\1>|<[^>]*>|\b(?:19|20)\d\d-\d\d\b(?!-)", re.S
)
_IN_TEXT = r"(?=[^<>]*<)(?![^<]*</(?:code|pre)>)"
_QUOTES = (re.compile(f"&#39;{_IN_TEXT}"), re.compile(f"'{_IN_TEXT}"))
"""Each begins with what it looks for: a choice between the two would take ten times as long."""
_CLOSES_AFTER = ".,%)"
_MONEY = {"GBP": 1.0, "GBP thousand": 1e3, "GBP million": 1e6}


def number(value: float, decimals: int = 0) -> str:
    """Write a number with commas in thousands and a real minus sign."""
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def listed(names: Sequence[str]) -> str:
    """Name several things in a sentence; some councils' names have a comma of their own."""
    between, last = ("; ", "; and ") if any("," in name for name in names) else (", ", " and ")
    return last.join(part for part in (between.join(names[:-1]), *names[-1:]) if part)


def signed(value: float, decimals: int = 0) -> str:
    """Write a change: with a plus or a minus sign, none for zero."""
    text = number(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def decimals_for(unit: str | None, value: float | None = None) -> int:
    """Return how many decimals figures in a unit are shown with; the CSV has them all.

    A mean of a few days, given as `value`, would say nothing without one.
    """
    if unit is None:
        return 0
    if unit == "days" and value is not None and not float(value).is_integer():
        return 1 if abs(value) < _FEW_DAYS else 0
    if unit == "score up to 1":
        return 3
    if unit == "ratio":
        return 2
    is_rate = unit.startswith(("%", "score")) or " per " in unit
    return 1 if is_rate else 0


_FEW_DAYS = 100

ALMOST_UNCHANGED = "almost unchanged"
"""What is said of a change that is nothing at the decimals it would be written with."""


def changed_by(change: float, before: float | None, unit: str) -> str:
    """Say a change on a figure before: in points of a share or a score, else in per cent of it."""
    if change == 0:
        return "unchanged"
    way = "up" if change > 0 else "down"
    if unit.startswith(("%", "score")) or not before:
        points = " points" if unit.startswith(("%", "score")) else ""
        said, sign = number(abs(change), max(decimals_for(unit), 1)), points
    else:
        said, sign = number(abs(change / before) * 100, 1), "%"
    return f"{way} {said}{sign}" if said.strip("0.") else ALMOST_UNCHANGED


def value_in_words(value: float, unit: str | None) -> str:
    """Write a figure with its unit: `12.3%`, `£4.5m`, `1,624,977 days`, `7.5 (score up to 12)`."""
    if unit is not None and unit.startswith("%"):
        return f"{number(value, 1)}%"
    if unit is not None and unit.startswith("score"):
        return f"{number(value, decimals_for(unit))} ({unit})"
    times = pounds(unit)
    if times is not None:
        return f"{money(value * times)}{_split_money(unit or '')[1]}"
    return f"{number(value, decimals_for(unit, value))} {unit or ''}".strip()


def _split_money(unit: str) -> tuple[str, str]:
    """Split a unit into its currency and what follows: for each adult, at prices of a year."""
    at = min((place for mark in (" for ", " at ") if (place := unit.find(mark)) > 0), default=None)
    return (unit, "") if at is None else (unit[:at], unit[at:])


def pounds(unit: str | None) -> float | None:
    """Return how many pounds one of a unit of money is; None for what is not money."""
    return _MONEY.get(_split_money(unit or "")[0])


def unit_name(unit: str | None) -> str:
    """Write a unit by itself: `pounds at 2016-17 prices`, `per cent`, `days`."""
    if pounds(unit) is not None:
        return f"pounds{_split_money(unit or '')[1]}"
    return (unit or "").replace("%", "per cent", 1)


def short_value(value: float, unit: str | None) -> str:
    """Write a figure for a label that has little room: `12.3%`, `£4.5m`, `1,624,977`."""
    times = pounds(unit)
    if times is not None:
        return money(value * times)
    sign = "%" if (unit or "").startswith("%") else ""
    return f"{number(value, decimals_for(unit, value))}{sign}"


def money(gbp: float) -> str:
    """Write an amount in pounds: `£950`, `£12.3m`, `£4.56bn`."""
    size, sign = abs(gbp), "\N{MINUS SIGN}" if gbp < 0 else ""
    for least, unit, decimals in ((1e9, "bn", 2), (1e6, "m", 1)):
        if size >= least:
            return f"{sign}£{size / least:,.{decimals}f}{unit}"
    return f"{sign}£{size:,.0f}"


_POUNDS = {"GBP bn": "bn", "GBP m": "m"}


def stated(value: float, unit: str | None, step: float | None = None) -> str:
    """Write a published figure in its published unit: `£5.3bn`, `87,000 admissions`, `82.7%`.

    `step` is what it is rounded to; a figure worked out beside it keeps one decimal more.
    """
    unit = unit or ""
    if unit == "year":
        return str(int(value))
    text = number(value, _decimals_of(value, step))
    for base, letters in _POUNDS.items():
        if unit.startswith(base):
            sign = "\N{MINUS SIGN}" if text.startswith("\N{MINUS SIGN}") else ""
            return f"{sign}£{text.removeprefix(sign)}{letters}{unit.removeprefix(base)}"
    return f"{text}%" if unit == "%" else f"{text} {unit}".strip()


def _decimals_of(value: float, step: float | None) -> int:
    """Return the decimals of a published step, one more where the figure is finer than it."""
    if step is None:
        return 0 if float(value).is_integer() else 1
    decimals = 0 if step >= 1 else len(f"{step:g}".partition(".")[2])
    is_finer = abs(value - round(value, decimals)) > 1e-9 and abs(value) < 10_000
    return decimals + 1 if is_finer else decimals


def period_name(period_type: str, start: date) -> str:
    """Name a period as `marts.period` does: `June 2015`, `2015-16`, `Q1 2015-16`."""
    if period_type in ("month", "quarter", "financial_year"):
        return Period(period_type, start).name
    if period_type == "calendar_year":
        return str(start.year)
    return day(start)


def whole_years(page: str) -> str:
    """Keep financial years in the sentences of a page from being broken at their hyphen.

    Cells that hold a year alone, pictures and attributes stay as they are.
    """

    def whole(found: re.Match[str]) -> str:
        if found[0][0] == "<" or (page[found.start() - 1] == ">" and page[found.end()] == "<"):
            return found[0]
        return f'<span class="whole">{found[0]}</span>'

    return _YEAR_IN_PAGE.sub(whole, f"{page}\n")[:-1]


def apostrophes(page: str) -> str:
    """Write the apostrophes and single quotes in the texts of a page as people do: ’, ‘.

    Attributes, code and what `exact` gives stay as they are.
    """
    for quote in _QUOTES:
        page = quote.sub(_curly, page)
    return page


def _curly(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1]
    closes = before.isalnum() or before in _CLOSES_AFTER
    return "\N{RIGHT SINGLE QUOTATION MARK}" if closes else "\N{LEFT SINGLE QUOTATION MARK}"


def exact(text: object) -> Markup:
    """Return a publisher's text for a page on which each sign is as it stands in the file."""
    return Markup(str(escape(text)).replace("&#39;", "&apos;"))  # noqa: S704 - it is escaped


def month(text: str) -> str:
    """Write a month of a record (`2010-08`) as people do: August 2010; another text as it is."""
    found = _MONTH.fullmatch(text)
    return f"{date(int(found[1]), int(found[2]), 1):%B %Y}" if found else text


_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def day(value: date | None) -> str:
    """Write a day as people do: 8 February 2017; nothing for none."""
    return "" if value is None else f"{value.day} {value:%B} {value.year}"


def status_mark(status: str) -> Markup:
    """Return the sign of a status with its meaning, for a cell that has no figure."""
    sign, meaning = STATUS_SHOWN[status]
    return Markup('<abbr class="status status-{}" title="{}">{}</abbr>').format(
        status, meaning, sign
    )


def shown(value: float | None, status: str, unit: str | None) -> Markup:
    """Return a figure as a table shows it: the number, or the sign of its status."""
    if value is None or status in ("suppressed", "missing", "not_applicable", "not_collected"):
        return status_mark("missing" if status == "reported" else status)
    is_money = pounds(unit) is not None
    text = escape(
        short_value(value, unit) if is_money else number(value, decimals_for(unit, value))
    )
    return text + Markup(" ") + status_mark(status) if status == "estimated" else text


_MART = "|".join((*KEYS, "release_change", "quality_result"))
_TABLES_ONLY = "|".join(
    mart for mart in (*KEYS, "release_change") if "_" in mart and mart != "delayed_days"
)
"""Marts that a text may name without saying so; `delayed_days` is a metric as well."""

_FOR_READERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        # A claim has its place on the page of claims.
        (r"\bclaims\.csv (?=C\d{3})", "claim "),
        (r"^The register's notes? (?:on|to) (?=C\d{3})", "This project's note on claim "),
        (r"\bthe register's notes? (?:on|to) (?=C\d{3})", "this project's note on claim "),
        (r"^metrics\.csv M\d{2}(?: and M\d{2})?\b", "This project's list of metrics"),
        (r"\bmetrics\.csv M\d{2}(?: and M\d{2})?\b", "this project's list of metrics"),
        # The working of a figure is told beside it; only the publication can be looked up.
        (r" \(METHODS\.md section \d+\)", ""),
        (r"\(METHODS\.md section \d+: ", "("),
        (r"^METHODS\.md section \d+ has no (.+)$", r"No source here has a \1"),
        (r"\bas worked out in METHODS\.md section \d+", "as worked out by this project"),
        (r"\bMETHODS\.md section \d+: ", ""),
        (r"\bMETHODS\.md section \d+ \((.+)\)$", r"\1"),
        (r"\b(?:METHODS|RETURNS)\.md(?: section \d+)?", "this project's methods"),
        (r" \((?:published_figures|claims|metrics)\.csv\)", ""),
        (r"\bpublished_figures\.csv F\d+\b", "this project's list of published figures"),
        (r"(?:\. See|, see) docs/\w+\.md(?=[ .,)]|$)", ""),
        (r", see seed \w+", ""),
        (r"\bseed populations: ", ""),
        (r"^(?:area_code_changes|ccg_succession|ccg_to_utla|commissioners)\.csv: ", ""),
        (r"\b(?:mapping/)?(\w+)\.(?:csv|js|md)\b", r"\1"),
        # What the warehouse calls its parts.
        (r"\b[Rr]egister of (?=areas|claims|metrics)", "list of "),
        (r"\bThe register\b", "This project's list of claims"),
        (r"\bthe register\b", "this project's list of claims"),
        (r"\b[Cc]laims of the register\b", "Claims of this project's list"),
        (r"\bof this warehouse\b", "here"),
        (r"\bthis warehouse\b", "this project"),
        (r"\bseed (?=\w+)", "this project's list "),
        (r"\bmetric_value (?=[a-z]+_[a-z_0-9]+)", "metric "),
        (rf"\bmart (?=(?:{_MART})\b)", "the table "),
        (rf"\bMart (?=(?:{_MART})\b)", "The table "),
        (rf"(?<!table )(?<!metric )\b(?=(?:{_TABLES_ONLY})\b)", "the table "),
        (r"\bmart\b", "table"),
        (r"\bmarts\b", "tables"),
    )
)


def source_for_readers(text: str) -> str:
    """Return a text of the marts without the names of this project's own files and lists.

    What is left is what a reader can look up: a publication, a claim (page of claims), a metric
    or a table of the release (dictionary).
    """
    for pattern, instead in _FOR_READERS:
        text = pattern.sub(instead, text)
    return text


FILTERS: Mapping[str, Callable[..., object]] = {
    "number": number,
    "listed": listed,
    "signed": signed,
    "money": money,
    "day": day,
    "month": month,
    "exact": exact,
    "in_words": value_in_words,
    "for_readers": source_for_readers,
}
"""What the templates may call."""
