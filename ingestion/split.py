"""The cells of a sheet, numbers apart from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

TITLE_ROWS = 60
"""A title block and its headings stand within this many rows of the top."""

Column = Sequence[object]
"""The cells of a column from row 1 on: texts, numbers, days, truth values; blank is '' or None."""


@dataclass(frozen=True)
class Split:
    """A sheet's cells, numbers apart from all others.

    `numbers` has one row for each column with any number, NaN where a cell is none, and `place`
    says which; `others` has each cell once that is no number, `top` those of the first rows that
    are not blank, row by row.
    """

    numbers: NDArray[np.float64]
    place: dict[int, int]
    others: set[object]
    top: list[tuple[int, int, object]]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Split:
        """Look at each cell once: whatever else is asked of numbers is asked of whole columns."""
        filled: dict[int, list[object]] = {}
        others: set[object] = set()
        top: list[tuple[int, int, object]] = []
        for number, column in enumerate(columns):
            at = [row for row, cell in enumerate(column) if type(cell) is not float]
            odd = column if len(at) == len(column) else [column[row] for row in at]
            others.update(odd)
            for row, cell in zip(at, odd, strict=True):
                if row >= TITLE_ROWS:
                    break
                if cell:
                    top.append((row, number, cell))
            if len(at) < len(column):
                filled[number] = cells = list(column)
                for row in at:
                    cells[row] = np.nan
        every = np.fromiter(chain.from_iterable(filled.values()), dtype=np.float64)
        numbers = every.reshape(len(filled), -1) if filled else every
        top.sort(key=itemgetter(0, 1))
        return cls(numbers, {column: at for at, column in enumerate(filled)}, others, top)
