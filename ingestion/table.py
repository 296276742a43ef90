"""Turn located tables into figures, whole columns at a time.

A table becomes a frame of its rows and a frame of its columns, both small; the figures of all
tables of a file are then read as one long column that points into the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import NamedTuple

import polars as pl

from ingestion.definition import Definition
from ingestion.headings import LocatedTable, ValueColumn
from ingestion.layouts import Dimension, RowHeading, Table
from ingestion.patterns import fits, read
from ingestion.period import Period, month_of_financial_year, quarter_of_financial_year
from ingestion.sheetscan import NO_RESULT
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import MOST_DIGITS, cell_name, column_letters, normalise, slug
from ingestion.workbook import Sheet

BLANK_CODES = frozenset({"", "-"})
CODES = ("code", "ons_code", "parent_code")
NAMES = ("name", "parent_name")
"""Kept as the publisher writes them; they are compared as they look."""
SPOILT_CODE = (
    rf"^(?:\d{{{MOST_DIGITS + 1},}}|-?\d+\.\d+|true|false"
    r"|\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})$"
)
"""A number too long, a fraction, a truth value or a date in the place of a code."""
ASK = "Ask the publisher for a file with this cell mended."

ROW_SCHEMA = pl.Schema(
    {
        "table_id": pl.String,
        "sheet": pl.String,
        "number": pl.Int32,
        "kind": pl.String,
        "code": pl.String,
        "name": pl.String,
        "ons_code": pl.String,
        "parent_code": pl.String,
        "parent_name": pl.String,
        "is_control_total": pl.Boolean,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "period_type": pl.String,
        "measure": pl.String,
        "members": pl.String,
    }
)
"""A row with figures; `number` counts from 0. What the columns say instead is null."""

COLUMN_SCHEMA = pl.Schema(
    {
        "table_id": pl.String,
        "sheet": pl.String,
        "index": pl.Int32,
        "letters": pl.String,
        "heading": pl.String,
        "kind": pl.String,
        "code": pl.String,
        "name": pl.String,
        "is_control_total": pl.Boolean,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "period_type": pl.String,
        "measure": pl.String,
        "members": pl.String,
        "markers": pl.String,
    }
)
"""A column of figures; what the rows say instead is null."""


class Subject(NamedTuple):
    """Whom a row or a column is about; the code of a control total is ''."""

    kind: str | None
    code: str | None
    name: str | None
    is_control_total: bool | None = False


NOBODY = Subject(None, None, None, None)
"""What a row says where the columns name the subject, and the other way round."""


@dataclass(frozen=True)
class TableCells:
    """One table: its rows, its columns, and the texts of its figures, a series for a column."""

    rows: pl.DataFrame
    columns: pl.DataFrame
    texts: list[pl.Series]


def read_table(
    definition: Definition, located: LocatedTable, file_period: Period | None
) -> TableCells:
    """Return the rows that have figures, what each is about, and the figures' texts.

    Raises `UntrustedFileError` naming the cell for a row that is about nobody, a subject
    that comes twice in a period, a period that contradicts the title block, and a figure
    that stands under no heading.
    """
    body = _Body.of(located)
    body = _with_figures(definition, body)
    rows = _rows(definition, body, file_period)
    columns = _columns(definition, located, file_period)
    _refuse_repeats(located, rows, columns)
    _refuse_unnamed_figures(body)
    if definition.tables[located.table_id].every_period:
        _refuse_gaps(located, rows, columns, file_period)
    return TableCells(rows, columns, [body.cells[f"v{c.index}"] for c in located.columns])


@dataclass(frozen=True)
class _Body:
    """The rows of a table below its headings.

    `cells` has `number` (the row, from 0), a text column `r<index>` for each descriptive
    column, `v<index>` for each of figures, `u<index>` for each without a heading.
    """

    located: LocatedTable
    cells: pl.DataFrame

    @classmethod
    def of(cls, located: LocatedTable) -> _Body:
        sheet, first = located.sheet, located.first_row
        height = located.end_row - first
        roles = [
            sheet.column(index).slice(first, height).alias(f"r{index}") for index in located.roles
        ]
        figures = [
            sheet.column(column.index).slice(first, height).alias(f"v{column.index}")
            for column in located.columns
        ]
        width = sheet.width
        known = {*located.roles, *(c.index for c in located.columns)}
        bare = {*located.unnamed, *range(located.right, width)} - known
        unnamed = [
            sheet.column(index).slice(first, height).alias(f"u{index}") for index in sorted(bare)
        ]
        cells = pl.DataFrame([*roles, *figures, *unnamed])
        numbers = pl.int_range(first, first + cells.height, dtype=pl.Int32).alias("number")
        described = [
            pl.col(f"r{index}").str.strip_chars() if row.is_ in NAMES else _visible(f"r{index}")
            for index, row in located.roles.items()
        ]
        plain = [pl.col(f"v{c.index}").str.strip_chars() for c in located.columns]
        cells = cells.select(numbers, *described, *plain, *(pl.col(s.name) for s in unnamed))
        return cls(located, cells)

    @property
    def role_names(self) -> list[str]:
        """The names of the descriptive columns."""
        return [f"r{index}" for index in self.located.roles]

    def role(self, role: str) -> pl.Series | None:
        """Return the texts of a role's column, corrected where the definition says so."""
        index = self.located.role(role)
        return None if index is None else self.cells[f"r{index}"]

    def filter(self, keep: pl.Series | pl.Expr) -> _Body:
        """Return the body with only some of its rows."""
        return _Body(self.located, self.cells.filter(keep))


def _visible(name: str) -> pl.Expr:
    """Spell a text as it looks: see `wording.visible`, of which this is the whole-column form."""
    return (
        pl.col(name)
        .str.normalize("NFKC")
        .str.replace_all(r"\p{Cf}+", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _with_figures(definition: Definition, body: _Body) -> _Body:
    """Leave out what is not a row of the table: notes, empty rows, rows that are ignored."""
    table = definition.tables[body.located.table_id]
    body = _above_end(table, body)
    located = body.located
    figures = [pl.col(f"v{column.index}") for column in located.columns]
    filled = pl.any_horizontal(*(cell.is_not_null() & (cell != "") for cell in figures))
    if table.rows_without_figures == "read":
        filled |= pl.sum_horizontal(*(~_is_blank(name) for name in body.role_names)) > 1
    has_figures = body.cells.select(filled.alias("has"))["has"]
    for wording in table.ignore_rows:
        has_figures &= ~_fitting(body, wording)
    if table.only_rows:
        wanted = [_fitting(body, wording) for wording in table.only_rows]
        is_wanted = reduce(lambda one, other: one | other, wanted)
    else:
        is_wanted = pl.repeat(value=True, n=body.cells.height, eager=True)
    if table.rows_without_figures == "refuse":
        _refuse_silent_subjects(body.filter(~has_figures & is_wanted), table)
    has_figures &= is_wanted
    body = _under_sections(definition, _filled_down(body), has_figures).filter(has_figures)
    if table.repeated_rows == "same_figures":
        same = [name for name in body.cells.columns if name != "number"]
        body = _Body(located, body.cells.unique(same, keep="first", maintain_order=True))
    if not body.cells.height:
        raise _fault(located, "The table has no rows with figures.", located.header_row, 0)
    return body


def _above_end(table: Table, body: _Body) -> _Body:
    for wording in table.ends_at:
        hits = _fitting(body, wording).arg_true()
        if len(hits):
            body = _Body(body.located, body.cells.head(int(hits[0])))
    return body


def _fitting(body: _Body, wording: str) -> pl.Series:
    """Tell of each row whether a descriptive cell fits a wording."""
    fitting = pl.repeat(value=False, n=body.cells.height, eager=True)
    for name in body.role_names:
        texts = body.cells[name]
        words = [text for text in texts.unique() if text is not None and fits(text, wording)]
        if words:
            fitting |= texts.is_in(words).fill_null(value=False)
    return fitting


def _filled_down(body: _Body) -> _Body:
    labels = [f"r{index}" for index, row in body.located.roles.items() if row.fill_down]
    if not labels:
        return body
    filled = (
        pl.when(pl.col(n) == "").then(None).otherwise(pl.col(n)).forward_fill() for n in labels
    )
    return _Body(
        body.located,
        body.cells.with_columns(*(e.alias(n) for e, n in zip(filled, labels, strict=True))),
    )


def _under_sections(definition: Definition, body: _Body, has_figures: pl.Series) -> _Body:
    """Give each row the members that stand above it, in rows of their own without figures.

    They become columns `s<dimension>`. A member of an outer dimension ends those within it.
    """
    for index, row in body.located.roles.items():
        if not row.under:
            continue
        open_members: dict[str, str] = {}
        found: list[dict[str, str]] = []
        for text, figures in zip(body.cells[f"r{index}"], has_figures, strict=True):
            words = text or ""
            if any(fits(words, wording) for wording in row.under_ends):
                open_members = {}
            elif words and not figures:
                for place, name in enumerate(row.under):
                    member = _section(definition.dimensions[name], row, words)
                    if member is not None:
                        kept = {n: open_members[n] for n in row.under[:place] if n in open_members}
                        open_members = kept | {name: member}
                        break
            found.append(dict(open_members))
        sections = [
            pl.Series(f"s{name}", [members.get(name, "") for members in found], dtype=pl.String)
            for name in row.under
        ]
        body = _Body(body.located, body.cells.with_columns(*sections))
    return body


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


def _refuse_silent_subjects(body: _Body, table: Table) -> None:
    """A row that names a subject and gives no figure at all is not a note."""
    located = body.located
    if located.subject.is_given or not body.cells.height:
        return
    names = body.role_names
    code = located.role("code")
    said = pl.sum_horizontal(*(~_is_blank(name) for name in names))
    is_silent = said > 1
    if code is not None:
        is_silent |= ~_is_blank(f"r{code}")
    silent = body.cells.filter(is_silent)
    for row in silent.select("number", *names).iter_rows():
        texts = [text for text in row[1:] if text is not None and text not in BLANK_CODES]
        if any(fits(text, wording) for text in texts for wording in table.ignore_rows):
            continue
        raise _fault(
            located,
            f"The row of '{texts[0]}' has no figures.",
            row[0],
            code if code is not None else next(iter(located.roles), 0),
            "A figure or a marker was expected in each column.",
        )


def _is_blank(name: str) -> pl.Expr:
    return pl.col(name).is_null() | pl.col(name).is_in(list(BLANK_CODES))


def _rows(definition: Definition, body: _Body, file_period: Period | None) -> pl.DataFrame:
    """Describe each row: whom it is about, when, which measure and which members."""
    located = body.located
    _refuse_faults_in_roles(body)
    body = _corrected(body)
    _refuse_spoilt_codes(body)
    body = _without_blank_codes(definition.tables[located.table_id], body)
    height = body.cells.height
    described: dict[str, pl.Series | list[object]] = {
        "table_id": pl.Series([located.table_id]).new_from_index(0, height),
        "sheet": pl.Series([located.sheet.name]).new_from_index(0, height),
        "number": body.cells["number"],
        "measure": _measures(definition, body),
        "members": _members(definition, body),
    }
    described |= _periods(definition, body, file_period)
    described |= _subjects(definition.tables[located.table_id], body)
    return pl.DataFrame(described, schema_overrides=ROW_SCHEMA).select(ROW_SCHEMA.names())


def _without_blank_codes(table: Table, body: _Body) -> _Body:
    """Blank out what stands in the place of a code where there is none."""
    if not table.blank_codes:
        return body
    codes = [f"r{i}" for i, row in body.located.roles.items() if row.is_ in CODES]
    blanked = (
        pl.when(pl.col(name).is_in(table.blank_codes)).then(pl.lit("")).otherwise(pl.col(name))
        for name in codes
    )
    named = (expression.alias(name) for expression, name in zip(blanked, codes, strict=True))
    return _Body(body.located, body.cells.with_columns(*named))


def _refuse_faults_in_roles(body: _Body) -> None:
    """An error in a descriptive column is refused, unless it is a known one or not read at all."""
    faults = body.located.sheet.faults
    if not faults:
        return
    numbers = set(body.cells["number"])
    read = {i: row.is_ for i, row in body.located.roles.items() if row.is_ != "ignore"}
    for (row, column), says in sorted(faults.items()):
        is_known = (read.get(column), says) in body.located.corrections
        if row in numbers and column in read and not is_known:
            problem = f"{_error(body.located.sheet, row, column)}."
            raise _fault(body.located, problem, row, column, ASK)


def _refuse_spoilt_codes(body: _Body) -> None:
    """Refuse what a spreadsheet makes of codes: a fraction, a date, a number cut to 15 digits."""
    for index, row in body.located.roles.items():
        if row.is_ not in CODES:
            continue
        spoilt = body.cells.filter(pl.col(f"r{index}").str.contains(SPOILT_CODE))
        if spoilt.height:
            text, number = spoilt[f"r{index}"][0], spoilt["number"][0]
            lost = " its last digits are lost." if text.isdigit() else " a spreadsheet made it so."
            problem = f"'{text}' cannot be a code:{lost}"
            raise _fault(body.located, problem, number, index, ASK)


def _corrected(body: _Body) -> _Body:
    cells = body.cells
    for (role, says), reads in body.located.corrections.items():
        index = body.located.role(role)
        if index is not None:
            name = f"r{index}"
            mended = pl.when(pl.col(name) == says).then(pl.lit(reads)).otherwise(pl.col(name))
            cells = cells.with_columns(mended.alias(name))
    return _Body(body.located, cells)


def _measures(definition: Definition, body: _Body) -> pl.Series:
    """Read the measure that each row names, if the rows do."""
    indices = [index for index, row in body.located.roles.items() if row.is_ == "measure"]
    if not indices:
        return pl.Series([None], dtype=pl.String).new_from_index(0, body.cells.height)
    names = [pl.col(f"r{index}").fill_null("") for index in indices]
    texts = body.cells.select(pl.concat_str(names, separator=" ").alias("said"))["said"]
    known: dict[str | None, str | None] = {
        text: _measure(definition, text) for text in texts.unique()
    }
    _refuse_unknown(body, texts, indices[0], known, "measure", "the measure's `written`")
    return _mapped(texts, known)


def _measure(definition: Definition, text: str) -> str | None:
    for measure, one in definition.measures.items():
        if any(fits(text, wording) for wording in (measure, *one.written)):
            return measure
    return None


def _members(definition: Definition, body: _Body) -> pl.Series:
    """Write each row's members of dimensions as `dimension=member`, sorted."""
    parts: list[tuple[str, pl.Series]] = []
    for index, row in body.located.roles.items():
        dimension = definition.dimensions.get(row.is_)
        if dimension is None:
            continue
        texts = body.cells[f"r{index}"]
        known: dict[str | None, str | None] = {}
        for text in texts.unique():
            known[text] = _member(dimension, row, text)
        _refuse_unknown(body, texts, index, known, f"member of {row.is_}", "`dimensions`")
        parts.append((row.is_, _mapped(texts, known)))
    parts += [(n[1:], body.cells[n]) for n in body.cells.columns if n.startswith("s")]
    if not parts:
        return pl.Series([""]).new_from_index(0, body.cells.height)
    named = pl.DataFrame([series.alias(name) for name, series in sorted(parts, key=lambda p: p[0])])
    pairs = [
        pl.when(pl.col(name) == "").then(None).otherwise(f"{name}=" + pl.col(name))
        for name in named.columns
    ]
    return named.select(pl.concat_str(pairs, separator=";", ignore_nulls=True).alias("members"))[
        "members"
    ]


def _member(dimension: Dimension, row: RowHeading, text: str | None) -> str | None:
    """Return the member that a cell names; '' for a blank one, None for an unknown one."""
    if text is None or text == "":
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


def _refuse_unknown(
    body: _Body,
    texts: pl.Series,
    index: int,
    known: dict[str | None, str | None],
    what: str,
    where: str,
) -> None:
    unknown = [text for text, meaning in known.items() if meaning is None]
    if not unknown:
        return
    at = int((texts == unknown[0]).arg_true()[0])
    raise _fault(
        body.located,
        f"'{unknown[0]}' is not a known {what}.",
        body.cells["number"][at],
        index,
        f"If the publisher added or reworded it, add it to {where} of the definition.",
    )


def _mapped(texts: pl.Series, known: dict[str | None, str | None]) -> pl.Series:
    return texts.replace_strict(
        list(known.keys()), list(known.values()), default=None, return_dtype=pl.String
    )


def _periods(
    definition: Definition, body: _Body, file_period: Period | None
) -> dict[str, pl.Series]:
    """Read each row's own period, or give it the file's; one outside the file's is refused."""
    located = body.located
    columns = [
        index
        for index, row in located.roles.items()
        if row.is_ in {"financial_year", "month_name", "quarter_end_month", "period"}
    ]
    if not columns:
        return _period_columns(
            [file_period], pl.repeat(0, body.cells.height, dtype=pl.Int32, eager=True)
        )
    keys = body.cells.select(
        pl.struct(f"r{index}" for index in columns).rank("dense").alias("rank") - 1
    )["rank"].cast(pl.Int32)
    firsts = (
        body.cells.select("number", *(f"r{i}" for i in columns))
        .with_columns(keys.alias("rank"))
        .unique("rank", keep="first")
        .sort("rank")
    )
    of_totals = _ranks_of_totals(definition.tables[located.table_id], body, keys)
    periods: list[Period | None] = []
    for row in firsts.iter_rows(named=True):
        said = {located.roles[i].is_: (i, row[f"r{i}"] or "") for i in columns}
        try:
            own = _row_period(located, said)
        except ValueError as error:
            if file_period is not None and row["rank"] in of_totals:
                periods.append(file_period)
                continue
            raise _fault(
                located, f"The row's period cannot be read: {error}.", row["number"], columns[0]
            ) from error
        _refuse_outside(
            definition.tables[located.table_id],
            located,
            file_period,
            own,
            row["number"],
            columns[0],
            said,
        )
        periods.append(own)
    return _period_columns(periods, keys)


def _ranks_of_totals(table: Table, body: _Body, keys: pl.Series) -> set[int]:
    """Return the keys that only control totals have, whose period may be the word `TOTAL`."""
    subjects = _subjects(table, body)
    is_total = subjects["is_control_total"].fill_null(value=False)
    if not is_total.any():
        return set()
    return set(keys.filter(is_total)) - set(keys.filter(~is_total))


def _row_period(located: LocatedTable, said: dict[str, tuple[int, str]]) -> Period:
    if "period" in said:
        index, text = said["period"]
        pattern = located.roles[index].as_ or "{month}"
        found = read(text, pattern)
        if found is None or found.period is None:
            raise ValueError(f"'{text}' is not like '{pattern}'")
        return found.period
    year = said["financial_year"][1]
    if "quarter_end_month" in said:
        return quarter_of_financial_year(year, said["quarter_end_month"][1])
    if "month_name" in said:
        return month_of_financial_year(year, said["month_name"][1])
    found = read(year, located.roles[said["financial_year"][0]].as_ or "{financial_year}")
    if found is None or found.period is None:
        raise ValueError(f"'{year}' is not a financial year such as '2014-15'")
    return found.period


def _refuse_outside(
    table: Table,
    located: LocatedTable,
    file_period: Period | None,
    own: Period,
    number: int,
    column: int,
    said: dict[str, tuple[int, str]],
) -> None:
    if not table.own_periods and file_period is not None and not file_period.holds(own):
        words = " ".join(text for _, text in said.values())
        raise _fault(
            located,
            f"The row's period {words} contradicts the title block, which says {file_period}.",
            number,
            column,
            "Ask the publisher which of the two is meant.",
        )


def _period_columns(periods: Sequence[Period | None], keys: pl.Series) -> dict[str, pl.Series]:
    few = pl.DataFrame(
        {
            "period_start": [p.start if p else None for p in periods],
            "period_end": [p.end if p else None for p in periods],
            "period_type": [p.period_type if p else None for p in periods],
        },
        schema={"period_start": pl.Date, "period_end": pl.Date, "period_type": pl.String},
    )
    return {series.name: series for series in few[keys]}


def _subjects(table: Table, body: _Body) -> dict[str, pl.Series]:
    """Say whom each row is about; what the columns say instead is null."""
    located, height = body.located, body.cells.height
    if located.subject.is_given:
        given = _given_subject(located)
        return _subject_columns(
            [given], pl.repeat(0, height, dtype=pl.Int32, eager=True)
        ) | _parents(body)
    if located.role("code") is None and located.role("name") is None:
        return _subject_columns(
            [NOBODY], pl.repeat(0, height, dtype=pl.Int32, eager=True)
        ) | _parents(body)
    columns = [
        index
        for index, row in located.roles.items()
        if row.is_ in {"code", "name", "level", located.subject.blank_code}
    ]
    names = [f"r{index}" for index in columns]
    texts = body.cells.select("number", *(pl.col(n).fill_null("") for n in names))
    keyed = texts.with_columns(pl.struct(names).rank("dense").alias("rank") - 1)
    firsts = keyed.unique("rank", keep="first").sort("rank")
    subjects = [
        _subject(
            table,
            located,
            {located.roles[i].is_: (i, t) for i, t in zip(columns, row[1:-1], strict=True)},
            row[0],
        )
        for row in firsts.iter_rows()
    ]
    return _subject_columns(subjects, keyed["rank"].cast(pl.Int32)) | _parents(body)


def _subject(
    table: Table, located: LocatedTable, said: dict[str, tuple[int, str]], number: int
) -> Subject:
    code, name = said.get("code", (0, ""))[1], said.get("name", (0, ""))[1]
    for role in ("code", "name"):
        index, text = said.get(role, (0, ""))
        pattern = located.roles[index].as_ if role in said else None
        if pattern and (found := read(text, pattern)):
            code, name = found.code or code, (found.name or "").strip() or name
    name = located.corrections.get(("name", name), name)
    control = table.control_total
    if control is not None and _is_control(control.name, control.code, code, name):
        return Subject(control.kind, "", name, is_control_total=True)
    if code in BLANK_CODES and located.subject.identified_by == "name":
        code = name
    if code in BLANK_CODES and located.subject.blank_code:
        code = said.get(located.subject.blank_code, (0, ""))[1]
        if control is not None and control.code and normalise(code) == normalise(control.code):
            return Subject(control.kind, "", name, is_control_total=True)
    if code in BLANK_CODES:
        code = next((c for n, c in table.unnamed_code.items() if fits(name, n)), "")
    if not code:
        raise _fault(
            located,
            f"The row of '{name}' has figures and no code.",
            number,
            said.get("code", said.get("name", (0, "")))[0],
            "If the publisher leaves this code out, give it in `unnamed_code`.",
        )
    return Subject(_kind(located, code, said, number), code, name)


def _is_control(wording: str, wanted: str | None, code: str, name: str) -> bool:
    if code not in BLANK_CODES:
        return wanted is not None and normalise(code) == normalise(wanted)
    is_told_by_code = wanted is not None and wording == "*"
    return not is_told_by_code and fits(name, wording)


def _kind(located: LocatedTable, code: str, said: dict[str, tuple[int, str]], number: int) -> str:
    subject = located.subject
    if subject.kind is not None:
        return subject.kind
    by, text = (subject.by_level, said["level"][1]) if subject.by_level else (subject.by_code, code)
    for wording, kind in by.items():
        if fits(text, wording):
            return kind
    what = "level" if subject.by_level else "code"
    raise _fault(
        located,
        f"'{text}' is not a {what} that this table is known to have ({', '.join(by)}).",
        number,
        said.get("level", said.get("code", (0, "")))[0],
        f"If the publisher added it, add it to `by_{what}` of the table's subject.",
    )


def _given_subject(located: LocatedTable) -> Subject:
    """Return the one subject of a sheet, as the definition or the sheet itself names it."""
    subject, sheet = located.subject, located.sheet
    code, name = subject.code or "", subject.name or ""
    for label, is_code in ((subject.code_beside, True), (subject.name_beside, False)):
        if label is None:
            continue
        place = sheet.beside(label)
        if place is None or not place.text:
            raise _fault(located, f"Nothing stands beside '{label}'.", 0, 0)
        code, name = (place.text, name) if is_code else (code, place.text)
    if subject.sheet_is_name:
        name = sheet.name.strip()
    if not code and subject.identified_by == "name":
        code = name
    return Subject(subject.kind, code, name)


def _subject_columns(subjects: Sequence[Subject], keys: pl.Series) -> dict[str, pl.Series]:
    few = pl.DataFrame(
        subjects,
        schema={
            "kind": pl.String,
            "code": pl.String,
            "name": pl.String,
            "is_control_total": pl.Boolean,
        },
        orient="row",
    )
    return {series.name: series for series in few[keys]}


def _parents(body: _Body) -> dict[str, pl.Series]:
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, body.cells.height)
    found: dict[str, pl.Series] = {}
    for role in ("ons_code", "parent_code", "parent_name"):
        texts = body.role(role)
        if texts is None:
            found[role] = nothing
        else:
            is_blank = texts.is_in(list(BLANK_CODES))
            found[role] = texts.set(is_blank.fill_null(value=False), None)
    return found


def _columns(
    definition: Definition, located: LocatedTable, file_period: Period | None
) -> pl.DataFrame:
    """Describe each column of figures."""
    table = definition.tables[located.table_id]
    rows = []
    for column in located.columns:
        period = column.said.period
        if period and file_period and not table.own_periods and not file_period.holds(period):
            raise _fault(
                located,
                f"The heading '{column.heading}' is outside the file's period, {file_period}.",
                located.header_row,
                column.index,
            )
        subject = _column_subject(table, located, column)
        members = ";".join(f"{d}={slug(m)}" for d, m in sorted(column.members.items()))
        rows.append(
            (
                located.table_id,
                located.sheet.name,
                column.index,
                column_letters(column.index),
                column.heading,
                *subject,
                period.start if period else None,
                period.end if period else None,
                period.period_type if period else None,
                column.measure,
                members,
                json.dumps(dict(column.markers)) if column.markers else "",
            )
        )
    return pl.DataFrame(rows, schema=COLUMN_SCHEMA, orient="row")


def _column_subject(table: Table, located: LocatedTable, column: ValueColumn) -> Subject:
    code, name = column.said.code or "", (column.said.name or "").strip()
    if not code and not name:
        return NOBODY
    control = table.control_total
    if control is not None and _is_control(control.name, control.code, code, name):
        return Subject(control.kind, "", name, is_control_total=True)
    if not code:
        code = next((c for n, c in table.unnamed_code.items() if fits(name, n)), "")
    if not code and located.subject.identified_by == "name":
        code = name
    if not code:
        raise _fault(
            located,
            f"The heading '{column.heading}' names a subject without a code.",
            located.header_row,
            column.index,
            "Say `identified_by: name` if the publisher gives none.",
        )
    said = {"code": (column.index, code)}
    return Subject(_kind(located, code, said, located.header_row), code, name)


def _refuse_repeats(located: LocatedTable, rows: pl.DataFrame, columns: pl.DataFrame) -> None:
    """Refuse a subject that comes twice for the same period, measure and members."""
    key = ["kind", "code", "period_start", "period_type", "measure", "members"]
    of_rows = [*key, "ons_code"]
    repeated = rows.filter(rows.select(of_rows).is_duplicated())
    if repeated.height:
        first = repeated.row(0, named=True)
        same = repeated.filter(
            *(
                pl.col(name).eq_missing(pl.lit(first[name], dtype=ROW_SCHEMA[name]))
                for name in of_rows
            )
        )
        two = same["number"][0], same["number"][1]
        when = f"{first['period_start']:%B %Y}" if first["period_start"] else "the same period"
        raise _fault(
            located,
            f"'{first['code'] or 'The control total'}' appears twice for {when}: "
            f"rows {two[0] + 1} and {two[1] + 1}.",
            two[1],
            located.role("code") or 0,
        )
    doubled = columns.filter(columns.select(key).is_duplicated())
    if doubled.height:
        one, other = doubled["heading"][0], doubled["heading"][1]
        raise _fault(
            located,
            f"The headings '{one}' and '{other}' stand for the same figure.",
            located.header_row,
            doubled["index"][1],
        )


def _refuse_unnamed_figures(body: _Body) -> None:
    """A figure under no heading may belong to anything."""
    names = [name for name in body.cells.columns if name.startswith("u")]
    for name in names:
        cells = body.cells.select("number", pl.col(name).str.strip_chars())
        filled = cells.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(["", "-"]))
        if filled.height:
            index = int(name[1:])
            raise _fault(
                body.located, "A figure stands under no heading.", filled["number"][0], index
            )


def _refuse_gaps(
    located: LocatedTable, rows: pl.DataFrame, columns: pl.DataFrame, file_period: Period | None
) -> None:
    """A series has to hold each period of the span that its title block announces."""
    said = pl.concat([frame.select("period_start", "period_end") for frame in (rows, columns)])
    periods = said.drop_nulls().unique().sort("period_start")
    if file_period is None or periods.is_empty():
        return
    starts, ends = periods["period_start"].to_list(), periods["period_end"].to_list()
    expected = file_period.start
    for start, end in zip(starts, ends, strict=True):
        if start > expected:
            break
        expected = max(expected, end + timedelta(days=1))
    if expected <= file_period.end:
        raise _fault(
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


def _fault(
    located: LocatedTable, problem: str, row: int, column: int, mend: str = ""
) -> UntrustedFileError:
    cell = cell_name(row, column)
    return UntrustedFileError(problem, sheet=located.sheet.name, cell=cell, mend=mend)
