"""Read one landed file: which return it is, which layout, its observations and its dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from ingestion.container import (
    GZIP,
    SUFFIXES,
    WORKBOOK_SUFFIXES,
    Container,
    container_of,
    name_note,
)
from ingestion.definition import Definition, KnownError
from ingestion.figures import Figures, notes_on_blanks, observations, read_figures
from ingestion.headings import LocatedTable, Problem, locate_table
from ingestion.layouts import Layout
from ingestion.patterns import fits
from ingestion.period import Period, later
from ingestion.personal import refuse_personal
from ingestion.reconcile import Made, check_arithmetic, refuse_ahead
from ingestion.record_reader import read_record_file
from ingestion.register import Register, check_subjects
from ingestion.table import read_tables
from ingestion.text_file import head_of, read_text
from ingestion.title_block import Slips, read_period, read_publication, refuse_outside_cadence
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import as_text, column_letters, shortened
from ingestion.workbook import Loaded, Sheet, Workbook, open_workbook
from ingestion.zip_parts import ZIP

SHOWN_PROBLEMS = 4
TEXT_SUFFIXES = {suffix for kind in Container if kind.is_text for suffix in SUFFIXES[kind]}
PACKED = {".gz": GZIP, ".zip": ZIP}


@dataclass(frozen=True)
class ReadFile:
    """A file that was read: its observations (or records) and what it says of itself.

    `period` is None for a record file that does not say of which day it is.
    """

    return_id: str
    layout_id: str
    period: Period | None
    first_published_on: date | None
    revised_on: date | None
    publisher_status: str | None
    is_synthetic: bool
    notes: list[str]
    observations: pl.DataFrame
    is_record: bool = False
    checks: Sequence[Made] = ()

    @property
    def published_on(self) -> date | None:
        """The date of this vintage: the later of first publication and revision."""
        return later(self.first_published_on, self.revised_on)


def read_file(
    path: Path,
    sha256: str,
    file_name: str,
    definitions: Mapping[str, Definition],
    register: Register | None = None,
    pseudonym_key: bytes | None = None,
) -> ReadFile | None:
    """Read a landed file by the definition it fits; None when no definition knows it.

    Raises `UntrustedFileError` for a file named or built as a workbook that cannot be opened,
    for one named as a text that is none, for one that a definition knows by its title
    and cannot read, and for one that holds personal data.
    """
    workbook = open_file(path, file_name)
    if workbook is None:
        return None
    definition = recognise(workbook, definitions)
    if definition is None:
        return None
    try:
        if workbook.is_text:
            workbook = _decoded(path, workbook, definition)
        return _read(workbook, definition, sha256, register, pseudonym_key)
    except UntrustedFileError as error:
        error.return_id = definition.return_id
        raise


def open_file(path: Path, file_name: str) -> Workbook | None:
    """Open a landed file as sheets; None when it is neither a workbook nor text.

    Of a text file only the first lines are decoded, until its return is known.
    """
    container = container_of(path)
    name = Path(file_name).name
    if container.is_workbook:
        workbook = open_workbook(path, container, name)
        workbook.notes.extend(name_note(container, file_name))
        return workbook
    suffix = Path(file_name).suffix.lower()
    if suffix in WORKBOOK_SUFFIXES:
        raise _misnamed("workbook", container)
    head = head_of(path) if container.is_text else None
    if head is not None:
        notes = name_note(container, file_name)
        return Workbook([Sheet("", Loaded.of(head))], name, notes, is_text=True)
    if suffix in TEXT_SUFFIXES and not _is_packed(path, suffix):
        raise _misnamed("text file", container)
    return None


def _is_packed(path: Path, suffix: str) -> bool:
    """Tell whether a file is at least the gzip or zip file that its name says."""
    with path.open("rb") as file:
        return suffix in PACKED and file.read(4).startswith(PACKED[suffix])


def _misnamed(what: str, container: Container) -> UntrustedFileError:
    return UntrustedFileError(
        f"The file is named as a {what} and is not one; its content is: {container.value}.",
        mend="A page that the site answered with, or a copy that failed; fetch the file again.",
    )


def _decoded(path: Path, head: Workbook, definition: Definition) -> Workbook:
    """Open a text file whole, as its return is known to be written."""
    text = read_text(path, definition.text.encodings, definition.text.delimiter)
    sheets = [Sheet("", Loaded.of(text.grid))]
    return replace(head, sheets=sheets, notes=[*head.notes, *text.notes])


def recognise(workbook: Workbook, definitions: Mapping[str, Definition]) -> Definition | None:
    """Return the definition that knows a file, or None.

    Raises `UntrustedFileError` when several do, when one knows the title block and none of
    the sheets, and when a file has all tables of a return under another title block.
    """
    known = [d for d in definitions.values() if _is_known(workbook, d)]
    fitting = [d for d in known if _has_its_sheets(workbook, d)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(d.return_id for d in fitting)
        raise UntrustedFileError(
            f"More than one definition claims this file: {names}.",
            mend="Make their `recognise` tell them apart.",
        )
    if not known:
        _refuse_near_miss(workbook, definitions)
        return None
    sheets = ", ".join(f"'{sheet.name}'" for sheet in workbook.sheets)
    raise UntrustedFileError(
        f"The title block is that of {', '.join(d.return_id for d in known)}; "
        f"none of the sheets is ({sheets}).",
        return_id=known[0].return_id if len(known) == 1 else "",
        mend="If sheets were renamed, change `recognise.sheets` and `sheet`.",
    )


def _refuse_near_miss(workbook: Workbook, definitions: Mapping[str, Definition]) -> None:
    """A file with all the sheets of a return and another title block is not passed over."""
    for definition in definitions.values():
        for layout_id in definition.layouts:
            _, problems = _located(definition, layout_id, workbook)
            if not problems:
                rule = definition.recognise
                wanted = [*(f"{k}: {v}" for k, v in rule.title.items()), *rule.text]
                raise UntrustedFileError(
                    f"All tables are those of {definition.return_id}, layout '{layout_id}', and "
                    f"the title block is not ({', '.join(wanted)} was expected).",
                    return_id=definition.return_id,
                    mend="If the publisher reworded it, change `recognise` in the definition.",
                )


def _is_known(workbook: Workbook, definition: Definition) -> bool:
    rule = definition.recognise
    if rule.file_name is not None and not fits(workbook.file_name, rule.file_name):
        return False
    if not rule.title and not rule.text:
        return _has_its_sheets(workbook, definition)
    return (
        (not rule.title or any(_has_title(sheet, rule.title) for sheet in workbook.sheets))
        and all(_has_text(workbook, wording) for wording in rule.text)
        and not any(_has_text(workbook, wording) for wording in rule.not_text)
    )


def _has_title(sheet: Sheet, title: Mapping[str, str]) -> bool:
    return all(
        (found := sheet.beside(label)) is not None and fits(found.text, wording)
        for label, wording in title.items()
    )


def _has_text(workbook: Workbook, wording: str) -> bool:
    return any(sheet.has_text(wording) for sheet in workbook.sheets)


def _has_its_sheets(workbook: Workbook, definition: Definition) -> bool:
    patterns = definition.recognise.sheets
    return not patterns or any(any(workbook.matching(pattern)) for pattern in patterns)


def _read(
    workbook: Workbook,
    definition: Definition,
    sha256: str,
    register: Register | None,
    pseudonym_key: bytes | None,
) -> ReadFile:
    _refuse_macros(workbook, definition)
    refuse_personal(workbook, definition)
    workbook = _mended(workbook, definition, sha256)
    if definition.records:
        return _read_records(workbook, definition, sha256, pseudonym_key)
    layout_id, tables = _choose_layout(definition, workbook)
    notes = list(workbook.notes)
    tables = _with_known_errors(tables, definition, sha256, notes)
    slips = _listed_slips(definition, sha256)
    said = read_period(definition, layout_id, workbook, tables, slips)
    cells, texts = read_tables(definition, tables, said)
    figures = read_figures(definition, cells, texts, {s.name: s.faults for s in workbook.sheets})
    period = said or _span(definition, figures)
    publication = read_publication(definition, layout_id, workbook, tables, period, slips)
    notes += _notes_on(slips)
    if register is not None:
        check_subjects(definition, register, figures, period)
    checks, differences = check_arithmetic(definition, figures, sha256)
    refuse_ahead(definition, figures, said)
    notes += differences
    notes += _hidden_tables(definition, tables)
    notes += _left_out(tables)
    notes += notes_on_blanks(definition, figures)
    notes += _unknown_sheets(definition, layout_id, tables, workbook)
    return ReadFile(
        return_id=definition.return_id,
        layout_id=layout_id,
        period=period,
        first_published_on=publication.first_published_on,
        revised_on=publication.revised_on,
        publisher_status=publication.status,
        is_synthetic=workbook.is_synthetic,
        notes=notes,
        observations=observations(definition, figures, layout_id, sha256),
        checks=checks,
    )


def _read_records(
    workbook: Workbook, definition: Definition, sha256: str, pseudonym_key: bytes | None
) -> ReadFile:
    grids = {sheet.name: sheet.grid for sheet in workbook.sheets}
    frame = read_record_file(definition, grids, sha256, pseudonym_key)
    period, slips = None, _listed_slips(definition, sha256)
    if definition.period is not None:
        period = read_period(definition, "", workbook, [], slips)
    publication = read_publication(definition, "", workbook, [], period, slips)
    return ReadFile(
        return_id=definition.return_id,
        layout_id=",".join(frame["layout_id"].unique().sort()),
        period=period,
        first_published_on=publication.first_published_on,
        revised_on=publication.revised_on,
        publisher_status=publication.status,
        is_synthetic=workbook.is_synthetic,
        notes=[*workbook.notes, *_notes_on(slips)],
        observations=frame,
        is_record=True,
    )


def _span(definition: Definition, figures: Figures) -> Period:
    """Return the span of the periods that rows and columns name."""
    used = np.unique(figures.period.at)
    periods = sorted({figures.period.facts[number] for number in used})
    start, end = periods[0].start, max(period.end for period in periods)
    span = periods[0] if len(periods) == 1 else Period(start, end, "span")
    refuse_outside_cadence(definition, span)
    return span


def _refuse_macros(workbook: Workbook, definition: Definition) -> None:
    """Macros are never run; but in a return that had none they are a sign that it is not it."""
    if workbook.has_macros and not definition.may_have_macros:
        raise UntrustedFileError(
            "The workbook has macros, which this return is not known to have.",
            mend="If the publisher's files do have them, say `may_have_macros: true`.",
        )


def _mended(workbook: Workbook, definition: Definition, sha256: str) -> Workbook:
    """Read the headings that the definition lists as misspelt in exactly these bytes."""
    for error in definition.known_errors:
        if error.cell is None or error.sha256 != sha256:
            continue
        sheets = [
            sheet.with_cell(error.cell, error.says, error.read_as)
            if fits(sheet.name, error.sheet or "")
            else sheet
            for sheet in workbook.sheets
        ]
        if all(one is other for one, other in zip(sheets, workbook.sheets, strict=True)):
            raise _nothing_to_correct(error)
        workbook = replace(workbook, sheets=sheets, notes=[*workbook.notes, _note(error)])
    return workbook


def _with_known_errors(
    tables: Sequence[LocatedTable], definition: Definition, sha256: str, notes: list[str]
) -> list[LocatedTable]:
    """Attach the slips that the definition lists, each of which has to be found."""
    mended = list(tables)
    for error in definition.known_errors:
        if error.heading is None or error.sha256 not in (None, sha256):
            continue
        places = [
            at for at, table in enumerate(mended) if fits(table.sheet.name, error.sheet or "")
        ]
        if not any(_says(mended[at], error) for at in places):
            raise _nothing_to_correct(error)
        for at in places:
            corrections = {**mended[at].corrections, (error.heading, error.says): error.read_as}
            mended[at] = replace(mended[at], corrections=corrections)
        notes.append(_note(error))
    return mended


def _listed_slips(definition: Definition, sha256: str) -> Slips:
    labels = [error for error in definition.known_errors if error.label is not None]
    return Slips([error for error in labels if error.sha256 in (None, sha256)])


def _notes_on(slips: Slips) -> Iterator[str]:
    """Speak of the slips beside labels, each of which has to be found."""
    for error in slips.listed:
        if error not in slips.found:
            raise _nothing_to_correct(error)
        yield _note(error)


def _says(table: LocatedTable, error: KnownError) -> bool:
    column = table.role(error.heading or "")
    if column is None:
        return False
    cells = table.sheet.column(column, table.first_row, table.end_row)
    return any(fits(as_text(cell), error.says) for cell in set(cells))


def _nothing_to_correct(error: KnownError) -> UntrustedFileError:
    return UntrustedFileError(
        f"A known error is declared ('{error.says}' is read as '{error.read_as}') and the file "
        "does not have it.",
        sheet=error.sheet or "",
        cell=error.cell or "",
        mend="The publisher has mended it: remove it from `known_errors` of the definition.",
    )


def _note(error: KnownError) -> str:
    late = error.expires is not None and error.expires < datetime.now(UTC).date()
    again = f" It was to be looked at again by {error.expires}." if late else ""
    where = f"Sheet '{error.sheet}'" if error.sheet else f"Beside '{error.label}'"
    return f"{where}: '{error.says}' is read as '{error.read_as}'. {error.reason}{again}"


def _choose_layout(definition: Definition, workbook: Workbook) -> tuple[str, list[LocatedTable]]:
    """Return the layout that fits both ways; of several, the one that leaves no sheet over."""
    fitting: list[tuple[int, str, list[LocatedTable]]] = []
    failed: list[tuple[float, int, list[Problem], str]] = []
    for layout_id, layout in definition.layouts.items():
        tables, problems = _located(definition, layout_id, workbook)
        problems += _sheet_problems(layout, workbook)
        if problems:
            lost = sum(not problem.sheet for problem in problems)  # a sheet that is not there
            share = lost / (len(layout.tables) + len(layout.other_sheets))
            failed.append((share, len(problems), problems, layout_id))
        else:
            over = len(_unknown_sheets(definition, layout_id, tables, workbook))
            fitting.append((over, layout_id, tables))
    if fitting:
        _, layout_id, tables = min(fitting, key=lambda fit: fit[0])
        return layout_id, tables
    # The nearest layout is the one that lacks the smallest share of its sheets.
    _, count, differences, layout_id = min(failed, key=lambda one: one[:2])
    raise _no_layout_fits(count, differences, layout_id)


def _located(
    definition: Definition, layout_id: str, workbook: Workbook
) -> tuple[list[LocatedTable], list[Problem]]:
    tables: list[LocatedTable] = []
    problems: list[Problem] = []
    for table_id in definition.layouts[layout_id].tables:
        for found in locate_table(definition, layout_id, table_id, workbook):
            if isinstance(found, LocatedTable):
                tables.append(found)
            else:
                problems.append(found)
    return tables, problems


def _sheet_problems(layout: Layout, workbook: Workbook) -> Iterator[Problem]:
    for name in layout.other_sheets:
        if not any(workbook.matching(name)):
            yield Problem(f"Sheet '{name}' is missing.")
    for name in layout.no_sheets:
        for sheet in workbook.matching(name):
            yield Problem(f"Sheet '{sheet.name}' is one that this layout has not.", sheet.name)


def _no_layout_fits(count: int, problems: list[Problem], layout_id: str) -> UntrustedFileError:
    first, *others = problems
    more = " ".join(problem.text for problem in others[: SHOWN_PROBLEMS - 1])
    left = count - SHOWN_PROBLEMS
    tail = f" And {left} more differences." if left > 0 else ""
    return UntrustedFileError(
        f"{first.text} {more}{tail} (Compared with the nearest layout, '{layout_id}'.)".replace(
            "  ", " "
        ),
        sheet=first.sheet,
        cell=first.cell,
        mend=first.mend,
    )


def _unknown_sheets(
    definition: Definition, layout_id: str, tables: Sequence[LocatedTable], workbook: Workbook
) -> list[str]:
    read = {table.sheet.name for table in tables}
    known = definition.layouts[layout_id].other_sheets
    return [
        f"Sheet '{sheet.name}'{_hidden(sheet)} is not read."
        for sheet in workbook.sheets
        if sheet.name not in read and not any(fits(sheet.name, name) for name in known)
    ]


def _hidden(sheet: Sheet) -> str:
    return "" if sheet.visibility == "visible" else f" ({sheet.visibility})"


def _left_out(tables: Sequence[LocatedTable]) -> list[str]:
    """Name the columns that only a pattern keeps from being read: it may take one too many."""
    by_sheet: dict[str, dict[int, str]] = {}
    for table in tables:
        by_sheet.setdefault(table.sheet.name, {}).update(table.left_out)
    return [
        f"Sheet '{sheet}': "
        + ", ".join(f"{column_letters(at)} '{shortened(columns[at])}'" for at in sorted(columns))
        + " not kept."
        for sheet, columns in by_sheet.items()
        if columns
    ]


def _hidden_tables(definition: Definition, tables: Sequence[LocatedTable]) -> list[str]:
    """A hidden sheet is read when the definition says that it may be, and never without a word."""
    notes: dict[str, str] = {}
    for table in tables:
        sheet = table.sheet
        if sheet.visibility == "visible":
            continue
        if not definition.tables[table.table_id].may_be_hidden:
            raise UntrustedFileError(
                f"The sheet is {sheet.visibility}, so the publisher did not mean it to be read.",
                sheet=sheet.name,
                mend=f"If it is the table all the same, say `may_be_hidden: true` of "
                f"{table.table_id}.",
            )
        notes[sheet.name] = f"Sheet '{sheet.name}' is {sheet.visibility} and is read."
    return list(notes.values())
