"""Read the rows and the columns of located tables; the figures themselves are left as texts.

What describes a row is a few texts, looked at once for each wording. The figures of all
tables of a file are one long column, in which a table's columns follow one another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingestion.definition import Definition
from ingestion.headings import LocatedTable
from ingestion.layouts import Dimension, RowHeading, Table
from ingestion.listed import Listed, Numbers, one_key
from ingestion.patterns import fits, read
from ingestion.period import Period, month_of_financial_year, quarter_of_financial_year
from ingestion.sheetscan import NO_RESULT
from ingestion.subjects import (
    BLANK_CODES,
    NOBODY,
    Roles,
    Subject,
    fault,
    given_subject,
    plain_kind,
    subject_of_column,
    subject_of_row,
)
from ingestion.wording import EXACT, MOST_DIGITS, as_text, column_letters, slug, visible
from ingestion.workbook import Sheet

CODES = ("code", "ons_code", "parent_code")
NAMES = ("name", "parent_name")
"""Kept as the publisher writes them; they are compared as they look."""
PERIODS = ("financial_year", "month_name", "quarter_end_month", "period")
SPOILT_CODE = re.compile(
    rf"\d{{{MOST_DIGITS + 1},}}|-?\d+e\+\d+|-?\d+\.\d+(?:e[-+]?\d+)?|true|false"
    r"|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?",
    re.IGNORECASE,
)
"""A number too long, a fraction, a truth value or a date in a code's place; `5E1` is a code."""
FEW = 16
"""So many cells of a column are looked at one by one; for more, the column is spelled out."""
ASK = "Ask the publisher for a file with this cell mended."

Mask = NDArray[np.bool_]
Fact = TypeVar("Fact")


class Parent(NamedTuple):
    """What a row says of its subject besides code and name."""

    ons_code: str | None
    code: str | None
    name: str | None


class Column(NamedTuple):
    """A column of figures; what the rows say instead is None. `number` counts from 0."""

    number: int
    letters: str
    heading: str
    subject: Subject
    period: Period | None
    measure: str | None
    members: str
    markers: str


@dataclass(frozen=True)
class Rows:
    """The rows of a table that have figures; `number` counts from 0.

    `measure` and `period` are None where the columns say them.
    """

    number: Numbers
    subject: Listed[Subject]
    parent: Listed[Parent]
    period: Listed[Period | None]
    measure: Listed[str | None]
    members: Listed[str]


@dataclass(frozen=True)
class TableCells:
    """One table of a file: which sheet it stands on, its rows and its columns."""

    table_id: str
    sheet: str
    rows: Rows
    columns: list[Column]


def read_tables(
    definition: Definition, tables: Sequence[LocatedTable], file_period: Period | None
) -> tuple[list[TableCells], FigureTexts]:
    """Return the rows and columns of a file's tables, and the texts of all their figures.

    The texts follow each other by table, column and row; a table that is empty, and may be,
    is left out. Raises `UntrustedFileError` naming the cell for a row that is about nobody,
    a subject that comes twice in a period, a period that contradicts the title block, and a
    figure that stands under no heading.
    """
    texts = _figure_texts(tables)
    cells: list[TableCells] = []
    kept: list[Mask] = []
    described: list[tuple[_Body, Rows]] = []
    at = 0
    for located in tables:
        height, width = located.end_row - located.first_row, len(located.columns)
        own = texts.filled[at : at + height * width].reshape(width, height)
        body = _Body(definition, located, own, texts.texts.slice(at, height * width))
        kept.append(np.tile(body.is_row, width))
        at += height * width
        if not len(body.places):
            continue
        rows = _rows_as_before(body, described)
        if rows is None:
            rows = _rows(body, file_period)
            _refuse_repeated_rows(located, rows)
            described.append((body, rows))
        columns = _columns(body, file_period)
        _refuse_repeated_columns(located, columns)
        if body.table.every_period:
            _refuse_gaps(located, rows, columns, file_period)
        cells.append(TableCells(located.table_id, located.sheet.name, rows, columns))
    if not cells:
        raise fault(tables[0], "No table has rows with figures.", tables[0].header_row, 0)
    return cells, texts.kept(np.concatenate(kept))


@dataclass(frozen=True)
class FigureTexts:
    """What stands under the headings of figures: the texts, and the numbers that they are.

    `filled` tells which are not blank, `worded` which were no numbers in the file.
    """

    texts: pl.Series
    values: pl.Series
    filled: Mask
    worded: Mask

    def kept(self, mask: Mask) -> FigureTexts:
        """Return some of them."""
        keep = pl.Series(mask)
        return FigureTexts(
            self.texts.filter(keep), self.values.filter(keep), self.filled[mask], self.worded[mask]
        )


_Place = tuple[Sheet, int, int, int]
"""A column of figures: its sheet and number, its first row and the one behind its last."""


def _figure_texts(tables: Sequence[LocatedTable]) -> FigureTexts:
    """Return what stands under all headings of figures, column by column."""
    places = [
        (located.sheet, column.index, located.first_row, located.end_row)
        for located in tables
        for column in located.columns
    ]
    parts = [sheet.numbers(index, first, end) for sheet, index, first, end in places]
    values = np.concatenate(parts) + 0.0 if parts else np.zeros(0)  # -0 is 0
    worded = ~np.isfinite(values)
    filled = np.ones(len(values), dtype=bool)
    odd = np.flatnonzero(worded)
    if not len(odd):
        return FigureTexts(_written(values), pl.Series(values), filled, worded)
    words = pl.Series(_words_of(places, [len(part) for part in parts], odd), dtype=pl.String)
    read_as = _finite(words.cast(pl.Float64, strict=False))
    filled[odd[(words == "").to_numpy()]] = False
    if len(odd) == len(values):
        return FigureTexts(words, read_as, filled, worded)
    values[odd] = 0
    texts = _written(values).scatter(odd, words)
    return FigureTexts(texts, pl.Series(values).scatter(odd, read_as), filled, worded)


def _words_of(columns: Sequence[_Place], heights: Sequence[int], odd: Numbers) -> list[str]:
    """Return the texts of some cells, whose places count through all columns."""
    begins = np.cumsum([0, *heights])
    number = np.searchsorted(begins, odd, "right") - 1
    words: list[str] = []
    for at in np.unique(number).tolist():
        sheet, index, first, end = columns[at]
        rows = (odd[number == at] - begins[at]).tolist()
        if len(rows) <= FEW:
            words += [sheet.cell(first + row, index) for row in rows]
        else:
            cells = sheet.column(index, first, end)
            words += [as_text(cells[row]) for row in rows]
    return words


def _finite(values: pl.Series) -> pl.Series:
    """Let only real numbers be numbers: NaN and infinity are words like any other; -0 is 0."""
    if not values.is_finite().all():
        values = values.set(~values.is_finite(), None)
    return values + 0.0


def _written(numbers: NDArray[np.float64]) -> pl.Series:
    """Write numbers as a publisher would: 41532.0 as `41532`, 4459.1 with all its digits."""
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < EXACT)
    if whole.all():
        return pl.Series(numbers.astype(np.int64)).cast(pl.String)
    fractions = np.flatnonzero(~whole)
    texts = pl.Series(np.where(whole, numbers, 0).astype(np.int64)).cast(pl.String)
    return texts.scatter(fractions, pl.Series(numbers[fractions]).cast(pl.String))


class _Body:
    """The rows of a table below its headings, and which of them are its own.

    `roles` has the texts of each descriptive column; '' is a blank cell.
    """

    def __init__(
        self, definition: Definition, located: LocatedTable, filled: Mask, texts: pl.Series
    ) -> None:
        self.definition, self.located = definition, located
        self.table: Table = definition.tables[located.table_id]
        self.roles = {index: _texts_of(located, index, row) for index, row in located.roles.items()}
        self.is_row = self._own_rows(filled, texts)
        self.places = np.flatnonzero(self.is_row)
        self._own = self.places.tolist()
        self.sections = self._sections()
        if not len(self.places) and not self.table.may_be_empty:
            problem = f"Table '{located.table_id}' has no rows with figures."
            raise fault(located, problem, located.header_row, 0)
        self._refuse_unnamed_figures()
        self._refuse_faults()
        self._correct()
        self._blank_out()
        self._refuse_spoilt_codes()

    def number(self, place: int | np.integer[Any]) -> int:
        """Return the row, counted from 0, of a place below the headings."""
        return self.located.first_row + int(place)

    def says_the_same_as(self, other: _Body) -> bool:
        """Tell whether all that describes rows is as in another table, down to the last row."""
        located, known = self.located, other.located
        end = int(self.places[-1]) + 1
        return (
            np.array_equal(self.places, other.places)
            and all(
                index in other.roles and texts[:end] == other.roles[index][:end]
                for index, texts in self.roles.items()
            )
            and located.roles == known.roles
            and located.corrections == known.corrections
            and located.subject == known.subject
            and not located.subject.is_given
            and self.table.of_rows == other.table.of_rows
        )

    def kept(self, index: int) -> list[str]:
        """Return the texts of a descriptive column in the table's own rows."""
        texts = self.roles[index]
        return [texts[place] for place in self._own]

    def _own_rows(self, filled: Mask, texts: pl.Series) -> Mask:
        """Tell which rows are the table's: not notes, empty rows, or rows that are ignored."""
        table, height = self.table, filled.shape[1]
        has_figures = filled.any(axis=0) if len(filled) else np.zeros(height, dtype=bool)
        if table.rows_without_figures == "read":
            fewest = 1 if len(self.roles) > 1 else 0
            has_figures |= np.array(
                [len(said) > fewest for said in self._said(range(height))], bool
            )
        inside = self._inside(height)
        is_wanted = np.ones(height, dtype=bool)
        if table.only_rows:
            is_wanted = self._fitting(table.only_rows, height)
        if table.ignore_rows:
            is_wanted &= ~self._fitting(table.ignore_rows, height)
        if table.rows_without_figures == "refuse":
            self._refuse_silent_subjects(np.flatnonzero(~has_figures & is_wanted & inside))
        self._fill_down()
        is_row = has_figures & is_wanted & inside
        if table.repeated_rows == "same_figures":
            is_row &= self._first_of_repeated(is_row, texts)
        return np.asarray(is_row, dtype=bool)

    def _inside(self, height: int) -> Mask:
        """Tell which rows are above the end of the table."""
        inside = np.ones(height, dtype=bool)
        if self.table.ends_at:
            hits = np.flatnonzero(self._fitting(self.table.ends_at, height))
            if len(hits):
                inside[hits[0] :] = False
        return inside

    def _fitting(self, wordings: Sequence[str], height: int) -> Mask:
        """Tell of each row whether a descriptive cell fits one of the wordings."""
        fitting = np.zeros(height, dtype=bool)
        for texts in self.roles.values():
            known = {text for text in set(texts) if any(fits(text, one) for one in wordings)} - {""}
            if known:
                fitting |= np.array([text in known for text in texts], dtype=bool)
        return fitting

    def _said(self, places: Sequence[int] | Numbers | range) -> list[list[str]]:
        """Return the texts of some rows that are not blank."""
        columns = list(self.roles.values())
        return [
            [texts[place] for texts in columns if texts[place] not in BLANK_CODES]
            for place in places
        ]

    def _refuse_silent_subjects(self, places: Numbers) -> None:
        """A row that names a subject and gives no figure at all is not a note."""
        located = self.located
        if located.subject.is_given or not len(places):
            return
        code = located.role("code")
        for place, said in zip(places, self._said(places), strict=True):
            has_code = code is not None and self.roles[code][place] not in BLANK_CODES
            if len(said) > 1 or has_code:
                raise fault(
                    located,
                    f"The row of '{said[0]}' has no figures.",
                    self.number(place),
                    code if code is not None else next(iter(located.roles), 0),
                    "A figure or a marker was expected in each column.",
                )

    def _fill_down(self) -> None:
        for index, row in self.located.roles.items():
            if row.fill_down:
                last = ""
                for place, text in enumerate(self.roles[index]):
                    last = text or last
                    self.roles[index][place] = last

    def _first_of_repeated(self, is_row: Mask, texts: pl.Series) -> Mask:
        """Tell which rows are not printed before with the same words and figures."""
        height = len(is_row)
        figures = [texts.slice(at, height) for at in range(0, len(texts), height)] if height else []
        frame = pl.DataFrame(
            [
                *(pl.Series(f"r{i}", words, dtype=pl.String) for i, words in self.roles.items()),
                *(one.alias(f"v{number}") for number, one in enumerate(figures)),
            ]
        )
        own = frame.with_row_index("place").filter(pl.Series(is_row))
        first = own.unique(frame.columns, keep="first")["place"].to_numpy()
        chosen = np.zeros(height, dtype=bool)
        chosen[first] = True
        return chosen

    def _sections(self) -> dict[str, list[str]]:
        """Return, for each dimension that stands in rows of its own, the member of each row.

        Such a row has no figures; a member of an outer dimension ends those within it.
        """
        found: dict[str, list[str]] = {}
        for index, row in self.located.roles.items():
            open_members: dict[str, str] = {}
            for place, words in enumerate(self.roles[index] if row.under else []):
                if any(fits(words, wording) for wording in row.under_ends):
                    open_members = {}
                elif words and not self.is_row[place]:
                    open_members = self._opened(row, words, open_members)
                for name in row.under:
                    found.setdefault(name, []).append(open_members.get(name, ""))
        return found

    def _opened(self, row: RowHeading, words: str, before: dict[str, str]) -> dict[str, str]:
        for place, name in enumerate(row.under):
            member = _section(self.definition.dimensions[name], row, words)
            if member is not None:
                outer = {n: before[n] for n in row.under[:place] if n in before}
                return outer | {name: member}
        return before

    def _refuse_unnamed_figures(self) -> None:
        """A figure under no heading may belong to anything."""
        located = self.located
        known = {*located.roles, *(column.index for column in located.columns)}
        bare = {*located.unnamed, *range(located.right, located.sheet.width)} - known
        for index in sorted(bare):
            cells = located.sheet.column(index, located.first_row, located.end_row)
            if not any(cells):
                continue
            for place in self.places:
                if as_text(cells[int(place)]) not in BLANK_CODES:
                    number = self.number(place)
                    raise fault(located, "A figure stands under no heading.", number, index)

    def _refuse_faults(self) -> None:
        """An error in a descriptive column is refused, unless it is known or not read at all."""
        located = self.located
        read_columns = {i: row.is_ for i, row in located.roles.items() if row.is_ != "ignore"}
        for (row, column), says in sorted(located.sheet.faults.items()):
            place = row - located.first_row
            is_own = 0 <= place < len(self.is_row) and bool(self.is_row[place])
            is_known = (read_columns.get(column), says) in located.corrections
            if is_own and column in read_columns and not is_known:
                raise fault(located, f"{_error(located.sheet, row, column)}.", row, column, ASK)

    def _correct(self) -> None:
        for (role, says), reads in self.located.corrections.items():
            index = self.located.role(role)
            if index is not None:
                slips = {text for text in set(self.roles[index]) if fits(text, says)}
                self.roles[index] = [reads if t in slips else t for t in self.roles[index]]

    def _blank_out(self) -> None:
        """Blank out what stands for no code, and for no parent."""
        blank = set(self.table.blank_codes)
        for index, row in self.located.roles.items():
            if blank and row.is_ in (*CODES, "parent_name"):
                self.roles[index] = ["" if text in blank else text for text in self.roles[index]]

    def _refuse_spoilt_codes(self) -> None:
        """Refuse what a spreadsheet makes of codes."""
        for index, row in self.located.roles.items():
            if row.is_ not in CODES:
                continue
            texts = self.roles[index]
            spoilt = {text for text in set(texts) if _is_spoilt(text)}
            for place in self.places if spoilt else []:
                if texts[place] in spoilt:
                    text = texts[place]
                    why = (
                        "its last digits are lost"
                        if text.isdigit() or "e+" in text
                        else "a spreadsheet made it so"
                    )
                    problem = f"'{text}' cannot be a code: {why}."
                    raise fault(self.located, problem, self.number(place), index, ASK)


@lru_cache(maxsize=65_536)
def _is_spoilt(text: str) -> bool:
    """Tell whether a text is what a spreadsheet makes of a code."""
    return SPOILT_CODE.fullmatch(text) is not None


def _texts_of(located: LocatedTable, index: int, row: RowHeading) -> list[str]:
    cells = located.sheet.column(index, located.first_row, located.end_row)
    if row.is_ in NAMES:
        return [cell.strip() if isinstance(cell, str) else as_text(cell) for cell in cells]
    return [visible(cell) if isinstance(cell, str) else as_text(cell) for cell in cells]


def _section(dimension: Dimension, row: RowHeading, words: str) -> str | None:
    """Return the member of a dimension that a row of words alone opens."""
    for written in (row.written, dimension.written):
        member = slug(_as_written(written, words) or "")
        if member in dimension.slugs:
            return member
    return dimension.slugs.get(slug(words))


def _as_written(written: Mapping[str, str], text: str) -> str | None:
    """Return the member for which these are other words."""
    return next((member for words, member in written.items() if fits(text, words)), None)


def _rows(body: _Body, file_period: Period | None) -> Rows:
    """Describe each row: whom it is about, when, which measure and which members."""
    subject = _subjects(body)
    return Rows(
        number=body.places + body.located.first_row,
        subject=subject,
        parent=_parents(body),
        period=_periods(body, subject, file_period),
        measure=_measures(body),
        members=_members(body),
    )


def _rows_as_before(body: _Body, described: Sequence[tuple[_Body, Rows]]) -> Rows | None:
    """Return what is known of the rows when those of an earlier table are the very same."""
    for other, rows in described:
        if body.says_the_same_as(other):
            return replace(rows, number=body.places + body.located.first_row)
    return None


def _subjects(body: _Body) -> Listed[Subject]:
    """Say whom each row is about."""
    located, height = body.located, len(body.places)
    if located.subject.is_given:
        return Listed.same(given_subject(body.table, located), height)
    wanted = {"code", "name", "level", located.subject.blank_code}
    columns = [index for index, row in located.roles.items() if row.is_ in wanted]
    if located.role("code") is None and located.role("name") is None:
        return Listed.same(NOBODY, height)
    names = [located.roles[index].is_ for index in columns]
    plain, places = (
        plain_kind(body.table, located),
        [names.index(n) for n in ("code", "name") if n in names],
    )

    def subject(texts: tuple[str, ...], place: int) -> Subject:
        if plain and len(places) == 2 and texts[places[0]] not in BLANK_CODES:
            return Subject(plain, texts[places[0]], texts[places[1]])
        said: Roles = {n: (i, t) for n, i, t in zip(names, columns, texts, strict=True)}
        return subject_of_row(body.table, located, said, body.number(place))

    return _once_each(body, columns, subject)


def _once_each(
    body: _Body, columns: Sequence[int], what: Callable[[tuple[str, ...], int], Fact]
) -> Listed[Fact]:
    """Work out a fact for each different wording of some descriptive columns."""
    wordings = Listed.of(zip(*(body.kept(index) for index in columns), strict=True))
    first = np.full(len(wordings.facts), -1)
    first[wordings.at[::-1]] = body.places[::-1]
    return Listed(
        [what(texts, int(place)) for texts, place in zip(wordings.facts, first, strict=True)],
        wordings.at,
    )


def _parents(body: _Body) -> Listed[Parent]:
    columns = [body.located.role(role) for role in ("ons_code", "parent_code", "parent_name")]
    nothing: list[str] = [""] * len(body.places)
    texts = [nothing if index is None else body.kept(index) for index in columns]
    said = Listed.of(zip(*texts, strict=True))
    return said.map(lambda one: Parent(*(None if text in BLANK_CODES else text for text in one)))


def _periods(
    body: _Body, subject: Listed[Subject], file_period: Period | None
) -> Listed[Period | None]:
    """Read each row's own period, or give it the file's; one outside the file's is refused.

    A control total may say `TOTAL` in the place of a period: then it has the file's.
    """
    located = body.located
    columns = [index for index, row in located.roles.items() if row.is_ in PERIODS]
    if not columns:
        return Listed.same(file_period, len(body.places))
    totals = set(body.places[[bool(one.is_control_total) for one in subject.each()]])

    def period(texts: tuple[str, ...], place: int) -> Period | None:
        said = {located.roles[i].is_: (i, t) for i, t in zip(columns, texts, strict=True)}
        number = body.number(place)
        try:
            own = _row_period(located, said)
        except ValueError as error:
            if file_period is not None and place in totals:
                return file_period
            problem = f"The row's period cannot be read: {error}."
            raise fault(located, problem, number, columns[0]) from error
        if not body.table.own_periods and file_period is not None and not file_period.holds(own):
            words = " ".join(texts)
            raise fault(
                located,
                f"The row's period {words} contradicts the title block, which says {file_period}.",
                number,
                columns[0],
                "Ask the publisher which of the two is meant.",
            )
        return own

    return _once_each(body, columns, period)


def _row_period(located: LocatedTable, said: Roles) -> Period:
    if "period" in said:
        index, text = said["period"]
        pattern = located.roles[index].as_ or "{month}"
        found = read(text, pattern)
        if found is None or found.period is None:
            raise ValueError(f"'{text}' is not like '{pattern}'")
        return found.period
    index, year = said["financial_year"]
    if "quarter_end_month" in said:
        return quarter_of_financial_year(year, said["quarter_end_month"][1])
    if "month_name" in said:
        return month_of_financial_year(year, said["month_name"][1])
    found = read(year, located.roles[index].as_ or "{financial_year}")
    if found is None or found.period is None:
        raise ValueError(f"'{year}' is not a financial year such as '2014-15'")
    return found.period


def _measures(body: _Body) -> Listed[str | None]:
    """Read the measure that each row names, if the rows do."""
    columns = [index for index, row in body.located.roles.items() if row.is_ == "measure"]
    if not columns:
        return Listed.same(None, len(body.places))

    def measure(texts: tuple[str, ...], place: int) -> str | None:
        said = " ".join(texts)
        for name, one in body.definition.measures.items():
            if any(fits(said, wording) for wording in (name, *one.written)):
                return name
        raise _unknown(body, said, place, columns[0], "measure", "the measure's `written`")

    return _once_each(body, columns, measure)


def _members(body: _Body) -> Listed[str]:
    """Write each row's members of dimensions as `dimension=member`, sorted."""
    dimensions = body.definition.dimensions
    parts: list[tuple[str, list[str]]] = [
        (name, [members[place] for place in body.places]) for name, members in body.sections.items()
    ]
    for index, row in body.located.roles.items():
        if row.is_ not in dimensions:
            continue

        def member(
            texts: tuple[str, ...], place: int, row: RowHeading = row, index: int = index
        ) -> str:
            found = _member(dimensions[row.is_], row, texts[0])
            if found is None:
                what = f"member of {row.is_}"
                raise _unknown(body, texts[0], place, index, what, "`dimensions`")
            return found

        parts.append((row.is_, _once_each(body, [index], member).each()))
    if not parts:
        return Listed.same("", len(body.places))
    parts.sort(key=lambda part: part[0])
    names = [name for name, _ in parts]
    return Listed.of(zip(*(members for _, members in parts), strict=True)).map(
        lambda one: ";".join(f"{n}={m}" for n, m in zip(names, one, strict=True) if m)
    )


def _member(dimension: Dimension, row: RowHeading, text: str) -> str | None:
    """Return the member that a cell names; '' for a blank one, None for an unknown one."""
    if not text:
        return ""
    for written in (row.written, dimension.written):
        member = _as_written(written, text)
        if member is not None:
            return slug(member)
    words = text
    if row.as_:
        said = read(text, row.as_)
        if said is None:
            return None
        words = said.name or said.code or text
    if dimension.form is not None:
        return words if re.fullmatch(dimension.form, words) else None
    named = slug(words)
    return dimension.slugs.get(named) if dimension.slugs and named else named


def _unknown(body: _Body, said: str, place: int, index: int, what: str, where: str) -> Exception:
    return fault(
        body.located,
        f"'{said}' is not a known {what}.",
        body.number(place),
        index,
        f"If the publisher added or reworded it, add it to {where} of the definition.",
    )


def _columns(body: _Body, file_period: Period | None) -> list[Column]:
    """Describe each column of figures."""
    located, table = body.located, body.table
    columns: list[Column] = []
    for column in located.columns:
        period = column.said.period
        if period and file_period and not table.own_periods and not file_period.holds(period):
            raise fault(
                located,
                f"The heading '{column.heading}' is outside the file's period, {file_period}.",
                located.header_row,
                column.index,
            )
        columns.append(
            Column(
                number=column.index,
                letters=column_letters(column.index),
                heading=column.heading,
                subject=subject_of_column(table, located, column),
                period=period,
                measure=column.measure,
                members=";".join(f"{d}={slug(m)}" for d, m in sorted(column.members.items())),
                markers=json.dumps(dict(column.markers)) if column.markers else "",
            )
        )
    return columns


def _refuse_repeated_rows(located: LocatedTable, rows: Rows) -> None:
    """Refuse a subject that comes twice for the same period, measure and members."""
    parts = (
        rows.subject.map(lambda subject: subject[:2]),
        rows.period,
        rows.measure,
        rows.members,
        rows.parent.map(lambda parent: parent.ons_code),
    )
    key = one_key([part.codes() for part in parts])
    _, first = np.unique(key, return_index=True)
    if len(first) < len(key):
        again = int(np.setdiff1d(np.arange(len(key)), first)[0])
        before = int(np.flatnonzero(key == key[again])[0])
        subject = rows.subject.facts[rows.subject.at[again]]
        period = rows.period.facts[rows.period.at[again]]
        when = f"{period.start:%B %Y}" if period else "the same period"
        raise fault(
            located,
            f"'{subject.code or 'The control total'}' appears twice for {when}: "
            f"rows {rows.number[before] + 1} and {rows.number[again] + 1}.",
            int(rows.number[again]),
            located.role("code") or 0,
        )


def _refuse_repeated_columns(located: LocatedTable, columns: Sequence[Column]) -> None:
    """Refuse two columns that stand for the same figure of a row."""
    headings: dict[tuple[object, ...], Column] = {}
    for column in columns:
        same = (column.subject[:2], column.period, column.measure, column.members)
        if same in headings:
            raise fault(
                located,
                f"The headings '{headings[same].heading}' and '{column.heading}' stand for the "
                "same figure.",
                located.header_row,
                column.number,
            )
        headings[same] = column


def _refuse_gaps(
    located: LocatedTable, rows: Rows, columns: Sequence[Column], file_period: Period | None
) -> None:
    """A series has to hold each period of the span that its title block announces."""
    said = {*rows.period.facts, *(column.period for column in columns)}
    periods = sorted(period for period in said if period is not None)
    if file_period is None or not periods:
        return
    expected = file_period.start
    for period in periods:
        if period.start > expected:
            break
        expected = max(expected, period.end + timedelta(days=1))
    if expected <= file_period.end:
        raise fault(
            located,
            f"The title block announces {file_period}; the table has nothing for {expected}.",
            located.header_row,
            0,
            "Compare the file with the publisher's copy; a period is lost.",
        )


def _error(sheet: Sheet, row: int, column: int) -> str:
    says = sheet.faults[row, column]
    if says == NO_RESULT:
        return "The cell has a formula that was saved without its result"
    return f"The cell holds the error {says}"
