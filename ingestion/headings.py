"""Find the headings of a table and match them with the definition, both ways."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import NamedTuple

from ingestion.definition import Definition
from ingestion.layouts import (
    ColumnHeading,
    Meaning,
    RowHeading,
    Subject,
    TableLayout,
    every_block,
)
from ingestion.patterns import PART, Said, fits, has_parts, is_read, read, regular_expression
from ingestion.period import Period
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, nearest, normalise, visible
from ingestion.workbook import Sheet, Workbook

BLANK = ("", None)
UNHEADED = "unheaded "
ABOVE = "above "
UNHEADED_RIGHT = "unheaded right "
NOTHING = Said()
MOST_KEPT = 64
"""So many rows of headings that were read are remembered for each table of a layout."""
ANY_WORDS = ("{name}", "*")
"""Patterns that fit any words, so that they cannot tell a heading row from another."""


class Word(NamedTuple):
    """A heading as the definition spells it.

    Where that is a pattern with a part that is read, `instance` is the file's wording and
    `said` the period that it names.
    """

    key: str
    instance: str = ""
    said: Period | None = None


Path = tuple[Word, ...]
"""A column's headings from the topmost level down."""


@dataclass(frozen=True)
class Problem:
    """One difference between a file and a layout."""

    text: str
    sheet: str = ""
    cell: str = ""
    mend: str = ""


@dataclass(frozen=True)
class ValueColumn:
    """A column of figures: its place, and what its headings stand for.

    `measure` is None where each row names its own; `said` holds the period or the subject
    that the heading names.
    """

    index: int
    heading: str
    measure: str | None
    members: Mapping[str, str]
    markers: Mapping[str, Meaning]
    said: Said


@dataclass(frozen=True)
class LocatedTable:
    """A table found on its sheet: where its rows are, descriptive and value columns.

    Rows run from `first_row` to before `end_row`; `roles` maps a column to what it says.
    `unnamed` are columns without a heading between those that have one, `right` is the first
    column of the sheet that lies right of all of them. `left_out` are the headings of columns
    that a pattern, and no words of their own, keeps from being read.
    """

    table_id: str
    subject: Subject
    sheet: Sheet
    header_row: int
    first_row: int
    end_row: int
    roles: dict[int, RowHeading]
    columns: list[ValueColumn]
    unnamed: list[int]
    right: int
    left_out: dict[int, str] = field(default_factory=dict)
    corrections: dict[tuple[str, str], str] = field(default_factory=dict)

    def role(self, role: str) -> int | None:
        """Return the column that has a role."""
        return next((index for index, row in self.roles.items() if row.is_ == role), None)


@dataclass(frozen=True)
class _Level:
    """The wordings of one level of headings: words as they are, and patterns."""

    words: dict[str, str]
    patterns: list[tuple[str, str]]

    def find(self, text: str) -> Word | None:
        """Return the heading that a text is, or None."""
        if text in self.words:
            return Word(self.words[text])
        for pattern, key in self.patterns:
            if fits(text, pattern):
                if not is_read(pattern):
                    return Word(key)
                word = Word(key, text)
                return word._replace(said=self.read(word).period)
        return None

    def read(self, word: Word) -> Said:
        """Return what the changing parts of a heading say."""
        for pattern, key in self.patterns if word.instance else []:
            if key == word.key and fits(word.instance, pattern):
                try:
                    return read(word.instance, pattern) or Said()
                except ValueError as error:
                    raise UntrustedFileError(f"The heading '{word.instance}': {error}.") from error
        return Said()

    @property
    def telling(self) -> _Level:
        """The level without the patterns that fit any words."""
        return _Level(self.words, [p for p in self.patterns if p[0] not in ANY_WORDS])


@dataclass(frozen=True)
class _Block:
    """Levels of headings that belong together, the topmost first."""

    levels: list[_Level]
    headings: list[dict[str, ColumnHeading]]
    meanings: dict[tuple[str, ...], ColumnHeading] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """The number of its levels."""
        return len(self.levels)

    def path(self, texts: list[str]) -> Path | None:
        """Return the headings that texts, the topmost first, are; None if one is not known."""
        words = [level.find(text) for level, text in zip(self.levels, texts, strict=True)]
        found = tuple(word for word in words if word is not None)
        return found if len(found) == self.depth else None


@dataclass(frozen=True)
class _Expected:
    """What a layout says a table's headings are; deeper blocks come first."""

    roles: _Level
    row_headings: dict[str, RowHeading]
    blocks: list[_Block]
    absent: list[set[str]]
    under: str | None
    neighbours: list[str]
    right_end: str | None
    words_above: int
    read: dict[object, _Found] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def telling(self) -> tuple[frozenset[str], list[re.Pattern[str]]]:
        """The words, and the patterns, by which the row of headings is known."""
        levels = [self.roles.telling, *(block.levels[-1].telling for block in self.blocks)]
        words = frozenset(word for level in levels for word in level.words)
        patterns = [pattern for level in levels for pattern, _ in level.patterns]
        return words, [regular_expression(pattern) for pattern in patterns]

    @cached_property
    def depth(self) -> int:
        """The number of rows that headings take."""
        return max(block.depth for block in self.blocks)

    @cached_property
    def has_placed_roles(self) -> bool:
        """Tell whether any descriptive column is named by where it stands."""
        return any(heading.startswith((UNHEADED, ABOVE)) for heading in self.row_headings)


@dataclass
class _Found:
    """The headings read off a sheet."""

    roles: dict[int, RowHeading] = field(default_factory=dict)
    paths: dict[tuple[int, Path], list[int]] = field(default_factory=lambda: defaultdict(list))
    unnamed: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    right: int = 0
    unknown: list[tuple[int, str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    columns: list[ValueColumn] = field(default_factory=list)

    @property
    def names_none(self) -> bool:
        """Tell whether all headings are words, of which none has to be read off the sheet."""
        return not any(word.instance for _, path in self.paths for word in path)


def locate_table(
    definition: Definition, layout_id: str, table_id: str, workbook: Workbook
) -> list[LocatedTable] | list[Problem]:
    """Find one table of one layout in a workbook, or list everything that differs.

    A table that is spread over several sheets gives one entry for each.
    """
    layout = definition.layouts[layout_id].tables[table_id]
    table = definition.tables[table_id]
    pattern = layout.sheet or table.sheet or ""
    sheets = list(workbook.matching(pattern))
    if not sheets or (len(sheets) > 1 and not table.each_sheet):
        return [_sheet_problem(pattern, workbook)]
    located: list[LocatedTable] = []
    problems: list[Problem] = []
    for sheet in sheets:
        found = _locate_on(definition, layout_id, table_id, sheet)
        if isinstance(found, LocatedTable):
            located.append(found)
        else:
            problems += found
    return problems or located


def _locate_on(
    definition: Definition, layout_id: str, table_id: str, sheet: Sheet
) -> LocatedTable | list[Problem]:
    layout = definition.layouts[layout_id].tables[table_id]
    expected = _expected(definition, layout_id, table_id)
    row = _heading_row(sheet, expected)
    if row is None:
        wanted = ", ".join(f"'{heading}'" for heading in expected.row_headings)
        return [Problem(f"No heading row was found; {wanted} were expected.", sheet.name)]
    lower = _lower_headings(definition, layout_id, sheet, row)
    found = _headings(sheet, row, expected, is_top=layout.starts_below is None)
    first, end = row + 1, sheet.height
    if layout.starts_below is not None:
        own = lower.get(layout.starts_below)
        if own is None:
            wanted = ", ".join(f"'{h}'" for h in definition.row_headings[layout.starts_below])
            return [Problem(f"No row below the headings has {wanted}.", sheet.name)]
        first = own[0] + 1
        _take_lower_roles(found, definition, layout, own)
    end = min((number for number, _ in lower.values() if number >= first), default=end)
    _take_placed_roles(found, expected, lower, sheet, range(first, end))
    problems = [
        *found.problems,
        *_differences(sheet, row, expected, found),
        *_unsaid(sheet, row, layout.says or definition.tables[table_id].says),
    ]
    if problems:
        return problems
    return LocatedTable(
        table_id=table_id,
        subject=layout.subject or definition.tables[table_id].subject,
        sheet=sheet,
        header_row=row,
        first_row=first,
        end_row=end,
        roles=_in_order(found.roles, expected),
        columns=_kept_columns(definition, table_id, sheet, expected, found),
        unnamed=found.unnamed,
        right=found.right,
        left_out=found.left_out,
    )


def _in_order(roles: dict[int, RowHeading], expected: _Expected) -> dict[int, RowHeading]:
    """Put descriptive columns in the order of the definition, whatever that of the file is."""
    order = {id(row): number for number, row in enumerate(expected.row_headings.values())}
    return dict(sorted(roles.items(), key=lambda one: order.get(id(one[1]), len(order))))


def _sheet_problem(pattern: str, workbook: Workbook) -> Problem:
    names = ", ".join(f"'{sheet.name}'" for sheet in workbook.sheets)
    return Problem(
        f"One sheet named '{pattern}' was expected; the file has {names}.",
        mend="If the sheet was renamed, change `sheet` in the definition.",
    )


_EXPECTED: dict[tuple[str, str, str], _Expected] = {}


def _expected(definition: Definition, layout_id: str, table_id: str) -> _Expected:
    """Return what is expected of a table; it is worked out once for a definition."""
    key = (definition.fingerprint(), layout_id, table_id)
    if key not in _EXPECTED:
        _EXPECTED[key] = _work_out(definition, layout_id, table_id)
    return _EXPECTED[key]


def _work_out(definition: Definition, layout_id: str, table_id: str) -> _Expected:
    tables = definition.layouts[layout_id].tables
    layout = tables[table_id]
    rows = definition.row_headings[layout.rows]
    is_top = layout.starts_below is None
    named = every_block(layout)
    kept = len(named) - len(layout.ignored)
    found = [
        _block([definition.column_headings[name] for name in block], is_kept=number < kept)
        for number, block in enumerate(named)
    ]
    return _Expected(
        roles=_level({k: v.also_written for k, v in rows.items()} if is_top else {}),
        row_headings=rows,
        blocks=sorted(found, key=lambda block: -block.depth),
        absent=[{normalise(word) for word in words} for words in layout.absent],
        under=layout.under,
        neighbours=[t.under for t in tables.values() if t.under and t.under != layout.under],
        right_end=layout.right_end,
        words_above=layout.words_above,
    )


def _block(sets: list[dict[str, ColumnHeading]], *, is_kept: bool) -> _Block:
    if not is_kept:
        left_out = {h: of.model_copy(update={"ignore": True}) for h, of in sets[-1].items()}
        sets = [*sets[:-1], left_out]
    levels = [_level({k: v.also_written for k, v in level.items()}) for level in sets]
    return _Block(levels, sets)


def _level(wordings: Mapping[str, list[str]]) -> _Level:
    words: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    for heading, also_written in wordings.items():
        for wording in (heading, *also_written):
            if has_parts(wording):
                patterns.append((wording, heading))
            elif not wording.startswith((UNHEADED, ABOVE)):
                words[normalise(wording)] = heading
    return _Level(words, patterns)


def _heading_row(sheet: Sheet, expected: _Expected) -> int | None:
    """Return the row that has most of the expected headings; of several, the fullest."""
    words, patterns = expected.telling
    needed = min(2, len(words)) or 1
    best: tuple[int, int] = (0, 0)
    chosen = None
    for number in _candidates(sheet, words) if not patterns else range(len(sheet.top)):
        cells = sheet.top[number]
        texts = set(cells.values())
        known = texts & words
        score = len(known)
        if patterns:
            score += sum(any(p.fullmatch(text) for p in patterns) for text in texts - known)
        if (score, len(cells)) > best and score >= needed:
            best, chosen = (score, len(cells)), number
    return chosen


def _candidates(sheet: Sheet, words: frozenset[str]) -> list[int]:
    """Return the rows that have any of the words, which are looked up where they are no figures."""
    if any(word[:1].isdigit() for word in words):
        return list(range(len(sheet.top)))
    places = (sheet.texts.get(word.rstrip(": "), ()) for word in words)
    return sorted({row for found in places for row, _ in found})


def _lower_headings(
    definition: Definition, layout_id: str, sheet: Sheet, header_row: int
) -> dict[str, tuple[int, dict[str, int]]]:
    """Find the rows of headings that stand lower down on a sheet: row, and column by heading."""
    tables = definition.layouts[layout_id].tables
    sets = {table.starts_below for table in tables.values() if table.starts_below}
    return {
        name: found
        for name in sorted(sets)
        if (found := _lower_row(sheet, tuple(definition.row_headings[name]), header_row))
    }


def _lower_row(
    sheet: Sheet, headings: tuple[str, ...], header_row: int
) -> tuple[int, dict[str, int]] | None:
    wanted = {normalise(heading): heading for heading in headings}
    first = next(iter(wanted))
    rows = {
        number
        for column in sheet.columns
        for number, cell in enumerate(column[header_row + 1 :], header_row + 1)
        if cell.__class__ is str and normalise(str(cell)) == first
    }
    for number in sorted(rows):
        cells = {normalise(sheet.cell(number, c)): c for c in range(sheet.width)}
        if wanted.keys() <= cells.keys():
            return number, {wanted[text]: cells[text] for text in wanted}
    return None


def _take_lower_roles(
    found: _Found,
    definition: Definition,
    layout: TableLayout,
    own: tuple[int, dict[str, int]],
) -> None:
    headings = definition.row_headings[layout.rows]
    for heading, column in own[1].items():
        found.roles[column] = headings[heading]
        found.unnamed = [index for index in found.unnamed if index != column]


def _take_placed_roles(
    found: _Found,
    expected: _Expected,
    lower: Mapping[str, tuple[int, dict[str, int]]],
    sheet: Sheet,
    rows: range,
) -> None:
    """Find the columns that a definition names by where they stand."""
    if not expected.has_placed_roles:
        return
    leftmost = min((columns[0] for columns in found.paths.values()), default=sheet.width)
    bare_columns = [*found.unnamed, *range(found.right, sheet.width)]
    filled = [
        index
        for index in dict.fromkeys(bare_columns)
        if index not in found.roles
        and any(cell not in BLANK for cell in sheet.column(index, rows.start, rows.stop))
    ]
    bare = [index for index in filled if index < leftmost]
    right = [index for index in filled if index > leftmost]
    by_heading = {h: column for _, columns in lower.values() for h, column in columns.items()}
    for heading, row in expected.row_headings.items():
        column = None
        if heading.startswith(UNHEADED_RIGHT):
            place = int(heading.removeprefix(UNHEADED_RIGHT)) - 1
            column = right[place] if place < len(right) else None
        elif heading.startswith(UNHEADED):
            place = int(heading.removeprefix(UNHEADED)) - 1
            column = bare[place] if place < len(bare) else None
        elif heading.startswith(ABOVE):
            column = by_heading.get(heading.removeprefix(ABOVE))
        if column is not None:
            found.roles[column] = row
            found.unnamed = [index for index in found.unnamed if index != column]


def _headings(sheet: Sheet, row: int, expected: _Expected, *, is_top: bool) -> _Found:
    """Read the headings off a sheet; those without a fault are read once for all files."""
    height = max(expected.words_above, expected.depth - 1)
    first = max(0, row - height) if expected.under is None else 0
    above = tuple(tuple(sheet.top[number].items()) for number in range(first, row + 1))
    key = (sheet.width, above)
    found = expected.read.get(key)
    if found is None:
        found = _read_headings(sheet, row, expected, is_top=is_top)
        found.missing += _missing(expected, found)
        if not (found.problems or found.unknown or found.missing):
            if len(expected.read) >= MOST_KEPT:
                expected.read.clear()
            expected.read[key] = found
    return replace(found, roles=dict(found.roles), unnamed=list(found.unnamed))


def _read_headings(sheet: Sheet, row: int, expected: _Expected, *, is_top: bool) -> _Found:
    found = _Found()
    groups = [""] * (expected.depth - 1)
    part = _part_of_sheet(sheet, row, expected)
    is_cut = part.stop < _end_of_headings(sheet, row, expected)
    found.right = sheet.width if is_cut else part.stop  # what follows is another table's
    for column in part:
        _take_groups(sheet, row, column, groups)
        leaf = sheet.top[row].get(column) or _words_above(sheet, row, column, expected)
        role = expected.roles.find(leaf) if leaf else None
        if role is not None:
            _note_role(found, expected, sheet, (row, column), role.key)
            if has_parts(role.key) and expected.row_headings[role.key].is_ == "ignore":
                found.left_out[column] = leaf
        elif not _note_column(found, expected, column, [*_above(sheet, row, column, groups), leaf]):
            found.unnamed.append(column)
    if not is_top:
        # The headings of the rows stand lower down; what is left of the figures is a note.
        leftmost = min((columns[0] for columns in found.paths.values()), default=0)
        found.unnamed += [column for column, *_ in found.unknown if column < leftmost]
        found.unknown = [one for one in found.unknown if one[0] >= leftmost]
    return found


def _above(sheet: Sheet, row: int, column: int, groups: list[str]) -> list[str]:
    """Return the groups of a column; one without its own text in the row of headings has none."""
    return groups if sheet.top[row].get(column) else [""] * len(groups)


def _words_above(sheet: Sheet, row: int, column: int, expected: _Expected) -> str:
    """Return the words of a heading that stand above the row of headings, in its own column."""
    height = expected.words_above or expected.depth - 1
    above = (sheet.top[number].get(column, "") for number in range(max(0, row - height), row))
    return " ".join(text for text in above if text)


def _part_of_sheet(sheet: Sheet, row: int, expected: _Expected) -> range:
    """Return the columns of a table: all that have headings, or its part of several."""
    end = _end_of_headings(sheet, row, expected)
    if expected.right_end is not None:
        right = (c for c, text in sheet.top[row].items() if fits(text, expected.right_end))
        end = min(right, default=end)
    if expected.under is None:
        return range(end)
    starts = {
        wording: column
        for wording in (expected.under, *expected.neighbours)
        for cells in sheet.top[:row]
        for column, text in cells.items()
        if fits(text, wording)
    }
    first = starts.get(expected.under, 0)
    return range(first, min((c for c in starts.values() if c > first), default=end))


def _end_of_headings(sheet: Sheet, row: int, expected: _Expected) -> int:
    height = max(expected.words_above, expected.depth - 1)
    rows = sheet.top[max(0, row - height) : row + 1]
    return max(max(cells, default=-1) for cells in rows) + 1


def _take_groups(sheet: Sheet, row: int, column: int, groups: list[str]) -> None:
    """Update the texts of the group headings in force at a column."""
    for level in range(len(groups)):
        above = row - len(groups) + level
        text = sheet.top[above].get(column, "") if above >= 0 else ""
        if text:
            groups[level:] = [text] + [""] * (len(groups) - level - 1)


def _note_column(found: _Found, expected: _Expected, column: int, texts: list[str]) -> bool:
    """Keep a column under its headings; False when it has none of its own.

    One that no block knows is kept as unknown, under a group that is ignored too.
    """
    leaf = texts[-1]
    for number, block in enumerate(expected.blocks):
        path = block.path(texts[-block.depth :]) if leaf else None
        if path is not None and not _is_absent(expected, path):
            found.paths[(number, path)].append(column)
            if _meaning(block, path).ignore and any(has_parts(word.key) for word in path):
                found.left_out[column] = " / ".join(text for text in texts if text)
            return True
    if leaf:
        spelled = " / ".join(text for text in texts if text)
        found.unknown.append((column, spelled, leaf))
        return True
    return False


def _note_role(
    found: _Found, expected: _Expected, sheet: Sheet, place: tuple[int, int], heading: str
) -> None:
    row = expected.row_headings[heading]
    if row.is_ != "ignore" and _is_among(row, found.roles.values()):
        text = f"Heading '{sheet.cell(*place)}' appears twice."
        found.problems.append(Problem(text, sheet.name, cell_name(*place)))
    found.roles[place[1]] = row


def _is_among(row: RowHeading, rows: Iterable[RowHeading]) -> bool:
    """Tell whether this very heading is there: two headings may say the same of their cells."""
    return any(row is other for other in rows)


def _differences(sheet: Sheet, row: int, expected: _Expected, found: _Found) -> Iterator[Problem]:
    missing = found.missing
    for column, said, wrong in found.unknown:
        yield _unknown_heading(sheet, cell_name(row, column), said, wrong, missing, expected, found)
    for (number, path), columns in found.paths.items():
        if len(columns) > 1 and not _meaning(expected.blocks[number], path).ignore:
            both = " and ".join(cell_name(row, column) for column in columns)
            yield Problem(
                f"Heading '{_spell(path)}' appears twice ({both}).",
                sheet.name,
                cell_name(row, columns[-1]),
                "A group heading above each would tell them apart; none is defined.",
            )
    for path in missing:
        yield Problem(f"Heading '{_spell(path)}' is missing.", sheet.name, f"row {row + 1}")
    taken = list(found.roles.values())
    for heading, role in expected.row_headings.items():
        if not role.optional and not _is_among(role, taken):
            yield Problem(
                f"Heading '{heading}' is missing.",
                sheet.name,
                f"row {row + 1}",
                "If it was reworded, give the new words as `also_written` in row_headings.",
            )


def _unsaid(sheet: Sheet, row: int, wanted: str | None) -> Iterator[Problem]:
    """Find fault with what stands above the headings, where it has to give the unit."""
    if wanted is None:
        return
    above = {(r, c): text for r in range(row) for c, text in sheet.top[r].items()}
    if any(fits(text, wanted) for text in above.values()):
        return
    near = nearest(PART.sub("", wanted), above.values())
    place = next((at for at, text in above.items() if text == near), None)
    reads = f"reads '{sheet.cell(*place).strip()}'" if place else "is not there"
    yield Problem(
        f"The line that gives the unit {reads}; '{wanted}' was expected.",
        sheet.name,
        cell_name(*place) if place else f"above row {row + 1}",
        "If only the words changed, change `says`; in another unit the figures are others.",
    )


def _missing(expected: _Expected, found: _Found) -> Iterator[Path]:
    """Yield the headings, in all combinations, that the file should have and has not."""
    for number, block in enumerate(expected.blocks):
        seen = {path for of_block, path in found.paths if of_block == number}
        for path in product(*(_instances(block, seen, at) for at in range(block.depth))):
            if path in seen or _is_absent(expected, path):
                continue
            meaning = _meaning(block, path)
            if not meaning.optional and not meaning.ignore:
                yield path


def _instances(block: _Block, seen: set[Path], at: int) -> list[Word]:
    """Return a level's words, and what its patterns were seen to say in the block.

    Patterns that name a period go together: what one of them says, all have to say.
    """
    words: list[Word] = []
    said_by_any = {word.said for path in seen if (word := path[at]).said is not None}
    for key, heading in block.headings[at].items():
        if not is_read(key):
            words.append(Word(key))
        elif heading.ignore or heading.optional:
            words += sorted({path[at] for path in seen if path[at].key == key})
        elif said := sorted({path[at] for path in seen if path[at].key == key}):
            words += said
            mine = {word.said for word in said}
            words += [Word(key, str(one), one) for one in sorted(said_by_any - mine)]
        else:
            words.append(Word(key))
    return words


def _is_absent(expected: _Expected, path: Path) -> bool:
    words = {normalise(word.key) for word in path}
    return any(gone <= words for gone in expected.absent)


def _meaning(block: _Block, path: Path) -> ColumnHeading:
    """Return what a column's headings stand for together; the lower ones go before."""
    keys = tuple(word.key for word in path)
    if keys not in block.meanings:
        block.meanings[keys] = _merged([h[k] for h, k in zip(block.headings, keys, strict=True)])
    return block.meanings[keys]


def _merged(headings: list[ColumnHeading]) -> ColumnHeading:
    measures = [heading.measure for heading in headings if heading.measure]
    return ColumnHeading(
        measure=measures[-1] if measures else None,
        members={k: v for heading in headings for k, v in heading.members.items()},
        markers={k: v for heading in headings for k, v in heading.markers.items()},
        optional=any(heading.optional for heading in headings),
        ignore=any(heading.ignore for heading in headings),
    )


def _unknown_heading(
    sheet: Sheet,
    place: str,
    said: str,
    wrong: str,
    missing: Iterable[Path],
    expected: _Expected,
    found: _Found,
) -> Problem:
    taken = list(found.roles.values())
    roles = [h for h, row in expected.row_headings.items() if not _is_among(row, taken)]
    columns = [path[-1].key for path in missing if not is_read(path[-1].key)]
    close = nearest(wrong, [*roles, *columns])
    mend = "Add it to the definition's column_headings, or have the file corrected."
    if close:
        where = "row_headings" if close in roles else "column_headings"
        mend = (
            f"The nearest known heading is '{close}'; if it was only reworded, "
            f'give that one `also_written: ["{wrong}"]` in {where}.'
        )
    return Problem(f"Heading '{said}' is not known.", sheet.name, place, mend)


def _spell(path: Path) -> str:
    return " / ".join(word.instance or word.key for word in path)


def _kept_columns(
    definition: Definition, table_id: str, sheet: Sheet, expected: _Expected, found: _Found
) -> list[ValueColumn]:
    """Return the columns of figures; what their headings mean is worked out once for all files."""
    if found.columns:
        return found.columns
    columns = list(_value_columns(definition, table_id, sheet, expected, found))
    if found.names_none:
        found.columns += columns
    return columns


def _value_columns(
    definition: Definition, table_id: str, sheet: Sheet, expected: _Expected, found: _Found
) -> Iterator[ValueColumn]:
    table = definition.tables[table_id]
    for (number, path), columns in found.paths.items():
        block = expected.blocks[number]
        meaning = _meaning(block, path)
        if not meaning.ignore:
            yield ValueColumn(
                index=columns[0],
                heading=_spell(path),
                measure=meaning.measure or table.measure,
                members={**table.members, **meaning.members},
                markers=meaning.markers,
                said=_said(sheet, block, path),
            )


def _said(sheet: Sheet, block: _Block, path: Path) -> Said:
    """Return the period and the subject that a column's headings name, in the file's letters."""
    whole = NOTHING
    for level, word in zip(block.levels, path, strict=True):
        if not word.instance:
            continue
        places = sheet.texts.get(word.instance, [])
        spelled = visible(sheet.cell(*places[0])) if places else word.instance
        said = level.read(word._replace(instance=spelled))
        whole = Said(
            period=said.period or whole.period,
            code=said.code or whole.code,
            name=said.name or whole.name,
        )
    return whole
