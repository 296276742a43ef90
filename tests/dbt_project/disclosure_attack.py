"""An attacker on released marts: what can be worked out of the figures that are withheld.

Everything that is released is a linear statement about counts: a figure shown, a sum of areas or
months, a share of a council that ended, a total that its parts add up to, a rate times its
denominator. The attacker knows all of them, that no count is negative, and which rule withholds;
for each hidden count the least and the most that remain possible are looked for by linear
programming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

Count = tuple[str, ...]
"""What names one count: release, month, area, split."""
Statement = tuple[dict[Count, float], float, float]
"""Counts by their factors, and the least and the most that they add up to."""
CLOSE = 1e-4
"""Sums of doubles, and rates times their denominators, are that near."""


@dataclass
class Attack:
    """Known statements: `bounds` of each count, and what weighted counts add up to."""

    bounds: dict[Count, tuple[float, float | None]] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)

    def shown(self, count: Count, value: float, rounded_to: float = 0.0) -> None:
        """Learn a figure; of a rounded one, only that the truth is near."""
        half = rounded_to / 2
        self.bounds[count] = (max(0.0, value - half), value + half)

    def hidden(self, count: Count, least: float = 1.0) -> None:
        """Learn that a figure is withheld: at least so much, as a 0 would be shown."""
        self.bounds.setdefault(count, (least, None))

    def says(self, terms: Mapping[Count, float], value: float, rounded_to: float = 0.0) -> None:
        """Learn what counts add up to, each times its factor; of rounded counts, about what."""
        for count in terms:
            self.bounds.setdefault(count, (0.0, None))
        half = CLOSE + rounded_to / 2
        self.statements.append((dict(terms), value - half, value + half))

    def adds_up(self, total: Count, parts: Iterable[Count]) -> None:
        """Learn that parts add up to a total; nothing is learnt where one was never heard of."""
        terms = dict.fromkeys(parts, 1.0) | {total: -1.0}
        if all(one in self.bounds for one in terms):
            self.statements.append((terms, 0.0, 0.0))

    def telling(self) -> list[Statement]:
        """Return the statements that say more than is known of their counts.

        Raises AssertionError for one that nothing can fulfil: then it was not understood.
        """
        found = []
        for terms, least, most in self.statements:
            low, high = self._range(terms)
            if low > most + CLOSE or high < least - CLOSE:
                raise AssertionError(f"{terms} cannot be {least} to {most}: {low} to {high}")
            if low < least - CLOSE or high > most + CLOSE:
                found.append((terms, least, most))
        return found

    def _range(self, terms: Mapping[Count, float]) -> tuple[float, float]:
        low = high = 0.0
        for count, factor in terms.items():
            least, most = self.bounds[count]
            ends = (factor * least, factor * (np.inf if most is None else most))
            low, high = low + min(ends), high + max(ends)
        return low, high

    def possible(self, counts: Iterable[Count]) -> dict[Count, tuple[float, float]]:
        """Return the least and the most that each count may be."""
        telling = self.telling()
        about: dict[Count, list[int]] = {}
        for at, (terms, _, _) in enumerate(telling):
            for name in terms:
                about.setdefault(name, []).append(at)
        found: dict[Count, tuple[float, float]] = {}
        wanted = sorted(set(counts))
        while wanted:
            linked = self._linked(wanted[0], telling, about)
            here = [count for count in wanted if count in linked]
            found |= self._solve(here, linked, telling, about)
            wanted = [count for count in wanted if count not in linked]
        return found

    def _linked(
        self, count: Count, telling: list[Statement], about: Mapping[Count, list[int]]
    ) -> set[Count]:
        """Return the counts that have to do with one, through what is not known exactly."""
        linked, edge = {count}, {count}
        while edge:
            near = {name for one in edge for at in about.get(one, []) for name in telling[at][0]}
            new = near - linked
            linked |= new
            # What is shown exactly passes nothing on.
            edge = {name for name in new if self.bounds[name][0] != self.bounds[name][1]}
        return linked

    def _solve(
        self,
        wanted: Iterable[Count],
        linked: set[Count],
        telling: list[Statement],
        about: Mapping[Count, list[int]],
    ) -> dict[Count, tuple[float, float]]:
        names = sorted(linked)
        place = {name: at for at, name in enumerate(names)}
        rows = {at for name in names for at in about.get(name, [])}
        said = [telling[at] for at in sorted(rows) if telling[at][0].keys() <= place.keys()]
        matrix = lil_array((2 * len(said), len(names)))
        limits = np.zeros(2 * len(said))
        for row, (terms, least, most) in enumerate(said):
            for name, factor in terms.items():
                matrix[2 * row, place[name]] = factor
                matrix[2 * row + 1, place[name]] = -factor
            limits[2 * row], limits[2 * row + 1] = most, -least
        system = matrix.tocsr()
        found = {}
        for count in wanted:
            ends = []
            for sign in (1.0, -1.0):
                aim = np.zeros(len(names))
                aim[place[count]] = sign
                solved = linprog(
                    aim,
                    A_ub=system if said else None,
                    b_ub=limits if said else None,
                    bounds=[self.bounds[name] for name in names],
                    method="highs",
                )
                assert solved.status in (0, 3), solved.message
                ends.append(sign * solved.fun if solved.status == 0 else -sign * np.inf)
            found[count] = (ends[0], ends[1])
        return found


def narrow(attack: Attack, hidden: Iterable[Count], low: float, high: float) -> list[Count]:
    """Return the hidden counts of which less than the whole of `low` to `high` is possible."""
    return [
        count
        for count, (least, most) in attack.possible(hidden).items()
        if least > low + 0.01 or most < high - 0.01
    ]
