"""Write a synthetic file in exactly the layout that a return's definition describes.

A definition says how a publisher's file looks, so it says how to make one: title block,
periods, headings at all their levels, rows for a few bodies, control totals, markers. The
figures hold every check that the definition declares. What a faithful reader must return is
given with the file.

Legacy .xls and .ods have no writer here: such files are written as .xlsx with the same sheets.
Councils and commissioners are real ones of the period, all of them where the definition wants
all; every other body, and every figure, is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl

from demonstration.arithmetic import Figure, equations, invent
from demonstration.drafting import Cell, Setting, TableDraft, draft_tables
from demonstration.files import write_csv, write_workbook
from demonstration.marking import choose_marked, mark
from demonstration.months import spelt_day
from demonstration.naming import file_name
from demonstration.placing import (
    Arrangement,
    SheetPlan,
    TitleLine,
    place_sheet,
    place_title,
)
from demonstration.record_drafting import RecordDraft, draft_records
from demonstration.spans import file_period, record_period, rule_placeholder
from demonstration.spelling import PERIODS, Parts, spell
from ingestion.definition import Definition
from ingestion.layouts import PeriodRule, PublishedRule, Said
from ingestion.patterns import fits
from ingestion.period import Period
from ingestion.wording import normalise

SUBJECTS = 4
RECORDS = 6
TOP_ROWS = 60
REVISED_AFTER_DAYS = 28
AS_PUBLISHED = Arrangement()

FIGURES = pl.Schema(
    {
        "table_id": pl.String,
        "period_type": pl.String,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "subject_type": pl.String,
        "subject_code": pl.String,
        "subject_name": pl.String,
        "measure": pl.String,
        "breakdown": pl.String,
        "value": pl.Float64,
        "raw_text": pl.String,
        "value_status": pl.String,
        "is_control_total": pl.Boolean,
    }
)
"""What a reader must return of each figure of a statistical return."""


@dataclass(frozen=True)
class Draft:
    """A file that is ready to be written: its name, its sheets, and what is to be read.

    A text file has one sheet without a name. `figures` are the observations of a
    statistical return, or the records of a record return in the columns of its layouts.
    """

    definition: Definition
    layout_id: str
    file_name: str
    encoding: str
    sheets: list[SheetPlan]
    figures: pl.DataFrame

    @property
    def is_text(self) -> bool:
        """Tell whether it is a text file."""
        return not self.sheets[0].name


@dataclass(frozen=True)
class Example:
    """A synthetic file that was written, and what a faithful reader must return of it."""

    path: Path
    figures: pl.DataFrame


def write_example(
    definition: Definition,
    layout_id: str,
    folder: Path,
    *,
    seed: int = 2017,
    subjects: int = SUBJECTS,
    edition: int = 1,
) -> Example:
    """Write one file of a layout into `folder`; the same seed gives the same bytes.

    `subjects` is how many bodies of a kind have rows where not all need one; `edition` 2 and
    later are the same file issued again, with other figures and a day of revision.
    """
    return write_draft(
        draft_example(definition, layout_id, seed=seed, subjects=subjects, edition=edition), folder
    )


def draft_example(
    definition: Definition,
    layout_id: str,
    *,
    seed: int = 2017,
    subjects: int = SUBJECTS,
    edition: int = 1,
    arrangement: Arrangement = AS_PUBLISHED,
    any_wording: bool = False,
) -> Draft:
    """Draft one file of a layout, laid out as `arrangement` says.

    `any_wording` takes any of the wordings that a heading may have, not always the first.
    Raises ValueError when the definition contradicts itself, so that no file can be made.
    """
    if layout_id in definition.records:
        return _draft_records(definition, layout_id, seed, edition)
    period = file_period(definition, layout_id)
    drafted_as = f"{definition.return_id}/{layout_id}/{seed}"

    def wording(of: list[str]) -> str:
        """Choose alike wherever a heading stands."""
        return Random(f"{drafted_as}/{of}").choice(of) if any_wording else of[0]  # noqa: S311

    setting = Setting(definition, layout_id, period, subjects, wording, drafted_as)
    drafts = draft_tables(setting)
    figures = [figure for draft in drafts for figure in draft.figures.values()]
    _invent(definition, figures, setting.rng("figures", edition))
    ends = max(figure.period.end for figure in figures)
    day = _published_day(definition, period.end if period else ends)
    rules = definition.period_rule(layout_id), definition.published_rule(layout_id)
    title = _title_lines(definition, rules, period, day, edition)
    sheets = _sheets(setting, drafts, title, arrangement)
    is_text = not sheets[0].name
    return Draft(
        definition,
        layout_id,
        file_name(definition, layout_id, rules, (period, day), is_text=is_text),
        _encoding(definition, sheets) if is_text else "",
        sheets,
        _as_read(figures),
    )


def write_draft(draft: Draft, folder: Path) -> Example:
    """Write a drafted file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / draft.file_name
    if draft.is_text:
        write_csv(path, draft.sheets[0].cells, draft.encoding, draft.definition.text.delimiter)
    else:
        title = f"{draft.definition.publisher}: {draft.definition.return_id}"
        write_workbook(path, title, [(sheet.name, False, sheet.cells) for sheet in draft.sheets])
    return Example(path, draft.figures)


def _invent(definition: Definition, figures: Sequence[Figure], rng: Random) -> None:
    sums = equations(definition, figures)
    chosen = choose_marked(definition, figures, sums, rng)
    sums.values |= dict.fromkeys(chosen, 0.0)
    invent(definition, figures, sums, rng)
    mark(definition, figures, chosen, rng)


def _as_read(figures: Iterable[Figure]) -> pl.DataFrame:
    rows = [
        (
            figure.table_id,
            figure.period.period_type,
            figure.period.start,
            figure.period.end,
            figure.body.kind,
            "" if figure.is_control else figure.body.code,
            figure.body.name,
            figure.measure,
            ";".join(f"{dimension}={member}" for dimension, member in figure.members),
            figure.value,
            figure.text if figure.text is not None else _number_text(figure.value or 0.0),
            figure.status,
            figure.is_control,
        )
        for figure in figures
    ]
    return pl.DataFrame(rows, FIGURES, orient="row")


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


# What a file says of itself.


def _published_day(definition: Definition, end: date) -> date:
    return end + timedelta(days=max(1, definition.cadence.published_after_days))


def _title_lines(
    definition: Definition,
    rules: tuple[PeriodRule | None, PublishedRule],
    period: Period | None,
    day: date,
    edition: int,
) -> list[TitleLine]:
    """Return the lines above the tables: title, period, days of publication, status."""
    lines: dict[str, TitleLine] = {}
    for label, wording in definition.recognise.title.items():
        _add(lines, label, spell(wording))
    rule, published = rules
    placeholder = rule_placeholder(rule) if rule else None
    if rule is not None and period is not None and placeholder is not None:
        if rule.beside:
            _add(lines, rule.beside, PERIODS[placeholder](period))
        elif rule.text:
            _add(lines, "", spell(rule.text, Parts(period)))
    revised = day + timedelta(days=REVISED_AFTER_DAYS * (edition - 1))
    for place, said in ((published.published, day), (published.revised, revised)):
        is_unsaid = place is published.revised and edition == 1
        _add_day(lines, place, said, is_unsaid=is_unsaid)
    if published.status is not None:
        _add(lines, published.status.beside or "", spell(published.status.text or "Published"))
    return list(lines.values())


def _add(lines: dict[str, TitleLine], label: str, text: str) -> None:
    lines.setdefault(normalise(label or text), (label, text))


def _add_day(
    lines: dict[str, TitleLine], place: Said | None, day: date, *, is_unsaid: bool
) -> None:
    if place is None or place.file_name:
        return
    if place.beside:
        _add(lines, place.beside, "-" if is_unsaid else spelt_day(day))
    else:
        _add(lines, "", spell(place.text or "", Parts(Period(day, day, "day"))))


# The sheets.


def _sheets(
    setting: Setting,
    drafts: Sequence[TableDraft],
    title: Sequence[TitleLine],
    arrangement: Arrangement,
) -> list[SheetPlan]:
    """Place every table; what the file is recognised by is added where nothing says it yet."""
    definition = setting.definition
    plans = _placed(setting, drafts, title, arrangement)
    for wording in definition.recognise.text:
        if not _says(plans, wording):
            title = [*title, ("", spell(wording))]
    plans = _placed(setting, drafts, title, arrangement)
    plans += _other_sheets(definition, setting.layout_id, plans)
    for wording in definition.recognise.not_text:
        if _says(plans, wording):
            raise ValueError(f"{definition.return_id}: a cell of the file fits '{wording}'")
    return plans


def _placed(
    setting: Setting,
    drafts: Sequence[TableDraft],
    title: Sequence[TitleLine],
    arrangement: Arrangement,
) -> list[SheetPlan]:
    by_sheet: dict[str, list[TableDraft]] = {}
    for draft in drafts:
        by_sheet.setdefault(draft.sheet, []).append(draft)
    return [
        place_sheet(
            setting, name, of_sheet, [*title, *_subject_lines(setting, of_sheet)], arrangement
        )
        for name, of_sheet in by_sheet.items()
    ]


def _subject_lines(setting: Setting, drafts: Sequence[TableDraft]) -> list[TitleLine]:
    """Return the lines that say whom a sheet is about."""
    lines: dict[str, TitleLine] = {}
    for draft in drafts:
        subject = draft.layout.subject or setting.definition.tables[draft.table_id].subject
        if draft.sheet_body is not None and subject.code_beside:
            _add(lines, subject.code_beside, draft.sheet_body.code)
        if draft.sheet_body is not None and subject.name_beside:
            _add(lines, subject.name_beside, draft.sheet_body.name)
    return list(lines.values())


def _says(plans: Iterable[SheetPlan], wording: str) -> bool:
    return any(
        isinstance(cell, str) and row < TOP_ROWS and fits(cell, wording)
        for plan in plans
        for (row, _), cell in plan.cells.items()
    )


def _other_sheets(
    definition: Definition, layout_id: str, plans: Sequence[SheetPlan]
) -> list[SheetPlan]:
    """Return the sheets that are there and not read, and one that the file is known by."""
    if not plans[0].name:
        return []
    names = [plan.name for plan in plans]
    others: list[str] = []
    known_by = definition.recognise.sheets
    has_known = any(fits(name, wording) for name in names for wording in known_by)
    wanted = (
        [*definition.layouts[layout_id].other_sheets] if layout_id in definition.layouts else []
    )
    for wording in [*wanted, *(known_by[:1] if known_by and not has_known else [])]:
        if not any(fits(name, wording) for name in others):
            others.append(spell(wording))
    return [_bare_sheet(name) for name in others]


def _bare_sheet(name: str) -> SheetPlan:
    plan = SheetPlan(name)
    place_title(plan, [("", "Nothing to be read")], AS_PUBLISHED, 1)
    return plan


def _encoding(definition: Definition, sheets: Sequence[SheetPlan]) -> str:
    """Return the last of the encodings that a reader, trying them in turn, cannot mistake."""
    texts = "".join(c for sheet in sheets for c in sheet.cells.values() if isinstance(c, str))
    for place, encoding in reversed(list(enumerate(definition.text.encodings))):
        if _is_plain(texts, encoding, definition.text.encodings[:place]):
            return encoding
    return definition.text.encodings[0]


def _is_plain(text: str, encoding: str, before: Sequence[str]) -> bool:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return not any(_decodes_otherwise(data, text, other) for other in before)


def _decodes_otherwise(data: bytes, text: str, encoding: str) -> bool:
    try:
        return data.decode(encoding) != text
    except UnicodeDecodeError:
        return False


# Record returns.


def _draft_records(definition: Definition, layout_id: str, seed: int, edition: int) -> Draft:
    """Draft a file of records: the sheet of one layout, or all if the file is known by all."""
    rng = Random(f"{definition.return_id}/{layout_id}/{seed}/{edition}")  # noqa: S311
    period = record_period(definition)
    rules = definition.period, definition.published_on
    day = _published_day(definition, period.end if period else definition.cadence.first_day)
    title = _title_lines(definition, rules, period, day, edition)
    drafts = [draft_records(definition, layout_id, RECORDS, rng)]
    plans = _record_sheets(definition, drafts, title)
    if definition.records[layout_id].sheet and not _is_known(definition, plans):
        drafts += [
            draft_records(definition, other, RECORDS, rng)
            for other, layout in definition.records.items()
            if other != layout_id and layout.sheet
        ]
        plans = _record_sheets(definition, drafts, title)
    is_headed = definition.records[layout_id].is_headed
    for number, wording in enumerate(definition.recognise.text):
        if not _says(plans, wording):
            if is_headed:
                title = [*title, ("", spell(wording))]
            else:
                _say_in_record(definition, drafts[0], number, spell(wording))
    plans = _record_sheets(definition, drafts, title if is_headed else [])
    plans += _other_sheets(definition, layout_id, plans)
    is_text = not plans[0].name
    return Draft(
        definition,
        layout_id,
        file_name(definition, layout_id, rules, (period, day), is_text=is_text),
        _encoding(definition, plans) if is_text else "",
        plans,
        pl.concat(
            [draft.figures(definition.records[draft.layout_id]) for draft in drafts],
            how="diagonal",
        ),
    )


def _is_known(definition: Definition, plans: Sequence[SheetPlan]) -> bool:
    return all(_says(plans, wording) for wording in definition.recognise.text)


def _record_sheets(
    definition: Definition, drafts: Sequence[RecordDraft], title: Sequence[TitleLine]
) -> list[SheetPlan]:
    plans = []
    for draft in drafts:
        layout = definition.records[draft.layout_id]
        plan = SheetPlan(spell(layout.sheet) if layout.sheet else "")
        row = place_title(plan, title, AS_PUBLISHED, 0) if layout.is_headed else 0
        lines: list[Sequence[Cell]] = [
            *([draft.headings] if layout.is_headed else []),
            *draft.cells,
        ]
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                is_last = column == len(line) - 1  # kept when blank: a file has so many columns
                if cell != "" or is_last:
                    plan.cells[row + number, column] = cell
        plans.append(plan)
    if plans[0].name and any(layout.sheet is None for layout in definition.records.values()):
        plans.append(_bare_sheet("Notes"))  # a file of one sheet could be of the other layout
    return plans


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
