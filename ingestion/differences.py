"""How a file differs from a definition, as it is listed for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingestion.likeness import Likeness, nearest_of
from ingestion.period import Period

Keys = tuple[str, ...]
"""The place of something in a definition: the keys that lead to it."""


@dataclass(frozen=True)
class Known:
    """Something a definition names: a heading, a member; `keys` is its place in the YAML file."""

    keys: Keys
    words: str
    also: tuple[str, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """All the words by which it is found."""
        return (self.words, *self.also)


@dataclass(frozen=True)
class Strange:
    """Something a file has and the definition lacks: its words, its first cell, how often.

    `near` is the nearest that the definition knows; `is_clear` tells that it can be no other.
    `keys` is the place in the definition where it belongs.
    """

    words: str
    cell: str
    count: int = 1
    near: Known | None = None
    is_clear: bool = False
    keys: Keys = ()


@dataclass(frozen=True)
class TableDrift:
    """How a table of a file differs from its layout; `other` are differences told in words."""

    table_id: str
    sheet: str
    over: list[Strange] = field(default_factory=list)
    lacking: list[Known] = field(default_factory=list)
    markers: list[Strange] = field(default_factory=list)
    members: list[Strange] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    renamed_sheet: str | None = None

    @property
    def headings_differ(self) -> int:
        """How many headings are too many or too few."""
        return len(self.over) + len(self.lacking) + len(self.other)

    @property
    def differs(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.headings_differ or self.markers or self.members or self.renamed_sheet)


@dataclass(frozen=True)
class Drift:
    """All that differs between a file and the nearest layout of a definition."""

    layout_id: str
    title: list[str]
    sheets_lacking: list[str]
    sheets_over: list[str]
    tables: list[TableDrift]
    period: Period | None = None

    @property
    def size(self) -> int:
        """A number by which the nearest layout is found: a sheet weighs more than a heading."""
        sheets = len(self.sheets_lacking) + sum(t.renamed_sheet is not None for t in self.tables)
        headings = {(s.words, s.keys) for table in self.tables for s in table.over}
        gone = {known.keys for table in self.tables for known in table.lacking}
        other = sum(len(table.other) for table in self.tables)
        return len(headings) + len(gone) + other + 5 * (sheets + len(self.title))

    @property
    def differs(self) -> bool:
        """Tell whether anything keeps the file from being read; a sheet over is only told."""
        return bool(self.title or self.sheets_lacking or any(t.differs for t in self.tables))


def paired(
    over: Sequence[Strange], lacking: Sequence[Known], known: Sequence[Known]
) -> list[Strange]:
    """Give each strange heading the nearest that the file lacks, or else the nearest at all."""
    found = [_with_nearest(one, over, lacking, known) for one in over]
    claimed = [one.near for one in found if one.is_clear]
    sure = [replace(s, is_clear=s.is_clear and claimed.count(s.near) == 1) for s in found]
    left = [one for one in lacking if one not in [s.near for s in sure if s.is_clear]]
    return [_or_the_last(strange, sure, left) for strange in sure]


def _or_the_last(strange: Strange, over: Sequence[Strange], left: Sequence[Known]) -> Strange:
    """Where one heading of a set is too many and one too few, the two may be the same."""
    few = [one for one in left if one.keys[:2] == strange.keys]
    many = [one for one in over if one.keys == strange.keys and not one.is_clear]
    return replace(strange, near=few[0]) if many == [strange] and len(few) == 1 else strange


def _with_nearest(
    strange: Strange, over: Sequence[Strange], lacking: Sequence[Known], known: Sequence[Known]
) -> Strange:
    beside = [one for one in over if one.keys == strange.keys]
    absent = [one for one in lacking if _may_be(strange, one)]
    near = _nearest(strange, beside, absent)
    if near is not None:
        return replace(strange, near=absent[near.at], is_clear=near.is_clear)
    present = [one for one in known if _may_be(strange, one)]
    near = _nearest(strange, beside, present)
    return replace(strange, near=present[near.at]) if near is not None else strange


def _nearest(
    strange: Strange, beside: Sequence[Strange], known: Sequence[Known]
) -> Likeness | None:
    found = nearest_of([one.words for one in beside], [one.wordings for one in known])
    return found[beside.index(strange)]


def _may_be(strange: Strange, known: Known) -> bool:
    """Tell whether a heading may be another one: of the same level, or a descriptive one."""
    return known.keys[: len(strange.keys)] == strange.keys or known.keys[0] == "row_headings"
