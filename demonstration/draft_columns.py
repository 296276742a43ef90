"""Draft the columns of figures of a table: every combination of its headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from demonstration.bodies import Body
from demonstration.drafts import Cell, Column, Setting
from demonstration.spelling import (
    PERIODS,
    Parts,
    date_cell,
    period_placeholder,
    placeholders,
    spell,
)
from ingestion.layouts import ColumnHeading, blocks, every_block
from ingestion.patterns import has_parts
from ingestion.period import Period
from ingestion.wording import slug


class _Heading(NamedTuple):
    """A heading of one level: how it is written, what it means, and its place in the level.

    `others` are the plain wordings of the level's other headings.
    """

    wording: str
    meaning: ColumnHeading
    rank: int
    others: tuple[str, ...]

    @property
    def said(self) -> set[str]:
        """The placeholders of the wording."""
        return placeholders(self.wording)

    def cell(self, parts: Parts) -> Cell:
        """Return what stands in the cell; a `*` never makes it another heading."""
        if not has_parts(self.wording):
            return self.wording
        by_date = date_cell(self.wording, parts.period)
        return by_date or spell(self.wording, parts, unlike=self.others)


Path = tuple[_Heading, ...]
"""The headings of a column, the topmost first."""


def draft_columns(setting: Setting, table_id: str, bodies: Sequence[Body]) -> list[Column]:
    """Return the columns of a table: shallow blocks first, so that no group is carried to them."""
    layout = setting.layout(table_id)
    named = every_block(layout)
    found: list[Column] = []
    for names in sorted(named, key=len):
        columns = [
            replace(column, is_ignored=column.is_ignored or names in layout.ignored)
            for path in _paths(setting, table_id, names)
            for column in _columns(setting, table_id, path, bodies)
        ]
        found += sorted(columns, key=lambda column: column.order)
    needed = [column for column in found if not column.is_optional]
    return _without_doubles(found if setting.with_optional or not needed else needed)


def _without_doubles(columns: Sequence[Column]) -> list[Column]:
    """Leave out optional columns that mean what another means."""
    taken = {column.meaning for column in columns if not column.is_optional}
    kept: list[Column] = []
    for column in columns:
        if column.is_optional and not column.is_ignored:
            if column.meaning in taken:
                continue
            taken.add(column.meaning)
        kept.append(column)
    return kept


def _paths(setting: Setting, table_id: str, names: Sequence[str]) -> Iterator[Path]:
    """Yield every combination of headings of a block's levels that is printed."""
    levels = [setting.definition.column_headings[name] for name in names]
    absent = [{slug(word) for word in words} for words in setting.layout(table_id).absent]
    headings = [_headings(setting, level) for level in levels]
    for keys in product(*levels):
        words = {slug(key) for key in keys}
        if not any(gone <= words for gone in absent):
            yield tuple(level[key] for level, key in zip(headings, keys, strict=True))


def _headings(setting: Setting, level: dict[str, ColumnHeading]) -> dict[str, _Heading]:
    """Choose a wording for each heading of a level, and say what its text must not be."""
    wordings = {heading: [heading, *of.also_written] for heading, of in level.items()}
    return {
        heading: _Heading(
            setting.wordings(wordings[heading]),
            of,
            rank,
            tuple(
                wording
                for other, words in wordings.items()
                for wording in words
                if other != heading and not has_parts(wording)
            ),
        )
        for rank, (heading, of) in enumerate(level.items())
    }


def _columns(
    setting: Setting, table_id: str, path: Path, bodies: Sequence[Body]
) -> Iterator[Column]:
    """Yield the columns of a path: one for each body and period that its headings name."""
    placeholder = next((p for h in path if (p := period_placeholder(h.wording))), None)
    periods: Sequence[Period | None] = [None]
    if placeholder is not None:
        periods = setting.inner(table_id, placeholder)
    for place, (body, is_control) in enumerate(_bodies(setting, table_id, path, bodies)):
        for number, period in enumerate(periods):
            column = _column(setting, table_id, path, period, body)
            yield replace(column, is_control=is_control, order=_order(path, place, number))


def _order(path: Path, body: int, period: int) -> tuple[int, ...]:
    """Keep what stands under one group together: by body, period and heading at each level.

    A group without a text comes first: any other would be carried over it.
    """
    order: list[int] = []
    for heading in path:
        order.append(body if heading.said & BODY else -1)
        order.append(period if heading.said & PERIODS.keys() else -1)
        order.append(heading.rank if heading.wording else -1)
    return tuple(order)


BODY = {"code", "name"}
"""Placeholders that say whom a column is about."""


def _bodies(
    setting: Setting, table_id: str, path: Path, bodies: Sequence[Body]
) -> Sequence[tuple[Body | None, bool]]:
    """Return the bodies that a heading is repeated for, the control total among them."""
    said = {name for heading in path for name in heading.said} & BODY
    if not said:
        return [(None, False)]
    if "code" in said:
        return [(body, False) for body in bodies if not body.is_unnamed]
    own, count = _turn(setting, table_id, path)
    control = setting.definition.tables[table_id].control_total if own == count - 1 else None
    total = [(Body(control.kind, "", spell(control.name)), True)] if control is not None else []
    if setting.subject(table_id).identified_by == "name":
        return [*((body, False) for body in bodies[own::count]), *total]
    return [*((body, False) for body in bodies if body.is_unnamed), *total]


def _turn(setting: Setting, table_id: str, path: Path) -> tuple[int, int]:
    """Return which of how many headings this is that name a body alike: each body has one."""
    mine = next(h for h in path if "name" in h.said)
    for name in (name for block in blocks(setting.layout(table_id)) for name in block):
        level = setting.definition.column_headings[name]
        naming = [of for h, of in level.items() if placeholders(h) & BODY == {"name"}]
        for own, of in enumerate(naming):
            if of is mine.meaning:
                return own, len(naming)
    return 0, 1


def _column(
    setting: Setting, table_id: str, path: Path, period: Period | None, body: Body | None
) -> Column:
    table = setting.definition.tables[table_id]
    parts = Parts(period, body.code if body else "", body.name if body else "")
    measure = table.measure
    members = {dimension: slug(member) for dimension, member in table.members.items()}
    markers: dict[str, str] = {}
    for heading in path:
        measure = heading.meaning.measure or measure
        own = heading.meaning.members.items()
        members |= {dimension: slug(member) for dimension, member in own}
        markers |= heading.meaning.markers
    return Column(
        texts=tuple(heading.cell(parts) for heading in path),
        measure=measure,
        members=members,
        markers=markers,
        period=period,
        body=body,
        is_ignored=any(heading.meaning.ignore for heading in path),
        is_under_ignored=any(heading.meaning.ignore for heading in path[:-1]),
        is_optional=any(heading.meaning.optional for heading in path),
        names_body=tuple(bool(heading.said & BODY) for heading in path),
    )
