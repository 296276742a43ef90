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

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import polars as pl

from demonstration.arithmetic import Figure, equations, invent
from demonstration.drafting import draft_tables
from demonstration.drafts import Setting, TableDraft
from demonstration.examples import Draft, Example, write_draft
from demonstration.marking import choose_marked, mark
from demonstration.naming import file_name
from demonstration.people import People, read_people
from demonstration.placing import place_sheet
from demonstration.record_placing import draft_record_example
from demonstration.sheets import Arrangement, SheetPlan, TitleLine, other_sheets, says
from demonstration.spans import file_period
from demonstration.spelling import spell
from demonstration.titles import add_line, published_day, title_lines
from ingestion.definition import Definition

SUBJECTS = 4
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


def write_every_layout(definition: Definition, folder: Path, *, seed: int = 2017) -> list[Path]:
    """Write one file of each layout of a return; a file that has several is written once."""
    written: list[Path] = []
    covered: set[str] = set()
    for layout_id in [*definition.layouts, *definition.records]:
        if layout_id not in covered:
            draft = draft_example(definition, layout_id, seed=seed)
            covered.update(draft.layout_ids)
            written.append(write_draft(draft, folder).path)
    return written


def draft_example(
    definition: Definition,
    layout_id: str,
    *,
    seed: int = 2017,
    subjects: int = SUBJECTS,
    edition: int = 1,
    arrangement: Arrangement = AS_PUBLISHED,
    any_wording: bool = False,
    with_optional: bool = True,
) -> Draft:
    """Draft one file of a layout, laid out as `arrangement` says.

    `any_wording` takes any of the wordings that a heading may have, not always the first;
    without `with_optional` headings that a file may lack are left out.
    Raises ValueError when the definition contradicts itself, so that no file can be made.
    """
    if layout_id in definition.records:
        return draft_record_example(
            definition,
            layout_id,
            seed=seed,
            edition=edition,
            arrangement=arrangement,
            with_optional=with_optional,
        )
    period = file_period(definition, layout_id)
    drafted_as = f"{definition.return_id}/{layout_id}/{seed}"

    def wording(of: list[str]) -> str:
        """Choose alike wherever a heading stands."""
        return Random(f"{drafted_as}/{of}").choice(of) if any_wording else of[0]  # noqa: S311 - made-up figures

    setting = Setting(definition, layout_id, period, subjects, wording, drafted_as, with_optional)
    drafts = draft_tables(setting)
    figures = [figure for draft in drafts for figure in draft.figures.values()]
    people = People(read_people(), f"{seed}/{edition}")
    _invent(definition, figures, people, setting.rng("figures", edition))
    ends = max(figure.period.end for figure in figures)
    day = published_day(definition, period.end if period else ends)
    rules = definition.period_rule(layout_id), definition.published_rule(layout_id)
    title = title_lines(definition, rules, period, day, edition)
    sheets = _sheets(setting, drafts, title, arrangement)
    is_text = not sheets[0].name
    return Draft(
        definition,
        (layout_id,),
        file_name(definition, layout_id, rules, (period, day), is_text=is_text),
        sheets,
        _as_read(figures),
    )


def _invent(definition: Definition, figures: Sequence[Figure], people: People, rng: Random) -> None:
    sums = equations(definition, figures)
    settled = people.settled(figures, sums.made_by.keys())
    chosen = choose_marked(definition, figures, sums, rng)
    # A quotient is of what a marker hides; a sum is of what is shown.
    hidden = {place for place in chosen if place in settled and place not in sums.in_use}
    sums.values |= settled | dict.fromkeys(chosen.keys() - hidden, 0.0)
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
        if not says(plans, wording):
            title = [*title, ("", spell(wording))]
    plans = _placed(setting, drafts, title, arrangement)
    wanted = definition.layouts[setting.layout_id].other_sheets
    plans += other_sheets(definition, wanted, plans)
    for wording in definition.recognise.not_text:
        if says(plans, wording):
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
    """Return the lines that say whom a sheet is about, and in which unit."""
    lines: dict[str, TitleLine] = {}
    for draft in drafts:
        subject = setting.subject(draft.table_id)
        if draft.sheet_body is not None and subject.code_beside:
            add_line(lines, subject.code_beside, draft.sheet_body.code)
        if draft.sheet_body is not None and subject.name_beside:
            add_line(lines, subject.name_beside, draft.sheet_body.name)
        unit = draft.layout.says or setting.definition.tables[draft.table_id].says
        if unit is not None:
            add_line(lines, "", spell(unit))
    return list(lines.values())
