"""The comparison of two releases, on made-up figures in memory."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishing.changes import Decided, Side, accepted_metrics, compare
from publishing.pointer import Release

Row = dict[str, Any]
DAYS = "delayed_days"
ENGLAND, COUNCIL, OTHER = "E92000001", "E10000003", "E10000006"
FILE = "ab" * 32

SHAPES = {
    "metric_value": "metric_id VARCHAR, area_code VARCHAR, boundary VARCHAR, period_type VARCHAR, "
    "period_start DATE, period_end DATE, value DOUBLE, unit VARCHAR, value_status VARCHAR, "
    "maturity VARCHAR, published_on DATE, lineage_id VARCHAR",
    "metric": "metric_id VARCHAR, source_returns VARCHAR",
    "source_file": "source_sha256 VARCHAR, return_id VARCHAR, subject_code VARCHAR, "
    "period_start DATE, period_end DATE, state VARCHAR, published_on DATE",
    "lineage": "lineage_id VARCHAR, child_lineage_id VARCHAR, source_sha256 VARCHAR, "
    "source_sheet VARCHAR, source_column VARCHAR, source_row INTEGER",
}
ENDS = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def month(number: int, value: float | None = 100.0, **others: Any) -> Row:
    """Give a council's figure of a month of 2015."""
    return {
        "metric_id": DAYS,
        "area_code": COUNCIL,
        "boundary": "as_reported",
        "period_type": "month",
        "period_start": date(2015, number, 1),
        "period_end": date(2015, number, ENDS[number]),
        "value": value,
        "unit": "days",
        "value_status": "missing" if value is None else "reported",
        "maturity": "provisional",
        "published_on": date(2016, 1, 14),
        "lineage_id": f"m{number}",
    } | others


def quarter(number: int, value: float | None = 300.0, **others: Any) -> Row:
    """Give a council's figure of the calendar quarter that ends in a month of 2015."""
    start, end = date(2015, number - 2, 1), date(2015, number, ENDS[number])
    said = {"period_type": "quarter", "period_start": start, "period_end": end}
    return month(number, value, lineage_id=f"q{number}") | said | others


def source(sha256: str = FILE, number: int = 1, **others: Any) -> Row:
    """Give a file of a month of 2015."""
    return {
        "source_sha256": sha256,
        "return_id": "a_return",
        "period_start": date(2015, number, 1),
        "period_end": date(2015, number, ENDS[number]),
        "state": "read",
        "published_on": date(2016, 1, 14),
    } | others


def cell(lineage_id: str, sha256: str = FILE) -> Row:
    """Give a figure that is read from a file."""
    return {"lineage_id": lineage_id, "source_sha256": sha256}


def step(lineage_id: str, child: str) -> Row:
    """Give a figure that is worked out from another."""
    return {"lineage_id": lineage_id, "child_lineage_id": child}


def marts(figures: list[Row], **others: list[Row]) -> dict[str, list[Row]]:
    """Give the marts of one release."""
    return {"metric_value": figures, "metric": [], "source_file": [], "lineage": []} | others


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One database for all comparisons of these tests."""
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def put(connection: duckdb.DuckDBPyConnection, name: str, release: dict[str, list[Row]]) -> Side:
    """Write one release's marts as tables."""
    for table, shape in SHAPES.items():
        connection.execute(f"create or replace table {name}_{table} ({shape})")
        columns = [part.split()[0] for part in shape.split(", ")]
        rows = [[row.get(column) for column in columns] for row in release[table]]
        if rows:
            marks = ", ".join("(" + ", ".join("?" * len(columns)) + ")" for _ in rows)
            connection.execute(
                f"insert into {name}_{table} values {marks}",  # noqa: S608
                [value for row in rows for value in row],
            )
    return Side(id=name, **{table: f"{name}_{table}" for table in SHAPES})


def changes(
    connection: duckdb.DuckDBPyConnection,
    old: dict[str, list[Row]],
    new: dict[str, list[Row]],
    **others: Any,
) -> list[Row]:
    """Compare two releases; give what changed, largest first."""
    before, after = put(connection, "old", old), put(connection, "new", new)
    count = compare(connection, before, after, **{"code_changed": False} | others)
    found = connection.execute("select * from changed order by size_rank")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len(rows) == count
    return rows


NEWER: Row = {"published_on": date(2016, 2, 11)}
YEAR = [month(number) for number in range(1, 13)]


def year_but(number: int, *others: Row) -> list[Row]:
    """Give the months of 2015 with others in place of one."""
    return [row for row in YEAR if row["period_start"].month != number] + list(others)


def cases(rows: list[tuple[Row | None, Row | None]]) -> tuple[list[Row], list[Row]]:
    """Give the figures of two releases, each pair (old, new) in a metric of its own."""
    old: list[Row] = []
    new: list[Row] = []
    for number, pair in enumerate(rows):
        for row, side in zip(pair, (old, new), strict=True):
            if row is not None:
                side.append(row | {"metric_id": f"case {number}"})
    return old, new


KINDS: list[tuple[Row | None, Row | None, str | None]] = [
    (None, month(3), "added"),
    (month(3, None), month(3), "added"),
    (month(3), None, "removed"),
    (month(3), month(3, None), "removed"),
    (month(3), month(3, 101.0), "revised"),
    (month(3), month(3, 0.0), "revised"),
    (month(3), month(3, 100.00001), "revised"),
    (month(3), month(3, float("nan")), "revised"),
    (month(3, float("nan")), month(3), "revised"),
    (month(3), month(3, unit="beds"), "revised"),
    (month(3), month(3, 101.0, value_status="estimated"), "revised"),
    (month(3), month(3, value_status="estimated"), "restatused"),
    (month(3), month(3, None, value_status="suppressed"), "restatused"),
    (month(3, None, value_status="not_collected"), month(3), "restatused"),
    (month(3), month(3, 100.0 + 1e-9), None),
    (month(3, 0.0), month(3, 0.0), None),
    (month(3, float("nan")), month(3, float("nan")), None),
    (month(3, None), None, None),
    (month(3, None, value_status="suppressed"), None, "removed"),
    (month(3), month(3, **NEWER), None),
    (month(3), month(3, maturity="revised"), None),
]


def test_what_kind_of_change_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    """Given a figure in one release and in the next, then the difference has its one name."""
    old, new = cases([(before, after) for before, after, _ in KINDS])
    found = changes(connection, marts(old), marts(new))
    expected = {f"case {n}": change for n, (_, _, change) in enumerate(KINDS) if change}
    assert {row["metric_id"]: row["change"] for row in found} == expected


def test_a_changed_figure_says_by_how_much(connection: duckdb.DuckDBPyConnection) -> None:
    """Given a figure a tenth lower, then both values and the difference stand side by side."""
    newer = month(3, 90.0, lineage_id="x", **NEWER)
    (found,) = changes(connection, marts(YEAR), marts(year_but(3, newer)))
    assert found == {
        "compared_with": "old",
        "metric_id": DAYS,
        "area_code": COUNCIL,
        "boundary": "as_reported",
        "period_type": "month",
        "period_start": date(2015, 3, 1),
        "period_end": date(2015, 3, 31),
        "change": "revised",
        "old_value": 100.0,
        "new_value": 90.0,
        "difference": -10.0,
        "relative_change": -0.1,
        "old_status": "reported",
        "new_status": "reported",
        "unit": "days",
        "old_published_on": date(2016, 1, 14),
        "new_published_on": date(2016, 2, 11),
        "is_closed": True,
        "explanation": "newer vintage",
        "size_rank": 1,
        "old_lineage_id": "m3",
        "lineage_id": "x",
    }


def test_figures_of_two_units_have_no_difference(connection: duckdb.DuckDBPyConnection) -> None:
    """Given pounds where there were thousands, then no difference is made of the two."""
    (found,) = changes(connection, marts(YEAR), marts(year_but(3, month(3, 0.1, unit="beds"))))
    assert (found["difference"], found["relative_change"]) == (None, None)
    assert (found["old_value"], found["new_value"], found["unit"]) == (100.0, 0.1, "beds")


SUPPRESSED = month(3, None, value_status="suppressed")


NEWER_90 = month(3, 90.0, published_on=date(2016, 2, 11))
OLDER_90 = month(3, 90.0, published_on=date(2015, 7, 9))
WHY: list[tuple[Row | None, Row | None, str, str]] = [
    (month(3), NEWER_90, "newer vintage", "newer vintage"),
    (month(3, published_on=None), month(3, 90.0), "newer vintage", "newer vintage"),
    (month(3), OLDER_90, "unexplained", "code changed"),
    (month(3), month(3, 90.0, published_on=None), "unexplained", "code changed"),
    (month(3), SUPPRESSED, "withheld now", "withheld now"),
    (month(3), month(3, 90.0, maturity="revised"), "became final", "became final"),
    (month(3), month(3, 90.0), "unexplained", "code changed"),
    (month(3), None, "unexplained", "code changed"),
    (month(3), month(3, None, published_on=date(2016, 2, 11)), "unexplained", "code changed"),
    (None, month(3), "unexplained", "code changed"),
]


def test_why_a_figure_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """Given what both releases say of a figure, then the change is explained by it, or not.

    That the code changed explains what nothing else does, and a decision before that.
    """
    old, new = cases([(before, after) for before, after, _, _ in WHY])
    names = [f"case {n}" for n in range(len(WHY))]
    accepted = ["unexplained" if row[0] is None else "accepted by decision" for row in WHY]
    said = [row[2] for row in WHY]
    for others, expected in (
        ({}, said),
        ({"code_changed": True}, [row[3] for row in WHY]),
        (
            {"accepted": [*names, "another"]},
            [new if old == "unexplained" else old for old, new in zip(said, accepted, strict=True)],
        ),
        ({"accepted": ["another"]}, said),
    ):
        found = changes(connection, marts(old), marts(new), **others)
        explained = {row["metric_id"]: row["explanation"] for row in found}
        assert explained == dict(zip(names, expected, strict=True)), others


NEXT_FILE = "cd" * 32


FILES = [
    (source(NEXT_FILE, 12), "new return or file"),
    (source(NEXT_FILE, 12) | {"goes_back": True}, "unexplained"),
    (source(NEXT_FILE, 3, return_id="another"), "new return or file"),
    (source(NEXT_FILE, 3, subject_code="RGT"), "new return or file"),
    (source(NEXT_FILE, 3, published_on=date(2016, 2, 11)), "new return or file"),
    (source(NEXT_FILE, 3), "unexplained"),
    (source(NEXT_FILE, 3, published_on=None), "unexplained"),
    (source(NEXT_FILE, 3, published_on=date(2015, 2, 11)), "unexplained"),
]


@pytest.mark.parametrize("code_changed", [False, True])
def test_a_file_explains_what_it_brings_unless_it_replaces_another_in_silence(
    connection: duckdb.DuckDBPyConnection, code_changed: bool
) -> None:
    """Given figures that rest on a new file, by way of two others
    When the file is of its own period, or takes the place of one without a later date
    Then the first explains the change; the second does not, whatever the code did.
    """
    old, new = marts([]), marts([])
    for n, (added, _) in enumerate(FILES):
        names = {"metric_id": f"case {n}", "lineage_id": f"figure {n}"}
        steps = [step(f"figure {n}", f"sum {n}"), step(f"sum {n}", f"part {n}")]
        known = source(f"old {n}", 3, return_id=f"a_return {n}")
        name = {"source_sha256": f"new {n}", "return_id": f"{added['return_id']} {n}"}
        old["metric_value"].append(month(3) | names)
        back = {"published_on": date(2015, 7, 9)} if added.get("goes_back") else {}
        new["metric_value"].append(month(3, 90.0) | names | back)
        old["lineage"] += [*steps, cell(f"part {n}", f"old {n}")]
        new["lineage"] += [*steps, cell(f"part {n}", f"old {n}"), cell(f"part {n}", f"new {n}")]
        old["source_file"].append(known)
        new["source_file"] += [known, added | name]
    found = changes(connection, old, new, code_changed=code_changed)
    explained = {row["metric_id"]: row["explanation"] for row in found}
    expected = {f"case {n}": said for n, (_, said) in enumerate(FILES)}
    assert explained == expected | ({"case 1": "code changed"} if code_changed else {})


def test_a_silent_file_of_stars_is_not_disclosure_control(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Given a file without a later date that withholds a figure, then that is not explained."""
    old = marts(YEAR, source_file=[source(FILE, 3)], lineage=[cell("m3")])
    new = marts(
        year_but(3, SUPPRESSED), source_file=[source(NEXT_FILE, 3)], lineage=[cell("m3", NEXT_FILE)]
    )
    (found,) = changes(connection, old, new)
    assert (found["explanation"], found["old_value"]) == ("unexplained", None)


def decided(kind: str, subject: str, until: date | None = None) -> Decided:
    """Give a decision of 1 March 2016."""
    made_at = datetime(2016, 3, 1, 9, tzinfo=UTC)
    return Decided(1, kind, subject, "It's wrong", "A. Person", made_at, until)


def held(*cells: list[str | int]) -> str:
    """Give the subject of a decision to hold cells: sheet, column and row of each."""
    return json.dumps({"sha256": FILE, "check": "a_check", "cells": cells})


@pytest.mark.parametrize(
    ("kind", "subject", "state", "explanation"),
    [
        ("set_aside", FILE, "quarantined", "file set aside"),
        ("set_aside", FILE[:12], "quarantined", "file set aside"),
        ("set_aside", "ab", "quarantined", "unexplained"),
        ("set_aside", FILE, "read", "unexplained"),
        ("set_aside", NEXT_FILE, "quarantined", "unexplained"),
        ("set_aside", "'; drop table old_metric_value; --", "quarantined", "unexplained"),
        ("hold_rows", held(["LA", "D", 7]), "read", "file set aside"),
        ("hold_rows", held(["LA", "D", 8], ["LA", "C", 7], ["O", "D", 7]), "read", "unexplained"),
    ],
)
def test_a_file_that_a_person_set_aside_explains_its_figures(
    connection: duckdb.DuckDBPyConnection, kind: str, subject: str, state: str, explanation: str
) -> None:
    """Given a figure lost and one gone back, then a decision about their file explains them."""
    place = {"source_sheet": "LA", "source_column": "D", "source_row": 7}
    lineage = [step("m3", "part"), step("m4", "part"), cell("part") | place]
    old = marts(YEAR, source_file=[source(FILE, 3)], lineage=lineage)
    back = month(4, 90.0, published_on=date(2015, 9, 10))
    after = marts(
        [back, *(row for row in YEAR if row["period_start"].month not in (3, 4))],
        source_file=[source(FILE, 3, state=state)],
    )
    found = changes(connection, old, after, decisions=[decided(kind, subject)])
    assert [row["explanation"] for row in found] == [explanation] * 2


@pytest.mark.parametrize(
    ("kind", "until", "today", "last_at", "holds"),
    [
        ("accept_loss", None, date(2016, 3, 1), (2016, 2, 28), True),
        ("accept_loss", None, date(2016, 9, 1), (2016, 3, 1, 8), True),
        ("accept_loss", None, date(2016, 3, 1), (2016, 3, 1, 10), False),
        ("accept_loss", date(2016, 4, 1), date(2016, 4, 1), (2016, 3, 20), True),
        ("accept_loss", date(2016, 4, 1), date(2016, 4, 2), (2016, 2, 20), False),
        ("set_aside", None, date(2016, 3, 1), (2016, 2, 28), False),
    ],
)
def test_how_long_an_accepted_loss_holds(
    small_release: Release,
    kind: str,
    until: date | None,
    today: date,
    last_at: tuple[int, ...],
    holds: bool,
) -> None:
    """Given a decision, then it holds to its last day, or for the release that came after it."""
    made = decided(kind, DAYS, until)
    day, hour = date(*last_at[:3]), last_at[3] if len(last_at) > 3 else 0
    made_at = datetime.combine(day, time(hour, tzinfo=UTC))
    manifest = small_release.manifest.model_copy(update={"made_at": made_at})
    last = replace(small_release, manifest=manifest)
    assert accepted_metrics([made], today=today, last=last) == ({DAYS: made} if holds else {})


def test_what_is_closed_is_told_by_the_releases_and_not_by_the_clock(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Given ten years old months and quarters, of one metric months to June only
    When each figure changes
    Then the last two months of each are open, the quarters that hold them, and the last quarter.
    """
    figures = [*YEAR, quarter(3), quarter(6), quarter(9), quarter(12)]
    figures += [row | {"metric_id": "ended"} for row in figures if row["period_end"].month <= 6]
    figures += [quarter(number) | {"metric_id": "ended"} for number in (9, 12)]
    newer = [row | {"value": row["value"] + 1} for row in figures]
    found = changes(connection, marts(figures), marts(newer))
    still_open = {
        (row["metric_id"], row["period_type"], row["period_end"].month)
        for row in found
        if not row["is_closed"]
    }
    months = {(DAYS, "month", 11), (DAYS, "month", 12), ("ended", "month", 5)}
    assert still_open == {
        *(months | {("ended", "month", 6)}),
        *{(DAYS, "quarter", 12), ("ended", "quarter", 6), ("ended", "quarter", 12)},
    }


def test_a_withheld_figure_is_not_told_by_what_stands_beside_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Given a council's month that is withheld from now on
    When its region's month, its quarter, a rate of the same return and others change too
    Then no old value is told of what it could be worked out from; of the others it is.
    """
    rate = {"metric_id": "delayed_rate", "lineage_id": "rate"}
    old = [
        *YEAR,
        *(quarter(3), month(3, 5000.0, area_code=ENGLAND), month(3, 2.5, **rate)),
        *(month(3, 7.0, metric_id="beds"), month(3, 4900.0, area_code=OTHER)),
        *(month(9, 4.0, metric_id="unlisted"), quarter(9, 90.0, metric_id="unlisted")),
    ]
    new = [
        *(row for row in YEAR if row["period_start"].month not in (3, 5)),
        *(SUPPRESSED, month(5, 55.0)),
        *(quarter(3, 301.0), month(3, 5001.0, area_code=ENGLAND), month(3, 2.6, **rate)),
        month(3, 8.0, metric_id="beds"),
        month(9, None, value_status="suppressed", metric_id="unlisted"),
        quarter(9, 91.0, metric_id="unlisted"),
    ]
    metrics = [
        {"metric_id": DAYS, "source_returns": "a_return; another"},
        {"metric_id": "delayed_rate", "source_returns": "a_return"},
        {"metric_id": "beds", "source_returns": "beds"},
    ]
    found = changes(connection, marts(old, metric=metrics), marts(new, metric=metrics))
    told = {
        (row["metric_id"], row["area_code"], row["period_type"], row["period_start"].month)
        for row in found
        if row["old_value"] is not None
    }
    assert told == {("beds", COUNCIL, "month", 3), (DAYS, COUNCIL, "month", 5)}
    for row in found:
        if row["old_value"] is None:
            assert (row["difference"], row["relative_change"]) == (None, None), row
    hidden = [row for row in found if row["old_value"] is None]
    assert [row["size_rank"] for row in hidden] == list(range(3, 3 + len(hidden)))


def test_the_largest_beside_the_spread_of_its_metric_comes_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Given changes of metrics of many and of few, then the order is by what is much for each.

    And it is the same in whatever order the rows lie.
    """
    few = [month(n, n / 10, metric_id="few", lineage_id=f"f{n}") for n in range(1, 13)]
    many = [row | {"value": 1000.0 * row["period_start"].month} for row in YEAR]
    newer = [
        *(row | {"value": row["value"] + 0.5} for row in few[:3]),
        *(row | {"value": row["value"] + 500} for row in many[:3]),
    ]
    after = [*newer, *few[3:], *many[3:]]
    orders = []
    for seed in range(3):
        random.Random(seed).shuffle(after)  # noqa: S311
        found = changes(connection, marts([*few, *many]), marts(after))
        orders.append([(row["metric_id"], row["period_start"].month) for row in found])
    assert orders[0] == [("few", 1), ("few", 2), ("few", 3), *((DAYS, n) for n in (1, 2, 3))]
    assert orders[1:] == orders[:2]


figure = st.builds(
    month,
    st.integers(1, 12),
    st.sampled_from([None, 0.0, 1.0, 1.0 + 1e-12, -5.0, 1e9, 1e-9]),
    metric_id=st.sampled_from([DAYS, "beds"]),
    area_code=st.sampled_from([COUNCIL, OTHER]),
    unit=st.sampled_from(["days", "beds"]),
    published_on=st.sampled_from([None, date(2016, 1, 14), date(2016, 2, 11)]),
)
estimate = figure.map(
    lambda row: row | {"value_status": "missing" if row["value"] is None else "estimated"}
)
release = st.lists(
    st.one_of(figure, estimate),
    max_size=8,
    unique_by=lambda row: (row["metric_id"], row["area_code"], row["period_start"]),
)
MIRRORED = {"added": "removed", "removed": "added"}


@settings(max_examples=10, deadline=None)
@given(release, release)
def test_a_diff_is_empty_with_itself_and_mirrors_the_diff_the_other_way(
    connection: duckdb.DuckDBPyConnection, one: list[Row], other: list[Row]
) -> None:
    """Given any two releases, then nothing differs from itself, and A to B is B to A, turned."""
    before = put(connection, "old", marts(one))
    assert compare(connection, before, before, code_changed=False) == 0
    forth = changes(connection, marts(one), marts(other))
    back = changes(connection, marts(other), marts(one))
    assert [turned(row) for row in back] == [
        {name: row[name] for name in turned(row)} for row in forth
    ]


def turned(row: Row) -> Row:
    """Give a change the other way round: what can be said of it whichever came first."""
    difference = row["difference"]
    return {
        **{name: row[name] for name in ("metric_id", "area_code", "period_start", "is_closed")},
        "change": MIRRORED.get(row["change"], row["change"]),
        "old_value": row["new_value"],
        "new_value": row["old_value"],
        "old_status": row["new_status"],
        "new_status": row["old_status"],
        "difference": None if difference is None else -difference,
        "size_rank": row["size_rank"],
    }
