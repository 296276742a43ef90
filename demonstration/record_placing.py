"""Place the records of a record return on their sheets, or in a text file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

import polars as pl

from demonstration.examples import Draft
from demonstration.naming import file_name
from demonstration.record_drafting import RecordDraft, draft_records
from demonstration.sheets import (
    Arrangement,
    SheetPlan,
    TitleLine,
    other_sheets,
    place_heading,
    place_title,
    says,
)
from demonstration.spans import record_period
from demonstration.spelling import spell
from demonstration.titles import published_day, title_lines
from ingestion.definition import Definition

RECORDS = 6
NOTES = "Notes"


def draft_record_example(
    definition: Definition,
    layout_id: str,
    *,
    seed: int,
    edition: int,
    arrangement: Arrangement,
    with_optional: bool,
) -> Draft:
    """Draft a file of records: the sheet of one layout, or all if the file is known by all."""
    rng = Random(f"{definition.return_id}/{layout_id}/{seed}/{edition}")  # noqa: S311 - made-up figures
    period = record_period(definition)
    rules = definition.period, definition.published_on
    day = published_day(definition, period.end if period else definition.cadence.first_day)
    title = title_lines(definition, rules, period, day, edition)
    layout = definition.records[layout_id]
    drafts = [draft_records(definition, layout_id, RECORDS, rng, with_optional=with_optional)]
    if layout.sheet and not _is_known(definition, _placed(definition, drafts, title, arrangement)):
        others = [o for o, of in definition.records.items() if o != layout_id and of.sheet]
        drafts += [draft_records(definition, other, RECORDS, rng) for other in others]
    for number, wording in enumerate(definition.recognise.text):
        if says(_placed(definition, drafts, title, arrangement), wording):
            continue
        if layout.is_headed:
            title = [*title, ("", spell(wording))]
        else:
            _say_in_record(definition, drafts[0], number, spell(wording))
    plans = _placed(definition, drafts, title, arrangement)
    plans += other_sheets(definition, [], plans)
    is_text = not plans[0].name
    figures = [draft.figures(definition.records[draft.layout_id]) for draft in drafts]
    return Draft(
        definition,
        tuple(draft.layout_id for draft in drafts),
        file_name(definition, layout_id, rules, (period, day), is_text=is_text),
        plans,
        pl.concat(figures, how="diagonal"),
    )


def _is_known(definition: Definition, plans: Sequence[SheetPlan]) -> bool:
    return all(says(plans, wording) for wording in definition.recognise.text)


def _placed(
    definition: Definition,
    drafts: Sequence[RecordDraft],
    title: Sequence[TitleLine],
    arrangement: Arrangement,
) -> list[SheetPlan]:
    plans = [_sheet(definition, draft, title, arrangement) for draft in drafts]
    if plans[0].name and any(layout.sheet is None for layout in definition.records.values()):
        # A file of one sheet could be of the layout that names none.
        notes = SheetPlan(NOTES)
        place_title(notes, [("", "Nothing to be read")], Arrangement(), 1)
        plans.append(notes)
    return plans


def _sheet(
    definition: Definition,
    draft: RecordDraft,
    title: Sequence[TitleLine],
    arrangement: Arrangement,
) -> SheetPlan:
    layout = definition.records[draft.layout_id]
    plan = SheetPlan(spell(layout.sheet) if layout.sheet else "")
    order, rows = list(range(len(draft.names))), list(draft.cells)
    if arrangement.shuffled:
        rng = Random(f"{draft.layout_id}/{len(rows)}")  # noqa: S311 - made-up figures
        rng.shuffle(rows)
        if layout.is_headed:
            rng.shuffle(order)
    row = left = 0
    if layout.is_headed:
        left = arrangement.right
        row = place_title(plan, title, arrangement, left)
        for at, place in enumerate(order):
            place_heading(plan, row, left + at, draft.headings[place], arrangement)
        row += 1
    for number, cells in enumerate(rows):
        for at, place in enumerate(order):
            is_last = at == len(order) - 1  # kept when blank: a file has so many columns
            if cells[place] != "" or is_last:
                plan.cells[row + number, left + at] = cells[place]
    return plan


def _say_in_record(definition: Definition, draft: RecordDraft, number: int, text: str) -> None:
    """Let a record say what its file is recognised by, in a column that may say anything."""
    layout = definition.records[draft.layout_id]
    for place, name in enumerate(draft.names):
        column = layout.columns.get(name)
        if column is None or column.type != "text" or name in layout.key:
            continue
        if column.form is None or re.fullmatch(column.form, text):
            draft.cells[number][place] = text
            draft.values[number][name] = text
            return
    raise ValueError(f"{definition.return_id}: no column in which a record could say '{text}'")
