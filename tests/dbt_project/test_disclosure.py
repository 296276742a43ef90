"""Withheld figures stay withheld: everything that is released, solved for what is not."""

from __future__ import annotations

import csv
import datetime as dt
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project import build as build_step
from dbt_project.build import BuildResult, build_candidate
from ingestion.definition import load_definitions
from publishing.changes import compare, side_of_candidate
from tests.dbt_project.conftest import COUNCILS, SERIES, Lake, figure, months
from tests.dbt_project.disclosure_attack import Attack, Count, narrow
from tests.dbt_project.rebuilt import Recipe, assert_same

REGIONS = {"E12000004": "East Midlands", "E12000009": "South West"}
"""Regions of which every council is in the made-up return, so that they have a sum."""
OTHERS = ("111", "112", "113", "114", "117")
"""Councils of a region that is not whole."""


def _areas() -> dict[str, str]:
    """Councils of 2014 to 2017 by their NHS code: two ended in 2019, one was split in 2021."""
    rows = csv.DictReader((build_step.PROJECT / "seeds" / "areas.csv").open(encoding="utf-8"))
    return {
        row["nhs_code"]: row["area_code"]
        for row in rows
        if row["nhs_code"]
        and (row["parent_code"] in REGIONS or row["nhs_code"] in OTHERS)
        and row["valid_from"] <= "2014-04-01"
        and (row["valid_to"] or "9999") >= "2017-03-31"
    }


AREAS = _areas()
ENGLAND = "E92000001"
MEMBERS = {
    "responsible_body": ["body=nhs", "body=social_care", "body=both"],
    "care_type": ["care_type=acute", "care_type=non_acute"],
}
WIDTH = 7
"""A withheld count is 1 to 7; each of them has to remain possible."""


@dataclass(frozen=True)
class Rules:
    """What an attacker knows of a profile: METHODS.md section 8, in figures.

    Counts from `least` to `most` are withheld, others are rounded to `step` (0: not at all).
    """

    least: int
    most: int
    step: float = 0.0
    is_national_exact: bool = True

    def shown(self, value: int, area: str) -> float | None:
        """Return what is shown of a count for its own sake, None where it is withheld."""
        if area == ENGLAND and self.is_national_exact:
            return value
        if self.least <= value <= self.most:
            return None
        return round(value / self.step) * self.step if self.step else value


RULES: dict[str, Rules] = {
    "published_as_is": Rules(1, WIDTH),
    "hes_2018": Rules(1, WIDTH, 5.0),
    "hes_until_2018": Rules(1, 5),
    "asc_round_5": Rules(0, 4, 5.0, is_national_exact=False),
}
Table = dict[tuple[str, str, str], int]
"""One month: days by table, area code and breakdown."""


@dataclass(frozen=True)
class Case:
    """One month of a made-up return: its true counts, and those that its publisher withholds."""

    start: dt.date
    true: Table
    starred: frozenset[tuple[str, str, str]]


def made_up(start: dt.date, draw: random.Random, small: float, zero: float) -> Case:
    """Make a month in which some parts are small or none, and totals agree in both tables."""
    true: Table = {}
    for area in AREAS.values():
        parts = [_count(draw, small, zero) for _ in MEMBERS["responsible_body"]]
        total = sum(parts)
        few = draw.random() < small
        acute = max(0, total - draw.randint(1, WIDTH)) if few else total // 2
        for table, values in (
            ("responsible_body", parts),
            ("care_type", [acute, total - acute]),
        ):
            for member, value in zip(MEMBERS[table], values, strict=True):
                true[table, area, member] = value
            true[table, area, ""] = total
    for table, members in MEMBERS.items():
        for member in [*members, ""]:
            true[table, ENGLAND, member] = sum(true[table, a, member] for a in AREAS.values())
    starred = {key for key, value in true.items() if 1 <= value <= WIDTH and key[1] != ENGLAND}
    return Case(start, true, frozenset(starred))


def _count(draw: random.Random, small: float, zero: float) -> int:
    if draw.random() < zero:
        return 0
    return draw.randint(1, WIDTH) if draw.random() < small else draw.randint(WIDTH + 1, 90)


def file_of(case: Case, *, stars: bool) -> list[dict[str, Any]]:
    """Return the observations of a month; with stars, the publisher withholds small counts."""
    codes = {area: code for code, area in AREAS.items()}
    rows = []
    for (table, area, member), value in case.true.items():
        who = {"subject_type": "council", "subject_code": codes.get(area, "")}
        if area == ENGLAND:
            who = {"subject_type": "country", "subject_code": "", "is_control_total": True}
        row = figure(table, case.start, "delayed_days", member, float(value), **who)
        if stars and (table, area, member) in case.starred:
            row |= {"value": None, "raw_text": "*", "value_status": "suppressed"}
        rows.append(row)
    return rows


def series_of(case: Case) -> list[dict[str, Any]]:
    """Return England's figures of a month, as the national series has them."""
    england = {"subject_type": "country", "subject_code": ENGLAND}
    return [
        figure(table, case.start, "delayed_days", member, float(value), **england)
        for (table, area, member), value in case.true.items()
        if area == ENGLAND
    ]


def cases() -> list[Case]:
    """Three years of months, from one small figure to a table of little else; one has none."""
    starts = months("2014-04", "2017-03")
    clean = set(months("2015-04", "2016-03"))
    draw = random.Random(20170208)  # noqa: S311
    kinds = [(0.01, 0.0), (0.03, 0.0), (0.1, 0.2), (0.2, 0.1), (0.05, 0.0), (0.2, 0.6)]
    return [
        _lone(start)
        if at == 0
        else made_up(start, draw, *((0.0, 0.05) if start in clean else kinds[at % len(kinds)]))
        for at, start in enumerate(starts)
    ]


def _lone(start: dt.date) -> Case:
    """Exactly one small figure, in a table where nothing else is."""
    case = made_up(start, random.Random(1), 0.0, 0.0)  # noqa: S311
    return with_value(case, "E06000015", "body=nhs", 5)


def with_value(case: Case, area: str, member: str, value: int) -> Case:
    """Return a month with another figure for one body, and what follows of it."""
    true = dict(case.true)
    more = value - true["responsible_body", area, member]
    for who in (area, ENGLAND):
        true["responsible_body", who, member] += more
        for table in MEMBERS:
            true[table, who, ""] += more
        true["care_type", who, "care_type=acute"] += more
    starred = {key for key, one in true.items() if 1 <= one <= WIDTH and key[1] != ENGLAND}
    return Case(case.start, true, frozenset(starred))


def project(folder: Path, profile: str) -> Path:
    """Copy the dbt project, with another profile for the council return."""
    copy = folder / "dbt_project"
    shutil.copytree(build_step.PROJECT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    seed = copy / "seeds" / "disclosure_returns.csv"
    rows = list(csv.DictReader(seed.open(encoding="utf-8")))
    with seed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            changed = {"profile_id": profile} if row["return_id"] == COUNCILS else {}
            writer.writerow(row | changed)
    return copy


def built_as(
    recipe: Recipe,
    folder: Path,
    profile: str,
    files: list[tuple[list[dict[str, Any]], dt.date]],
) -> BuildResult:
    """Build a warehouse of these files, their return protected by a profile."""
    return build_of(recipe, folder, profile, [(COUNCILS, rows, day) for rows, day in files])


def build_of(
    recipe: Recipe,
    folder: Path,
    profile: str,
    files: list[tuple[str, list[dict[str, Any]], dt.date]],
) -> BuildResult:
    """Build a warehouse of files of several returns; the profile is that of the councils'."""
    lake = Lake(folder / "lake")
    for return_id, rows, published in files:
        lake.add(return_id, rows, first=published)
    changed = (
        f"update seeds.disclosure_returns set profile_id = '{profile}' "  # noqa: S608 - our own
        f"where return_id = '{COUNCILS}'"
    )
    return recipe.rebuild(lake.close(), folder, seeds_changed=changed)


DAY = dt.date(2019, 6, 1)


@pytest.fixture(scope="module", params=["published_as_is", "hes_2018"])
def released(
    request: pytest.FixtureRequest, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, duckdb.DuckDBPyConnection, BuildResult]]:
    """A warehouse of all cases, where the publisher withholds small counts, or we do."""
    profile = str(request.param)
    stars = profile == "published_as_is"
    files = [(COUNCILS, file_of(case, stars=stars), DAY) for case in cases()]
    # The national series has the same totals, of the last two years.
    files += [
        (SERIES, series_of(case), DAY) for case in cases() if case.start >= dt.date(2015, 4, 1)
    ]
    result = build_of(recipe, tmp_path_factory.mktemp(profile), profile, files)
    with duckdb.connect(str(result.path), read_only=True) as connection:
        yield profile, connection, result


def learn(
    marts: duckdb.DuckDBPyConnection, rules: Rules = RULES["published_as_is"], release: str = ""
) -> tuple[Attack, set[Count]]:
    """Learn all that the released marts say; returns it and the counts that are withheld."""
    attack: Attack = Attack()
    hidden: set[Count] = set()
    for area, start, split, member, value, status in marts.execute(
        "select area_code, cast(period_start as varchar), split, case split "
        "when 'responsible_body' then 'body=' || responsible_body "
        "when 'care_type' then 'care_type=' || care_type else '' end, delayed_days, value_status "
        "from marts.delayed_days where split <> 'reason'"
    ).fetchall():
        _note(attack, hidden, (release, start, area, member), value, status, rules)
        assert (split == "total") == (member == "")
    _learn_metrics(marts, attack, hidden, rules, release)
    _learn_routes(marts, attack, rules, release)
    _learn_texts(marts, attack, release)
    for start in {count[1] for count in attack.bounds}:
        _learn_sums(attack, release, start)
    for release, start, area, member in hidden:
        # Of an area, or a country, that is withheld whole, a 0 is not shown either.
        if {(release, start, area, ""), (release, start, ENGLAND, "")} & hidden:
            attack.bounds[release, start, area, member] = (0.0, None)
    return attack, hidden


def _note(
    attack: Attack,
    hidden: set[Count],
    count: Count,
    value: float | None,
    status: str,
    rules: Rules,
) -> None:
    if value is not None:
        is_exact = (count[2] == ENGLAND and rules.is_national_exact) or value == 0
        attack.shown(count, value, 0.0 if is_exact else rules.step)
    elif status == "suppressed":
        attack.hidden(count, least=rules.least)
        hidden.add(count)


COUNTED = {
    "delayed_days": "",
    **{
        f"delayed_days_{body}{share}": f"body={body}"
        for body in ("nhs", "social_care", "both")
        for share in ("", "_share")
    },
    **{
        f"delayed_days_reason_{reason}{share}": f"reason={reason}"
        for reason in ("a", "b", "c", "di", "dii", "e", "f", "g", "h", "i", "o")
        for share in ("", "_share")
    },
    "ascof_delayed_transfers_social_care": "body=social_care",
    "ascof_delayed_transfers_joint": "body=both",
    **dict.fromkeys(
        (
            "delayed_transfer_beds",
            "ascof_delayed_transfers",
            "delayed_days_per_100k_adults",
            "delayed_days_per_day_per_100k_adults",
        ),
        "",
    ),
}
"""Of every metric that has values here, what its numerator counts: one that is new fails."""
FIGURES = """
    select
        figure.metric_id,
        figure.area_code,
        figure.boundary,
        cast(figure.period_start as varchar) as start,
        figure.period_type,
        figure.value,
        figure.numerator,
        figure.value * figure.denominator / metric.multiplier as worked_out,
        case when metric.derivation = 'ratio' then figure.denominator end as below,
        figure.value_status,
        list(cast(month.month_start as varchar)) as months
    from marts.metric_value as figure
    inner join marts.metric as metric using (metric_id)
    inner join intermediate.int_period_month as month
        on
            figure.period_type = month.period_type
            and figure.period_start = month.period_start
    group by all
"""


def _learn_metrics(
    marts: duckdb.DuckDBPyConnection,
    attack: Attack,
    hidden: set[Count],
    rules: Rules,
    release: str,
) -> None:
    """Learn months, quarters and years of areas on both boundaries, and what rates say of them."""
    made_of = parts_of(marts)
    for metric, area, boundary, start, kind, *said, below, status, starts in marts.execute(
        FIGURES
    ).fetchall():
        member = COUNTED[metric]
        if kind == "month" and area in (*AREAS.values(), ENGLAND) and boundary == "as_reported":
            value = said[1] if said[1] is not None else said[2]
            _note(attack, hidden, (release, start, area, member), value, status, rules)
        parts = made_of[boundary].get(area, {})
        terms = {(release, m, part, member): w for m in starts for part, w in parts.items()}
        half = rules.step * sum(
            w for c, w in terms.items() if c[2] != ENGLAND or not rules.is_national_exact
        )
        for value in said[1:]:
            if value is not None:
                assert terms, (metric, area)
                attack.says(terms, value, half)
        if below is not None:
            total = {(count[0], count[1], count[2], ""): w for count, w in terms.items()}
            attack.says(total, below, half)


def parts_of(marts: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, float]]]:
    """Return what each area is the sum of, on both boundaries: councils and England by weight."""
    reported = {area: {area: 1.0} for area in (*AREAS.values(), ENGLAND)}
    for area, region in marts.execute("select area_code, parent_code from marts.area").fetchall():
        if area in AREAS.values() and region in REGIONS:
            reported.setdefault(region, {})[area] = 1.0
    successors: dict[str, dict[str, float]] = {}
    for old, new, weight in marts.execute(
        "select from_area_code, to_area_code, coalesce(weight_18plus, weight) "
        "from marts.area_link where link_kind = 'successor'"
    ).fetchall():
        successors.setdefault(old, {})[new] = weight
    current: dict[str, dict[str, float]] = {}
    for area in reported:
        if area in REGIONS:
            current[area] = reported[area]
            continue
        for today, weight in _today(area, successors).items():
            current.setdefault(today, {})[area] = weight
    return {"as_reported": reported, "current": current}


def _today(area: str, successors: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return what an area has become, by share."""
    if area not in successors:
        return {area: 1.0}
    whole = sum(successors[area].values())
    found: dict[str, float] = {}
    for successor, weight in successors[area].items():
        for today, share in _today(successor, successors).items():
            found[today] = found.get(today, 0.0) + share * weight / whole
    return found


def _learn_routes(
    marts: duckdb.DuckDBPyConnection, attack: Attack, rules: Rules, release: str
) -> None:
    """Learn England by every route, and what differences from the released figure say."""
    for metric, start, route, value, released_value, worked_out in marts.execute(
        "select metric_id, cast(period_start as varchar), route, value, released_value, "
        "released_value + difference from marts.england_route"
    ).fetchall():
        areas = list(AREAS.values()) if route.endswith("_sum") else [ENGLAND]
        national = 0.0 if rules.is_national_exact else rules.step
        half = rules.step * len(areas) if route.endswith("_sum") else national
        for one, of, about in (
            (value, areas, half),
            (worked_out, areas, half + national),
            (released_value, [ENGLAND], national),
        ):
            terms = {(release, start, area, COUNTED[metric]): 1.0 for area in of}
            if one is not None:
                attack.says(terms, one, about)


def _learn_texts(marts: duckdb.DuckDBPyConnection, attack: Attack, release: str) -> None:
    """Learn from the texts of cells, whatever the figure's own mart says."""
    for area, start, member, text in marts.execute(
        "select area_code, cast(period_start as varchar), case split "
        "when 'responsible_body' then 'body=' || responsible_body "
        "when 'care_type' then 'care_type=' || care_type else '' end, raw_text "
        "from marts.delayed_days inner join marts.lineage using (lineage_id) "
        "where split <> 'reason'"
    ).fetchall():
        if text not in ("(withheld)", "(rounded)"):
            attack.says({(release, start, area, member): 1.0}, float(text))


def learn_revisions(
    marts: duckdb.DuckDBPyConnection, attack: Attack, newer: str, older: str
) -> None:
    """Learn both values of each revised figure, and that the older vintage added up too."""
    for area, start, member, old, new in marts.execute(
        "select area_code, cast(period_start as varchar), breakdown, old_value, new_value "
        "from marts.revision where return_id = ?",
        [COUNCILS],
    ).fetchall():
        for release, value in ((older, old), (newer, new)):
            if value is not None:
                attack.says({(release, start, area, member): 1.0}, value)


def _learn_sums(attack: Attack, release: str, start: str) -> None:
    for area in [*AREAS.values(), ENGLAND]:
        for members in MEMBERS.values():
            attack.adds_up(
                (release, start, area, ""), [(release, start, area, one) for one in members]
            )
    for member in ["", *MEMBERS["responsible_body"], *MEMBERS["care_type"]]:
        attack.adds_up(
            (release, start, ENGLAND, member),
            [(release, start, area, member) for area in AREAS.values()],
        )


def small_counts(hidden: set[Count], release: str = "") -> set[Count]:
    """Return the counts that were withheld for their own sake."""
    found: set[Count] = set()
    for case in cases():
        for _, area, member in case.starred:
            count = (release, case.start.isoformat(), area, member)
            found.add(count)
            assert count in hidden, count
    return found


DERBY_NHS = ("E06000015", "body=nhs")
LONE = ("", "2014-04-01", *DERBY_NHS)
"""The one small figure of a table where nothing else is."""
THREE = months("2014-04", "2014-06")
UNUSED = "delayed_transfers_csv"
"""A return that no metric is read from."""
Released = tuple[str, duckdb.DuckDBPyConnection, BuildResult]


@pytest.mark.long
def test_a_rebuilt_warehouse_is_the_one_that_dbt_builds(released: Released, tmp_path: Path) -> None:
    """Given the same files, and the profile in the seed's file, then dbt makes the same of them.

    Every table is the same to the row, every view to the word, and so is what the tests say.
    """
    profile, _, again = released
    if profile != "hes_2018":
        pytest.skip("one of the two is enough")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_step, "PROJECT", project(tmp_path, profile))
        through_dbt = build_candidate(
            again.path.parent / "lake", tmp_path / again.path.name, memory="500MB"
        )
    assert_same(through_dbt, again)


def test_f124_f125_f126_nothing_withheld_can_be_worked_out(released: Released) -> None:
    """Given all marts, when solved for each withheld count, then each of 1 to 7 stays possible.

    England, councils, bodies, quarters, years and figures for each day are all in it; of a rounded
    figure it is known that the truth is within half a step.
    """
    profile, marts, _ = released
    attack, hidden = learn(marts, RULES[profile])
    assert attack.telling()
    whole = {count[1] for count in hidden if count[2:] == (ENGLAND, "")}
    assert len(whole) < len(cases()) / 4, "most months are shown but for a few figures"
    assert narrow(attack, small_counts(hidden), 1, WIDTH) == []


OFFSET = 0.25
"""A mean of more than one person is no whole number."""


def with_means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add a mean of those that each count of one body counts."""
    means = [
        row | {"measure": "delayed_transfer_beds", "unit": "days_per_person", "value": value}
        for row in rows
        if row["breakdown"] == "body=nhs"
        for value in [(row["value"] or 0) / 3 + OFFSET]
    ]
    return [*rows, *[row | {"raw_text": str(row["value"])} for row in means]]


@pytest.mark.long
@pytest.mark.parametrize("profile", ["hes_until_2018", "asc_round_5"])
def test_f123_f124_each_profile_withholds_and_rounds_as_its_rule_says(
    recipe: Recipe, tmp_path: Path, profile: str
) -> None:
    """Given months under a profile, then each figure is withheld, rounded or exact as it says.

    A mean is withheld with the count of its people, and no withheld count can be worked out.
    """
    rules, year = RULES[profile], cases()[:4]
    files = [(with_means(file_of(case, stars=False)), DAY) for case in year]
    built = built_as(recipe, tmp_path, profile, files)
    assert "withheld_figures_are_not_in_the_marts" not in {f.node for f in built.failures}
    with duckdb.connect(str(built.path), read_only=True) as marts:
        attack, hidden = learn(marts, rules)
        shown = marts.execute(
            "select area_code, cast(period_start as varchar), table_id, breakdown, measure, value, "
            "value_status from intermediate.int_area_observation"
        ).fetchall()
    small: set[Count] = set()
    for case in year:
        start = case.start.isoformat()
        of_month = {
            (table, area, member): value
            for area, day, table, member, measure, value, _ in shown
            if day == start and measure == "delayed_days"
        }
        assert len(of_month) == len(case.true)
        for key, true in case.true.items():
            for_its_own_sake = rules.shown(true, key[1]) is None
            told = of_month[key]
            assert told is None or (not for_its_own_sake and told == rules.shown(true, key[1]))
            if for_its_own_sake and (key[1] != ENGLAND):
                small.add(("", start, *key[1:]))
    told = [value for *_, measure, value, _ in shown if measure == "delayed_days"]
    assert len([value for value in told if value is not None]) > len(told) / 3
    assert small <= hidden
    assert narrow(attack, small, rules.least, rules.most) == []
    means = {
        (start, area): value
        for area, start, *_, measure, value, _ in shown
        if measure == "delayed_transfer_beds"
    }
    of_few = {(start, area) for _, start, area, member in small if member == "body=nhs"}
    assert {means[one] for one in of_few} == {None}
    assert [value for value in means.values() if value is not None]


def test_f123_what_is_withheld_changes_nothing_that_is_released(
    recipe: Recipe, tmp_path: Path
) -> None:
    """Given two truths that differ only in what is withheld, then each mart is the same to the row.

    So none of them, however it is worked out, can tell one truth from the other.
    """
    lone = cases()[0]
    one, marts = released_of(recipe, tmp_path / "one", lone)
    hidden = one.execute(
        "select area_code, 'body=' || responsible_body from marts.delayed_days "
        "where split = 'responsible_body' and value_status = 'suppressed' order by all"
    ).fetchall()
    others = {area for area, _ in hidden} - {"E06000015"}
    members = sorted({member for _, member in hidden})
    assert len(hidden) == 4, "a crossing of two areas and two bodies"
    (mate,) = others
    true = dict(lone.true)
    for area, member in hidden:
        # Two go up and two go down, so that every total stays what it was.
        step = 1 if (area == mate) == (member == members[0]) else -1
        true["responsible_body", area, member] += step
    assert true != lone.true
    two, also = released_of(recipe, tmp_path / "two", Case(lone.start, true, lone.starred))
    assert marts == also
    for table in marts:
        assert rows_of(one, table) == rows_of(two, table), table
    values = [
        con.execute("select list(value order by all) from intermediate.int_area_cell").fetchone()
        for con in (one, two)
    ]
    assert values[0] != values[1], "what lies behind them differs"
    one.close()
    two.close()


def released_of(
    recipe: Recipe, folder: Path, case: Case
) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """Build a month under `hes_2018`; returns it and the names of its marts."""
    folder.mkdir()
    built = built_as(recipe, folder, "hes_2018", [(file_of(case, stars=False), DAY)])
    con = duckdb.connect(str(built.path), read_only=True)
    names = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' order by all"
    ).fetchall()
    return con, [name for (name,) in names]


def rows_of(con: duckdb.DuckDBPyConnection, table: str) -> list[Any]:
    """Return the rows of a mart."""
    return con.execute(f"select * from marts.{table} order by all").fetchall()  # noqa: S608


@pytest.mark.long
def test_f130_a_restricted_return_is_not_revised_in_public(recipe: Recipe, tmp_path: Path) -> None:
    """Given two files of a return, when it is restricted, then no revision or figure is shown.

    Where a metric is read from it, the build fails.
    """
    lone = cases()[0]
    revised = with_value(lone, "E06000015", "body=nhs", 500)
    lake = Lake(tmp_path / "lake")
    for return_id in (COUNCILS, UNUSED):
        for case, day in ((lone, DAY), (revised, DAY.replace(month=7))):
            lake.add(return_id, file_of(case, stars=False), first=day)
    restrict = (
        f"insert into seeds.disclosure_returns values ('{UNUSED}', 'restricted', '', ''); "  # noqa: S608
        "update seeds.disclosure_returns set profile_id = 'restricted' "
        f"where return_id = '{COUNCILS}'"
    )
    built = recipe.rebuild(lake.close(), tmp_path, seeds_changed=restrict)
    failed = [one for one in built.failures if one.node.startswith("every_used_return_has_a")]
    assert [one.rows for one in failed] == [1], "of the return that a metric is read from"
    with duckdb.connect(str(built.path), read_only=True) as marts:
        told = marts.execute(
            "select (select count(*) from marts.revision), "
            "(select count(delayed_days) from marts.delayed_days), "
            "(select count(value) from marts.england_route)"
        ).fetchone()
    assert told == (0, 0, 0)


def test_f130_seed_and_definitions_agree_on_what_is_restricted() -> None:
    """Given the definitions, then those of restricted figures have that profile, and no others."""
    seed = build_step.PROJECT / "seeds" / "disclosure_returns.csv"
    rows = csv.DictReader(seed.open(encoding="utf-8"))
    restricted = {row["return_id"] for row in rows if row["profile_id"] == "restricted"}
    assert restricted == {
        return_id
        for return_id, definition in load_definitions().items()
        if definition.classification == "restricted" and definition.layouts
    }


def test_the_attack_finds_what_is_not_protected(released: Released) -> None:
    """Given the same marts, when the figures withheld for another's sake are told, then it wins."""
    profile, marts, _ = released
    if profile != "published_as_is":
        pytest.skip("rounded figures never tell exactly")
    attack, hidden = learn(marts)
    truth = {
        ("", case.start.isoformat(), area, member): value
        for case in cases()
        for (_, area, member), value in case.true.items()
    }
    small = small_counts(hidden)
    for count in hidden - small:
        attack.shown(count, truth[count])
    assert LONE in narrow(attack, small, 1, WIDTH)
    assert attack.possible([LONE])[LONE] == pytest.approx((5.0, 5.0), abs=0.01)


@pytest.mark.long
def test_the_attack_finds_what_a_region_would_tell(released: Released) -> None:
    """Given the same marts, when regions were summed over what is withheld, then it wins.

    So it does where a way to England were short by what is withheld, or today's area were shown.
    """
    profile, marts, _ = released
    if profile != "published_as_is":
        pytest.skip("rounded figures never tell exactly")
    made_of = parts_of(marts)
    true = {(c.start.isoformat(), a, m): v for c in cases() for (_, a, m), v in c.true.items()}

    def won(tell: Callable[[Attack, set[Count], Count], None]) -> list[Count]:
        attack, hidden = learn(marts)
        small = small_counts(hidden)
        for count in small:
            tell(attack, hidden, count)
        return narrow(attack, small, 1, WIDTH)

    def summed(parts: Mapping[str, float], attack: Attack, count: Count) -> None:
        start, member = count[1], count[3]
        terms = {("", start, area, member): weight for area, weight in parts.items()}
        attack.says(terms, sum(w * true[c[1:]] for c, w in terms.items()))

    def regions(attack: Attack, _: set[Count], count: Count) -> None:
        for region in REGIONS:
            summed(made_of["as_reported"][region], attack, count)

    def today(attack: Attack, _: set[Count], count: Count) -> None:
        summed(made_of["current"]["E06000058"], attack, count)

    def short(attack: Attack, hidden: set[Count], count: Count) -> None:
        others = [a for a in AREAS.values() if ("", count[1], a, count[3]) not in hidden]
        summed(dict.fromkeys([*others, count[2]], 1.0), attack, count)

    assert won(regions)
    assert won(today)
    assert LONE in won(short)


def test_f123_no_small_count_is_in_the_marts(released: Released) -> None:
    """Given counts of 1 to 7 of a return under `hes_2018`, then no mart has any of them.

    0 is shown, others are rounded to the nearest 5, and England is exact.
    """
    profile, marts, _ = released
    small = marts.execute(
        "select count(*) from marts.delayed_days where area_code <> ? "
        "and delayed_days > 0 and delayed_days < 8",
        [ENGLAND],
    ).fetchone()
    assert small == (0,)
    months_of = (
        "from marts.metric_value where period_type = 'month' and boundary = 'as_reported' "
        "and area_code"
    )
    counted = "unit = 'days' and value"
    assert marts.execute(
        f"select count(*) {months_of} <> ? and {counted} between 1 and 7", [ENGLAND]
    ).fetchone() == (0,)
    zero = f"select count(*) > 0 {months_of} <> ? and {counted} = 0 and value_status = 'reported'"
    assert marts.execute(zero, [ENGLAND]).fetchone() == (True,)
    if profile == "hes_2018":
        odd = f"select count(*) {months_of} <> ? and {counted} % 5 <> 0"
        assert marts.execute(odd, [ENGLAND]).fetchone() == (0,)
        exact = f"select count(*) > 0 {months_of} = ? and {counted} % 5 <> 0"
        assert marts.execute(exact, [ENGLAND]).fetchone() == (True,)


def test_f126_a_share_of_rounded_counts_is_as_near_as_its_denominator_allows(
    released: Released,
) -> None:
    """Given shares under `hes_2018`, then each is of the rounded counts, and so near to the truth.

    Half a step above and below the line: from a denominator of 4,000 on that is a tenth of a point.
    """
    profile, marts, _ = released
    step = RULES[profile].step
    true = {(c.start, a, m): v for c in cases() for (_, a, m), v in c.true.items()}
    shares = marts.execute(
        "select period_start, area_code, value, numerator, denominator from marts.metric_value "
        "where metric_id = 'delayed_days_nhs_share' and period_type = 'month' "
        "and boundary = 'as_reported' and value is not null and area_code <> ?",
        [ENGLAND],
    ).fetchall()
    councils = [share for share in shares if share[1] in AREAS.values()]
    assert len(councils) > 100
    for start, area, share, above, below in councils:
        whole = true[start, area, ""]
        assert (above % (step or 1), below % (step or 1)) == (0, 0)
        assert share == pytest.approx(100 * above / below)
        exact = 100 * true[start, area, "body=nhs"] / whole
        assert abs(share - exact) <= (step / 2) * (100 + exact) / below + 1e-9
    assert (5 / 2) * (100 + 60) / 4000 <= 0.1


def test_f126_a_rate_of_a_withheld_count_is_withheld(released: Released) -> None:
    """Given withheld days, then beds (days for each calendar day) have no value or numerator."""
    _, marts, _ = released
    rate = marts.execute(
        "select rate.value, rate.numerator, rate.value_status "
        "from marts.metric_value as rate inner join marts.metric_value as days "
        "using (area_code, boundary, period_type, period_start) "
        "where rate.metric_id in ('delayed_transfer_beds', 'delayed_days_per_100k_adults', "
        "'delayed_days_per_day_per_100k_adults') and days.metric_id = 'delayed_days' "
        "and days.value_status = 'suppressed'"
    ).fetchall()
    assert rate
    assert set(rate) == {(None, None, "suppressed")}


def test_f126_a_sum_over_a_withheld_council_is_withheld(released: Released) -> None:
    """Given a withheld council, then its region, today's area and England's sums have no value.

    Of months in which nothing is withheld each of them has one, so that the attack knows them.
    """
    _, marts, _ = released
    told = marts.execute(
        "select boundary, area_code, period_type from marts.metric_value "
        "where value is not null group by all"
    ).fetchall()
    every = [(boundary, region) for boundary in ("as_reported", "current") for region in REGIONS]
    merged_and_split = [("current", area) for area in ("E06000058", "E06000061")]
    for period in ("month", "quarter", "financial_year"):
        assert {(*one, period) for one in every + merged_and_split} <= set(told)
    ways = "select distinct route from marts.england_route where value is not null"
    assert {"england_row", "time_series", "council_sum"} == {
        r for (r,) in marts.execute(ways).fetchall()
    }
    for name in ("region", "today"):
        sums = marts.execute(
            "with hidden as (select figure.area_code, parent_code, period_start "
            "from marts.metric_value as figure inner join marts.area using (area_code) "
            "where metric_id = 'delayed_days_nhs' and period_type = 'month' "
            "and boundary = 'as_reported' and area_type = 'council' "
            "and value_status = 'suppressed') "
            "select distinct value, value_status from marts.metric_value as total "
            "inner join hidden on total.period_start = hidden.period_start "
            "and total.area_code = case when ? = 'region' then parent_code "
            "when hidden.area_code = 'E06000028' then 'E06000058' end "
            "where metric_id = 'delayed_days_nhs' and period_type = 'month'",
            [name],
        ).fetchall()
        assert set(sums) <= {(None, "suppressed"), (None, "missing")}, name
        assert (None, "suppressed") in sums, name
    routes = marts.execute(
        "select count(*), count(value), count(difference) from marts.england_route "
        "where route = 'council_sum' and (metric_id, period_start) in ("
        "select (metric_id, period_start) from marts.metric_value "
        "where period_type = 'month' and value_status = 'suppressed')"
    ).fetchone()
    assert routes is not None
    assert routes[0] > 0
    assert routes[1:] == (0, 0)


def test_f127_what_is_withheld_is_neither_zero_nor_what_is_left(released: Released) -> None:
    """Given withheld counts, then they are null with their status, in sums and in lineage too."""
    _, marts, result = released
    for case in cases():
        for _, area, member in case.starred:
            if not member.startswith("body=") and member:
                continue
            metric = member.replace("body=", "delayed_days_") or "delayed_days"
            rows = marts.execute(
                "select value, value_status from marts.metric_value where metric_id = ? "
                "and area_code = ? and period_type = 'month' and period_start = ?",
                [metric, area, case.start],
            ).fetchall()
            assert set(rows) == {(None, "suppressed")}
    texts = marts.execute(
        "select count(*) from marts.lineage inner join marts.delayed_days using (lineage_id) "
        "where value_status = 'suppressed' and raw_text <> '(withheld)'"
    ).fetchone()
    assert texts == (0,)
    quarter = marts.execute(
        "select distinct value from marts.metric_value where value_status = 'suppressed'"
    ).fetchall()
    assert quarter == [(None,)]
    mine = {"withheld_figures_are_not_in_the_marts", "metric_value_reconciles_to_the_lake"}
    assert not mine & {failure.node for failure in result.failures}


def test_f125_two_releases_hide_the_same(recipe: Recipe, tmp_path: Path) -> None:
    """Given a revision in which another figure is the smallest, then both releases hide one set.

    The first release shows the first file. The second shows the revised one, with what the first
    hid still hidden; solved side by side, with unrevised counts the same in both, 1 to 7 stay
    possible for the withheld one.
    """
    lone = cases()[0]
    first = tmp_path / "first"
    one = built_as(recipe, first, "published_as_is", [(file_of(lone, stars=True), DAY)])
    with duckdb.connect(str(one.path), read_only=True) as marts:
        attack, hidden = learn(marts, release="one")
    mates = {c[2] for c in hidden if c[3] == "body=nhs"} - {"E06000015"}
    (mate,) = mates
    revised = with_value(lone, mate, "body=nhs", 500)
    files = [(file_of(lone, stars=True), DAY), (file_of(revised, stars=True), DAY.replace(month=7))]
    two = built_as(recipe, tmp_path / "second", "published_as_is", files)
    with duckdb.connect(str(two.path), read_only=True) as marts:
        later, also = learn(marts, release="two")
        learn_revisions(marts, later, newer="two", older="one")
    shown_once = {c[1:] for c in hidden}
    assert shown_once < {c[1:] for c in also}, "a second figure, and the first is hidden still"
    attack.bounds |= later.bounds
    attack.statements += later.statements
    for (table, area, member), value in lone.true.items():
        if revised.true[table, area, member] == value:
            same = (lone.start.isoformat(), area, member)
            attack.says({("one", *same): 1.0, ("two", *same): -1.0}, 0.0)
    small = {c for c in hidden | also if c[2:] == ("E06000015", "body=nhs")}
    assert len(small) == 2
    assert narrow(attack, small, 1, WIDTH) == []


def test_f125_revisions_tell_nothing_that_is_withheld(recipe: Recipe, tmp_path: Path) -> None:
    """Given small counts in the newer or the older of two files, then neither can be worked out.

    April was 12 and is withheld now, May was withheld and is shown now; nothing of June is, and its
    revision is told figure by figure. A return that no metric uses is told as it was published.
    """
    april, may, june = (made_up(start, random.Random(1), 0.0, 0.0) for start in THREE)  # noqa: S311
    olds = {
        april.start: with_value(april, "E06000015", "body=nhs", 12),
        may.start: with_value(may, "E06000015", "body=nhs", 5),
        june.start: june,
    }
    news = {
        april.start: with_value(april, "E06000015", "body=nhs", 5),
        may.start: with_value(may, "E06000015", "body=nhs", 20),
        june.start: with_value(june, "E06000015", "body=nhs", 33),
    }
    # Another council is revised too, in all of them.
    news = {s: with_value(case, "E10000027", "body=both", 77) for s, case in news.items()}
    later = DAY.replace(month=7)
    files = [
        (return_id, file_of(case, stars=True), day)
        for return_id in (COUNCILS, UNUSED)
        for cases_of, day in ((olds, DAY), (news, later))
        for case in cases_of.values()
    ]
    built = build_of(recipe, tmp_path, "published_as_is", files)
    failed = {failure.node for failure in built.failures}
    assert not {"withheld_figures_are_not_in_the_marts", "revision_reconciles_to_the_lake"} & failed
    with duckdb.connect(str(built.path), read_only=True) as marts:
        told = marts.execute(
            "select return_id, extract(month from period_start), count(*) from marts.revision "
            "where old_value is not null or new_value is not null group by all order by all"
        ).fetchall()
        small = marts.execute(
            "select distinct area_code, extract(month from period_start) from marts.revision "
            "where breakdown = 'body=nhs' and 5 in (old_value, new_value)"
        ).fetchall()
        attack, hidden = learn(marts, release="new")
        learn_revisions(marts, attack, newer="new", older="old")
        raw = marts.execute(
            "select area_code, cast(period_start as varchar), breakdown, value "
            "from intermediate.int_compared_figure inner join intermediate.int_subject_area "
            "using (return_id, subject_type, subject_code, is_control_total, period_start, "
            "period_end) inner join marts.source_file using (source_sha256) "
            "where published_on = ? and value is not null and return_id = ?",
            [DAY, COUNCILS],
        ).fetchall()
    used = [(return_id, month) for return_id, month, _ in told if return_id == COUNCILS]
    assert used == [(COUNCILS, 6)]
    assert [month for return_id, month, _ in told if return_id == UNUSED] == [4, 5, 6]
    assert small == []
    for start, old in olds.items():
        day = start.isoformat()
        for _, area, member in old.true:
            attack.hidden(("old", day, area, member), least=0.0)
        for (_, area, member), value in old.true.items():
            now = news[start].true
            if value == next(v for (_, *key), v in now.items() if key == [area, member]):
                attack.says({("old", day, area, member): 1.0, ("new", day, area, member): -1.0}, 0)
        _learn_sums(attack, "old", day)
    withheld = {("new", "2014-04-01", *DERBY_NHS), ("old", "2014-05-01", *DERBY_NHS)}
    assert ("new", "2014-04-01", *DERBY_NHS) in hidden
    assert narrow(attack, withheld, 1, WIDTH) == []
    for area, day, member, value in raw:
        attack.says({("old", day, area, member): 1.0}, value)
    assert ("old", "2014-05-01", *DERBY_NHS) in narrow(attack, withheld, 1, WIDTH)


@pytest.mark.long
def test_f125_what_changed_between_releases_tells_nothing_that_is_withheld(
    recipe: Recipe, tmp_path: Path
) -> None:
    """Given a figure that one release showed and the next withholds, then no change tells it.

    Who has the second release only knows every change that it lists, and that whatever it does not
    list is as it was; the older figures added up as well.
    """
    april = made_up(THREE[0], random.Random(1), 0.0, 0.0)  # noqa: S311
    old = with_value(april, "E06000015", "body=nhs", 12)
    new = with_value(with_value(april, "E06000015", "body=nhs", 5), "E10000027", "body=both", 77)
    older, newer = (file_of(case, stars=True) for case in (old, new))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    later = DAY.replace(month=7)
    one = built_as(recipe, tmp_path / "first", "published_as_is", [(older, DAY)])
    two = built_as(recipe, tmp_path / "second", "published_as_is", [(older, DAY), (newer, later)])
    with duckdb.connect() as both:
        for name, built in (("one", one), ("two", two)):
            both.execute(f"attach '{built.path}' as {name} (read_only)")
        sides = [side_of_candidate(name, name) for name in ("one", "two")]
        assert compare(both, sides[0], sides[1], code_changed=False) > 0
        changed = both.execute(
            "select metric_id, area_code, old_value, new_value, difference from changed "
            "where period_type = 'month' and boundary = 'as_reported'"
        ).fetchall()
    with duckdb.connect(str(two.path), read_only=True) as marts:
        attack, hidden = learn(marts, release="new")
    start = april.start.isoformat()
    assert ("new", start, *DERBY_NHS) in hidden
    counted = [(COUNTED[metric], area, *rest) for metric, area, *rest in changed]
    told = {(area, member) for member, area, *_ in counted}
    for _, area, member in april.true:
        attack.hidden(("old", start, area, member), least=0.0)
        if (area, member) not in told:
            same = {("old", start, area, member): 1.0, ("new", start, area, member): -1.0}
            attack.says(same, 0.0)
    for (metric, *_), (member, area, was, now, more) in zip(changed, counted, strict=True):
        if metric in ("delayed_days", "delayed_days_nhs", "delayed_days_both"):
            before, after = ("old", start, area, member), ("new", start, area, member)
            for terms, value in (
                ({before: 1.0}, was),
                ({after: 1.0}, now),
                ({after: 1.0, before: -1.0}, more),
            ):
                if value is not None:
                    attack.says(terms, value)
    _learn_sums(attack, "old", start)
    small = {count for count in hidden if count[2:] == DERBY_NHS}
    assert narrow(attack, small, 1, WIDTH) == []
    assert narrow(attack, {("old", start, *DERBY_NHS)}, 8, 16) == []
    attack.says({("old", start, *DERBY_NHS): 1.0}, 12)
    assert narrow(attack, {("old", start, *DERBY_NHS)}, 8, 16) != []


def test_no_total_no_second_figure(recipe: Recipe, tmp_path: Path) -> None:
    """Given a withheld figure in a table without totals, then no other is withheld for it."""
    lone = cases()[0]
    rows = [
        row
        for row in file_of(lone, stars=True)
        if row["subject_type"] == "council" and row["breakdown"] != ""
    ]
    built = built_as(recipe, tmp_path, "published_as_is", [(rows, DAY)])
    with duckdb.connect(str(built.path), read_only=True) as marts:
        hidden = marts.execute(
            "select area_code, responsible_body from marts.delayed_days "
            "where value_status = 'suppressed'"
        ).fetchall()
    assert hidden == [("E06000015", "nhs")]


def test_a_return_that_nobody_looked_at_is_withheld_whole(recipe: Recipe, tmp_path: Path) -> None:
    """Given a return without a profile of its own, then none of its figures is shown, and it fails.

    England of another return, which has one, is not touched.
    """
    revised = with_value(cases()[0], "E06000015", "body=nhs", 50)
    files = [
        (file_of(cases()[0], stars=False), DAY),
        (file_of(revised, stars=False), DAY.replace(month=7)),
    ]
    built = built_as(recipe, tmp_path, "unreviewed", files)
    assert "every_used_return_has_a_disclosure_profile" in {f.node for f in built.failures}
    with duckdb.connect(str(built.path), read_only=True) as marts:
        found = marts.execute(
            "select distinct delayed_days, value_status from marts.delayed_days"
        ).fetchall()
        routes, revisions = routes_and_revisions(marts)
    assert found == [(None, "suppressed")]
    assert routes == [(None, None, None, "suppressed")]
    assert revisions == []


def test_nothing_can_stand_in_so_nothing_is_shown(recipe: Recipe, tmp_path: Path) -> None:
    """Given one small count and zeros in every other council, then England's total goes too."""
    start = dt.date(2014, 4, 1)
    true = {
        (table, area, member): 0
        for table, members in MEMBERS.items()
        for area in [*AREAS.values(), ENGLAND]
        for member in [*members, ""]
    }
    case = with_value(Case(start, true, frozenset()), "E06000015", "body=nhs", 3)
    revised = with_value(case, "E06000015", "body=nhs", 4)
    later = DAY.replace(month=7)
    files = [
        *[(COUNCILS, file_of(of, stars=False), day) for of, day in ((case, DAY), (revised, later))],
        *[(SERIES, series_of(of), day) for of, day in ((case, DAY), (revised, later))],
    ]
    built = build_of(recipe, tmp_path, "hes_2018", files)
    assert "withheld_figures_are_not_in_the_marts" not in {f.node for f in built.failures}
    with duckdb.connect(str(built.path), read_only=True) as marts:
        shown = marts.execute(
            "select count(*), count(delayed_days) from marts.delayed_days"
        ).fetchone()
        routes, revisions = routes_and_revisions(marts)
    assert shown == (len(true) - len(AREAS) - 1, 0)
    assert routes == [(None, None, None, "suppressed")]
    assert revisions == []


def routes_and_revisions(marts: duckdb.DuckDBPyConnection) -> tuple[list[Any], list[Any]]:
    """Return what ways to England show, and the revisions that show a value."""
    routes = marts.execute(
        "select distinct value, released_value, difference, value_status from marts.england_route"
    ).fetchall()
    revisions = marts.execute(
        "select * from marts.revision where coalesce(old_value, new_value) is not null"
    ).fetchall()
    return routes, revisions
