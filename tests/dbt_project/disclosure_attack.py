"""An attacker on released marts: what can be worked out of the figures that are withheld.

Everything that is released is a linear statement about counts: a figure shown, a total that its
parts add up to, a rate times its denominator. The attacker knows all of them, that no count is
negative, and which rule withholds; for each hidden count the least and the most that remain
possible are looked for by linear programming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

Count = tuple[str, ...]
"""What names one count: release, month, area, split."""


@dataclass
class Attack:
    """Known statements: `known` counts lie within bounds, each of `sums` adds up to nothing."""

    bounds: dict[Count, tuple[float, float | None]] = field(default_factory=dict)
    sums: list[dict[Count, float]] = field(default_factory=list)

    def shown(self, count: Count, value: float, rounded_to: float = 0.0) -> None:
        """Learn a figure; of a rounded one, only that the truth is near."""
        half = rounded_to / 2
        self.bounds[count] = (max(0.0, value - half), value + half)

    def hidden(self, count: Count, least: float = 1.0) -> None:
        """Learn that a figure is withheld: at least so much, as a 0 would be shown."""
        self.bounds.setdefault(count, (least, None))

    def adds_up(self, total: Count, parts: Iterable[Count]) -> None:
        """Learn that parts add up to a total; nothing is learnt where one was never heard of."""
        terms = dict.fromkeys(parts, 1.0) | {total: -1.0}
        if all(one in self.bounds for one in terms):
            self.sums.append(terms)

    def possible(self, count: Count) -> tuple[float, float]:
        """Return the least and the most that a count may be."""
        names = self._linked(count)
        place = {name: at for at, name in enumerate(names)}
        sums = [one for one in self.sums if one.keys() <= place.keys()]
        matrix = lil_array((len(sums), len(names)))
        for row, one in enumerate(sums):
            for name, factor in one.items():
                matrix[row, place[name]] = factor
        found = []
        for sign in (1.0, -1.0):
            aim = np.zeros(len(names))
            aim[place[count]] = sign
            solved = linprog(
                aim,
                A_eq=matrix.tocsr() if sums else None,
                b_eq=np.zeros(len(sums)) if sums else None,
                bounds=[self.bounds[name] for name in names],
                method="highs",
            )
            assert solved.status in (0, 3), solved.message
            found.append(sign * solved.fun if solved.status == 0 else np.inf)
        return found[0], found[1]

    def _linked(self, count: Count) -> list[Count]:
        """Return the counts that have to do with one, through sums and what is hidden in them."""
        linked, edge = {count}, {count}
        while edge:
            near = {name for one in self.sums if edge & one.keys() for name in one}
            new = near - linked
            linked |= new
            # What is shown exactly passes nothing on.
            edge = {name for name in new if self.bounds[name][0] != self.bounds[name][1]}
        return sorted(linked)


def narrow(attack: Attack, hidden: Mapping[Count, float], low: float, high: float) -> list[Count]:
    """Return the hidden counts of which less than the whole of `low` to `high` is possible."""
    found = []
    for count in hidden:
        least, most = attack.possible(count)
        if least > low + 1e-6 or most < high - 1e-6:
            found.append(count)
    return found
