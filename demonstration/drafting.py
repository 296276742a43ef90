"""Draft the tables of a synthetic file: which columns and rows they have, and their figures.

A draft knows what each cell says and nothing yet of where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from random import Random

from demonstration.arithmetic import Figure
from demonstration.bodies import Body, bodies_by_code, bodies_of, handful
from demonstration.forms import text_of_form
from demonstration.months import NAMES
from demonstration.spans import column_placeholder, inner_periods, row_placeholder
from demonstration.spelling import (
    PERIODS,
    Parts,
    date_cell,
    period_placeholder,
    placeholders,
    spell,
)
from ingestion.definition import Definition
from ingestion.file_checks import ChildrenAddUp, Difference, PartsAddUp
from ingestion.layouts import ColumnHeading, RowHeading, Subject, TableLayout, blocks
from ingestion.patterns import fits, has_parts
from ingestion.period import Period
from ingestion.wording import slug

Cell = str | float | date
Wordings = Callable[[list[str]], str]
"""Chooses one of the wordings of a heading, the definition's own being the first."""

PLACED = ("unheaded ", "above ")
"""Beginnings of row headings that say where a column stands, not what is written above it."""
FEW_MEMBERS = 3
MOST_MEASURES = 8
MOST_ROWS = 48
"""Rows of a table, at most, where not every body has to have one."""


@dataclass(frozen=True)
class Column:
    """A column of figures: the texts above it, topmost first, and what they say together."""

    keys: tuple[str, ...]
    texts: tuple[Cell, ...]
    measure: str | None
    members: dict[str, str]
    markers: dict[str, str]
    period: Period | None
    body: Body | None
    is_control: bool
    is_ignored: bool
    is_optional: bool
    order: tuple[object, ...]

    @property
    def depth(self) -> int:
        """The number of rows that its headings take."""
        return len(self.texts)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What the column is about; two columns of a table never are about the same."""
        return self.measure, tuple(sorted(self.members.items())), self.period, self.body


@dataclass(frozen=True)
class Row:
    """A row: what it is about, and the texts of its descriptive cells by heading."""

    body: Body | None
    is_control: bool
    period: Period | None
    measure: str | None
    members: dict[str, str]
    labels: dict[str, Cell]


@dataclass
class TableDraft:
    """One table on one sheet; `figures` maps a row and a column, both from 0, to a figure."""

    table_id: str
    sheet: str
    layout: TableLayout
    row_headings: dict[str, tuple[str, RowHeading]]
    columns: list[Column]
    rows: list[Row]
    sheet_body: Body | None = None
    figures: dict[tuple[int, int], Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What a draft is made from. `period` is the file's; `bodies` are shared by its tables."""

    definition: Definition
    layout_id: str
    period: Period | None
    subjects: int
    wordings: Wordings
    seed: str

    def rng(self, *parts: object) -> Random:
        """Return the random numbers of one purpose, which no other purpose disturbs."""
        return Random(f"{self.seed}/{'/'.join(map(str, parts))}")  # noqa: S311

    def table_period(self, table_id: str) -> Period:
        """Return a period in which the bodies of a table have to exist."""
        layout = self.definition.layouts[self.layout_id].tables[table_id]
        for found in (column_placeholder, row_placeholder):
            placeholder = found(self.definition, layout)
            if placeholder is not None:
                inner = self.inner(table_id, placeholder)
                return Period(inner[0].start, inner[-1].end, "span")
        if self.period is None:
            raise ValueError(f"{table_id}: neither the file nor the table says a period")
        return self.period

    def inner(self, table_id: str, placeholder: str) -> list[Period]:
        """Return the periods that a table's rows or headings name."""
        return inner_periods(self.definition, self.layout_id, table_id, placeholder, self.period)


def draft_tables(setting: Setting) -> list[TableDraft]:
    """Draft every table of a layout, sheet by sheet, and number its figures."""
    drafts: list[TableDraft] = []
    for table_id, layout in setting.definition.layouts[setting.layout_id].tables.items():
        drafts += _sheets_of(setting, table_id, layout)
    for draft in drafts:
        _note_figures(setting, draft)
    return drafts


def _sheets_of(setting: Setting, table_id: str, layout: TableLayout) -> Iterator[TableDraft]:
    """Draft one table on its sheet, or on a few sheets if it is spread over many."""
    table = setting.definition.tables[table_id]
    subject = layout.subject or table.subject
    pattern = layout.sheet or table.sheet or ""
    bodies = table_bodies(setting, table_id)
    if not table.each_sheet:
        yield _draft(setting, table_id, _sheet_name(setting, pattern, None), bodies)
        return
    if subject.is_given and subject.code is None:
        for body in bodies:
            yield _draft(setting, table_id, _sheet_name(setting, pattern, body), [body])
        return
    half = max(1, len(bodies) // 2)
    for number, part in enumerate((bodies[:half], bodies[half:])):
        if part:
            name = spell(pattern, unlike=()) if not number else _sheet_name(setting, pattern, part[0])
            yield _draft(setting, table_id, name, part)


def _sheet_name(setting: Setting, pattern: str, body: Body | None) -> str:
    """Return a name that fits the pattern of a table's sheet, and no other table's."""
    if body is not None:
        return pattern.replace("*", body.name)[:31] if "*" in pattern else pattern
    layout = setting.definition.layouts[setting.layout_id]
    others = {
        other.sheet or setting.definition.tables[table_id].sheet or ""
        for table_id, other in layout.tables.items()
    } | {*layout.other_sheets}
    unlike = tuple(sorted(o for o in others if o and o != pattern and "*" not in o))
    return spell(pattern, unlike=unlike) if has_parts(pattern) else pattern


# Whom the rows are about.


def table_bodies(setting: Setting, table_id: str) -> list[Body]:
    """Return the bodies that a table has rows (or columns, or sheets) for."""
    layout = setting.definition.layouts[setting.layout_id].tables[table_id]
    table = setting.definition.tables[table_id]
    subject = layout.subject or table.subject
    period = setting.table_period(table_id)
    if subject.code is not None:
        return [Body(subject.kind or "country", subject.code, subject.name or "")]
    if not subject.is_given and not _names_codes(setting, layout, subject):
        bodies = _named_only(table.unnamed_code, subject, period)
    else:
        bodies = _of_subject(setting, table_id, subject, period)
    if subject.identified_by == "name":
        bodies = [replace(body, code=body.name) for body in bodies]
    return _under_parents(setting, table_id, bodies)


def _names_codes(setting: Setting, layout: TableLayout, subject: Subject) -> bool:
    """Tell whether rows or headings give codes, so that any body of the kind can be shown."""
    if subject.identified_by == "name":
        return True
    rows = setting.definition.row_headings[layout.rows].values()
    headings = [h for block in blocks(layout) for name in block
                for h in setting.definition.column_headings[name]]
    return any(
        row.is_ == "code" or (row.is_ == "name" and "code" in placeholders(row.as_ or ""))
        for row in rows
    ) or any("code" in placeholders(heading) for heading in headings)


def _named_only(codes: dict[str, str], subject: Subject, period: Period) -> list[Body]:
    """Return bodies whose codes the definition gives, as the file gives only names."""
    known = {body.code: body for kind in sorted(subject.kinds) for body in bodies_of(kind, period)}
    bodies = []
    for name, code in codes.items():
        kind = known[code].kind if code in known else sorted(subject.kinds)[0]
        bodies.append(Body(kind, code, spell(name)))
    return bodies


def _of_subject(
    setting: Setting, table_id: str, subject: Subject, period: Period
) -> list[Body]:
    rng = setting.rng("bodies", *sorted(subject.kinds))
    ons = _uses_ons_codes(setting, table_id)
    if subject.by_code:
        return bodies_by_code(subject.by_code, period, max(2, setting.subjects // 2), rng)
    levels = dict(_levels(subject))
    found: list[Body] = []
    for kind in subject.kinds if not levels else levels.values():
        bodies = bodies_of(kind, period, ons_codes=ons)
        some = bodies if _has_all(setting, kind) else handful(bodies, setting.subjects, rng)
        level = next((level for level, of in levels.items() if of == kind), "")
        found += [replace(body, level=level) for body in some]
    return found


def _levels(subject: Subject) -> Iterator[tuple[str, "SubjectKindName"]]:
    before: tuple[str, ...] = ()
    for pattern, kind in subject.by_level.items():
        yield spell(pattern, unlike=before), kind
        before = (*before, pattern)
