"""Draft one table of a definition from a found one: roles, subject, headings, markers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingestion.cells import column_texts, is_number
from ingestion.definition_text import escaped, scalar, spelled, wrapped
from ingestion.guesses import (
    MOST_MEMBERS,
    ONS_CODE,
    SHORT_CODE,
    Column,
    FoundTable,
    common_placeholder,
    find_table,
    is_mark,
    kind_of,
    number_form,
    period_of,
)
from ingestion.layouts import FIXED_ROLES, RESERVED
from ingestion.period import PARSERS, Period
from ingestion.wording import cell_name, normalise, slug, unused
from ingestion.workbook import Workbook

LONGEST_NAME = 40
SURE_ROLES = {"code", "name", "period", "ons_code"}
BLANKS = {"", "-"}
TOTALS = {"england", "total", "all", "england total", "grand total"}
NAME_WORDS = ("name", "council", "authority", "provider", "organisation", "trust", "board", "area")
PARENT_WORDS = ("region", "parent", "system")
PREFIXES = {"country": "E92*", "region": "E12*", "district": "E07*", "icb": "E54*"}


@dataclass(frozen=True)
class DraftTable:
    """What the definition will say of one table, as far as its looks tell."""

    found: FoundTable
    table_id: str
    rows: str
    headings: str
    roles: list[tuple[Column, str]]

    @property
    def sheet(self) -> bool:
        """Tell whether the table names its sheet, which a text file has not."""
        return bool(self.found.sheet.name)

    def column_of(self, role: str) -> Column | None:
        """Return the descriptive column of a role."""
        return next((column for column, one in self.roles if one == role), None)

    @property
    def about(self) -> str:
        """The subject, the measure, and the control total."""
        parts = [f"subject: {self._subject}", "measure: figures"]
        totals = self._totals
        if len(totals) == 1:
            (said,) = ({"name": name, "code": code} for code, name in totals)
            keys = [f"{k}: {scalar(escaped(v))}" for k, v in said.items() if v not in BLANKS]
            parts.append(f"control_total: {{{', '.join(keys)}}}")
        elif totals:
            words = dict.fromkeys(name or code for code, name in totals)
            parts.append(f"ignore_rows: [{', '.join(scalar(escaped(one)) for one in words)}]")
        return ", ".join(parts)

    @property
    def todo(self) -> str:
        """What a person has to look at."""
        return "   # TODO: whom is it about?" + (
            " are these totals, and to be ignored?" if len(self._totals) > 1 else ""
        )

    @property
    def _subject(self) -> str:
        code, name = self.column_of("code"), self.column_of("name")
        if code is None and name is None:
            return "{kind: country, code: E92000001, name: England}"
        if code is None:
            return "{kind: council, identified_by: name}"
        codes = [text for text in code.distinct if not _is_total(text)]
        main = kind_of(codes) or "council"
        others = {kind for text in codes if (kind := kind_of([text])) in PREFIXES} - {main}
        if others and all(ONS_CODE.fullmatch(text) for text in codes):
            by = [f'"{PREFIXES[kind]}": {kind}' for kind in sorted(others)]
            return f"{{by_code: {{{', '.join([*by, f'{chr(34)}*{chr(34)}: {main}'])}}}}}"
        return f"{{kind: {main}}}"

    @property
    def _totals(self) -> list[tuple[str, str]]:
        """Code and name of the rows without a code, or with a total in its place."""
        code, name = self.column_of("code"), self.column_of("name")
        if code is None:
            names = name.distinct if name else []
            return [("", text) for text in names if normalise(text) in TOTALS]
        pairs = zip(code.cells, name.cells if name else [""] * len(code.cells), strict=True)
        found = dict.fromkeys((c, n) for c, n in pairs if _is_total(c))
        return [pair for pair in found if not set(pair) <= BLANKS]

    @property
    def row_headings(self) -> Iterator[str]:
        """The descriptive headings with their roles."""
        bare = 0
        repeated = set()
        for column, role in self.roles:
            if column.heading and normalise(column.heading) in repeated:
                continue  # reading says that it stands twice
            repeated.add(normalise(column.heading))
            bare += not column.heading
            heading = spelled(column.heading) if column.heading else f"unheaded {bare}"
            placeholder = common_placeholder(column.distinct) if role == "period" else None
            says = f'{{is: period, as: "{{{placeholder}}}"}}' if placeholder else role
            yield f"{heading}: {says}{'' if role in SURE_ROLES else f'   # TODO: {role}?'}"

    @property
    def dimensions(self) -> dict[str, list[str]]:
        """The dimensions that rows and headings have, with the members of the former."""
        found = {role: c.distinct for c, role in self.roles if role not in FIXED_ROLES}
        lists = {name: list[str]() for name in self._listed}
        return found | lists

    @property
    def _is_grouped(self) -> bool:
        """Tell whether headings repeat under groups of their own."""
        leaves = Counter(normalise(column.heading) for column in self.found.figures)
        pairs = {(normalise(c.group), normalise(c.heading)) for c in self.found.figures}
        return max(leaves.values()) > 1 and len(pairs) == len(self.found.figures)

    @property
    def placeholder(self) -> str | None:
        """The period that each heading of figures names, if they do."""
        texts = [column.heading for column in self.found.figures]
        return common_placeholder(texts) if len(texts) > 1 else None

    @property
    def _listed(self) -> list[str]:
        """The dimensions whose members the headings are."""
        if self.placeholder or len(self.found.figures) == 1:
            return []
        return [f"{self.headings}_group", self.headings] if self._is_grouped else [self.headings]

    @property
    def column_headings(self) -> dict[str, list[str]]:
        """The sets of headings of figures, topmost level first, each in its lines."""
        if self.placeholder:
            return {self.headings: [f'    "{{{self.placeholder}}}": {{measure: figures}}']}
        leaves = [column.heading for column in self.found.figures]
        if len(leaves) == 1:
            heading = f"    {spelled(leaves[0])}: {{measure: figures}}"
            return {self.headings: [f"{heading}   # TODO: is it this that is counted?"]}
        if not self._is_grouped:
            return {self.headings: _members(self.headings, leaves)}
        groups = [column.group for column in self.found.figures]
        top = f"{self.headings}_group"
        return {top: _members(top, groups), self.headings: _members(self.headings, leaves)}

    @property
    def absent(self) -> str:
        """The combinations of group and heading that are not printed."""
        if not self._is_grouped or self.placeholder:
            return ""
        pairs = {(c.group, c.heading) for c in self.found.figures}
        groups, leaves = ({pair[at] for pair in pairs} for at in (0, 1))
        gone = sorted((g, h) for g in groups for h in leaves if (g, h) not in pairs)
        spelled = ", ".join(f"[{scalar(g)}, {scalar(h)}]" for g, h in gone)
        return f", absent: [{spelled}]" if gone else ""

    @property
    def markers(self) -> dict[str, str]:
        """What stands in the place of figures, and how often and where first."""
        found: dict[str, str] = {}
        for column in self.found.figures:
            for mark in dict.fromkeys(column.cells):
                is_odd = is_mark(mark) and not is_number(mark) and number_form(mark) is None
                if is_odd and mark not in found:
                    times = sum(c.cells.count(mark) for c in self.found.figures)
                    where = cell_name(self._row_of(column, mark), column.index)
                    words = f"{times} cell{'s' if times > 1 else ''}, first {where}"
                    found[mark] = f"{words}, sheet {self.found.sheet.name}" if self.sheet else words
        return found

    @property
    def number_forms(self) -> set[str]:
        """The ways besides a plain number in which figures are written."""
        texts = {text for column in self.found.figures for text in column.filled}
        return {form for text in texts if (form := number_form(text)) is not None}

    def _row_of(self, column: Column, text: str) -> int:
        """Return the row of the first cell with a text; the row of headings if it is not found."""
        first = self.found.row + 1
        for row, cell in enumerate(column_texts(self.found.sheet, column.index, first), first):
            if cell == text and self._has_figures(row):
                return row
        return self.found.row

    def _has_figures(self, row: int) -> bool:
        sheet = self.found.sheet
        return any(sheet.cell(row, column.index).strip() for column in self.found.figures)

    @property
    def is_whole(self) -> bool:
        """Tell whether every number is a whole one."""
        return not any("." in text for text in self._numbers)

    @property
    def has_negatives(self) -> bool:
        """Tell whether a number is below nought."""
        return any(text.startswith("-") for text in self._numbers)

    @property
    def _numbers(self) -> Iterator[str]:
        return (text for c in self.found.figures for text in c.filled if is_number(text))

    @property
    def periods_from(self) -> str:
        """Tell whether `rows` or `columns` name their own periods."""
        if self.column_of("period") is not None:
            return "rows"
        return "columns" if self.placeholder else ""

    @property
    def first_period(self) -> Period | None:
        """The first period that a row or a heading names."""
        column = self.column_of("period")
        texts = column.distinct if column else [c.heading for c in self.found.figures]
        name = common_placeholder(texts) if column or self.placeholder else None
        return min(PARSERS[name](text) for text in texts) if name else None


def draft_tables(workbook: Workbook) -> list[DraftTable]:
    """Draft a table for each sheet that has one; sheets that are headed alike share their sets."""
    drafts: list[DraftTable] = []
    for sheet in workbook.sheets:
        found = find_table(sheet)
        if found is None:
            continue
        table_id = unused(slug(sheet.name) or "main", [one.table_id for one in drafts])
        if not table_id[0].isalpha():
            table_id = f"sheet_{table_id}"
        own = DraftTable(
            found, table_id, table_id, f"{table_id}_heading" if drafts else "heading", _roles(found)
        )
        drafts.append(_sharing(own, drafts))
    return drafts


def _sharing(own: DraftTable, drafts: Sequence[DraftTable]) -> DraftTable:
    """Give a table the sets of an earlier one, where it has the same."""
    rows = (d.rows for d in drafts if list(d.row_headings) == list(own.row_headings))
    alike = (d.headings for d in drafts if _texts(d.found.figures) == _texts(own.found.figures))
    return replace(own, rows=next(rows, own.rows), headings=next(alike, own.headings))


def _is_total(code: str) -> bool:
    """Tell whether a code is none: blank, or the word for a total."""
    return code in BLANKS or normalise(code) in TOTALS


def _texts(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [(normalise(column.group), normalise(column.heading)) for column in columns]


@dataclass
class _Roles:
    """The roles given so far; most of them may be given once."""

    given: dict[int, str] = field(default_factory=dict)

    def give(self, column: Column | None, role: str) -> None:
        """Give a role to a column, unless one of the two is taken."""
        if column is None or column.index in self.given:
            return
        if role == "ignore" or role not in self.given.values():
            self.given[column.index] = role


def _roles(found: FoundTable) -> list[tuple[Column, str]]:
    """Guess what each descriptive column says of its row."""
    roles = _Roles()
    described = [column for column in found.described if column.filled]
    texts = [column for column in described if not _is_code(column)]
    codes = [column for column in described if _is_code(column)]
    periods = [column for column in texts if common_placeholder(column.distinct)]
    roles.give(next(iter(periods), None), "period")
    own = _own_code(codes)
    roles.give(own, "code")
    roles.give(_own_name([c for c in texts if c.index not in roles.given], own), "name")
    for column in codes:
        is_ons = column.mostly(ONS_CODE.fullmatch)
        roles.give(column, "ons_code" if is_ons and column.is_unique else "parent_code")
    for column in texts:
        if column.says(*PARENT_WORDS) and not column.is_unique:
            roles.give(column, "parent_name")
        if len(column.distinct) <= MOST_MEMBERS:
            roles.give(column, _dimension(column))
    for column in described:
        roles.give(column, "ignore")
    kept = [column for column in found.described if column.heading or column.filled]
    return [(column, roles.given.get(column.index, "ignore")) for column in kept]


def _is_code(column: Column) -> bool:
    if column.is_period:
        return False
    if column.mostly(ONS_CODE.fullmatch):
        return True
    looks = column.mostly(lambda text: SHORT_CODE.fullmatch(text) or text in BLANKS)
    return looks and (column.says("code", "id", "org") or not column.mostly(period_of))


def _own_code(codes: Sequence[Column]) -> Column | None:
    """Return the column of the rows' own codes: a unique one, a short one before an ONS code."""
    ranked = sorted(
        codes,
        key=lambda c: (len(c.distinct), not c.mostly(ONS_CODE.fullmatch), c.index),
        reverse=True,
    )
    return ranked[0] if ranked else None


def _own_name(texts: Sequence[Column], code: Column | None) -> Column | None:
    """Return the column of the rows' own names: one for each code, or the one said to be it."""
    if code is not None:
        codes = len(code.distinct)
        for column in sorted(texts, key=lambda c: (c.index < code.index, c.index)):
            pairs = set(zip(code.cells, column.cells, strict=True))
            if len(pairs) <= len(column.distinct) + 2 and len(column.distinct) >= codes * 0.9:
                return column
    said = [column for column in texts if column.says(*NAME_WORDS)]
    return next(iter([*said, *(column for column in texts if column.is_unique)]), None)


def _dimension(column: Column) -> str:
    name = slug(column.heading) or f"column_{column.index + 1}"
    name = (name if name[0].isalpha() else f"column_{name}")[:LONGEST_NAME].strip("_")
    return f"{name}_as_said" if name in FIXED_ROLES | RESERVED else name


def _members(dimension: str, headings: Sequence[str]) -> list[str]:
    """Write a list of headings, each of which is a member of one dimension."""
    wordings = [spelled(heading) for heading in dict.fromkeys(headings)]
    return [
        f"    each: {dimension}   # TODO: or give each its own measure, `Heading: {{measure: x}}`",
        "    headings:",
        f"      {wrapped(wordings, 6)}",
    ]
