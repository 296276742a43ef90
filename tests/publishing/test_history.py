"""What is put into a candidate before its audit: the comparison with the last release."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.history import (
    DAMAGED,
    FIRST_RELEASE,
    LOOK_BACK,
    OWN_TABLES,
    Cadence,
    release_to_compare,
    write_history,
)
from publishing.pointer import POINTER_NAME, Release
from publishing.release_log import Entry, inputs_of, write_log

Builder = Callable[..., Path]
COUNCIL = "E10000003"
TODAY = date(2026, 6, 10)
REVISED = (
    "UPDATE marts.metric_value SET value = 7 "
    "WHERE period_type = 'month' AND month(period_start) = 4"
)
REMOVED = "DELETE FROM marts.metric_value WHERE period_type = 'month' AND month(period_start) = 5"


def built(build: Builder, name: str = "next.duckdb", *changes: str) -> Path:
    """Give a small candidate as it is when dbt has made it, with some SQL done to it."""
    path = build(name)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE marts.release_change")
        for change in changes:
            connection.execute(change)
    return path


def written(candidate: Path, releases: Path, **others: Any) -> Path:
    """Write history into a candidate."""
    arguments: dict[str, Any] = {
        "today": TODAY,
        "code_fingerprint": "0" * 64,
        "cadences": [Cadence("a_return", "month", 42, date(2010, 8, 1), None, TODAY)],
        "decisions": [],
        "is_look_back": False,
        "memory": "200MB",
    }
    write_history(candidate, releases, **arguments | others)
    return candidate


def rows(candidate: Path, query: str) -> list[tuple[Any, ...]]:
    """Read a candidate as the audit does."""
    with duckdb.connect(str(candidate), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def releases(small_release: Release, tmp_path: Path) -> Path:
    """A folder of its own with the release that stands."""
    folder = tmp_path / "standing"
    folder.mkdir()
    _copy(small_release.path, folder / small_release.id)
    (folder / POINTER_NAME).symlink_to(small_release.id)
    return folder


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            copied = target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())


def test_the_difference_to_the_last_release_is_put_into_the_candidate(
    build: Builder, releases: Path, small_release: Release
) -> None:
    """Given a release that stands, and a candidate with a month revised and another gone
    When the history is written
    Then the mart, the counts by period and what it is compared with are in it, and it is closed.
    """
    candidate = built(build, "a.b-1.duckdb", REVISED, REMOVED)
    written(candidate, releases)
    assert not candidate.with_name(candidate.name + ".wal").exists()
    context = rows(candidate, "FROM history.context")
    assert context == [(small_release.id, None, TODAY, True)]
    changed = "SELECT compared_with, area_code, change, old_value, new_value, explanation "
    assert rows(candidate, f"{changed} FROM marts.release_change ORDER BY period_start") == [
        (small_release.id, COUNCIL, "revised", 1004.0, 7.0, "code changed"),
        (small_release.id, COUNCIL, "removed", 1005.0, None, "code changed"),
    ]
    profile = (
        "SELECT month(period_start), is_closed, rows_now, rows_last, areas_now, areas_last, "
        "sum_now, sum_last FROM history.profile "
        "WHERE kind = 'metric' AND period_type = 'month' ORDER BY 1"
    )
    assert rows(candidate, profile) == [
        (4, True, 1, 1, 1, 1, 7.0, 1004.0),
        (5, False, 0, 1, 0, 1, None, 1005.0),
        (6, False, 1, 1, 1, 1, 1006.0, 1006.0),
    ]
    marts = rows(candidate, "SELECT DISTINCT id FROM history.profile WHERE kind = 'mart'")
    assert {name for (name,) in marts} == set(small_release.manifest.tables) - OWN_TABLES
    cadence = rows(candidate, "FROM history.cadence")
    assert cadence == [("a_return", "month", 42, date(2010, 8, 1), None, TODAY)]


def test_the_same_as_the_last_release_is_no_change(build: Builder, releases: Path) -> None:
    """Given the same figures again, then nothing changed, and every count is the last one."""
    candidate = written(built(build), releases)
    assert rows(candidate, "FROM marts.release_change") == []
    differs = "FROM history.profile WHERE rows_now <> rows_last OR sum_now <> sum_last"
    assert rows(candidate, differs) == []


def test_no_sum_tells_what_is_withheld_now(build: Builder, releases: Path) -> None:
    """Given a month that is withheld from now on
    When the history is written
    Then the last sums of its month and quarter are not in it, and those of other months are.
    """
    withheld = (
        "UPDATE marts.metric_value SET value = NULL, value_status = 'suppressed' "
        "WHERE period_type = 'month' AND month(period_start) = 4"
    )
    quarter = "UPDATE marts.metric_value SET value = 1 WHERE period_type = 'quarter'"
    candidate = written(built(build, "next.duckdb", withheld, quarter), releases)
    sums = (
        "SELECT period_type, month(period_start), sum_last FROM history.profile "
        "WHERE kind = 'metric' AND year(period_start) = 2015 AND period_type <> 'financial_year' "
        "ORDER BY ALL"
    )
    assert rows(candidate, sums) == [
        ("month", 4, None),
        ("month", 5, 1005.0),
        ("month", 6, 1006.0),
        ("quarter", 4, None),
    ]
    assert rows(candidate, "SELECT old_value FROM marts.release_change") == [(None,), (None,)]


@pytest.mark.parametrize(
    ("others", "why"), [({}, FIRST_RELEASE), ({"is_look_back": True}, LOOK_BACK)]
)
def test_a_first_release_and_a_look_back_are_compared_with_nothing(
    build: Builder, tmp_path: Path, releases: Path, others: dict[str, Any], why: str
) -> None:
    """Given no release, or a look back, then nothing is compared, it is said why, and no row is."""
    candidate = written(built(build), releases if others else tmp_path / "none", **others)
    assert rows(candidate, "FROM history.context") == [(None, why, TODAY, False)]
    for table in ("marts.release_change", "history.profile"):
        assert rows(candidate, f"FROM {table}") == []


def test_every_column_says_what_it_is(build: Builder, tmp_path: Path) -> None:
    """Given the tables, then each has a description, and each of their columns."""
    candidate = written(built(build), tmp_path / "none")
    for listed in ("duckdb_columns()", "duckdb_tables()"):
        unsaid = f"FROM {listed} WHERE comment IS NULL"
        ours = "(schema_name = 'history' OR table_name = 'release_change')"
        assert rows(candidate, f"{unsaid} AND {ours}") == [], listed


@pytest.mark.parametrize("how", ["withdrawn", "damaged"])
def test_a_damaged_release_is_stood_in_for_by_the_one_before(
    build: Builder, releases: Path, small_release: Release, how: str
) -> None:
    """Given a current release whose Parquet is damaged
    When there is an older whole one, or none
    Then that one is compared with; withdrawn, or damaged too, nothing is, and it is said why.
    """
    later = small_release.id.replace("2026", "2027", 1)
    _copy(releases / small_release.id, releases / later)
    (releases / POINTER_NAME).unlink()
    (releases / POINTER_NAME).symlink_to(later)
    candidate = written(built(build), releases)
    assert rows(candidate, "SELECT compared_with FROM history.context") == [(small_release.id,)]
    if how == "withdrawn":
        bad = inputs_of(releases, small_release.id)
        at = datetime(2026, 6, 9, 12, tzinfo=UTC)
        line = Entry(at=at, what="rolled back", by="A. Person", withdrawn=(bad,))
        write_log(releases, line)
    else:
        os.truncate(releases / small_release.id / "parquet" / "metric_value.parquet", 100)
    candidate = written(built(build, "again.duckdb"), releases)
    assert rows(candidate, "FROM history.context") == [(None, DAMAGED, TODAY, False)]


def test_a_release_made_later_than_the_current_one_is_not_compared_with(
    build: Builder, releases: Path, small_release: Release
) -> None:
    """Given a pointer that was moved back, then the withdrawn release stands in for nothing."""
    later = small_release.id.replace("2026", "2027", 1)
    _copy(releases / small_release.id, releases / later)
    os.truncate(releases / small_release.id / "parquet" / "metric_value.parquet", 100)
    candidate = written(built(build), releases)
    assert rows(candidate, "SELECT why_not FROM history.context") == [(DAMAGED,)]


def test_a_lost_pointer_makes_no_first_release(
    build: Builder, releases: Path, small_release: Release
) -> None:
    """Given a release that readers were sent to, and no link to it any more
    When the history is written
    Then it is compared with all the same; without a log, it is one that nobody has seen.
    """
    (releases / POINTER_NAME).unlink()
    assert release_to_compare(releases) == (None, FIRST_RELEASE)
    at = datetime(2026, 6, 9, 12, tzinfo=UTC)
    write_log(releases, Entry(at=at, what="released", by="run night", to=small_release.id))
    candidate = written(built(build), releases)
    assert rows(candidate, "SELECT compared_with, why_not FROM history.context") == [
        (small_release.id, None)
    ]
