"""The intervals of macros/intervals.sql, beside limits found by trial from what they mean."""

from __future__ import annotations

import math
from collections.abc import Callable

import duckdb
import jinja2
import pytest

from dbt_project.build import PROJECT

SOURCE = (PROJECT / "macros" / "intervals.sql").read_text()
MACROS = jinja2.Environment(autoescape=False).from_string(SOURCE).module  # noqa: S701 - SQL, no page
DATABASE = duckdb.connect()
Z95 = 1.959963984540054
TAIL = {"95": 0.025, "99.8": 0.001}
MISS = {"95": 0.01, "99.8": 0.06}
"""How far Byar's limits may lie from the exact ones, in events, from 10 events up."""


def worked_out(macro: str, arguments: list[str], **columns: float | None) -> float | None:
    """What a macro's SQL gives for one row with these columns."""
    query = getattr(MACROS, macro)(*arguments)
    row = ", ".join(f"cast(? as double) as {name}" for name in columns)
    one_row = f"select {query} from (select {row})"  # noqa: S608 - the macro's own
    found = DATABASE.execute(one_row, [*columns.values()]).fetchone()
    assert found is not None
    return None if found[0] is None else float(found[0])


def root(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is nought, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if of(middle) > 0 else (middle, high)
    return (low + high) / 2


def at_most(count: int, mean: float) -> float:
    """The chance of so many events or fewer, where `mean` are expected."""
    terms = (
        math.exp(-mean + n * math.log(mean) - math.lgamma(n + 1)) for n in range(int(count) + 1)
    )
    return math.fsum(terms)


def exact_limits(count: int, tail: float) -> tuple[float, float]:
    """The means under which so many events or more, and so many or fewer, are as rare as `tail`."""
    high = 3 * count + 60.0
    lower = root(lambda m: 1 - at_most(count - 1, m) - tail, 1e-9, high) if count else 0.0
    return lower, root(lambda m: tail - at_most(count, m), 1e-9, high)


def test_the_published_interval_of_2015_16_comes_out() -> None:
    """Given care home admissions of 2015-16 with their population
    When the rate's interval is worked out
    Then it is the published 628.2 (623.2 to 633.2) for each 100,000.
    """
    admissions, people = 61_010, 9_711_572
    limits = [worked_out(f"poisson_{side}", ["n"], n=admissions) for side in ("lower", "upper")]
    rates = [1e5 * (limit or 0) / people for limit in [admissions, *limits]]
    assert [round(rate, 1) for rate in rates] == [628.2, 623.2, 633.2]


@pytest.mark.parametrize("level", ["95", "99.8"])
def test_limits_of_a_small_count_are_the_exact_ones(level: str) -> None:
    """Given counts below 10, then their limits are those that the chances themselves give."""
    for count in range(10):
        found = [
            worked_out(f"poisson_{side}", ["n", level], n=count) for side in ("lower", "upper")
        ]
        assert found == pytest.approx(exact_limits(count, TAIL[level]), abs=1e-8)


@pytest.mark.parametrize("level", ["95", "99.8"])
@pytest.mark.parametrize("count", [10, 11, 40, 250])
def test_limits_of_a_larger_count_are_near_the_exact_ones(level: str, count: int) -> None:
    """Given counts from 10 up, then Byar's limits are near the exact ones."""
    found = [worked_out(f"poisson_{side}", ["n", level], n=count) for side in ("lower", "upper")]
    assert found == pytest.approx(exact_limits(count, TAIL[level]), abs=MISS[level])
    byar = worked_out("byar_lower", ["n", {"95": str(Z95), "99.8": "3.0902323"}[level]], n=count)
    assert found[0] == pytest.approx(byar, rel=1e-7)


def test_a_count_without_a_whole_number_or_a_value_has_no_exact_limits() -> None:
    """Given a small count that came by a share, and none at all, then there is no interval."""
    for count in (3.5, None, -1.0):
        assert worked_out("poisson_lower", ["n"], n=count) is None
        assert worked_out("poisson_upper", ["n"], n=count) is None
    assert worked_out("byar_lower", ["n"], n=0) == 0
    assert worked_out("byar_lower", ["n"], n=None) is None


@pytest.mark.parametrize(("part", "whole"), [(0, 8), (8, 8), (1, 30), (749, 1000), (61, 77_000)])
def test_limits_of_a_proportion_are_where_it_is_z_errors_away(part: int, whole: int) -> None:
    """Given a proportion, then each limit is a p that it is 1.96 standard errors of p from."""
    share = part / whole

    def too_far(p: float) -> float:
        return (p - share) ** 2 - Z95**2 * p * (1 - p) / whole

    lower = root(lambda p: -too_far(p), 0, share) if part else 0.0
    upper = root(too_far, share, 1) if part < whole else 1.0
    columns = {"part": float(part), "whole": float(whole)}
    found = [
        worked_out(f"wilson_{side}", ["part", "whole"], **columns) for side in ("lower", "upper")
    ]
    assert found == pytest.approx([lower, upper], abs=1e-9)


def test_what_is_no_proportion_has_no_limits() -> None:
    """Given more than the whole, or nothing below the line, then there is no interval."""
    for part, whole in ((9.0, 8.0), (-1.0, 8.0), (0.0, 0.0), (None, 8.0), (1.0, None)):
        assert worked_out("wilson_lower", ["part", "whole"], part=part, whole=whole) is None
        assert worked_out("wilson_upper", ["part", "whole"], part=part, whole=whole) is None
