"""A disk that is full, and memory that is not enough: the step fails, what stands goes on."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import publishing.release
from ingestion.catalogue import Catalogue
from ingestion.lake import write_parquet
from publishing.keeping import roll_back
from publishing.pointer import ReleaseError, current_release, verify
from publishing.release import release_marts
from publishing.release_log import LOG_NAME, read_log
from tests.publishing.few_marts import MARTS, write_candidate, write_quality


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Have every write beyond so many bytes of a file fail, as on a full disk (EFBIG).

    Python ignores the signal that comes with it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of a second night; the first is released."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    first: dict[str, Any] = {
        "candidate": write_candidate(tmp_path / "first.duckdb"),
        "quality": write_quality(tmp_path / "quality"),
        "releases": tmp_path / "releases",
        "inputs_fingerprint": "0d" * 32,
        "run_id": "first",
        "now": datetime(2026, 6, 9, 1, tzinfo=UTC),
    }
    release_marts(**first)
    return first | {
        "candidate": write_candidate(tmp_path / "second.duckdb", 1),
        "inputs_fingerprint": "ed" * 32,
        "run_id": "second",
        "now": first["now"] + timedelta(days=1),
    }


def _seen(releases: Path) -> list[str]:
    return sorted(path.name for path in releases.iterdir())


def test_f086_a_disk_that_fills_while_a_release_is_written(ask: dict[str, Any]) -> None:
    """Given a release that stands
    When the next one finds the disk full, early and late in its files
    Then each try fails in words, leaves nothing behind and the first whole; with room it goes.
    """
    first = current_release(ask["releases"])
    assert first is not None
    before = _seen(ask["releases"])
    size = first.manifest.files["marts.duckdb"].bytes
    for limit in (2_000, 20_000, size // 2, size - 4096):
        with no_file_beyond(limit), pytest.raises(ReleaseError, match="nothing was released"):
            release_marts(**ask)
        assert _seen(ask["releases"]) == before, limit
        assert current_release(ask["releases"]) == first
        assert verify(first) == []

    assert verify(release_marts(**ask)) == []


def test_f086_a_rollback_that_cannot_be_written_down_does_not_happen(ask: dict[str, Any]) -> None:
    """Given two releases, and a disk without room for another line of the log
    When readers are to be sent back
    Then that fails, they stay where they are, and the log is as it was.
    """
    second = release_marts(**ask)
    log = ask["releases"] / LOG_NAME
    held = log.read_bytes()
    for room in (0, 20):
        with no_file_beyond(len(held) + room), pytest.raises((ReleaseError, OSError)):
            roll_back(ask["releases"], None, because="bad", by="Ann")
        assert log.read_bytes() == held
        assert current_release(ask["releases"]) == second
    assert roll_back(ask["releases"], None, because="bad", by="Ann").left == second.id


def test_f086_a_release_stands_though_its_line_could_not_be_written(
    ask: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a disk that fills after the pointer has moved
    When the release's line cannot be written
    Then the release stands, and whoever holds the lock next notes it.
    """

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publishing.release, "write_log", full)
        made = release_marts(**ask)
    assert current_release(ask["releases"]) == made
    assert [entry.to for entry in read_log(ask["releases"])] != [made.id]
    roll_back(ask["releases"], None, because="bad", by="Ann")
    assert [entry.what for entry in read_log(ask["releases"])] == [
        "released",
        "found",
        "rolled back",
    ]


def test_f086_a_lake_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    """Given a lake file
    When the disk is full as it is written anew
    Then that fails, the old one is there whole, and nothing half-written beside it.
    """
    path = tmp_path / "lake" / "one.parquet"
    write_parquet(pl.DataFrame({"value": [1.0]}), path)
    more = pl.DataFrame({"value": [float(number) * 1.37 for number in range(9000)]})
    with no_file_beyond(10_000), pytest.raises((OSError, pl.exceptions.PolarsError)):
        write_parquet(more, path)
    assert pl.read_parquet(path)["value"].to_list() == [1.0]
    assert [one.name for one in path.parent.iterdir()] == ["one.parquet"]


def test_f086_the_catalogue_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Given a catalogue with a step's result
    When the disk is full as the next is noted
    Then that fails, the first is there, and with room it can be noted.
    """
    path = tmp_path / "catalogue.sqlite"
    result = {"text": "x" * 200_000}
    with Catalogue(path) as catalogue:
        catalogue.set_step("night", "read_files", {"read": 1})
        with no_file_beyond(100_000), pytest.raises(sqlite3.Error):
            catalogue.set_step("night", "build_candidate", result)
    with Catalogue(path) as catalogue:
        assert catalogue.steps("night") == {"read_files": {"read": 1}}
        catalogue.set_step("night", "build_candidate", result)
        assert catalogue.steps("night")["build_candidate"] == result


def test_f087_memory_that_is_not_enough_ends_a_release(ask: dict[str, Any]) -> None:
    """Given a candidate of many rows, and a memory limit that cannot hold its release
    When it is released
    Then it fails in words and leaves nothing, and the one before stands; with memory it goes.
    """
    first = current_release(ask["releases"])
    with duckdb.connect(str(ask["candidate"])) as connection:
        connection.execute(
            "INSERT INTO marts.metric (metric_id, title, definition) "
            "SELECT 'm' || range, md5(range::VARCHAR), repeat(md5(range::VARCHAR), 20) "
            "FROM range(60_000)"
        )
    with pytest.raises(ReleaseError, match="nothing was released: Out of Memory"):
        release_marts(**ask, memory="8MB")
    assert current_release(ask["releases"]) == first
    assert not list(ask["releases"].glob(".*.partial"))
    assert verify(release_marts(**ask)) == []
