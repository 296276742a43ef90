"""Control charts: mart control_limit beside an XmR chart drawn anew, point by point, in Python."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult

JANUARY = 2014 * 12
ENGLAND = "E92000001"
MODELS = ("int_control_chart", "int_control_point", "int_control_series", "int_control_limit")
POLARITY = {
    "delayed_days": "lower",
    "delayed_days_nhs": "higher",
    "nonelective_admissions": "context",
}

Month = tuple[int, float | None, str]
"""Month number, value and segment."""
Judged = tuple[float, float, float, frozenset[str], str]
"""Mean, limits, signals and variation of a point."""
Series = dict[tuple[str, str], list[Month]]
"""Months of each metric and area."""


def drawn(months: list[Month], polarity: str) -> dict[int, Judged | None]:
    """Judge each month of a series; None where it has no value or its segment no limits."""
    found: dict[int, Judged | None] = dict.fromkeys(month for month, _, _ in months)
    for segment in {segment for _, _, segment in months} - {"undefined"}:
        used = {m: v for m, v, of in months if of == segment and v is not None}
        found |= judged(used, polarity)
    return found


def judged(used: dict[int, float], polarity: str) -> dict[int, Judged]:
    """Judge the points of one segment."""
    ranges = [abs(v - used[m - 1]) for m, v in used.items() if m - 1 in used]
    if len(used) < 12 or not ranges:
        return {}
    cut = 3.267 * fmean(ranges)
    spread = 2.66 * fmean([r for r in ranges if r < cut or cut == 0])
    mean = fmean(used.values())
    chart = Chart(used, mean, spread)
    return {m: (mean, mean - spread, mean + spread, *chart.judge(m, polarity)) for m in used}


@dataclass
class Chart:
    """The points of a segment, their mean, and how far the limits are from it."""

    used: dict[int, float]
    mean: float
    spread: float

    def judge(self, month: int, polarity: str) -> tuple[frozenset[str], str]:
        """Find the signals in a point, and what they mean."""
        off = self.off(month)
        trend = self.rising(month)
        signals = {
            "outside": abs(off) > self.spread + 1e-7,
            "run": self.in_a_row(month, lambda m: self.sign(m), 7),
            "rise": trend > 0,
            "fall": trend < 0,
            "two of three": self.two_of_three(month),
        }
        names = frozenset(name for name, is_there in signals.items() if is_there)
        if not names:
            return names, "common_cause"
        if polarity == "context":
            return names, "special_cause"
        up = off > 0 if names - {"rise", "fall"} else trend > 0
        return names, "improvement" if up == (polarity == "higher") else "concern"

    def off(self, month: int) -> float:
        """How far a point is from the mean."""
        return self.used[month] - self.mean

    def sign(self, month: int) -> int:
        """On which side of the mean a point is."""
        return (self.off(month) > 1e-7) - (self.off(month) < -1e-7)

    def step(self, month: int) -> int:
        """Whether a point is above or below the one before it."""
        if month not in self.used or month - 1 not in self.used:
            return 0
        gained = self.used[month] - self.used[month - 1]
        return (gained > 0) - (gained < 0)

    def in_a_row(self, month: int, side: Any, points: int) -> bool:
        """Whether some window of consecutive points holds this one, all on its side."""
        windows = [range(month - back, month - back + points) for back in range(points)]
        return side(month) != 0 and any(
            all(m in self.used and side(m) == side(month) for m in window) for window in windows
        )

    def rising(self, month: int) -> int:
        """The way of a rise or fall of seven points that ends in, or at least holds, this one."""
        if self.in_a_row(month, self.step, 6):
            return self.step(month)
        if month + 1 in self.used and self.in_a_row(month + 1, self.step, 6):
            return self.step(month + 1)
        return 0

    def two_of_three(self, month: int) -> bool:
        """Whether two of three points in a row, this one of them, are far off on one side."""

        def far(m: int) -> int:
            return self.sign(m) if abs(self.off(m)) > self.spread * 2 / 3 + 1e-7 else 0

        windows = [range(month - back, month - back + 3) for back in range(3)]
        return far(month) != 0 and any(
            all(m in self.used for m in window)
            and sum(far(m) == far(month) for m in window) >= 2
            for window in windows
        )


def noise(dice: random.Random, length: int) -> list[float]:
    """Values around 100, whole numbers so that some are equal."""
    return [float(round(dice.gauss(100, 6))) for _ in range(length)]


def invented(dice: random.Random, areas: list[str]) -> Series:
    """Series of every kind: plain, jumping, rising, with gaps, short, still and broken."""
    made: Series = {}
    for number, area in enumerate(areas):
        values: list[float | None] = list(noise(dice, 60))
        months = list(range(JANUARY, JANUARY + 60))
        segments = ["one"] * 60
        if number % 8 == 1:
            values = [v + 25 * (n >= 40) for n, v in enumerate(noise(dice, 60))]
        elif number % 8 == 2:
            values = [100.0 + n * 0.5 + dice.choice((0, 0, 1, -2)) for n in range(60)]
        elif number % 8 == 3:
            values = [None if dice.random() < 0.15 else v for v in values]
        elif number % 8 == 4:
            months = [m for m in months if dice.random() > 0.1]
        elif number % 8 == 5:
            months = months[: dice.choice((11, 12))]
        elif number % 8 == 6:
            segments = ["one"] * 30 + ["undefined"] + ["two"] * 29
        elif number % 16 == 7:
            values = [1 / 3] * 60
        elif number % 16 == 15:
            months = months[::2]
        made[("delayed_days", "delayed_days_nhs", "nonelective_admissions")[number % 3], area] = [
            (m, values[m - JANUARY], segments[m - JANUARY]) for m in months
        ]
    return made


def first_day(month: int) -> dt.date:
    """The first of a month, from its number."""
    return dt.date(month // 12, month % 12 + 1, 1)


@pytest.fixture(scope="module")
def candidate(
    built: BuildResult, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writable copy of the candidate, under the name that its views know it by."""
    copy = tmp_path_factory.mktemp("charts") / "copy.duckdb"
    shutil.copy(built.path, copy)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as \"{built.path.stem}\"")
        connection.execute(f'use "{built.path.stem}"')
        for metric, polarity in POLARITY.items():
            connection.execute(
                "update seeds.metric_contracts set polarity = ? where metric_id = ?",
                [polarity, metric],
            )
        yield connection


@pytest.fixture(scope="module")
def councils(candidate: duckdb.DuckDBPyConnection) -> list[str]:
    """Codes of the councils."""
    query = "select area_code from marts.area where area_type = 'council' order by 1"
    return [code for (code,) in candidate.execute(query).fetchall()]


def charted(
    candidate: duckdb.DuckDBPyConnection, built: BuildResult, series: Series
) -> list[dict[str, Any]]:
    """Put the series in place of every figure, and draw them by the project's own SQL."""
    columns = "metric_id, area_code, segment, period_start, value, value_status"
    candidate.execute(f"create or replace temp table figure as select {columns} "  # noqa: S608
                      "from marts.metric_value where false")
    candidate.executemany(
        "insert into figure values (?, ?, ?, ?, ?, ?)",
        [
            (metric, area, of, first_day(m), v, "reported" if v is not None else "suppressed")
            for (metric, area), months in series.items()
            for m, v, of in months
        ],
    )
    candidate.execute(
        "create or replace view intermediate.int_metric_value as select *, "
        "'current' as boundary, 'month' as period_type, period_start as period_end, "
        "'days' as unit from temp.main.figure"
    ) if False else None
    return []
