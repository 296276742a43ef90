"""Control charts: mart control_limit beside an XmR chart drawn anew, point by point, in Python."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import duckdb
import pytest

from dbt_project.build import BuildResult
from tests.dbt_project.rebuilt import Recipe

JANUARY = 2014 * 12
ENGLAND = "E92000001"
MODELS = dict.fromkeys(("int_control_chart", "int_control_point", "int_control_series"), "table")
MODELS["int_control_limit"] = "view"
"""What charts are drawn by, in order, and what dbt makes of each."""
SIGNALS = ("outside", "run", "rise", "fall", "two of three")
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
Drawn = dict[tuple[str, str, dt.date], dict[str, Any]]
"""Rows of the mart by metric, area and month."""
Plan = tuple[dt.date, str, str, float]
"""First day of a month, version, basis and value."""
PLAN = (
    "insert into marts.metric_plan by name select 'delayed_days' as metric_id, "
    "'E92000001' as area_code, 'month' as period_type, ? as period_start, "
    "? as plan_version, ? as basis, ? as value"
)


def drawn(months: list[Month], polarity: str) -> dict[int, Judged | None]:
    """Judge each month of a series; None where it has no value or its segment no limits."""
    found: dict[int, Judged | None] = dict.fromkeys(month for month, _, _ in months)
    for segment in {segment for _, _, segment in months} - {"undefined"}:
        used = {m: v for m, v, of in months if of == segment and v is not None}
        found |= judged(used, polarity)
    return found


def judged(used: dict[int, float], polarity: str) -> dict[int, Judged]:
    """Judge the last three years of one segment."""
    used = {m: v for m, v in sorted(used.items()) if m > max(used) - 36}
    ranges = [abs(v - used[m - 1]) for m, v in used.items() if m - 1 in used]
    if len(used) < 12 or len(ranges) < 11:
        return {}
    cut = 3.267 * fmean(ranges)
    spread = 2.66 * fmean([r for r in ranges if r < cut or cut == 0])
    mean = fmean(used.values())
    chart = Chart(used, mean, spread)
    signals = {m: chart.judge(m, polarity) for m in used}
    if 2 * sum(bool(names) for names, _ in signals.values()) > len(used):
        signals = {m: (names, "drifting") for m, (names, _) in signals.items()}
    return {m: (mean, mean - spread, mean + spread, *signals[m]) for m in used}


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
            "run": self.in_a_row(month, self.sign, 7),
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

    def in_a_row(self, month: int, side: Callable[[int], int], points: int) -> bool:
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
            all(m in self.used for m in window) and sum(far(m) == far(month) for m in window) >= 2
            for window in windows
        )


def noise(dice: random.Random, length: int) -> list[float]:
    """Values around 100, whole numbers so that some are equal."""
    return [float(round(dice.gauss(100, 6))) for _ in range(length)]


def steady(dice: random.Random) -> list[Month]:
    """Nothing but noise."""
    return [(JANUARY + n, v, "one") for n, v in enumerate(noise(dice, 60))]


def jumping(dice: random.Random) -> list[Month]:
    """A step up after forty months."""
    return [(m, (v or 0) + 25 * (n >= 40), of) for n, (m, v, of) in enumerate(steady(dice))]


def rising(dice: random.Random, way: float = 0.5) -> list[Month]:
    """A slow rise, with now and then a month out of step."""
    return [(JANUARY + n, 100 + n * way + dice.choice((0, 0, 1, -2)), "one") for n in range(60)]


def falling(dice: random.Random) -> list[Month]:
    """The same downwards."""
    return rising(dice, -0.5)


def hiding(dice: random.Random) -> list[Month]:
    """Some months suppressed."""
    return [(m, None if dice.random() < 0.15 else v, of) for m, v, of in steady(dice)]


def gapped(dice: random.Random) -> list[Month]:
    """Some months absent."""
    return [month for month in steady(dice) if dice.random() > 0.1]


def short(dice: random.Random) -> list[Month]:
    """One month too few, or just enough."""
    return steady(dice)[: dice.choice((11, 12))]


def broken(dice: random.Random) -> list[Month]:
    """Two segments, and months between them that lie in none."""
    segments = ["one"] * 25 + ["undefined"] * 15 + ["two"] * 20
    return [(m, v, of) for (m, v, _), of in zip(steady(dice), segments, strict=True)]


def still(dice: random.Random) -> list[Month]:
    """The same figure every month."""
    return [(m, 1 / 3, of) for m, _, of in steady(dice)]


def alternate(dice: random.Random) -> list[Month]:
    """Every second month: none follows another."""
    return steady(dice)[::2]


def paired(dice: random.Random) -> list[Month]:
    """Two months, then a gap; pairs are high and low by turns."""
    return [
        (m, (v or 0) + 40 * (n // 3 % 2), of) for n, (m, v, of) in enumerate(steady(dice)) if n % 3
    ]


KINDS = (
    steady,
    jumping,
    rising,
    falling,
    hiding,
    gapped,
    short,
    broken,
    still,
    alternate,
    paired,
)


def invented(dice: random.Random, areas: list[str]) -> Series:
    """Series of every kind, each of a metric where down, up or neither is better."""
    pairs = [(kind, metric) for kind in KINDS for metric in POLARITY] * 3
    return {(metric, area): kind(dice) for area, (kind, metric) in zip(areas, pairs, strict=False)}


def first_day(month: int) -> dt.date:
    """The first of a month, from its number."""
    return dt.date(month // 12, month % 12 + 1, 1)


@pytest.fixture(scope="module")
def draw(
    built: BuildResult, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Drawn]]:
    """Put series in place of every figure of a copy of the candidate, and draw them by its SQL."""
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

        def drawing(series: Series, plans: Sequence[Plan] = ()) -> Drawn:
            connection.execute("delete from marts.metric_plan")
            for plan in plans:
                connection.execute(PLAN, plan)
            connection.execute(
                "create or replace table marts.metric_value (metric_id varchar, "
                "area_code varchar, segment varchar, period_start date, value double, "
                "value_status varchar, boundary varchar default 'current', "
                "period_type varchar default 'month', period_end date default '2020-01-01', "
                "unit varchar default 'days', lineage_id varchar)"
            )
            connection.executemany(
                "insert into marts.metric_value by position (metric_id, area_code, "
                "segment, period_start, value, value_status) values (?, ?, ?, ?, ?, ?)",
                rows_of(series),
            )
            for model, kind in MODELS.items():
                connection.execute(
                    f"create or replace {kind} intermediate.{model} as {recipe.sql(model)}"
                )
            found = connection.execute(recipe.sql("control_limit"))
            names = [column[0] for column in found.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            return {(r["metric_id"], r["area_code"], r["period_start"]): r for r in rows}

        yield drawing


def rows_of(series: Series) -> list[tuple[object, ...]]:
    """The figures of some series; a month without a value is suppressed."""
    return [
        (metric, area, of, first_day(m), v, "suppressed" if v is None else "reported")
        for (metric, area), months in series.items()
        for m, v, of in months
    ]


@pytest.fixture(scope="module")
def councils(built: BuildResult) -> list[str]:
    """Codes of the councils."""
    query = "select area_code from marts.area where area_type = 'council' order by 1"
    with duckdb.connect(str(built.path), read_only=True) as connection:
        return [code for (code,) in connection.execute(query).fetchall()]


def test_every_point_is_as_drawn_anew(draw: Callable[..., Drawn], councils: list[str]) -> None:
    """Given series that jump, rise, stand still, break off, are short or have gaps
    When their charts are drawn by the project's SQL and anew in Python
    Then mean, limits, signals and meaning of every point are the same, and all kinds occur.
    """
    series = invented(random.Random(5), councils[:99])  # noqa: S311 - no secret
    found = draw(series)
    assert len(found) == sum(len(months) for months in series.values())
    seen: set[str] = set()
    for (metric, area), months in series.items():
        for month, wanted in drawn(months, POLARITY[metric]).items():
            row = found[metric, area, first_day(month)]
            if wanted is None:
                assert (row["is_judged"], row["variation"], row["signals"]) == (False, None, None)
                assert row["why_not_judged"]
                continue
            mean, lower, upper, signals, variation = wanted
            limits = [row["mean"], row["lower_limit"], row["upper_limit"]]
            assert limits == pytest.approx([mean, lower, upper], abs=1e-6)
            near = [row["lower_near_limit"], row["upper_near_limit"]]
            assert near == pytest.approx(
                [mean - (upper - mean) * 2 / 3, mean + (upper - mean) * 2 / 3], abs=1e-6
            )
            assert set((row["signals"] or "").split("; ")) - {""} == signals, (area, month)
            assert row["variation"] == variation
            seen |= {variation, *signals}
    meanings = {"common_cause", "special_cause", "improvement", "concern", "drifting"}
    assert seen == {*meanings, *SIGNALS}


def test_a_worked_example(draw: Callable[..., Drawn]) -> None:
    """Given twelve months of which the last jumps
    When the chart is drawn
    Then the jump's range is left out, and the limits are those worked out by hand.

    Mean 157 / 12; ranges add up to 14 but for the last, 18, which is above 3.267 times 32 / 11;
    mean range 14 / 10, so the limits are 3.724 from the mean.
    """
    values = (10, 12, 11, 13, 12, 11, 10, 12, 13, 11, 12, 30)
    months: list[Month] = [(JANUARY + n, float(v), "one") for n, v in enumerate(values)]
    found = draw({("delayed_days", ENGLAND): months})
    last = found["delayed_days", ENGLAND, first_day(JANUARY + 11)]
    names = ("points", "mean", "moving_range", "lower_limit", "upper_limit")
    assert [last[name] for name in names] == pytest.approx([12, 157 / 12, 18, 9.359333, 16.807333])
    near = [last["lower_near_limit"], last["upper_near_limit"]]
    assert near == pytest.approx([10.600667, 15.566], abs=1e-6)
    assert (last["signals"], last["variation"]) == ("outside", "drifting")
    first = found["delayed_days", ENGLAND, first_day(JANUARY)]
    assert (first["moving_range"], first["signals"], first["variation"]) == (
        None,
        "run",
        "drifting",
    )


@pytest.mark.parametrize(
    ("length", "why"),
    [(11, "Fewer than 12 of the last 36 months of the segment have a value."), (12, None)],
)
def test_under_twelve_points_there_are_no_limits(
    draw: Callable[..., Drawn], length: int, why: str | None
) -> None:
    """Given eleven months, then no limits are drawn and it is said why; given twelve, they are."""
    months: list[Month] = [(JANUARY + n, 10.0 + n % 3, "one") for n in range(length)]
    for row in draw({("delayed_days", ENGLAND): months}).values():
        assert row["why_not_judged"] == why
        assert (row["mean"] is None) == (row["upper_limit"] is None) == (length == 11)
        assert (row["points"], row["value"] is None) == (length, False)


def test_months_before_the_last_thirty_six_are_shown_and_not_judged(
    draw: Callable[..., Drawn],
) -> None:
    """Given forty months, of which the first four are far off
    When the chart is drawn
    Then they are shown without limits, say why, and bear on no limit.
    """
    months: list[Month] = [
        (JANUARY + n, 900.0 if n < 4 else 10.0 + n % 3, "one") for n in range(40)
    ]
    found = draw({("delayed_days", ENGLAND): months})
    rows = [found["delayed_days", ENGLAND, first_day(m)] for m, _, _ in months]
    why = "The month is before the last 36 months of the segment, which the limits are of."
    for row in rows[:4]:
        shown = [row[name] for name in ("value", "mean", "upper_limit", "is_judged")]
        assert [*shown, row["why_not_judged"]] == [900.0, None, None, False, why]
    assert {row["points"] for row in rows} == {36}
    assert all(row["is_judged"] and row["mean"] == pytest.approx(11) for row in rows[4:])


def test_points_far_apart_give_no_limits(draw: Callable[..., Drawn]) -> None:
    """Given seven of the last 36 months, pairs of months with eleven ranges, and pairs with ten
    When the charts are drawn
    Then the first has too few points and the last too few ranges, and each says so.
    """
    scattered = [*range(0, 40, 4), 60, 61, 62, 63, 64]
    sparse: list[Month] = [(JANUARY + n, 10.0 + n % 3, "one") for n in scattered]
    pairs: list[Month] = [(JANUARY + n, 10.0 + n % 3, "one") for n in range(33) if n % 3]
    one_range_short = pairs[:-2]
    areas = ("E92000001", "E12000001", "E12000002")
    found = draw(
        {
            ("delayed_days", area): months
            for area, months in zip(areas, (sparse, pairs, one_range_short), strict=True)
        }
    )
    why = "Fewer than {} of the last 36 months of the segment {}."
    few_points = why.format(12, "have a value")
    few_ranges = why.format(11, "have a value and follow a month that has one")
    reasons = {
        area: [found["delayed_days", area, first_day(m)]["why_not_judged"] for m, _, _ in months]
        for area, months in zip(areas, (sparse, pairs, one_range_short), strict=True)
    }
    assert set(reasons["E92000001"][:8]) == {
        "The month is before the last 36 months of the segment, which the limits are of."
    }
    assert set(reasons["E92000001"][8:]) == {few_points}
    assert set(reasons["E12000001"]) == {None}
    assert set(reasons["E12000002"]) == {few_ranges}


def test_limits_end_where_the_unit_does_and_signals_do_not(draw: Callable[..., Drawn]) -> None:
    """Given days that go up and down so much that the lower limit is under nought
    When the chart is drawn
    Then it is shown as nought, and even a figure below that is held to the limit as worked out.

    The mean is 53 / 12 and the mean range 100 / 11: the limits are 24.18 from it.
    """
    values = (-1.0, *((9.0, 0.0) * 6)[:11])
    months: list[Month] = [(JANUARY + n, value, "one") for n, value in enumerate(values)]
    found = draw({("delayed_days", ENGLAND): months})
    names = ("lower_limit", "lower_near_limit", "mean", "upper_near_limit", "upper_limit")
    limits = [0, 0, 4.416667, 20.537879, 28.598485]
    for row in found.values():
        assert [row[name] for name in names] == pytest.approx(limits)
        assert (row["signals"], row["variation"]) == (None, "common_cause")


def test_a_gap_breaks_a_run_and_a_hidden_month_is_shown(
    draw: Callable[..., Drawn],
) -> None:
    """Given a run of eight months with a suppressed one in its middle
    When the chart is drawn
    Then the hidden month is shown and not used, and neither half is a run.
    """
    low, high = [10.0, 11.0] * 6, [30.0, 31.0] * 4
    values: list[float | None] = [*low, *high, *low]
    whole = list(values)
    values[16] = None
    months: list[list[Month]] = [
        [(JANUARY + n, v, "one") for n, v in enumerate(shown)] for shown in (values, whole)
    ]
    hidden = draw({("delayed_days", ENGLAND): months[0]})
    row = hidden["delayed_days", ENGLAND, first_day(JANUARY + 16)]
    assert (row["value"], row["value_status"], row["is_judged"]) == (None, "suppressed", False)
    assert row["why_not_judged"] == "The month has no value."
    after = hidden["delayed_days", ENGLAND, first_day(JANUARY + 17)]
    assert after["moving_range"] is None
    assert "run" not in after["signals"]
    unbroken = draw({("delayed_days", ENGLAND): months[1]})
    assert "run" in unbroken["delayed_days", ENGLAND, first_day(JANUARY + 17)]["signals"]


def test_assurance_holds_a_target_against_the_limits(draw: Callable[..., Drawn]) -> None:
    """Given targets above, between and below the limits of a metric where less is better
    When the chart is drawn
    Then the process keeps, may keep, or never keeps them; a reset target replaces the first.
    """
    months: list[Month] = [(JANUARY + n, 10.0 + n % 3, "one") for n in range(12)]
    days = [first_day(JANUARY + n) for n in range(5)]
    plans: list[Plan] = [
        (days[0], "submitted", "level", 30.0),
        (days[1], "submitted", "level", 11.0),
        (days[2], "submitted", "level", 2.0),
        (days[3], "submitted", "level", 30.0),
        (days[3], "reset", "level", 2.0),
        (days[4], "reset", "change_on_previous_year", -2.0),
    ]
    found = draw({("delayed_days", ENGLAND): months}, plans)
    rows = [found["delayed_days", ENGLAND, day] for day in days]
    assert [(row["target"], row["assurance"]) for row in rows] == [
        (30.0, "pass"),
        (11.0, "hit_and_miss"),
        (2.0, "fail"),
        (2.0, "fail"),
        (None, None),
    ]


def test_only_what_is_given_by_month_is_charted(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the contracts, then each metric is charted or says why not, and the charts agree."""
    charts = marts.execute(
        "select metric_id, control_chart, why_no_control_chart from marts.metric"
    ).fetchall()
    assert {chart for _, chart, _ in charts} == {"xmr", "none"}
    assert all((chart == "none") == bool(why) for _, chart, why in charts)
    drawn_metrics = marts.execute("select distinct metric_id from marts.control_limit").fetchall()
    assert {m for (m,) in drawn_metrics} <= {m for m, chart, _ in charts if chart == "xmr"}
    assert ("delayed_days",) in drawn_metrics


def test_a_series_is_drawn_once(marts: duckdb.DuckDBPyConnection) -> None:
    """Given series that are the same on both boundaries, and some that are not
    When charts are drawn
    Then the first are drawn on today's boundaries alone, and each on one at least.
    """
    charted = "metric_id in (select metric_id from marts.metric where control_chart = 'xmr')"
    series = marts.execute(
        "with month as (select figure.metric_id, area_code, boundary, lineage_id, "  # noqa: S608
        "max(lineage_id) filter (boundary = 'current') "
        "over (partition by figure.metric_id, area_code, period_start) as current_id "
        "from marts.metric_value as figure join marts.area using (area_code) "
        f"where period_type = 'month' and {charted} "
        "and area_type in ('council', 'region', 'nhs_region', 'country')) "
        "select metric_id, area_code, "
        "bool_and(coalesce(lineage_id = current_id, false)) filter (boundary = 'as_reported') "
        "from month group by all"
    ).fetchall()
    shown = marts.execute("select distinct metric_id, area_code, boundary from marts.control_limit")
    boundaries: dict[tuple[str, str], set[str]] = {}
    for metric, area, boundary in shown.fetchall():
        boundaries.setdefault((metric, area), set()).add(boundary)
    assert {same for _, _, same in series} >= {True, False}
    for metric, area, is_same in series:
        assert ("as_reported" in boundaries[metric, area]) == (is_same is False)
