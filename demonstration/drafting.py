"""Draft the tables of a synthetic file: which columns and rows they have, and their figures.

A draft knows what each cell says and nothing yet of where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from math import prod
from random import Random
from typing import NamedTuple, cast

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
from ingestion.layouts import (
    ColumnHeading,
    RowHeading,
    Subject,
    SubjectKind,
    Table,
    TableLayout,
    blocks,
)
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
    """A column of figures: the texts above it, topmost first, and what they say together.

    `names_body` tells which of the texts are (or hold) the name or code of a body.
    """

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
    names_body: tuple[bool, ...]
    order: tuple[int, ...]

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
    """A row: its number from 0, what it is about, and its descriptive cells by heading.

    `words` are the members of `members` as the row writes them, by dimension.
    """

    number: int
    body: Body | None
    is_control: bool
    period: Period | None
    measure: str | None
    members: dict[str, str]
    words: dict[str, str]
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
    _part_shared_rows(setting, drafts)
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
        if (control := table.control_total) is not None:
            total = Body(control.kind, "", spell(control.name))
            name = _sheet_name(setting, pattern, total)
            yield _draft(setting, table_id, name, [total], is_control=True)
        return
    half = max(1, len(bodies) // 2)
    for number, part in enumerate((bodies[:half], bodies[half:])):
        if part:
            name = _sheet_name(setting, pattern, part[0] if number else None)
            yield _draft(setting, table_id, name, part)


LONGEST_SHEET_NAME = 31


def _sheet_name(setting: Setting, pattern: str, body: Body | None) -> str:
    """Return a name that fits the pattern of a table's sheet, and is no other sheet's."""
    if body is not None:
        return pattern.replace("*", body.name)[:LONGEST_SHEET_NAME] if "*" in pattern else pattern
    layout = setting.definition.layouts[setting.layout_id]
    others = {
        other.sheet or setting.definition.tables[table_id].sheet or ""
        for table_id, other in layout.tables.items()
    } | {*layout.other_sheets}
    unlike = tuple(sorted(o for o in others if o and o != pattern and "*" not in o))
    return spell(pattern, unlike=unlike, most=LONGEST_SHEET_NAME)


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
        bodies = _with_unnamed(_of_subject(setting, table_id, subject, period), table)
    if subject.identified_by == "name":
        bodies = [replace(body, code=body.name) for body in bodies]
    if (control := table.control_total) is not None and len(subject.kinds) > 1:
        bodies = [body for body in bodies if body.kind != control.kind]
    return _under_parents(setting, table_id, bodies)


def _with_unnamed(bodies: list[Body], table: Table) -> list[Body]:
    """Add the bodies whose code the definition gives, as their rows have only a name."""
    control = table.control_total
    names = {
        code: spell(name)
        for name, code in table.unnamed_code.items()
        if control is None or code != control.code
    }
    own = [
        replace(body, name=names[body.code], is_unnamed=True) if body.code in names else body
        for body in bodies
    ]
    first = bodies[0]
    others = [code for code in names if code not in {body.code for body in bodies}]
    if table.subject.is_registered:
        return own
    return own + [
        Body(_kind(table.subject, c, first), c, names[c], level=first.level, is_unnamed=True)
        for c in others
    ]


def _kind(subject: Subject, code: str, other: Body) -> SubjectKind:
    """Return the kind that a code tells, or that of another body of the table."""
    told = (kind for pattern, kind in subject.by_code.items() if fits(code, pattern))
    return next(told, other.kind)


def _names_codes(setting: Setting, layout: TableLayout, subject: Subject) -> bool:
    """Tell whether rows or headings give codes, so that any body of the kind can be shown."""
    if subject.identified_by == "name":
        return True
    rows = setting.definition.row_headings[layout.rows].values()
    headings = [
        h
        for block in blocks(layout)
        for name in block
        for h in setting.definition.column_headings[name]
    ]
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
        bodies.append(Body(kind, code, spell(name), is_unnamed=True))
    return bodies


def _of_subject(setting: Setting, table_id: str, subject: Subject, period: Period) -> list[Body]:
    rng = setting.rng("bodies", *sorted(subject.kinds))
    ons = _uses_ons_codes(setting, table_id)
    registered = _is_registered(setting)
    if subject.by_code:
        few = max(2, setting.subjects // 2)
        is_name = subject.identified_by == "name"
        return bodies_by_code(subject.by_code, period, few, rng, by_name=is_name)
    levels = dict(_levels(subject))
    found: list[Body] = []
    for kind in subject.kinds if not levels else levels.values():
        bodies = bodies_of(kind, period, ons_codes=ons, registered=registered)
        some = bodies if _has_all(setting, kind) else handful(bodies, setting.subjects, rng)
        level = next((level for level, of in levels.items() if of == kind), "")
        found += [replace(body, level=level) for body in some]
    return found


def _levels(subject: Subject) -> Iterator[tuple[str, SubjectKind]]:
    before: tuple[str, ...] = ()
    for pattern, kind in subject.by_level.items():
        yield spell(pattern, unlike=before), kind
        before = (*before, pattern)


def _uses_ons_codes(setting: Setting, table_id: str) -> bool:
    """Tell whether the codes of a table are those of the ONS, by the words above them."""
    layout = setting.definition.layouts[setting.layout_id].tables[table_id]
    rows = setting.definition.row_headings[layout.rows]
    words = {slug(heading) for heading, row in rows.items() if row.is_ == "code"}
    return any(part in word for word in words for part in ("ons", "geography", "gss", "ecode"))


def _is_registered(setting: Setting) -> bool:
    """Tell whether names have to be those of the register in some table of the layout."""
    layout = setting.definition.layouts[setting.layout_id]
    return any(
        (of.subject or setting.definition.tables[table_id].subject).is_registered
        for table_id, of in layout.tables.items()
    )


REGISTERED = ("council", "commissioner")
"""Kinds of bodies that a reader knows each of."""


def _has_all(setting: Setting, kind: SubjectKind) -> bool:
    """Tell whether some table of the layout needs every body of a kind that is registered."""
    if kind not in REGISTERED:
        return False
    layout = setting.definition.layouts[setting.layout_id]
    subjects = [
        of.subject or setting.definition.tables[table_id].subject
        for table_id, of in layout.tables.items()
    ]
    return any(subject.complete and kind in subject.kinds for subject in subjects)


def _under_parents(setting: Setting, table_id: str, bodies: list[Body]) -> list[Body]:
    """Put bodies under those that another table of the layout adds them up to."""
    tables = setting.definition.layouts[setting.layout_id].tables
    for check in setting.definition.checks:
        if not isinstance(check, ChildrenAddUp):
            continue
        if (check.children, check.parents in tables) != (table_id, True):
            continue
        parents = table_bodies(setting, check.parents)
        return [
            replace(body, parent_code=parent.code, parent_name=parent.name)
            for number, body in enumerate(bodies)
            for parent in [parents[number % len(parents)]]
        ]
    return bodies


# The columns.


def _columns(setting: Setting, table_id: str, bodies: Sequence[Body]) -> list[Column]:
    """Return the columns of a table: shallow blocks first, so that no group is carried to them."""
    definition = setting.definition
    layout = definition.layouts[setting.layout_id].tables[table_id]
    named = [*([[layout.single]] if layout.single else []), *blocks(layout)]
    found = [
        column
        for number, names in enumerate(sorted(named, key=len))
        for column in _block_columns(setting, table_id, names, bodies)
    ]
    needed = {column.meaning for column in found if not column.is_optional}
    kept: list[Column] = []
    for column in found:
        if column.is_optional and not column.is_ignored:
            if column.meaning in needed:
                continue
            needed.add(column.meaning)
        kept.append(column)
    return kept


def _block_columns(
    setting: Setting, table_id: str, names: Sequence[str], bodies: Sequence[Body]
) -> list[Column]:
    definition = setting.definition
    layout = definition.layouts[setting.layout_id].tables[table_id]
    levels = [definition.column_headings[name] for name in names]
    absent = [{slug(word) for word in words} for words in layout.absent]
    chosen = [_chosen(setting, level) for level in levels]
    found: list[Column] = []
    for path in product(*levels):
        if any(gone <= {slug(key) for key in path} for gone in absent):
            continue
        wordings = [level[key] for level, key in zip(chosen, path, strict=True)]
        about = [level[key] for level, key in zip(levels, path, strict=True)]
        ranks = [list(level).index(key) for level, key in zip(levels, path, strict=True)]
        for place, (body, is_control) in enumerate(_column_bodies(setting, table_id, path, bodies)):
            for number, period in enumerate(_column_periods(setting, table_id, path)):
                order = _order(wordings, ranks, place, number)
                found.append(
                    _column(
                        setting, table_id, path, wordings, about, body, is_control, period, order
                    )
                )
    return sorted(found, key=lambda column: column.order)


def _order(
    wordings: Sequence[_Wording], ranks: Sequence[int], body: int, period: int
) -> tuple[int, ...]:
    """Keep what stands under one group together: by body, period and heading at each level.

    A group without a text comes first: any other would be carried over it.
    """
    order: list[int] = []
    for (wording, _), rank in zip(wordings, ranks, strict=True):
        said = placeholders(wording)
        order.append(body if said & {"code", "name"} else -1)
        order.append(period if said & PERIODS.keys() else -1)
        order.append(rank if wording else -1)
    return tuple(order)


def _chosen(setting: Setting, level: dict[str, ColumnHeading]) -> dict[str, _Wording]:
    """Choose a wording for each heading of a level, and say what its text must not be."""
    plain = {
        heading: [w for w in (heading, *of.also_written) if not has_parts(w)]
        for heading, of in level.items()
    }
    return {
        heading: _Wording(
            setting.wordings([heading, *of.also_written]),
            tuple(w for other, words in plain.items() if other != heading for w in words),
        )
        for heading, of in level.items()
    }


class _Wording(NamedTuple):
    """A heading's wording, and the wordings of the other headings of its level."""

    text: str
    others: tuple[str, ...]

    def cell(self, parts: Parts) -> Cell:
        """Return what stands in the cell; a `*` never makes it another heading."""
        if not has_parts(self.text):
            return self.text
        return date_cell(self.text, parts.period) or spell(self.text, parts, unlike=self.others)


def _column_periods(setting: Setting, table_id: str, path: Sequence[str]) -> list[Period | None]:
    for heading in path:
        if placeholder := period_placeholder(heading):
            return [*setting.inner(table_id, placeholder)]
    return [None]


def _column_bodies(
    setting: Setting, table_id: str, path: Sequence[str], bodies: Sequence[Body]
) -> Sequence[tuple[Body | None, bool]]:
    """Return the bodies that a heading is repeated for, the control total among them."""
    said = {name for heading in path for name in placeholders(heading)} & {"code", "name"}
    if not said:
        return [(None, False)]
    table = setting.definition.tables[table_id]
    own, count = _turn(setting, table_id, path)
    is_last = own == count - 1
    control = table.control_total if is_last else None
    total = [(Body(control.kind, "", spell(control.name)), True)] if control is not None else []
    if "code" in said:
        return [(body, False) for body in bodies if not body.is_unnamed]
    if table.subject.identified_by == "name":
        return [*((body, False) for body in bodies[own::count]), *total]
    return [*((body, False) for body in bodies if body.is_unnamed), *total]


def _turn(setting: Setting, table_id: str, path: Sequence[str]) -> tuple[int, int]:
    """Return which of how many headings this is that name a body alike: each body has one."""
    layout = setting.definition.layouts[setting.layout_id].tables[table_id]
    for block in blocks(layout):
        for name in block:
            naming = [h for h in setting.definition.column_headings[name] if "{name}" in h]
            for own, heading in enumerate(h for h in naming if "{code}" not in h):
                if heading in path:
                    return own, sum("{code}" not in h for h in naming)
    return 0, 1


def _column(
    setting: Setting,
    table_id: str,
    path: tuple[str, ...],
    wordings: Sequence[_Wording],
    about: Sequence[ColumnHeading],
    body: Body | None,
    is_control: bool,
    period: Period | None,
    order: tuple[int, ...],
) -> Column:
    table = setting.definition.tables[table_id]
    parts = Parts(period, body.code if body else "", body.name if body else "")
    measure = table.measure
    members = {dimension: slug(member) for dimension, member in table.members.items()}
    markers: dict[str, str] = {}
    for heading in about:
        measure = heading.measure or measure
        members |= {dimension: slug(member) for dimension, member in heading.members.items()}
        markers |= heading.markers
    return Column(
        keys=path,
        texts=tuple(wording.cell(parts) for wording in wordings),
        measure=measure,
        members=members,
        markers=markers,
        period=period,
        body=body,
        is_control=is_control,
        is_ignored=any(heading.ignore for heading in about),
        is_optional=any(heading.optional for heading in about),
        names_body=tuple(bool(placeholders(w.text) & {"code", "name"}) for w in wordings),
        order=order,
    )


# The rows.

REPEATABLE = ("ignore", "measure")
"""Roles that several descriptive columns of a table may have."""


def _draft(
    setting: Setting,
    table_id: str,
    sheet: str,
    bodies: Sequence[Body],
    *,
    is_control: bool = False,
) -> TableDraft:
    definition = setting.definition
    layout = definition.layouts[setting.layout_id].tables[table_id]
    subject = layout.subject or definition.tables[table_id].subject
    columns = _columns(setting, table_id, bodies)
    draft = TableDraft(table_id, sheet, layout, _row_headings(setting, layout), columns, [])
    is_across = any(column.body is not None for column in columns)
    draft.sheet_body = bodies[0] if subject.is_given else None
    draft.rows = _rows(setting, draft, [None] if subject.is_given or is_across else bodies)
    if is_control:
        draft.rows = [replace(row, is_control=True) for row in draft.rows]
    return draft


def _row_headings(setting: Setting, layout: TableLayout) -> dict[str, tuple[str, RowHeading]]:
    """Choose the descriptive columns and their wordings; one column for each role."""
    chosen: dict[str, tuple[str, RowHeading]] = {}
    headings = setting.definition.row_headings[layout.rows]
    needed = {row.is_ for row in headings.values() if not row.optional}
    taken: set[str] = set()
    for heading, row in headings.items():
        if row.is_ not in REPEATABLE:
            if row.is_ in taken or (row.optional and row.is_ in needed):
                continue
            taken.add(row.is_)
        is_placed = heading.startswith(PLACED)
        wording = heading if is_placed else setting.wordings([heading, *row.also_written])
        chosen[heading] = (wording if is_placed else spell(wording), row)
    return chosen


def _rows(setting: Setting, draft: TableDraft, bodies: Sequence[Body | None]) -> list[Row]:
    """Combine bodies, periods, measures and members; the control total comes first."""
    control = _control(setting, draft) if bodies != [None] else None
    subjects = [*([(control, True)] if control else []), *((body, False) for body in bodies)]
    factors: dict[str, list[object]] = {
        "body": [*subjects],
        "period": [*_row_periods(setting, draft)],
        "measure": [*_row_measures(setting, draft)],
        **{name: [*members] for name, members in _row_members(setting, draft).items()},
    }
    _keep_few(setting, draft, factors)
    rows = []
    order = _nested(draft, factors)
    for values in product(*(factors[name] for name in order)):
        said = dict(zip(order, values, strict=True))
        rows.append(_row(setting, draft, said))
    wanted = _only_wanted(setting, draft, rows)
    return [replace(row, number=number) for number, row in enumerate(wanted)]


def _control(setting: Setting, draft: TableDraft) -> Body | None:
    table = setting.definition.tables[draft.table_id]
    control = table.control_total
    if control is None:
        return None
    name = "England" if control.name == "*" else spell(control.name)
    subject = draft.layout.subject or table.subject
    level = next((level for level, kind in _levels(subject) if kind == control.kind), "")
    return Body(control.kind, "", name, level=level)


def _row_periods(setting: Setting, draft: TableDraft) -> list[Period | None]:
    placeholder = row_placeholder(setting.definition, draft.layout)
    if placeholder is None:
        return [None]
    return [*setting.inner(draft.table_id, placeholder)]


def _row_measures(setting: Setting, draft: TableDraft) -> list[str | None]:
    """Return the measures that rows name: those with words of their own, not too many."""
    if not any(row.is_ == "measure" for _, row in draft.row_headings.values()):
        return [None]
    measures = setting.definition.measures
    written = [name for name, measure in measures.items() if measure.written] or list(measures)
    related = [
        name
        for check in setting.definition.checks
        if isinstance(check, Difference)
        for name in (check.measure, check.of, check.less)
    ]
    others = [name for name in written if name not in related]
    some = setting.rng("measures").sample(others, min(len(others), MOST_MEASURES))
    return [name for name in written if name in some or name in related]


def _row_members(setting: Setting, draft: TableDraft) -> dict[str, list[tuple[str, str]]]:
    """Return for each dimension that rows name some of its members: words and slug."""
    found: dict[str, list[tuple[str, str]]] = {}
    for _, row in draft.row_headings.values():
        if row.is_ in setting.definition.dimensions:
            found[row.is_] = _members(setting, draft, row.is_, row)
        for name in row.under:
            others = [n for n in row.under if n != name]
            found[name] = [
                one
                for one in _section_members(setting, name, others)
                if not _ends_section(row, one[0])
            ][:FEW_MEMBERS]
    return found


def _members(
    setting: Setting, draft: TableDraft, name: str, row: RowHeading
) -> list[tuple[str, str]]:
    rng = setting.rng("members", name)
    every = _every_member(setting, name, row, rng)
    totals = [
        check.total
        for check in setting.definition.checks
        if isinstance(check, PartsAddUp)
        and check.dimension == name
        and draft.table_id in check.tables
    ]
    members = [*dict.fromkeys(member for _, member in every if member)]
    kept = {*rng.sample(members, min(len(members), FEW_MEMBERS))}
    kept |= {slug(total) for total in totals if total is not None}
    some = [(word, member) for word, member in every if member in kept]
    blank = [(word, member) for word, member in every if not member]
    if None in totals and not row.fill_down:
        blank = blank or [("", "")]
    once = {member: word for word, member in reversed([*blank, *some])}
    return [(word, member) for member, word in reversed(once.items())]


def _every_member(
    setting: Setting, name: str, row: RowHeading, rng: Random
) -> list[tuple[str, str]]:
    """Return the members that cells may name, each as it stands in the cell and as it is kept."""
    dimension = setting.definition.dimensions[name]
    written = [
        (spell(words), slug(member)) for words, member in (dimension.written | row.written).items()
    ]
    if dimension.form is not None:
        texts = sorted({text_of_form(dimension.form, rng) for _ in range(FEW_MEMBERS)})
        own = [(text, text) for text in texts if text]
    else:
        free = ("One", "Two") if not dimension.slugs else ()
        own = [(member, slug(member)) for member in dimension.members or free]
    known = {member for _, member in written}
    spelt = [(_spelled_member(row, word), member) for word, member in own if member not in known]
    return [one for one in written + spelt if not _ends_section(row, one[0])]


def _ends_section(row: RowHeading, word: str) -> bool:
    return any(fits(word, wording) for wording in row.under_ends)


def _section_members(setting: Setting, name: str, others: Sequence[str]) -> list[tuple[str, str]]:
    """Return members that stand above rows; none that another level of sections has too."""
    dimensions = setting.definition.dimensions
    taken = {one for other in others for one in dimensions[other].slugs}
    words = {slug(member): spell(word) for word, member in dimensions[name].written.items()}
    own = [slug(member) for member in dimensions[name].members if slug(member) not in taken]
    return [(words.get(member, member.replace("_", " ")), member) for member in own]


def _keep_few(setting: Setting, draft: TableDraft, factors: dict[str, list[object]]) -> None:
    """Leave out members, measures and bodies until the table is small enough to look at."""
    subject = draft.layout.subject or setting.definition.tables[draft.table_id].subject
    is_whole = any(_has_all(setting, kind) for kind in subject.kinds)
    for few in (8, 4, 3, 2):
        names = sorted(factors, key=lambda name: -len(factors[name]))
        for name in names:
            if name == "period" or (name == "body" and (is_whole or few > 3)):
                continue
            if prod(len(values) for values in factors.values()) > MOST_ROWS:
                del factors[name][few:]


def _nested(draft: TableDraft, factors: Iterable[str]) -> list[str]:
    """Order what rows combine: sections and labels that are written once come outermost."""
    sections = [name for _, row in draft.row_headings.values() for name in row.under]
    once = {row.is_ for _, row in draft.row_headings.values() if row.fill_down}
    if once & SUBJECT_ROLES:
        once.add("body")
    if once & PERIOD_ROLES:
        once.add("period")
    rank = {name: 0 if name in sections else 1 if name in once else 2 for name in factors}
    return sorted(factors, key=lambda name: rank[name])


SUBJECT_ROLES = {"code", "name", "ons_code", "parent_code", "parent_name", "level"}
PERIOD_ROLES = {"financial_year", "month_name", "quarter_end_month", "period"}


def _row(setting: Setting, draft: TableDraft, said: dict[str, object]) -> Row:
    body, is_control = cast(tuple[Body | None, bool], said.pop("body"))
    period = cast(Period | None, said.pop("period"))
    measure = cast(str | None, said.pop("measure"))
    words = cast(dict[str, tuple[str, str]], said)
    row = Row(
        0,
        body,
        is_control,
        period,
        measure,
        {name: member for name, (_, member) in words.items() if member},
        {name: word for name, (word, _) in words.items()},
        {},
    )
    return replace(row, labels=_labels(setting, draft, row))


def _labels(setting: Setting, draft: TableDraft, row: Row) -> dict[str, Cell]:
    """Write the descriptive cells of a row, by heading."""
    parts = _measure_words(setting, draft, row)
    labels: dict[str, Cell] = {}
    for heading, (_, of) in draft.row_headings.items():
        if of.is_ == "measure":
            labels[heading] = parts.pop(0)
        elif of.is_ in row.words:
            labels[heading] = row.words[of.is_]
        elif of.is_ in PERIOD_ROLES:
            labels[heading] = _period_label(of, row.period or setting.period)
        elif of.is_ == "ignore":
            labels[heading] = FILLER
        else:
            labels[heading] = _subject_label(setting, draft, of, row)
    return labels


FILLER = "as given"
"""What stands in a descriptive column that is not kept."""


def _measure_words(setting: Setting, draft: TableDraft, row: Row) -> list[str]:
    """Spread the words that name a measure over the columns that name it together."""
    count = sum(of.is_ == "measure" for _, of in draft.row_headings.values())
    if not count or row.measure is None:
        return [""] * count
    written = setting.definition.measures[row.measure].written
    words = spell(setting.wordings(written) if written else row.measure).split(" ")
    return [*words[: count - 1], *[""] * (count - 1 - len(words)), " ".join(words[count - 1 :])]


def _spelled_member(of: RowHeading, word: str) -> str:
    """Write a member into the pattern of its cells, if they have one."""
    if not of.as_ or not word:
        return word
    return spell(of.as_, Parts(code=word.upper(), name=word.replace("_", " ")))


def _period_label(of: RowHeading, period: Period | None) -> Cell:
    if period is None:
        raise ValueError(f"a row names a period ({of.is_}), and there is none")
    if of.is_ == "month_name":
        return NAMES[period.start.month - 1]
    if of.is_ == "quarter_end_month":
        return NAMES[period.end.month - 1]
    pattern = of.as_ or ("{month}" if of.is_ == "period" else "{financial_year}")
    return date_cell(pattern, period) or spell(pattern, Parts(period))


def _subject_label(setting: Setting, draft: TableDraft, of: RowHeading, row: Row) -> str:
    body = row.body
    table = setting.definition.tables[draft.table_id]
    blank = (*table.blank_codes, "-")[0]
    if body is None:
        return next(iter(table.only_rows), FILLER) if of.is_ == "level" else FILLER
    if row.is_control:
        return _control_label(table, of, body, blank)
    if of.as_ and of.is_ in {"code", "name"}:
        return spell(of.as_, Parts(code=body.code, name=body.name))
    subject = draft.layout.subject or table.subject
    has_no_code = body.is_unnamed or (subject.blank_code and body.kind in {"region", "country"})
    own = {
        "code": blank if has_no_code or subject.identified_by == "name" else body.code,
        "name": body.name,
        "ons_code": body.ons_code or blank,
        "parent_code": body.code if subject.blank_code and has_no_code else body.parent_code,
        "parent_name": body.parent_name,
        "level": body.level,
    }
    return own[of.is_]


def _control_label(table: Table, of: RowHeading, body: Body, blank: str) -> str:
    control = table.control_total
    code = (control.code if control else None) or blank
    if of.is_ == "name":
        return body.name
    if of.is_ == "level":
        return body.level or FILLER
    if of.is_ == "code":
        return blank if table.subject.blank_code else code
    return code if of.is_ == "parent_code" and table.subject.blank_code else blank


def _only_wanted(setting: Setting, draft: TableDraft, rows: list[Row]) -> list[Row]:
    """Keep the rows that the table takes, or mark them in a column that is not kept."""
    table = setting.definition.tables[draft.table_id]
    if table.only_rows and not any(_fits_any(row, table.only_rows) for row in rows):
        marked = (_marked(draft, row, spell(table.only_rows[0])) for row in rows)
        rows = [row for row in marked if row is not None]
    return [row for row in rows if _takes(table, row)]


def _fits_any(row: Row, wordings: Sequence[str]) -> bool:
    texts = [label for label in row.labels.values() if isinstance(label, str) and label]
    return any(fits(text, wording) for text in texts for wording in wordings)


def _marked(draft: TableDraft, row: Row, word: str) -> Row | None:
    """Write a word into the last column that is not kept; None when there is no such column."""
    for heading, (_, of) in reversed(draft.row_headings.items()):
        if of.is_ == "ignore":
            return replace(row, labels={**row.labels, heading: word})
    return None


# Tables that are read from the same rows.


def _part_shared_rows(setting: Setting, drafts: Sequence[TableDraft]) -> None:
    """Let each row under shared headings be taken by the table it is drafted for only.

    It says so in a column that is not kept; a row that cannot is left out. Rows that two
    tables have alike are one row, read by both.
    """
    groups: dict[tuple[str, str | None], list[TableDraft]] = {}
    for draft in drafts:
        if draft.layout.starts_below is None:
            groups.setdefault((draft.sheet, draft.layout.under), []).append(draft)
    for group in groups.values():
        for draft in group if len(group) > 1 else []:
            others = [other for other in group if other is not draft]
            parted = (_parted(setting, draft, row, others) for row in draft.rows)
            kept = [row for row in parted if row is not None]
            draft.rows = [replace(row, number=number) for number, row in enumerate(kept)]
            if not kept:
                raise ValueError(f"{draft.table_id}: each of its rows is another table's too")


def _parted(
    setting: Setting, draft: TableDraft, row: Row, others: Sequence[TableDraft]
) -> Row | None:
    tables = setting.definition.tables
    words = [
        spell(wording)
        for of in (draft, *others)
        for wording in (*tables[of.table_id].only_rows, *tables[of.table_id].ignore_rows)
    ]
    for candidate in (row, *(_marked(draft, row, word) for word in words)):
        if candidate is None or not _takes(tables[draft.table_id], candidate):
            continue
        if not any(
            _takes(tables[o.table_id], candidate) and not _is_shared(draft, o, candidate)
            for o in others
        ):
            return candidate
    return None


def _takes(table: Table, row: Row) -> bool:
    is_wanted = not table.only_rows or _fits_any(row, table.only_rows)
    return is_wanted and not _fits_any(row, table.ignore_rows)


def _is_shared(draft: TableDraft, other: TableDraft, row: Row) -> bool:
    """Tell whether two tables may both read a row: each keeps other columns of it."""
    kept = [
        {column.texts for column in one.columns if not column.is_ignored} for one in (draft, other)
    ]
    return not kept[0] & kept[1] and any(one.labels == row.labels for one in other.rows)


# The figures.


def _note_figures(setting: Setting, draft: TableDraft) -> None:
    has_name = any(
        row.is_ == "name" or "name" in placeholders(row.as_ or "")
        for _, row in draft.row_headings.values()
    )
    for row in draft.rows:
        for place, column in enumerate(draft.columns):
            if column.is_ignored:
                continue
            body = column.body or row.body or draft.sheet_body
            period = column.period or row.period or setting.period
            measure = column.measure or row.measure
            if body is None or period is None or measure is None:
                raise ValueError(f"{draft.table_id}: '{column.keys}' says too little")
            is_named = has_name or column.body is not None or draft.sheet_body is not None
            draft.figures[row.number, place] = Figure(
                table_id=draft.table_id,
                sheet=draft.sheet,
                row=row.number,
                column=place,
                body=body if is_named else replace(body, name=""),
                is_control=row.is_control or column.is_control,
                period=period,
                measure=measure,
                members=tuple(sorted({**column.members, **row.members}.items())),
                markers=column.markers,
            )
