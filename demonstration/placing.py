"""Place drafted tables on their sheets: titles, headings, rows, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from demonstration.arithmetic import Figure
from demonstration.drafts import Cell, Column, Row, Setting, TableDraft
from demonstration.sheets import Arrangement, SheetPlan, TitleLine, place_heading, place_title
from demonstration.spelling import spell
from ingestion.wording import normalise

Texts = tuple[Cell, ...]
"""What stands above a column of figures, the topmost first."""

ABOVE, UNHEADED, UNHEADED_RIGHT = "above ", "unheaded ", "unheaded right "
JUNK = 7.0
"""What stands in a cell that is not kept."""


@dataclass
class _Part:
    """Tables that stand under the same headings, one below the other.

    `columns` are those of figures, from left to right; several tables may read the same ones.
    `slots` are the descriptive columns, each with its heading by table; `leftmost` is where
    the first of them stands.
    """

    tables: list[TableDraft]
    leftmost: int
    columns: list[Column] = field(default_factory=list)
    slots: list[dict[str, str]] = field(default_factory=list)
    right_slots: list[dict[str, str]] = field(default_factory=list)
    slot_at: list[int] = field(default_factory=list)
    column_at: dict[Texts, int] = field(default_factory=dict)
    right_at: list[int] = field(default_factory=list)

    @property
    def heads(self) -> list[TableDraft]:
        """The tables that the row of headings is for."""
        return [t for t in self.tables if t.layout.starts_below is None] or self.tables[:1]

    @property
    def width(self) -> int:
        """One beyond the last column that is used."""
        return max([*self.slot_at, *self.column_at.values(), *self.right_at], default=-1) + 1


def place_sheet(
    setting: Setting,
    name: str,
    drafts: Sequence[TableDraft],
    title: Sequence[TitleLine],
    arrangement: Arrangement,
) -> SheetPlan:
    """Lay out one sheet: the title lines, then its tables below and beside each other."""
    plan = SheetPlan(name)
    left = arrangement.right + (1 if name else 0)
    row = place_title(plan, title, arrangement, left)
    parts: dict[str | None, list[TableDraft]] = {}
    for draft in drafts:
        parts.setdefault(draft.layout.under, []).append(draft)
    is_split = any(under is not None for under in parts)
    for under, tables in parts.items():
        if under is not None:
            plan.cells[row, left] = spell(under)
        left = _place_part(setting, plan, _Part(tables, left), row + is_split, arrangement) + 1
    return plan


def _place_part(
    setting: Setting, plan: SheetPlan, part: _Part, row: int, arrangement: Arrangement
) -> int:
    """Place tables that share their headings; returns the first column right of them."""
    rng = setting.rng("arrangement", plan.name) if arrangement.shuffled else None
    _take_slots(part)
    _take_columns(part, rng, is_workbook=bool(plan.name))
    row = _place_headings(plan, part, row, arrangement)
    row = _place_rows(plan, part, part.heads, row, rng)
    if len(part.tables) == 1:
        row = _place_extras(setting, plan, part, row)
    for draft in part.tables:
        if not _is_head(part, draft):
            row = _place_lower_headings(plan, part, draft, row + 1, arrangement)
            row = _place_rows(plan, part, [draft], row, rng)
    _place_right_end(part, plan, row)
    return part.width + (2 if part.tables[0].layout.right_end else 0)


# Where the columns stand.


def _take_slots(part: _Part) -> None:
    """Give each descriptive heading a column: `above X` the one of X, new ones one of their own."""
    wanted: dict[str, int] = {}
    for draft in [*part.heads, *(d for d in part.tables if not _is_head(part, d))]:
        for heading, (wording, _) in draft.row_headings.items():
            if heading.startswith(UNHEADED_RIGHT):
                part.right_slots.append({draft.table_id: heading})
                continue
            text = normalise(heading.removeprefix(ABOVE) if heading.startswith(ABOVE) else wording)
            place = wanted.get(text)
            if place is None or draft.table_id in part.slots[place]:
                place = _free_slot(part, draft, wanted)
            part.slots[place][draft.table_id] = heading
            if not heading.startswith(UNHEADED):
                wanted.setdefault(text, place)


def _free_slot(part: _Part, draft: TableDraft, wanted: dict[str, int]) -> int:
    """Return a column that no heading of a table lower down has yet, or a new one."""
    if not _is_head(part, draft):
        reserved = {wanted[normalise(h)] for h in draft.row_headings if normalise(h) in wanted}
        for place, slot in enumerate(part.slots):
            if draft.table_id not in slot and place not in reserved:
                return place
    part.slots.append({})
    return len(part.slots) - 1


def _take_columns(part: _Part, rng: Random | None, *, is_workbook: bool) -> None:
    """Number the columns; shuffled, the headed ones stand in any order.

    Headings of few levels stay left of those with more, so that no group covers them, and
    columns whose place says what they are stay left of the figures.
    """
    every = [column for draft in part.heads for column in draft.columns]
    every.sort(key=lambda column: not column.is_under_ignored)  # of columns alike the last is kept
    at_first = list(dict.fromkeys(c.texts for draft in part.heads for c in draft.columns))
    by_texts = {column.texts: column for column in every}
    part.columns = [by_texts[texts] for texts in at_first]
    at = part.leftmost
    slots = list(range(len(part.slots)))
    if rng is not None:
        rng.shuffle(part.columns)
        part.columns.sort(key=lambda column: (column.depth, _is_under_nothing(column)))
        if _may_move_slots(part):
            rng.shuffle(slots)
    part.slot_at = [0] * len(slots)
    for slot in slots:
        part.slot_at[slot] = at
        at += 1
    before: Column | None = None
    for column in part.columns:
        if is_workbook and rng is None and before is not None and _starts_group(before, column):
            at += 1
        part.column_at[column.texts] = at
        at += 1
        before = column
    for _ in part.right_slots:
        part.right_at.append(at)
        at += 1


def _is_under_nothing(column: Column) -> int:
    return 0 if "" in column.texts[:-1] else 1


def _is_head(part: _Part, draft: TableDraft) -> bool:
    return any(draft is head for head in part.heads)


def _may_move_slots(part: _Part) -> bool:
    placed = any(h.startswith((ABOVE, UNHEADED)) for slot in part.slots for h in slot.values())
    return not placed and len(part.heads) == len(part.tables)


def _starts_group(before: Column, column: Column) -> bool:
    return column.depth > 1 and before.texts[0] != column.texts[0]


# Headings.


def _place_headings(plan: SheetPlan, part: _Part, row: int, arrangement: Arrangement) -> int:
    """Write the rows of headings, a group's text once; returns the row below them."""
    height = part.heads[0].layout.words_above
    leaf = row + max(column.depth for column in part.columns) - 1 + height
    spread = next((c for c in reversed(part.columns) if _may_spread(c, height)), None)
    before: Texts = ()
    for column in part.columns:
        at = part.column_at[column.texts]
        if column is spread:
            _place_spread(plan, column, leaf, at)
            continue
        is_new = arrangement.shuffled
        for level, text in enumerate(column.texts):
            is_leaf = level == column.depth - 1
            is_new = is_new or before[: level + 1] != column.texts[: level + 1]
            if text == "" or not (is_leaf or is_new):
                continue
            row_of_level = leaf - column.depth + 1 + level
            if column.names_body[level]:
                # Whom it names is no matter of style.
                plan.cells[row_of_level, at] = text
            else:
                place_heading(plan, row_of_level, at, text, arrangement)
        before = column.texts
    for place, slot in enumerate(part.slots):
        for draft in part.heads:
            heading = slot.get(draft.table_id)
            if heading is not None and not heading.startswith((ABOVE, UNHEADED)):
                wording = draft.row_headings[heading][0]
                place_heading(plan, leaf, part.slot_at[place], wording, arrangement)
                break
    return leaf + 1


def _may_spread(column: Column, height: int) -> bool:
    words = str(column.texts[-1]).split()
    return column.depth == 1 and not column.is_ignored and 1 < len(words) <= height


def _place_spread(plan: SheetPlan, column: Column, leaf: int, at: int) -> None:
    """Spread the words of a heading over the rows above its own, which stays blank."""
    words = str(column.texts[-1]).split()
    for number, word in enumerate(words):
        plan.cells[leaf - len(words) + number, at] = word


def _place_lower_headings(
    plan: SheetPlan, part: _Part, draft: TableDraft, row: int, arrangement: Arrangement
) -> int:
    """Repeat the descriptive headings of a table that stands below another's rows."""
    for place, slot in enumerate(part.slots):
        if draft.table_id in slot:
            heading = slot[draft.table_id]
            place_heading(plan, row, part.slot_at[place], heading, arrangement)
    return row + 1


# Rows.


@dataclass
class _Line:
    """A row of a sheet: its descriptive cells, and the rows of the tables that read it."""

    draft: TableDraft
    labels: dict[str, Cell]
    rows: list[tuple[TableDraft, Row]] = field(default_factory=list)

    @property
    def is_control(self) -> bool:
        """Tell whether it is a control total."""
        return any(row.is_control for _, row in self.rows)


def _lines(drafts: Sequence[TableDraft]) -> list[_Line]:
    """Return the rows of tables under the same headings; those they have alike are one."""
    lines: list[_Line] = []
    by_labels: dict[object, _Line] = {}
    for draft in drafts:
        before: list[str] = []
        for row in draft.rows:
            before = _open_sections(draft, row, before, lines)
            key = tuple(sorted((h, str(label)) for h, label in row.labels.items()))
            key += tuple(row.words.items())
            if key not in by_labels:
                by_labels[key] = _Line(draft, row.labels)
                lines.append(by_labels[key])
            by_labels[key].rows.append((draft, row))
    return lines


def _open_sections(draft: TableDraft, row: Row, before: list[str], lines: list[_Line]) -> list[str]:
    """Add the rows that open the sections in which a row stands."""
    heading = next((h for h, (_, of) in draft.row_headings.items() if of.under), "")
    names = [name for _, of in draft.row_headings.values() for name in of.under]
    opened = [row.words.get(name, "") for name in names]
    for level, word in enumerate(opened):
        if word and before[: level + 1] != opened[: level + 1]:
            lines.append(_Line(draft, {heading: word}))
    return opened


def _may_shuffle(drafts: Iterable[TableDraft]) -> bool:
    return not any(row.under for draft in drafts for _, row in draft.row_headings.values())


def _place_rows(
    plan: SheetPlan, part: _Part, drafts: Sequence[TableDraft], row: int, rng: Random | None
) -> int:
    """Write rows one below the other; labels that fill down stand once unless shuffled."""
    lines = _lines(drafts)
    if rng is not None and _may_shuffle(drafts):
        rng.shuffle(lines)
    last: dict[str, Cell] = {}
    for line in lines:
        shown = dict(line.labels)
        for heading, (_, of) in line.draft.row_headings.items():
            if of.fill_down and rng is None and heading in last and line.rows:
                shown[heading] = "" if last[heading] == shown[heading] else shown[heading]
        last |= line.labels
        _place_labels(plan, part, line.draft, shown, row)
        for draft, of_table in line.rows:
            _place_figures(plan, part, draft, of_table.number, row)
        row += 2 if line.is_control and plan.name and rng is None else 1
    return row


def _place_labels(
    plan: SheetPlan, part: _Part, draft: TableDraft, labels: dict[str, Cell], row: int
) -> None:
    placed = [*zip(part.slots, part.slot_at, strict=True)]
    placed += [*zip(part.right_slots, part.right_at, strict=True)]
    for slot, at in placed:
        label = labels.get(slot.get(draft.table_id, ""), "")
        if label != "":
            plan.cells[row, at] = label


def _place_figures(plan: SheetPlan, part: _Part, draft: TableDraft, number: int, row: int) -> None:
    for place, column in enumerate(draft.columns):
        at = part.column_at[column.texts]
        if column.is_ignored:
            plan.cells.setdefault((row, at), JUNK)
            continue
        plan.figures[row, at] = draft.figures[number, place]
        cell = figure_cell(draft.figures[number, place])
        if cell != "":
            plan.cells[row, at] = cell


def figure_cell(figure: Figure) -> str | float:
    """Return what stands in a figure's place."""
    if figure.text is not None:
        return figure.text
    return figure.value if figure.value is not None else ""


# What is not read.


def _place_extras(setting: Setting, plan: SheetPlan, part: _Part, row: int) -> int:
    """Add rows that a reader leaves out because the definition says so, and a note."""
    draft = part.tables[0]
    table = setting.definition.tables[draft.table_id]
    first = draft.rows[-1]
    if table.repeated_rows == "same_figures":
        _place_labels(plan, part, draft, first.labels, row)
        _place_figures(plan, part, draft, first.number, row)
        row += 1
    if table.ignore_rows:
        _place_marked(plan, part, draft, spell(table.ignore_rows[0]), row)
        row += 1
    if table.rows_without_figures == "ignore":
        _place_labels(plan, part, draft, dict(first.labels), row)
        row += 1
    if table.ends_at:
        _place_marked(plan, part, draft, spell(table.ends_at[0]), row)
        row += 1
    elif plan.name and table.rows_without_figures != "read":
        row = _place_note(plan, part, draft, row)
    return row


def _place_marked(plan: SheetPlan, part: _Part, draft: TableDraft, word: str, row: int) -> None:
    """Write a row of figures that a word in its first descriptive cell keeps from being read."""
    for column in draft.columns:
        plan.cells[row, part.column_at[column.texts]] = JUNK
    plan.cells[row, part.slot_at[0]] = word


def _place_note(plan: SheetPlan, part: _Part, draft: TableDraft, row: int) -> int:
    """Write a note below the table, not in the column of the codes: one of its own is no code."""
    for slot, at in zip(part.slots, part.slot_at, strict=True):
        heading = slot.get(draft.table_id)
        if heading is not None and draft.row_headings[heading][1].is_ != "code":
            plan.cells[row + 1, at] = "Note: every figure is made up."
            return row + 2
    return row


def _place_right_end(part: _Part, plan: SheetPlan, row: int) -> None:
    """Write a heading behind which nothing belongs to the table, and something under it."""
    wording = part.tables[0].layout.right_end
    if wording is None:
        return
    leaf = max(place.row for place in plan.headings)
    plan.cells[leaf, part.width + 1] = spell(wording)
    plan.cells[row - 1, part.width + 1] = JUNK
