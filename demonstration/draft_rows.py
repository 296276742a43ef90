"""Draft the rows of a table: whom and what each is about, and its descriptive cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import cast

from demonstration.bodies import Body
from demonstration.draft_bodies import has_all
from demonstration.draft_members import row_members
from demonstration.drafts import Cell, Row, Setting, TableDraft, levels_of
from demonstration.months import NAMES
from demonstration.spans import row_placeholder
from demonstration.spelling import Parts, date_cell, spell
from ingestion.layouts import RowHeading, Table, TableLayout
from ingestion.patterns import fits
from ingestion.period import Period

PLACED = ("unheaded ", "above ")
"""Beginnings of row headings that say where a column stands, not what is written above it."""

MOST_ROWS = 48
"""Rows of a table, at most, where not every body has to have one."""


SPARE = ("ignore", "ons_code", "parent_code", "parent_name")
"""Roles without which a row still says whom it is about."""

REPEATABLE = ("ignore", "measure")
"""Roles that several descriptive columns of a table may have."""


SUBJECT_ROLES = {"code", "name", "ons_code", "parent_code", "parent_name", "level"}


PERIOD_ROLES = {"financial_year", "month_name", "quarter_end_month", "period"}


FILLER = "as given"
"""What stands in a descriptive column that is not kept."""


def draft_row_headings(setting: Setting, layout: TableLayout) -> dict[str, tuple[str, RowHeading]]:
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
        if row.optional and row.is_ in SPARE and not setting.with_optional:
            continue
        is_placed = heading.startswith(PLACED)
        wording = heading if is_placed else setting.wordings([heading, *row.also_written])
        chosen[heading] = (wording if is_placed else spell(wording), row)
    return chosen


def draft_rows(setting: Setting, draft: TableDraft, bodies: Sequence[Body | None]) -> list[Row]:
    """Combine bodies, periods, measures and members; the control total comes first."""
    control = _control(setting, draft) if bodies != [None] else None
    subjects = [*([(control, True)] if control else []), *((body, False) for body in bodies)]
    factors: dict[str, list[object]] = {
        "body": [*subjects],
        "period": [*_row_periods(setting, draft)],
        "measure": [*_row_measures(setting, draft)],
        **{name: [*members] for name, members in row_members(setting, draft).items()},
    }
    every_measure = [*factors["measure"]]
    _keep_few(setting, draft, factors)
    rows = list(_combined(setting, draft, factors))
    others = [measure for measure in every_measure if measure not in factors["measure"]]
    if others:
        rows += _combined(setting, draft, _one_of_each(factors) | {"measure": others})
    wanted = _only_wanted(setting, draft, rows)
    return [replace(row, number=number) for number, row in enumerate(wanted)]


def _combined(
    setting: Setting, draft: TableDraft, factors: Mapping[str, Sequence[object]]
) -> Iterator[Row]:
    order = _nested(draft, factors)
    for values in product(*(factors[name] for name in order)):
        yield _row(setting, draft, dict(zip(order, values, strict=True)))


def _one_of_each(factors: Mapping[str, Sequence[object]]) -> dict[str, Sequence[object]]:
    """Return the first of each thing, and of the bodies the control total and one of each kind."""
    first: dict[str, Sequence[object]] = {name: values[:1] for name, values in factors.items()}
    kinds: dict[object, object] = {}
    for subject in cast(Sequence[tuple[Body | None, bool]], factors["body"]):
        body, is_control = subject
        kinds.setdefault((body.kind if body else None, is_control), subject)
    return first | {"body": [*kinds.values()]}


def _control(setting: Setting, draft: TableDraft) -> Body | None:
    table = setting.definition.tables[draft.table_id]
    control = table.control_total
    if control is None:
        return None
    name = "England" if control.name == "*" else spell(control.name)
    subject = setting.subject(draft.table_id)
    level = next((level for level, kind in levels_of(subject) if kind == control.kind), "")
    return Body(control.kind, "", name, level=level)


def _row_periods(setting: Setting, draft: TableDraft) -> list[Period | None]:
    placeholder = row_placeholder(setting.definition, draft.layout)
    if placeholder is None:
        return [None]
    return [*setting.inner(draft.table_id, placeholder)]


def _row_measures(setting: Setting, draft: TableDraft) -> list[str | None]:
    """Return the measures that rows name: those with words of their own, if any has."""
    if not any(row.is_ == "measure" for _, row in draft.row_headings.values()):
        return [None]
    measures = setting.definition.measures
    return [*([name for name, of in measures.items() if of.written] or measures)]


def _keep_few(setting: Setting, draft: TableDraft, factors: dict[str, list[object]]) -> None:
    """Leave out members, measures and bodies until the table is small enough to look at."""
    subject = setting.subject(draft.table_id)
    is_whole = any(has_all(setting, kind) for kind in subject.kinds)
    for few in (8, 4, 3, 2):
        names = sorted(factors, key=lambda name: -len(factors[name]))
        for name in names:
            if name == "period" or (name == "body" and (is_whole or few > 3)):
                continue
            if prod(len(values) for values in factors.values()) > MOST_ROWS:
                factors[name] = (
                    _some_of_each_kind(factors[name], few)
                    if name == "body"
                    else (factors[name][:few])
                )


def _some_of_each_kind(subjects: Sequence[object], few: int) -> list[object]:
    """Keep the first bodies of each kind, and control totals; as many as asked for, or one each."""
    by_kind: dict[object, list[object]] = {}
    for subject in cast(Sequence[tuple[Body | None, bool]], subjects):
        body, is_control = subject
        by_kind.setdefault((body.kind if body else None, is_control), []).append(subject)
    each = max(1, few // len(by_kind))
    return [subject for of_kind in by_kind.values() for subject in of_kind[:each]]


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


def _measure_words(setting: Setting, draft: TableDraft, row: Row) -> list[str]:
    """Spread the words that name a measure over the columns that name it together."""
    count = sum(of.is_ == "measure" for _, of in draft.row_headings.values())
    if not count or row.measure is None:
        return [""] * count
    written = setting.definition.measures[row.measure].written
    words = spell(setting.wordings(written) if written else row.measure).split(" ")
    return [*words[: count - 1], *[""] * (count - 1 - len(words)), " ".join(words[count - 1 :])]


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
    subject = setting.subject(draft.table_id)
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
        said = (marked(draft, row, spell(table.only_rows[0])) for row in rows)
        rows = [row for row in said if row is not None]
    return [row for row in rows if takes(table, row)]


def _fits_any(row: Row, wordings: Sequence[str]) -> bool:
    texts = [label for label in row.labels.values() if isinstance(label, str) and label]
    return any(fits(text, wording) for text in texts for wording in wordings)


def takes(table: Table, row: Row) -> bool:
    """Tell whether a table reads a row, going by the words in its descriptive cells."""
    is_wanted = not table.only_rows or _fits_any(row, table.only_rows)
    return is_wanted and not _fits_any(row, table.ignore_rows)


def marked(draft: TableDraft, row: Row, word: str) -> Row | None:
    """Write a word into the last column that is not kept; None when there is no such column."""
    for heading, (_, of) in reversed(draft.row_headings.items()):
        if of.is_ == "ignore":
            return replace(row, labels={**row.labels, heading: word})
    return None
