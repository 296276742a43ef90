"""Read one landed file: which return it is, which layout, its observations and its dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from ingestion.container import WORKBOOK_SUFFIXES, container_of, name_note
from ingestion.definition import Definition
from ingestion.headings import LocatedTable, Problem, locate_table
from ingestion.observations import SCHEMA
from ingestion.period import Period, later
from ingestion.reconcile import check_arithmetic
from ingestion.register import Register, check_subjects
from ingestion.table import read_table
from ingestion.title_block import read_period, read_publication
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import as_text, matches
from ingestion.workbook import Sheet, Workbook, open_workbook

SHOWN_PROBLEMS = 4


@dataclass(frozen=True)
class ReadFile:
    """A file that was read: its observations and what it says of itself."""

    return_id: str
    layout_id: str
    period: Period
    first_published_on: date | None
    revised_on: date | None
    publisher_status: str | None
    is_synthetic: bool
    notes: list[str]
    observations: pl.DataFrame

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
) -> ReadFile | None:
    """Read a landed file by the definition it fits; None when no definition knows it.

    Raises `UntrustedFileError` for a file named or built as a workbook that cannot be
    opened, and for one that a definition knows by its title and cannot read.
    """
    workbook = _open(path, file_name)
    if workbook is None:
        return None
    definition = _recognise(workbook, definitions)
    if definition is None:
        return None
    try:
        return _read(workbook, definition, sha256, register)
    except UntrustedFileError as error:
        error.return_id = definition.return_id
        raise


def _open(path: Path, file_name: str) -> Workbook | None:
    container = container_of(path)
    if container.is_workbook:
        workbook = open_workbook(path, container)
        workbook.notes.extend(name_note(container, file_name))
        return workbook
    if Path(file_name).suffix.lower() in WORKBOOK_SUFFIXES:
        raise UntrustedFileError(
            f"The file is named as a workbook and is not one; its content is: {container.value}.",
            mend="The publisher's site probably answered with a page; fetch the file again.",
        )
    return None


def _recognise(workbook: Workbook, definitions: Mapping[str, Definition]) -> Definition | None:
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
        for layout_id, layout in definition.layouts.items():
            located = [locate_table(definition, layout_id, t, workbook) for t in layout.tables]
            if all(isinstance(found, LocatedTable) for found in located):
                wanted = ", ".join(f"{k}: {v}" for k, v in definition.recognise.title.items())
                raise UntrustedFileError(
                    f"All tables are those of {definition.return_id}, layout '{layout_id}', and "
                    f"the title block is not ({wanted} was expected).",
                    return_id=definition.return_id,
                    mend="If the publisher reworded it, change `recognise.title`.",
                )


def _is_known(workbook: Workbook, definition: Definition) -> bool:
    return any(
        all(
            (found := sheet.beside(label)) is not None and matches(as_text(found[0]), pattern)
            for label, pattern in definition.recognise.title.items()
        )
        for sheet in workbook.sheets
    )


def _has_its_sheets(workbook: Workbook, definition: Definition) -> bool:
    patterns = definition.recognise.sheets
    return not patterns or any(any(workbook.matching(pattern)) for pattern in patterns)


def _read(
    workbook: Workbook, definition: Definition, sha256: str, register: Register | None
) -> ReadFile:
    _refuse_macros(workbook, definition)
    layout_id, tables = _choose_layout(definition, workbook)
    notes = list(workbook.notes)
    tables = [_with_known_errors(table, definition, sha256, notes) for table in tables]
    period = read_period(definition, tables)
    publication = read_publication(definition, tables, period, sha256)
    frames = [
        read_table(definition, table, period).with_columns(
            table_id=pl.lit(table.table_id),
            source_sheet=pl.lit(table.sheet.name),
        )
        for table in tables
    ]
    frame = pl.concat(frames).with_columns(
        return_id=pl.lit(definition.return_id),
        layout_id=pl.lit(layout_id),
        period_type=pl.lit("month"),
        source_sha256=pl.lit(sha256),
    )
    if register is not None:
        check_subjects(definition, register, frame, period)
    check_arithmetic(definition, frame)
    notes += _hidden_tables(tables)
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
        observations=frame.select(SCHEMA.names()).cast(SCHEMA),
    )


def _refuse_macros(workbook: Workbook, definition: Definition) -> None:
    """Macros are never run; but in a return that had none they are a sign that it is not it."""
    if workbook.has_macros and not definition.may_have_macros:
        raise UntrustedFileError(
            "The workbook has macros, which this return is not known to have.",
            mend="If the publisher's files do have them, say `may_have_macros: true`.",
        )


def _with_known_errors(
    table: LocatedTable, definition: Definition, sha256: str, notes: list[str]
) -> LocatedTable:
    """Attach the slips that the definition lists for exactly these bytes."""
    errors = [
        error
        for error in definition.known_errors
        if error.sha256 == sha256 and error.sheet and matches(table.sheet.name, error.sheet)
    ]
    notes += [
        f"Sheet '{table.sheet.name}': '{e.says}' is read as '{e.read_as}'. {e.reason}"
        for e in errors
    ]
    return replace(table, corrections={(e.heading, e.says): e.read_as for e in errors if e.heading})


def _choose_layout(definition: Definition, workbook: Workbook) -> tuple[str, list[LocatedTable]]:
    """Return the layout that fits both ways; of several, the one that leaves no sheet over."""
    fitting: list[tuple[int, str, list[LocatedTable]]] = []
    failed: list[tuple[int, list[Problem], str]] = []
    for layout_id, layout in definition.layouts.items():
        located = [locate_table(definition, layout_id, t, workbook) for t in layout.tables]
        problems = [p for found in located if isinstance(found, list) for p in found]
        problems += [
            Problem(f"Sheet '{name}' is missing.")
            for name in layout.other_sheets
            if not any(workbook.matching(name))
        ]
        tables = [found for found in located if isinstance(found, LocatedTable)]
        if problems:
            failed.append((len(problems), problems, layout_id))
        else:
            over = len(_unknown_sheets(definition, layout_id, tables, workbook))
            fitting.append((over, layout_id, tables))
    if fitting:
        _, layout_id, tables = min(fitting, key=lambda fit: fit[0])
        return layout_id, tables
    raise _no_layout_fits(*min(failed, key=lambda one: one[0]))


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
    definition: Definition, layout_id: str, tables: list[LocatedTable], workbook: Workbook
) -> list[str]:
    read = {table.sheet.name for table in tables}
    known = definition.layouts[layout_id].other_sheets
    return [
        f"Sheet '{sheet.name}'{_hidden(sheet)} is not read."
        for sheet in workbook.sheets
        if sheet.name not in read and not any(matches(sheet.name, name) for name in known)
    ]


def _hidden(sheet: Sheet) -> str:
    return "" if sheet.visibility == "visible" else f" ({sheet.visibility})"


def _hidden_tables(tables: list[LocatedTable]) -> list[str]:
    """A hidden sheet is read when the definition names it, and never without a word."""
    sheets = {table.sheet.name: table.sheet for table in tables}
    return [
        f"Sheet '{sheet.name}' is {sheet.visibility} and is read."
        for sheet in sheets.values()
        if _hidden(sheet)
    ]
