"""Texts and facts that repeat: each is kept once, and a number for each place points to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Fact = TypeVar("Fact")
Numbers = NDArray[np.int64]
MOST_KEYS = 2**62


@dataclass(frozen=True)
class Listed(Generic[Fact]):
    """Facts, and for each place the number of its fact."""

    facts: list[Fact]
    at: Numbers

    @classmethod
    def of(cls, each: Iterable[Fact]) -> Listed[Fact]:
        """List facts given one for each place; equal ones are kept once."""
        numbers: dict[Fact, int] = {}
        at = [numbers.setdefault(fact, len(numbers)) for fact in each]
        return cls(list(numbers), np.array(at, dtype=np.int64))

    @classmethod
    def same(cls, fact: Fact, height: int) -> Listed[Fact]:
        """Return one fact for every place."""
        return cls([fact], np.zeros(height, dtype=np.int64))

    @classmethod
    def joined(cls, lists: Sequence[Listed[Fact]]) -> Listed[Fact]:
        """Put lists one after the other; facts that several of them share are kept once."""
        facts: list[Fact] = []
        at: list[Numbers] = []
        begins: dict[int, int] = {}
        for one in lists:
            begin = begins.setdefault(id(one.facts), len(facts))
            if begin == len(facts):
                facts += one.facts
            at.append(one.at + begin)
        return cls(facts, np.concatenate(at) if at else np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.at)

    def each(self) -> list[Fact]:
        """Return the fact of each place."""
        return [self.facts[number] for number in self.at]

    def gather(self, places: Numbers) -> Listed[Fact]:
        """Return the facts of some places."""
        return Listed(self.facts, self.at[places])

    def map(self, what: Callable[[Fact], Any]) -> Listed[Any]:
        """Return what each fact says; the places stay."""
        return Listed([what(fact) for fact in self.facts], self.at)

    def codes(self) -> Numbers:
        """Return for each place a number that is the same where the fact is."""
        numbers: dict[Any, int] = {}
        codes = [numbers.setdefault(fact, len(numbers)) for fact in self.facts]
        return np.array(codes, dtype=np.int64)[self.at]

    def or_else(self, other: Listed[Fact]) -> Listed[Fact]:
        """Return the facts, and those of another list where they are None."""
        if None not in self.facts:
            return self
        if all(fact is None for fact in self.facts):
            return other
        both = Listed.joined([self, other])
        is_none = np.array([fact is None for fact in self.facts], dtype=bool)[self.at]
        at = np.where(is_none, other.at + len(self.facts), self.at)
        used, at = np.unique(at, return_inverse=True)
        return Listed([both.facts[number] for number in used], at)

    def texts(self) -> pl.Series:
        """Return text facts as a column of numbers into a sorted list of the texts."""
        return self._spread(_listed_texts(tuple(self.facts)))

    def plain(self) -> pl.Series:
        """Return text facts as a column of texts."""
        return self._spread(pl.Series(self.facts, dtype=pl.String))

    def days(self) -> pl.Series:
        """Return date facts as a column of dates."""
        return self._spread(pl.Series(self.facts, dtype=pl.Date))

    def flags(self) -> pl.Series:
        """Return yes-or-no facts as a column; None is no."""
        return pl.Series(np.array([bool(fact) for fact in self.facts], dtype=bool)[self.at])

    def _spread(self, few: pl.Series) -> pl.Series:
        if len(few) == 1:
            return few.new_from_index(0, len(self))
        # As polars counts; of other numbers it would first look for negative ones.
        return few[self.at.astype(np.uint32)]


@lru_cache(maxsize=256)
def _listed_texts(facts: tuple[object, ...]) -> pl.Series:
    """Return texts as numbers into a sorted list of them; the next file says mostly the same."""
    known = sorted({fact for fact in facts if isinstance(fact, str)})
    return pl.Series(facts, dtype=pl.Enum(known) if known else pl.String)


def one_key(parts: Sequence[Numbers]) -> Numbers:
    """Make one number of several for each place; equal ones of equal ones."""
    key = np.zeros(len(parts[0]), dtype=np.int64)
    size = 1
    for part in parts:
        width = int(part.max()) + 1 if len(part) else 1
        if size * width > MOST_KEYS:
            key = np.unique(key, return_inverse=True)[1]
            size = int(key.max()) + 1
        key, size = key * width + part, size * width
    # Numbers far apart would make long lists of sums.
    return key if size <= 4 * len(key) + 64 else np.unique(key, return_inverse=True)[1]
