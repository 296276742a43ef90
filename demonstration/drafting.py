"""Draft the tables of a synthetic file, sheet by sheet, and their figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from demonstration.arithmetic import Figure
from demonstration.bodies import Body
from demonstration.draft_bodies import table_bodies
from demonstration.draft_columns import draft_columns
from demonstration.draft_rows import draft_row_headings, draft_rows, marked, takes
from demonstration.drafts import Row, Setting, TableDraft
from demonstration.spelling import placeholders, spell
from ingestion.layouts import TableLayout

LONGEST_SHEET_NAME = 31


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
    subject = setting.subject(table_id)
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


def _draft(
    setting: Setting,
    table_id: str,
    sheet: str,
    bodies: Sequence[Body],
    *,
    is_control: bool = False,
) -> TableDraft:
    layout, subject = setting.layout(table_id), setting.subject(table_id)
    columns = draft_columns(setting, table_id, bodies)
    draft = TableDraft(table_id, sheet, layout, draft_row_headings(setting, layout), columns, [])
    is_across = any(column.body is not None for column in columns)
    draft.sheet_body = bodies[0] if subject.is_given else None
    draft.rows = draft_rows(setting, draft, [None] if subject.is_given or is_across else bodies)
    if is_control:
        draft.rows = [replace(row, is_control=True) for row in draft.rows]
    return draft


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
    for candidate in (row, *(marked(draft, row, word) for word in words)):
        if candidate is None or not takes(tables[draft.table_id], candidate):
            continue
        if not any(
            takes(tables[o.table_id], candidate) and not _is_shared(draft, o, candidate)
            for o in others
        ):
            return candidate
    return None


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
    table = setting.definition.tables[draft.table_id]
    reads_bare = table.rows_without_figures == "read"
    for row in draft.rows:
        for place, column in enumerate(draft.columns):
            if column.is_ignored:
                continue
            body = column.body or row.body or draft.sheet_body
            period = column.period or row.period or setting.period
            measure = column.measure or row.measure
            if body is None or period is None or measure is None:
                raise ValueError(f"{draft.table_id}: '{column.texts}' says too little")
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
                may_be_bare=reads_bare and sum(map(bool, row.labels.values())) > 1,
            )
