"""Guess what the columns of an unknown sheet are, by their looks; a person has the last word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ingestion.cells import column_texts, is_number
from ingestion.patterns import FIELDS, NUMBER, THOUSANDS
from ingestion.period import PARSERS, Period
from ingestion.wording import normalise, visible
from ingestion.workbook import Sheet

LOOKED_AT = 50_000
"""As many rows of a sheet are looked at."""
HEADING_ROWS = 60
BODY_ROWS = 25
MOSTLY = 0.8
MOST_MEMBERS = 60
EDGE = r"(?<![^\W_])"
SHORT = 4
"""What stands in the place of a figure is seldom longer."""

LONGEST_MARK = 24

PLACEHOLDERS = (
    "month",
    "months",
    "quarter",
    "financial_quarter",
    "calendar_quarter",
    "financial_year",
    "day",
    "days",
    "calendar_year",
)
YEAR_IN_DIGITS = re.compile(r"(?:19|20)\d\d(?:\d\d)?")
ONS_CODE = re.compile(r"[ENSWJK]\d{8}")
SHORT_CODE = re.compile(r"[A-Z]?[A-Z0-9]{1,4}\d[A-Z0-9]{0,3}|[A-Z]{3}|\d{3,4}")
KINDS = {
    r"E9\d{7}": "country",
    r"E12\d{6}": "region",
    r"E(06|08|09|10)\d{6}": "council",
    r"E07\d{6}": "district",
    r"E38\d{6}": "commissioner",
    r"E54\d{6}|Q[A-Z0-9]{2}": "icb",
    r"[RA][A-Z0-9]{2,4}|NT[A-Z0-9]{3}": "provider",
    r"\d{3}": "council",
}


@dataclass(frozen=True)
class Column:
    """A column of a found table: its heading as it stands, and the texts below."""

    index: int
    heading: str
    group: str
    cells: list[str]

    @property
    def filled(self) -> list[str]:
        """The texts that are not blank."""
        return [cell for cell in self.cells if cell]

    @property
    def distinct(self) -> list[str]:
        """Each text once, in the order of the rows."""
        return list(dict.fromkeys(self.filled))

    @property
    def is_figures(self) -> bool:
        """Tell whether figures stand in it: numbers, or marks in their place."""
        numbers = sum(_is_figure(cell) for cell in self.filled)
        if not numbers or self.heading.endswith(":") or self.is_running or self.is_period:
            return False
        marks = {cell for cell in self.filled if not _is_figure(cell)}
        is_marked = len(marks) <= SHORT and all(len(mark) <= SHORT for mark in marks)
        return (numbers >= len(self.filled) / 2 or is_marked) and not self.says("code", "id")

    @property
    def is_running(self) -> bool:
        """Tell whether it numbers the rows, or a list of notes."""
        numbers = [cell for cell in self.filled if is_number(cell)]
        return len(numbers) > 1 and numbers == [str(n + 1) for n in range(len(numbers))]

    @property
    def is_period(self) -> bool:
        """Tell whether years, or years and months in digits, stand under a heading that says so."""
        says = re.search(r"(?:year|month|period|date)\W*$", normalise(self.heading)) is not None
        is_one = len(self.distinct) == 1 and self.mostly(re.compile(r"\d{4,6}").fullmatch)
        return says and (is_one or self.mostly(YEAR_IN_DIGITS.fullmatch))

    def says(self, *words: str) -> bool:
        """Tell whether the heading has one of some words."""
        return bool(set(re.findall(r"[a-z]+", normalise(self.heading))) & set(words))

    def mostly(self, is_so: Callable[[str], object]) -> bool:
        """Tell whether nearly all texts are so."""
        return bool(self.filled) and sum(bool(is_so(c)) for c in self.filled) >= MOSTLY * len(
            self.filled
        )

    @property
    def is_unique(self) -> bool:
        """Tell whether hardly a text comes twice."""
        return len(self.distinct) >= 0.9 * len(self.filled)


@dataclass(frozen=True)
class FoundTable:
    """A table found on a sheet: the row of its headings, its descriptive and figure columns."""

    sheet: Sheet
    row: int
    described: list[Column]
    figures: list[Column]


def find_table(sheet: Sheet) -> FoundTable | None:
    """Find the table of a sheet by the looks of its rows; None when there are no figures."""
    rows = _texts(sheet)
    row = _heading_row(rows)
    if row is None:
        return None
    columns = _columns(rows, row)
    figures = [column for column in columns if column.heading and column.is_figures]
    if not figures:
        return None
    left = figures[0].index  # a column without a heading is known only left of the figures
    described = [c for c in columns if c not in figures and (c.heading or c.index < left)]
    body = _body(described, figures)
    return FoundTable(
        sheet, row, [_within(c, body) for c in described], [_within(c, body) for c in figures]
    )


def _body(described: Sequence[Column], figures: Sequence[Column]) -> list[bool]:
    """Tell of each row below the headings whether it has figures, or marks in their place.

    A text by itself is a note, unless it stands among figures elsewhere.
    """
    rows = list(zip(*(column.cells for column in figures), strict=True))
    words = list(zip(*(column.cells for column in described), strict=True)) or [("",)] * len(rows)
    have = [any(map(_is_figure, cells)) for cells in rows]
    marks = {cell for cells, has in zip(rows, have, strict=True) for cell in cells if has}
    if len(figures) == 1:
        marks = {cell for (cell,), said in zip(rows, words, strict=True) if any(said)}
    marks = {mark for mark in marks if mark and is_mark(mark)}
    return [has or bool(marks & set(cells)) for cells, has in zip(rows, have, strict=True)]


def is_mark(text: str) -> bool:
    """Tell whether a text is short enough to stand in the place of a figure."""
    return len(text) <= LONGEST_MARK


def number_form(text: str) -> str | None:
    """Return the form in which a text that is no plain number is one, or None."""
    if re.fullmatch(THOUSANDS, text):
        return "{number}"
    return "{percent}%" if re.fullmatch(rf"(?:{NUMBER}|{THOUSANDS})%", text) else None


def _is_figure(text: str) -> bool:
    return is_number(text) or number_form(text) is not None


def period_of(text: str) -> tuple[str, Period] | None:
    """Read a text as a period, whatever it is called: the placeholder, and what it says."""
    said = visible(text)
    for name in PLACEHOLDERS:
        looks = re.fullmatch(FIELDS.get(name, ".*"), said, re.IGNORECASE)
        if looks and (found := _parsed(name, said)) is not None:
            return name, found
    return None


def period_within(text: str) -> tuple[str, Period, str] | None:
    """Find a period in a longer text: its placeholder, what it says, and its words."""
    said = visible(text)
    for name in PLACEHOLDERS:
        if name not in FIELDS or name == "calendar_year":
            continue
        for found in re.finditer(rf"{EDGE}(?:{FIELDS[name]})(?![^\W_])", said, re.IGNORECASE):
            if (period := _parsed(name, found[0])) is not None:
                return name, period, found[0]
    return None


def common_placeholder(texts: Sequence[str]) -> str | None:
    """Return the placeholder that every one of some texts can be read as."""
    return next(
        (name for name in PLACEHOLDERS if texts and all(_is(name, text) for text in texts)), None
    )


def kind_of(codes: Iterable[str]) -> str | None:
    """Guess what bodies some codes are those of."""
    found = Counter(
        kind for code in codes for form, kind in KINDS.items() if re.fullmatch(form, code)
    )
    return found.most_common(1)[0][0] if found else None


def day_of(text: str) -> date | None:
    """Read a day, or None."""
    found = _parsed("day", visible(text))
    return found.start if found else None


def _is(name: str, text: str) -> bool:
    said = visible(text)
    looks = re.fullmatch(FIELDS.get(name, ".*"), said, re.IGNORECASE)
    return looks is not None and _parsed(name, said) is not None


def _parsed(name: str, text: str) -> Period | None:
    try:
        found = PARSERS[name](text)
    except ValueError:
        return None
    return found if 1980 <= found.start.year <= 2100 else None


def _texts(sheet: Sheet) -> list[list[str]]:
    columns = [column_texts(sheet, index, 0, LOOKED_AT) for index in range(sheet.width)]
    return [list(row) for row in zip(*columns, strict=True)]


def _heading_row(rows: list[list[str]]) -> int | None:
    """Return the row above figures that has most headings: words, or periods, that differ."""
    best, chosen = 1, None
    for number, cells in enumerate(rows[:HEADING_ROWS]):
        below = rows[number + 1 : number + 1 + BODY_ROWS]
        under = _headed(cells)
        under = [index for index in under if any(row[index] for row in below)]
        has_figures = any(_is_figure(row[index]) for index in under for row in below)
        if has_figures and len({cells[index] for index in under}) > best:
            best, chosen = len({cells[index] for index in under}), number
    return chosen


def _headed(cells: list[str]) -> list[int]:
    """Return the cells of a row that may be headings: words, and numbers if they are years."""
    numbers = [cell for cell in cells if is_number(cell)]
    are_years = sorted(set(numbers)) in (numbers, numbers[::-1]) and all(map(period_of, numbers))
    words = [i for i, cell in enumerate(cells) if len(re.findall("[A-Za-z]", cell)) > 1]
    if are_years:
        words += [
            i for i, cell in enumerate(cells) if cell and (is_number(cell) or period_of(cell))
        ]
    return sorted(set(words)) if are_years or len(numbers) <= len(words) / 4 else []


def _columns(rows: list[list[str]], row: int) -> list[Column]:
    found = []
    group = ""
    above = rows[row - 1] if row else []
    for index, heading in enumerate(rows[row]):
        group = (above[index] if above else "") or group
        cells = [line[index] for line in rows[row + 1 :]]
        if heading or any(cells):
            found.append(Column(index, heading, group, cells))
    return found


def _within(column: Column, body: Sequence[bool]) -> Column:
    """Keep the cells of the rows that have figures; the others are notes."""
    cells = [cell for cell, is_row in zip(column.cells, body, strict=True) if is_row]
    return Column(column.index, column.heading, column.group, cells)
