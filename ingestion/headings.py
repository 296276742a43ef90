"""Find the heading row of a table and match its headings with the definition, both ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from ingestion.definition import RESERVED, Definition, Heading, Role, Subject, TableLayout
from ingestion.wording import cell_name, nearest, normalise
from ingestion.workbook import Sheet, Workbook

Path = tuple[str, ...]
"""A column's headings from the topmost level down, as the definition spells them."""


@dataclass(frozen=True)
class Problem:
    """One difference between a file and a layout."""

    text: str
    sheet: str = ""
    cell: str = ""
    mend: str = ""


@dataclass(frozen=True)
class ValueColumn:
    """A column of figures: its place, and what its headings stand for."""

    index: int
    measure: str
    unit: str
    breakdown: str
    heading: str


@dataclass(frozen=True)
class LocatedTable:
    """A table found on its sheet: heading row (from 0), descriptive and value columns."""

    table_id: str
    subject: Subject
    sheet: Sheet
    header_row: int
    roles: dict[Role, int]
    columns: list[ValueColumn]
    unnamed: list[int]
    corrections: dict[tuple[Role, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Expected:
    """What a layout says a table's headings are."""

    roles: dict[str, Role]
    levels: list[dict[str, str]]
    single: dict[str, str]
    meanings: dict[Path, Heading]


@dataclass
class _Found:
    """The headings read off a sheet."""

    roles: dict[Role, int] = field(default_factory=dict)
    paths: dict[Path, list[int]] = field(default_factory=lambda: defaultdict(list))
    unnamed: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def locate_table(
    definition: Definition, layout_id: str, table_id: str, workbook: Workbook
) -> LocatedTable | list[Problem]:
    """Find one table of one layout in a workbook, or list everything that differs."""
    layout = definition.layouts[layout_id].tables[table_id]
    pattern = layout.sheet or definition.tables[table_id].sheet or ""
    sheets = list(workbook.matching(pattern))
    if len(sheets) != 1:
        return [_sheet_problem(pattern, workbook)]
    sheet = sheets[0]
    expected = _expected(definition, layout)
    row = _heading_row(sheet, expected)
    if row is None:
        wanted = ", ".join(f"'{heading}'" for heading in expected.roles)
        return [Problem(f"No heading row was found; {wanted} were expected.", sheet.name)]
    found = _read_headings(sheet, row, expected)
    problems = [*found.problems, *_differences(sheet, row, expected, found)]
    if problems:
        return problems
    return LocatedTable(
        table_id=table_id,
        subject=layout.subject or definition.tables[table_id].subject,
        sheet=sheet,
        header_row=row,
        roles=found.roles,
        columns=list(_value_columns(definition, table_id, expected, found)),
        unnamed=found.unnamed,
    )


def _sheet_problem(pattern: str, workbook: Workbook) -> Problem:
    names = ", ".join(f"'{sheet.name}'" for sheet in workbook.sheets)
    return Problem(
        f"One sheet named '{pattern}' was expected; the file has {names}.",
        mend="If the sheet was renamed, change `sheet` in the definition.",
    )


def _expected(definition: Definition, layout: TableLayout) -> _Expected:
    sets = [definition.column_headings[name] for name in layout.columns]
    single = definition.column_headings[layout.single] if layout.single else {}
    absent = [{normalise(word) for word in words} for words in layout.absent]
    meanings: dict[Path, Heading] = {(heading,): meaning for heading, meaning in single.items()}
    for path in product(*sets):
        words = {normalise(word) for word in path}
        if any(gone <= words for gone in absent):
            continue
        merged: Heading = {}
        for level, heading in zip(sets, path, strict=True):
            merged |= level[heading]
        meanings[path] = merged
    return _Expected(
        roles=dict(definition.row_headings[layout.rows]),
        levels=[_spellings(level) for level in sets],
        single=_spellings(single),
        meanings=meanings,
    )


def _spellings(headings: dict[str, Heading]) -> dict[str, str]:
    """Map every accepted wording, normalised, to the heading as the definition spells it."""
    spelled = {normalise(heading): heading for heading in headings}
    for heading, meaning in headings.items():
        for other in meaning.get("also_written", []):
            spelled[normalise(other)] = heading
    return spelled


def _heading_row(sheet: Sheet, expected: _Expected) -> int | None:
    """Return the row that has most of the expected headings; at least two of them."""
    wanted = {normalise(heading) for heading in expected.roles} | set(expected.levels[-1])
    scores = [len(wanted.intersection(row)) for row in sheet.top]
    best = max(scores, default=0)
    return scores.index(best) if best >= 2 else None


def _read_headings(sheet: Sheet, row: int, expected: _Expected) -> _Found:
    found = _Found()
    roles = {normalise(heading): role for heading, role in expected.roles.items()}
    groups = [""] * (len(expected.levels) - 1)
    width = max(len(cells) for cells in sheet.top[max(0, row - len(groups)) : row + 1])
    for column in range(width):
        own = _take_groups(sheet, row, column, groups)
        leaf = _text(sheet, row, column)
        if leaf in roles:
            _note_role(found, sheet, (row, column), roles[leaf])
        elif leaf:
            found.paths[_path(expected, [*groups, leaf])].append(column)
        elif own:
            found.paths[_path(expected, [own])].append(column)
        else:
            found.unnamed.append(column)
    return found


def _take_groups(sheet: Sheet, row: int, column: int, groups: list[str]) -> str:
    """Update the group headings in force at a column; return the lowest it has itself."""
    own = ""
    for level in range(len(groups)):
        text = _text(sheet, row - len(groups) + level, column)
        if text:
            groups[level:] = [text] + [""] * (len(groups) - level - 1)
            own = text
    return own


def _text(sheet: Sheet, row: int, column: int) -> str:
    cells = sheet.top[row] if 0 <= row < len(sheet.top) else []
    text = cells[column] if column < len(cells) else ""
    return text or (normalise(str(sheet.cell(row, column))) if row >= 0 else "")


def _note_role(found: _Found, sheet: Sheet, place: tuple[int, int], role: Role) -> None:
    if role in found.roles:
        text = f"Heading '{sheet.cell(*place)}' appears twice."
        found.problems.append(Problem(text, sheet.name, cell_name(*place)))
    found.roles[role] = place[1]


def _path(expected: _Expected, words: list[str]) -> Path:
    """Spell headings as the definition does where it knows them."""
    if len(words) == 1 and words[0] in expected.single:
        return (expected.single[words[0]],)
    if words[-1] in expected.single and len(words) > 1 and not any(words[:-1]):
        return (expected.single[words[-1]],)
    levels = expected.levels[-len(words) :]
    return tuple(level.get(word, word) for level, word in zip(levels, words, strict=True))


def _differences(sheet: Sheet, row: int, expected: _Expected, found: _Found) -> Iterator[Problem]:
    missing = [path for path in expected.meanings if path not in found.paths]
    for path, columns in found.paths.items():
        place = cell_name(row, columns[-1])
        if path not in expected.meanings:
            yield _unknown_heading(sheet, place, path, missing)
        elif len(columns) > 1:
            both = " and ".join(cell_name(row, column) for column in columns)
            yield Problem(
                f"Heading '{_spell(path)}' appears twice ({both}).",
                sheet.name,
                place,
                "A group heading above each would tell them apart; none is defined.",
            )
    for path in missing:
        yield Problem(f"Heading '{_spell(path)}' is missing.", sheet.name, f"row {row + 1}")
    for heading, role in expected.roles.items():
        if role not in found.roles:
            yield Problem(f"Heading '{heading}' is missing.", sheet.name, f"row {row + 1}")


def _unknown_heading(sheet: Sheet, place: str, path: Path, missing: list[Path]) -> Problem:
    close = nearest(path[-1], [gone[-1] for gone in missing])
    mend = "Add it to the definition's column_headings, or have the file corrected."
    if close:
        mend = (
            f"The nearest known heading is '{close}'; if it was only reworded, "
            f'give that one `also_written: ["{path[-1]}"]` in column_headings.'
        )
    return Problem(f"Heading '{_spell(path)}' is not known.", sheet.name, place, mend)


def _spell(path: Path) -> str:
    return " / ".join(word for word in path if word)


def _value_columns(
    definition: Definition, table_id: str, expected: _Expected, found: _Found
) -> Iterator[ValueColumn]:
    default = definition.tables[table_id].measure
    for path, columns in found.paths.items():
        meaning = expected.meanings[path]
        measure = str(meaning.get("measure", default))
        pairs = sorted((k, str(v)) for k, v in meaning.items() if k not in RESERVED)
        yield ValueColumn(
            index=columns[0],
            measure=measure,
            unit=definition.measures[measure].unit,
            breakdown=";".join(f"{dimension}={member}" for dimension, member in pairs),
            heading=_spell(path),
        )
