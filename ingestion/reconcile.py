"""A file's own arithmetic: parts and totals, rows and control totals, children and parents.

Figures are grouped by a key, a number for each figure that is the same where all that the
key is made of is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingestion.definition import Definition, KnownDifference
from ingestion.figures import STATUSES, Figures
from ingestion.file_checks import (
    Check,
    ChildrenAddUp,
    Difference,
    NotAhead,
    PartsAddUp,
    PerCalendarDay,
    Quotient,
    RowsAddUp,
    SameRows,
    TablesAddUp,
)
from ingestion.listed import Listed, Numbers, one_key
from ingestion.period import Period
from ingestion.untrusted import UntrustedFileError

TOLERANCE = 1e-6
"""Relative to the larger of the two sums: enough for binary fractions, for nothing else."""

COMPARED = "Compare the file with the publisher's copy; a row or a figure is lost or changed."

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """A check as it was made of a file: how many figures it is about, and how many it compared.

    One that is not given, or of which a part is not, can be compared with nothing.
    """

    check: str
    compared: int
    possible: int


@dataclass(frozen=True)
class _Compared:
    """Figures (their places) that have to equal something, and in words what that is."""

    at: Numbers
    expected: Values
    words: str
    tolerance: float = 0.0

    def is_known(self, figures: Figures) -> Mask:
        """Tell for each figure whether both it and what it has to equal are given."""
        known: Mask = np.isfinite(figures.value.to_numpy()[self.at]) & np.isfinite(self.expected)
        return known


def check_arithmetic(
    definition: Definition, figures: Figures, sha256: str
) -> tuple[list[Made], list[str]]:
    """Run the definition's checks on a file's figures.

    Returns the checks that were made, and notes on known differences. Raises
    `UntrustedFileError` at the first cell that does not agree, with both figures, and for a
    known difference that is there no more.
    """
    known = [one for one in definition.known_differences if one.sha256 == sha256]
    met: list[KnownDifference] = []
    there = {table.table_id for table in figures.tables}
    may_be_empty = {name for name, table in definition.tables.items() if table.may_be_empty}
    sums = _Sums(figures, may_be_empty - there)
    made: dict[str, Made] = {}
    for check in definition.checks:
        for compared in _compared(check, sums):
            _refuse(figures, compared, known, met)
            _count(made, check.check, compared.is_known(figures))
    for one in known:
        if one not in met:
            raise UntrustedFileError(
                f"A known difference is declared here ({one.says:,g} against "
                f"{one.adds_up_to:,g}) and the file does not have it.",
                sheet=one.sheet,
                cell=one.cell,
                mend="The publisher has mended it: remove it from `known_differences`.",
            )
    return list(made.values()), [
        f"Sheet '{one.sheet}', cell {one.cell} says {one.says:,g} and its parts add up to "
        f"{one.adds_up_to:,g}. {one.reason}"
        for one in known
    ]


def _count(made: dict[str, Made], check: str, is_known: Mask) -> None:
    before = made.get(check, Made(check, 0, 0))
    compared, possible = int(is_known.sum()), len(is_known)
    made[check] = Made(check, before.compared + compared, before.possible + possible)


def refuse_ahead(definition: Definition, figures: Figures, period: Period | None) -> None:
    """Raise for a figure of what has happened, of a time after the file's own period."""
    checks = [check for check in definition.checks if isinstance(check, NotAhead)]
    if period is None or not checks:
        return
    end = period.end
    sums = _Sums(figures, set())
    later = _is(figures.period, lambda one: one.end > end) & ~np.isnan(sums.value)
    for check in checks:
        wanted = {f"{dimension}={member}" for dimension, member in check.members.items()}
        happened = _is(figures.breakdown, lambda of, w=wanted: w <= set(of.split(";")))  # type: ignore[misc]
        wrong = np.flatnonzero(later & happened & sums.of_tables(check.tables))
        if len(wrong):
            table, _, cell = figures.place(int(wrong[0]))
            said = figures.period.facts[figures.period.at[wrong[0]]]
            raise UntrustedFileError(
                f"A figure of {', '.join(sorted(wanted))} is given for {said}, after the end of "
                f"the file's own period, {end}.",
                sheet=table.sheet,
                cell=cell,
                mend="Plans and outturn may be swapped; compare the file with the last one.",
            )


def _compared(check: Check, sums: _Sums) -> Iterator[_Compared]:
    match check:
        case PartsAddUp():
            yield from _parts_add_up(sums, check)
        case RowsAddUp():
            yield from _rows_add_up(sums, check)
        case SameRows():
            yield from _same_rows(sums, [name for name in check.tables if name not in sums.empty])
        case PerCalendarDay():
            yield _per_calendar_day(sums, check)
        case ChildrenAddUp() if sums.empty.isdisjoint(check.of_tables):
            yield _children_add_up(sums, check)
        case TablesAddUp():
            yield _tables_add_up(sums, check)
        case Difference():
            yield _difference(sums, check)
        case Quotient():
            yield _quotient(sums, check)


class _Sums:
    """A file's figures as numbers to be added up, and what they are grouped by.

    `empty` are the tables that may be empty and are.
    """

    def __init__(self, figures: Figures, empty: set[str]) -> None:
        self.figures, self.empty = figures, empty
        self.value: Values = figures.value.to_numpy()
        self.is_total: Mask = figures.is_control_total.to_numpy()

    @cached_property
    def table(self) -> Listed[str]:
        """The table of each figure."""
        return self.figures.of_table(lambda table: table.table_id)

    @cached_property
    def when_and_what(self) -> list[Numbers]:
        """Period and measure of each figure, which every sum has to share."""
        return [self.figures.period.codes(), self.figures.measure.codes()]

    @cached_property
    def same_figure(self) -> Numbers:
        """The same number for figures that differ in nothing but their measure."""
        figures = self.figures
        about = figures.subject.map(lambda subject: subject[:2]).codes()
        old_and_new = figures.parent.map(lambda parent: parent.ons_code).codes()
        whose = [self.table.codes(), about, old_and_new]
        return one_key([*whose, self.when_and_what[0], figures.breakdown.codes()])

    def of_tables(self, tables: Sequence[str], measures: Sequence[str] = ()) -> Mask:
        """Tell which figures are of some tables (and measures, if any are given)."""
        wanted = _is(self.table, lambda table: table in tables)
        if measures:
            wanted &= _is(self.figures.measure, lambda measure: measure in measures)
        return wanted

    def is_measure(self, name: str) -> Mask:
        """Tell which figures are of a measure."""
        return _is(self.figures.measure, lambda measure: measure == name)

    def added(self, key: Numbers, parts: Mask, wanted: Mask) -> tuple[Numbers, Values, Numbers]:
        """Return the places of the wanted figures, and sum and number of the parts with their key.

        A part that is not given makes the sum unknown, never short.
        """
        at = np.flatnonzero(wanted)
        height = int(key.max()) + 1 if len(key) else 0
        own, sought = key[parts], key[at]
        total = np.bincount(own, weights=self.value[parts], minlength=height)
        count = np.bincount(own, minlength=height)[sought]
        return at, total[sought].astype(np.float64), count

    def matched(self, key: Numbers, left: Mask, right: Mask) -> tuple[Numbers, Numbers]:
        """Return pairs of figures, of the left and the right ones, that have the same key."""
        place = np.full(int(key.max()) + 1 if len(key) else 0, -1)
        place[key[right]] = np.flatnonzero(right)
        at = np.flatnonzero(left)
        other = place[key[at]]
        return at[other >= 0], other[other >= 0]


def _is(listed: Listed[Any], test: Callable[[Any], bool]) -> Mask:
    return np.array([test(fact) for fact in listed.facts], dtype=bool)[listed.at]


def _parts_add_up(sums: _Sums, check: PartsAddUp) -> Iterator[_Compared]:
    breakdown = sums.figures.breakdown
    wanted = sums.of_tables(check.tables, check.measures)
    if check.dimension is None:
        key = one_key([sums.figures.row, *sums.when_and_what])
        is_total = _is(breakdown, lambda members: members == "")
        has_member = ~is_total
    else:
        split = breakdown.map(lambda members: _split(members, check.dimension or ""))
        rest = split.map(lambda one: one[1])
        about = sums.figures.subject.map(lambda subject: subject[:2])
        key = one_key([sums.table.codes(), about.codes(), *sums.when_and_what, rest.codes()])
        is_total = _is(split, lambda one: one[0] == check.total)
        has_member = _is(split, lambda one: one[0] is not None) & ~is_total
    at, total, count = sums.added(key, wanted & has_member, wanted & is_total)
    has_parts = count > 0
    yield _Compared(
        at[has_parts], total[has_parts], "the parts of the row add up to", check.tolerance
    )


def _split(members: str, dimension: str) -> tuple[str | None, str]:
    """Take one dimension out of a breakdown: its member, and what is left."""
    pairs = members.split(";")
    own = next((pair for pair in pairs if pair.startswith(f"{dimension}=")), None)
    rest = ";".join(pair for pair in pairs if pair != own)
    return (own.removeprefix(f"{dimension}=") if own else None), rest


def _rows_add_up(sums: _Sums, check: RowsAddUp) -> Iterator[_Compared]:
    """Compare each control total with the rows of its column, or the columns of its row."""
    figures = sums.figures
    wanted = sums.of_tables(check.tables, check.measures)
    line = figures.column if _totals_are_rows(sums) else figures.row
    # A table of many sheets has its total on a sheet of its own: what is counted has to tell.
    spread = _spread(figures)
    line = np.where(sums.of_tables(spread), 0, line + 1) if spread else line
    key = one_key([sums.table.codes(), line, *sums.when_and_what, figures.breakdown.codes()])
    parts = wanted & ~sums.is_total
    if check.of_kind is not None:
        parts &= _is(figures.subject, lambda subject: subject.kind == check.of_kind)
    for status in check.left_out:
        parts &= figures.status != STATUSES.index(status)
    totals = wanted & sums.is_total
    with_total = {sums.table.facts[number] for number in np.unique(sums.table.at[totals])}
    for table in figures.tables:
        if table.table_id in check.tables and table.table_id not in with_total:
            problem = "The row of the control total is missing."
            raise UntrustedFileError(problem, sheet=table.sheet)
    at, total, count = sums.added(key, parts, totals)
    has_parts = count > 0
    yield _Compared(
        at[has_parts], total[has_parts], "the rows of the column add up to", check.tolerance
    )


def _spread(figures: Figures) -> list[str]:
    """Return the tables that stand on several sheets."""
    names = [table.table_id for table in figures.tables]
    return [name for name in names if names.count(name) > 1]


def _totals_are_rows(sums: _Sums) -> bool:
    """Tell whether a control total is a row of its own, and not a column."""
    return all(column.subject.kind is None for column in sums.figures.columns)


def _per_calendar_day(sums: _Sums, check: PerCalendarDay) -> _Compared:
    """A month given the wrong name shows here, where the publisher divided by its days."""
    figures = sums.figures
    key = sums.same_figure
    wanted = sums.of_tables(check.tables)
    at, whole = sums.matched(
        key, wanted & sums.is_measure(check.measure), wanted & sums.is_measure(check.of)
    )
    lengths = figures.period.map(lambda period: (period.end - period.start).days + 1)
    days = np.array(lengths.facts, dtype=float)[lengths.at]
    words = f"{check.of} divided by the days of the month is"
    return _Compared(at, sums.value[whole] / days[whole], words)


def _difference(sums: _Sums, check: Difference) -> _Compared:
    at, of, less = _three(sums, check.tables, check.measure, check.of, check.less)
    words = f"{check.of} less {check.less} is"
    return _Compared(at, sums.value[of] - sums.value[less], words, check.tolerance)


def _quotient(sums: _Sums, check: Quotient) -> _Compared:
    at, of, by = _three(sums, check.tables, check.measure, check.of, check.by)
    divided = sums.value[by] != 0
    at, of, by = at[divided], of[divided], by[divided]
    times = f" times {check.times:,g}" if check.times != 1 else ""
    words = f"{check.of} divided by {check.by}{times} is"
    return _Compared(at, sums.value[of] / sums.value[by] * check.times, words, check.tolerance)


def _three(
    sums: _Sums, tables: Sequence[str], measure: str, one: str, other: str
) -> tuple[Numbers, Numbers, Numbers]:
    """Return the figures of a measure that have one of each of two others, and those."""
    key = sums.same_figure
    wanted = sums.of_tables(tables)
    at, first = sums.matched(key, wanted & sums.is_measure(measure), wanted & sums.is_measure(one))
    both = np.zeros(len(wanted), dtype=bool)
    both[at] = True
    whole = dict(zip(at.tolist(), first.tolist(), strict=True))
    at, second = sums.matched(key, both, wanted & sums.is_measure(other))
    return at, np.array([whole[place] for place in at.tolist()], dtype=np.int64), second


def _children_add_up(sums: _Sums, check: ChildrenAddUp) -> _Compared:
    figures = sums.figures
    children = sums.of_tables([check.children]) & ~sums.is_total
    parents = sums.of_tables([check.parents]) & ~sums.is_total
    measures = {figures.measure.facts[number] for number in np.unique(figures.measure.at[parents])}
    children &= _is(figures.measure, lambda measure: measure in measures)
    own = figures.subject.map(lambda one: one.code if check.by == "code" else one.name)
    above = figures.parent.map(lambda one: one.code if check.by == "code" else one.name)
    named = Listed.joined([_lower(own), _lower(above.or_else(own))])
    height = len(figures.row)
    number = named.codes()
    family = np.where(children, number[height:], number[:height])
    key = one_key([family, *sums.when_and_what, figures.breakdown.codes()])
    _refuse_orphans(sums, key, children, parents, named.gather(np.arange(height, 2 * height)))
    at, total, _ = sums.added(key, children, parents)
    return _Compared(at, total, "the rows under it add up to")


def _lower(names: Listed[Any]) -> Listed[str]:
    return names.map(lambda name: (name or "").strip().casefold())


def _refuse_orphans(
    sums: _Sums, key: Numbers, children: Mask, parents: Mask, named: Listed[str]
) -> None:
    lone = np.flatnonzero(children & ~np.isin(key, key[parents]))
    if not len(lone):
        return
    parent = min(named.facts[number] for number in named.at[lone])
    sheet = sums.figures.place(int(np.flatnonzero(parents)[0]))[0].sheet if parents.any() else ""
    raise UntrustedFileError(
        f"Rows name the parent '{parent.upper()}', which has no row of its own.", sheet=sheet
    )


def _tables_add_up(sums: _Sums, check: TablesAddUp) -> _Compared:
    figures = sums.figures
    rest = figures.breakdown.map(lambda members: _split(members, check.dimension or "")[1])
    about = figures.subject.map(lambda subject: subject[:2])
    key = one_key([about.codes(), *sums.when_and_what, rest.codes()])
    parts = sums.of_tables(check.parts, check.measures)
    at, total, count = sums.added(key, parts, sums.of_tables([check.total], check.measures))
    whole = count == len(check.parts)
    return _Compared(at[whole], total[whole], f"the tables {', '.join(check.parts)} add up to")


def _same_rows(sums: _Sums, tables: Sequence[str]) -> Iterator[_Compared]:
    figures = sums.figures
    whole = _is(figures.breakdown, lambda members: members == "")
    key = one_key([figures.subject.map(lambda one: one.code).codes(), *sums.when_and_what])
    base = whole & sums.of_tables(tables[:1])
    for name in tables[1:]:
        table = whole & sums.of_tables([name])
        # Tables that do not give a measure at all are not compared on it.
        measures = np.unique(figures.measure.at[table])
        shared = base & np.isin(figures.measure.at, measures)
        _refuse_lost_row(sums, key, shared, table)
        _refuse_lost_row(sums, key, table, shared)
        at, other = sums.matched(key, table, shared)
        sheet = figures.place(int(np.flatnonzero(base)[0]))[0].sheet if base.any() else ""
        yield _Compared(at, sums.value[other], f"sheet '{sheet}' says")


def _refuse_lost_row(sums: _Sums, key: Numbers, have: Mask, lacking: Mask) -> None:
    lost = np.flatnonzero(have & ~np.isin(key, key[lacking]))
    if not len(lost):
        return
    figures, at = sums.figures, int(lost[0])
    subject = figures.subject.facts[figures.subject.at[at]]
    period = figures.period.facts[figures.period.at[at]]
    there = figures.place(int(np.flatnonzero(lacking)[0]))[0].sheet if lacking.any() else ""
    raise UntrustedFileError(
        f"'{subject.name or subject.code}' ({subject.code or 'control total'}) has a row for "
        f"{period.start:%B %Y} on sheet '{figures.place(at)[0].sheet}' and none here.",
        sheet=there,
    )


def _refuse(
    figures: Figures,
    compared: _Compared,
    known: Sequence[KnownDifference],
    met: list[KnownDifference],
) -> None:
    """Raise for the first cell that differs from what is expected; unknown ones are let be."""
    value = figures.value.to_numpy()[compared.at]
    size = np.maximum(np.maximum(np.abs(value), np.abs(compared.expected)), 1.0)
    with np.errstate(invalid="ignore"):
        apart = np.abs(value - compared.expected) > np.maximum(TOLERANCE * size, compared.tolerance)
    wrong = [
        (figures.place(int(compared.at[n])), int(compared.at[n]), value[n], compared.expected[n])
        for n in np.flatnonzero(apart)
    ]
    left = [one for one in wrong if not _is_known(*one[0][::2], *one[2:], known, met)]
    if not left:
        return
    (table, _, cell), at, says, expected = left[0]
    subject = figures.subject.facts[figures.subject.at[at]]
    others = f" {len(left) - 1} more cells disagree." if len(left) > 1 else ""
    raise UntrustedFileError(
        f"{subject.name or subject.code} says {says:,.10g} and {compared.words} "
        f"{expected:,.10g}.{others}",
        sheet=table.sheet,
        cell=cell,
        mend=COMPARED,
    )


def _is_known(
    table: Any,
    cell: str,
    says: float,
    expected: float,
    known: Sequence[KnownDifference],
    met: list[KnownDifference],
) -> bool:
    for one in known:
        same = (one.sheet, one.cell) == (table.sheet, cell)
        if same and (one.says, one.adds_up_to) == (says, expected):
            met.append(one)
            return True
    return False
