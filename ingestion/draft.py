"""Draft a definition from one example file: all that its looks tell, and `TODO` where they do not.

The draft is valid. A plain table is read by it already; what the figures mean, a person says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ingestion.definition import TODO
from ingestion.definition_text import escaped, quoted, scalar, wrapped
from ingestion.draft_table import DraftTable, draft_tables
from ingestion.guesses import day_of, period_of, period_within
from ingestion.period import Period, calendar_year
from ingestion.wording import normalise, visible
from ingestion.workbook import Workbook

EVERY = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "financial_year": "year",
    "calendar_year": "year",
}
DATES = {
    "published": ("published", "publication date", "date published", "date of publication"),
    "revised": ("revised", "revision date", "date revised"),
    "status": ("status",),
}
LONGEST_WAIT = 550
"""Days from a period's end to its publication; a longer one is a mistake about either."""
TITLES = ("title", "name of return", "statistic")


SURE = "# TODO: does every edition say so, and no other return?"


@dataclass(frozen=True)
class Wanted:
    """What is known of a return before its file is looked at; what is not given is a TODO."""

    return_id: str
    title: str = ""
    publisher: str = ""
    landing_page: str = ""
    every: str = ""
    encodings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """A line of the title block: a label with what stands beside it, or a text by itself."""

    label: str
    text: str


class NoTableError(Exception):
    """The file has nothing that looks like a table of figures."""


def draft(wanted: Wanted, workbook: Workbook) -> str:
    """Return the YAML text of a definition that reads such a file."""
    tables = draft_tables(workbook)
    if not tables:
        raise NoTableError(
            "No sheet has a row of headings with figures right below it. If it lists bodies or "
            "places, or is headed otherwise, write the definition by hand: docs/returns.md "
            "says how (`records`, `layouts`), and ingestion/returns has examples of both."
        )
    block = _title_block(workbook, tables)
    period = _period(block, tables, workbook)
    parts = [
        _head(wanted, block, workbook),
        _cadence(wanted, block, period, tables),
        _recognise(block, tables),
        _text(wanted),
        period.line,
        _published(block),
        *_tables(workbook, tables),
    ]
    return "\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class _Period:
    """How the period is known: the line of the definition, and the period if it was read."""

    line: str
    found: Period | None


def _title_block(workbook: Workbook, tables: Sequence[DraftTable]) -> list[_Line]:
    """Return the lines above the headings of the first table, or of a cover before it."""
    first = tables[0].found
    sheets = [first.sheet, *(s for s in workbook.sheets if s is not first.sheet)]
    lines: list[_Line] = []
    for sheet in sheets:
        rows = sheet.top[: first.row] if sheet is first.sheet else sheet.top[:15]
        for number, cells in enumerate(rows):
            texts = [visible(sheet.cell(number, column)) for column in sorted(cells)]
            if len(texts) == 2 or (texts and texts[0].endswith(":") and len(texts) > 1):
                lines.append(_Line(texts[0].rstrip(": "), texts[1]))
            elif len(texts) == 1:
                lines.append(_Line("", texts[0]))
    return lines


def _head(wanted: Wanted, block: Sequence[_Line], workbook: Workbook) -> str:
    titles = [line.text for line in block if normalise(line.label) in TITLES]
    title = next(iter([*titles, *(line.text for line in block)]), TODO)
    guessed = f"{scalar(visible(title))}   # TODO: what it is, without the period"
    page = scalar(wanted.landing_page) if wanted.landing_page else TODO
    return "\n".join(
        [
            f"return: {wanted.return_id}",
            f"title: {scalar(wanted.title) if wanted.title else guessed}",
            f"publisher: {scalar(wanted.publisher) if wanted.publisher else TODO}",
            "licence: TODO   # such as OGL-UK-3.0, if the publisher says so",
            f"landing_page: {page}   # links to the files",
            f"link: {quoted(_link(workbook.file_name))}   # TODO: fits the names of all files",
        ]
    )


def _link(file_name: str) -> str:
    """Return a pattern of file names: what may be a period or an edition is left open."""
    name = PurePath(file_name)
    stem = re.sub(r"[\W_]*\d[\d\W_]*", "*", name.stem)
    months = r"(?i)(?<![a-z])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    return re.sub(r"\*+", "*", f"*{re.sub(months, '*', stem)}*{name.suffix[:4]}*")


def _cadence(
    wanted: Wanted, block: Sequence[_Line], period: _Period, tables: Sequence[DraftTable]
) -> str:
    found = period.found or next((t.first_period for t in tables if t.first_period), None)
    every = wanted.every or (EVERY.get(found.period_type, TODO) if found else TODO)
    published = next((day_of(line.text) for line in block if _is_date(line, "published")), None)
    days = (published - found.end).days if published and found else 0
    first = f"{found.start:%Y-%m}" if found else TODO
    after = days if 0 < days < LONGEST_WAIT else TODO
    return (
        f"cadence: {{every: {every}, published_after_days: {after}, first: {first}}}"
        "   # TODO: is it so, and which is the first month of the return?"
    )


def _recognise(block: Sequence[_Line], tables: Sequence[DraftTable]) -> str:
    """Recognise the file by its title; without one, by its longest headings."""
    for line in block:
        if normalise(line.label) in TITLES:
            wording = quoted(_open(line.text))
            return f"recognise:   {SURE}\n  title: {{{scalar(line.label)}: {wording}}}"
    alone = [line.text for line in block if not line.label and len(line.text.split()) > 2]
    headings = [c.heading for c in [*tables[0].found.described, *tables[0].found.figures]]
    longest = sorted(headings, key=len, reverse=True)[:3]
    words = [_open(alone[0])] if alone else [escaped(heading) for heading in longest if heading]
    return f"recognise:   {SURE}\n  text: [{', '.join(quoted(word) for word in words)}]"


def _open(text: str) -> str:
    """Return a title with its period and its numbers left open."""
    found = period_within(text)
    words = text.replace(found[2], "\0") if found else text
    return re.sub(r"[\0*]+", "*", re.sub(r"\d[\d,./-]*", "\0", escaped(words)))


def _text(wanted: Wanted) -> str:
    return f"text: {{encodings: [{', '.join(wanted.encodings)}]}}" if wanted.encodings else ""


def _period(block: Sequence[_Line], tables: Sequence[DraftTable], workbook: Workbook) -> _Period:
    if any(table.periods_from for table in tables):
        which = next(table.periods_from for table in tables if table.periods_from)
        return _Period(f"period: {{from: {which}}}", None)
    for line in block:
        found = period_of(line.text) if line.label and not _is_any_date(line) else None
        if found is not None:
            said = f"period: {{beside: {scalar(line.label)}, as: {found[0]}}}"
            return _Period(said, found[1])
    for line in block:
        within = period_within(line.text) if not _is_any_date(line) else None
        if within is not None and within[0] not in ("day", "days"):
            return _Period(f"period: {{text: {_pattern(line.text, within)}}}", within[1])
    return _period_of_name(workbook.file_name)


def _period_of_name(file_name: str) -> _Period:
    stem = PurePath(file_name).stem
    within = period_within(stem)
    if within is not None:
        said = _pattern(f"{stem}.", within)
        return _Period(
            f"period: {{file_name: {said}}}   # TODO: does nothing inside say it?", within[1]
        )
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", stem)
    comment = "   # TODO: say where the file says its period"
    found = calendar_year(int(years[-1])) if years else None
    return _Period(f'period: {{file_name: "*{{calendar_year}}*"}}{comment}', found)


def _pattern(text: str, within: tuple[str, Period, str]) -> str:
    """Return the words around a period as a pattern; numbers before it are left open."""
    before, _, after = text.partition(within[2])
    opened = re.sub(r"\d+", "*", escaped(before))
    return quoted(f"{opened}{{{within[0]}}}{'*' if after else ''}")


def _published(block: Sequence[_Line]) -> str:
    found = [
        f"{role}: {scalar(line.label)}"
        for role in DATES
        for line in block
        if _is_date(line, role) and (role == "status" or day_of(line.text) or line.text == "-")
    ]
    if not found:
        return "# TODO: published_on, if the file says when it was published"
    return f"published_on: {{{', '.join(dict.fromkeys(found))}}}"


def _is_date(line: _Line, role: str) -> bool:
    return normalise(line.label) in DATES[role]


def _is_any_date(line: _Line) -> bool:
    return any(_is_date(line, role) for role in DATES)


def _tables(workbook: Workbook, tables: Sequence[DraftTable]) -> Iterator[str]:
    """Write what the tables say: markers, measures, members, headings, and the one layout."""
    markers = {mark: where for table in tables for mark, where in table.markers.items()}
    if markers:
        yield "markers:   # zero, suppressed, missing, not_applicable or not_collected"
        yield from (
            f"  {quoted(mark)}: TODO   # {where}" for mark, where in sorted(markers.items())
        )
    forms = sorted({form for table in tables for form in table.number_forms})
    if forms:
        yield f"number_forms: [{', '.join(quoted(form) for form in forms)}]"
    whole = ", is_whole: true" if all(table.is_whole for table in tables) else ""
    least = ", minimum: null" if any(table.has_negatives for table in tables) else ""
    yield "\nmeasures:   # TODO: a name and a unit for each thing that is counted"
    yield f"  figures: {{unit: TODO{whole}{least}}}"
    dimensions: dict[str, list[str]] = {}
    for table in tables:
        for name, members in table.dimensions.items():
            dimensions[name] = list(dict.fromkeys([*dimensions.get(name, []), *members]))
    if dimensions:
        yield "dimensions:"
        yield from (f"  {n}: {wrapped(map(scalar, m), 4)}" for n, m in dimensions.items())
    yield "\ntables:"
    for table in tables:
        sheet = f"sheet: {scalar(_sheet_pattern(table.found.sheet.name))}, " if table.sheet else ""
        yield f"  {table.table_id}: {{{sheet}{table.about}}}{table.todo}"
    yield "\nrow_headings:"
    yield from _once((t.rows, [f"    {line}" for line in t.row_headings]) for t in tables)
    yield "\ncolumn_headings:"
    yield from _once(
        (name, lines) for table in tables for name, lines in table.column_headings.items()
    )
    yield "\nlayouts:\n  first:   # TODO: name it after the first month that it holds for"
    yield "    tables:"
    for table in tables:
        levels = ", ".join(table.column_headings)
        yield f"      {table.table_id}: {{rows: {table.rows}, columns: [{levels}]{table.absent}}}"
    others = [s.name for s in workbook.sheets if all(t.found.sheet is not s for t in tables)]
    if others:
        yield f"    other_sheets: {wrapped((scalar(_sheet_pattern(one)) for one in others), 6)}"


def _once(sets: Iterator[tuple[str, list[str]]]) -> Iterator[str]:
    """Write each named set once; tables that are headed alike share theirs."""
    written: set[str] = set()
    for name, lines in sets:
        if name not in written:
            written.add(name)
            yield f"  {name}:" + ("" if lines else " {}")
            yield from lines


def _sheet_pattern(name: str) -> str:
    """Return a sheet's name as a pattern that fits it; brackets would be read as one."""
    return re.sub(r"[\[\]?*]", "?", name)
