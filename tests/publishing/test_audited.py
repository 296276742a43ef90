"""What the audit hands on: results bound to the candidate's bytes, a mart of them, a last look."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import publishing.release
from expectations.verdict import TABLE_COLUMNS
from publishing import run_table
from publishing.exports.descriptions import DESCRIPTIONS
from publishing.manifest import manifest_text, read_manifest, sha256_of
from publishing.mart_tables import open_read_only
from publishing.pointer import ReleaseError, release_ids, verify
from publishing.quality_table import COLUMNS, FILE
from publishing.release import ReleaseRefusedError, release_as_at, release_marts
from publishing.run_table import write_runs
from publishing.space import NotEnoughSpaceError, require_space_to_build
from tests.publishing.few_marts import (
    MARTS,
    step_of_a_run,
    to_release,
    write_results,
)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of one release of a few marts."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    return to_release(tmp_path)


def _audited(ask: dict[str, Any]) -> None:
    """Have the results say of which bytes they are."""
    said = {"outcome": "passed", "candidate_sha256": sha256_of(ask["candidate"])}
    (ask["quality"] / "quality.json").write_text(json.dumps(said))


def test_f092_a_candidate_with_other_bytes_than_were_audited_is_refused(
    ask: dict[str, Any],
) -> None:
    """Given results that say of which bytes they are
    When a row is added to the candidate since, checkpointed and closed
    Then it is refused though its name is the same and nothing lies beside it; as audited it goes.
    """
    _audited(ask)
    whole = ask["candidate"].read_bytes()
    with duckdb.connect(str(ask["candidate"])) as connection:
        connection.execute("INSERT INTO marts.metric (metric_id) VALUES ('late')")
    assert not Path(f"{ask['candidate']}.wal").exists()
    with pytest.raises(ReleaseRefusedError, match="not byte for byte what the audit looked at"):
        release_marts(**ask)

    ask["candidate"].write_bytes(whole)
    assert verify(release_marts(**ask)) == []


@pytest.mark.parametrize("damage", ["flipped", "cut", "deleted", "another's"])
def test_f093_a_log_that_was_damaged_beside_the_candidate_costs_no_row(
    ask: dict[str, Any], tmp_path: Path, damage: str
) -> None:
    """Given an audited candidate, written to since by a process that died: rows are in its log
    When that log is damaged, deleted or another database's
    Then nothing is released with rows more or fewer than were audited: it is refused, or the
    candidate is byte for byte as audited.
    """
    _audited(ask)
    log = Path(f"{ask['candidate']}.wal")
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(ask["candidate"], copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("SET wal_autocheckpoint = '1TB'")
        connection.execute("INSERT INTO marts.metric (metric_id) VALUES ('late')")
        held = Path(f"{copy}.wal").read_bytes()
    middle = len(held) // 2
    written = {
        "flipped": held[:middle] + bytes([held[middle] ^ 1]) + held[middle + 1 :],
        "cut": held[:middle],
        "another's": b"anything",
    }.get(damage)
    if written is None:
        assert release_marts(**ask).manifest.tables["metric"].rows == 1
        return
    log.write_bytes(written)
    with pytest.raises(ReleaseRefusedError, match="wal"):
        release_marts(**ask)


def test_what_the_audit_found_is_a_mart(ask: dict[str, Any]) -> None:
    """Given the audit's results beside the candidate
    When it is released
    Then they are a table of the database and of Parquet, described, counted and in the manifest,
    and not a second time beside them.
    """
    made = release_marts(**ask)

    assert made.manifest.tables["quality_result"].rows == 1
    assert made.manifest.files["parquet/quality_result.parquet"].rows == 1
    assert f"quality/{FILE}" not in made.manifest.files
    with open_read_only(made.marts) as marts:
        rows = marts.execute("SELECT suite, check_name, outcome FROM quality_result").fetchall()
        about = marts.execute(
            "SELECT column_name, data_type || CASE WHEN is_nullable THEN '' ELSE ' NOT NULL' END, "
            "comment FROM duckdb_columns() WHERE table_name = 'quality_result' "
            "ORDER BY column_index"
        ).fetchall()
    assert rows == [("metric", "key_is_unique", "passed")]
    assert about == list(COLUMNS)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"outcome": "bad_data"}, "bad_data of metric key_is_unique"),
        ({"outcome": "broken_check", "severity": "warn"}, "broken_check"),
        ({"outcome": "missing_check"}, "missing_check"),
    ],
)
def test_results_that_contradict_their_verdict_are_refused(
    ask: dict[str, Any], other: dict[str, object], said: str
) -> None:
    """Given a verdict that passed beside a table of results in which something stops a release
    When it is released
    Then it is refused; a warning, or what is known, passes.
    """
    write_results(ask["quality"] / FILE, **other)
    with pytest.raises(ReleaseError, match=said):
        release_marts(**ask)
    assert not list(ask["releases"].glob("2*"))


def test_results_of_another_shape_are_refused(ask: dict[str, Any]) -> None:
    """Given a table of results with a column more, none at all, or a candidate that has its own
    When it is released
    Then it is refused and the column or the table named.
    """
    path = ask["quality"] / FILE
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE held AS FROM '{path}'")
        connection.execute("ALTER TABLE held ADD COLUMN more INTEGER")
        connection.execute(f"COPY held TO '{path}'")
    with pytest.raises(ReleaseError, match=r"other columns .*: more"):
        release_marts(**ask)
    path.unlink()
    with pytest.raises(ReleaseRefusedError, match="lacks quality_result"):
        release_marts(**ask)
    with duckdb.connect(str(ask["candidate"])) as connection:
        connection.execute("CREATE TABLE marts.quality_result AS SELECT 1 AS x")
    with pytest.raises(ReleaseError, match="comes from beside the candidate"):
        release_marts(**ask)


@pytest.mark.parametrize("looks_back", [False, True])
def test_a_scan_sees_what_readers_would_and_can_stop_it(
    ask: dict[str, Any], looks_back: bool
) -> None:
    """Given something that looks through what is to be released, and finds it amiss
    When a release is asked for, or a look back
    Then it saw database, Parquet, CSV, descriptions and results as they would lie there, and
    nothing is released.
    """
    seen: list[tuple[list[str], list[str]]] = []

    def scan(folder: Path, tables: Sequence[str]) -> list[str]:
        found = [path.relative_to(folder).as_posix() for path in folder.rglob("*.*")]
        seen.append((sorted(found), list(tables)))
        return ["area.name: 3 rows like a postcode"] if len(seen) == 1 else []

    release = release_as_at if looks_back else release_marts
    named = {"as_at": ask["now"].date()} if looks_back else {}
    with pytest.raises(ReleaseRefusedError, match=r"must not go out:\n  - area\.name: 3 rows"):
        release(**ask, **named, scan=scan)
    assert sorted(path.name for path in ask["releases"].iterdir()) == [".lock"]

    release(**ask, **named, scan=scan)
    files, tables = seen[1]
    assert tables == sorted(MARTS)
    marts = [f"{kind}/{name}.{kind}" for name in tables for kind in ("csv", "parquet")]
    assert files == sorted(["marts.duckdb", *marts, *DESCRIPTIONS, "quality/quality.json"])


def test_a_manifest_says_which_code_made_it_or_nothing(ask: dict[str, Any]) -> None:
    """Given a release made with the fingerprint of the code, and one without
    When their manifests are read
    Then the first says it, and the second has no word of it, as those made before.
    """
    first = release_marts(**ask, code_fingerprint="c0de" * 16)
    other = release_marts(**ask | {"releases": ask["releases"].with_name("other")})

    assert read_manifest(first.path).code_fingerprint == "c0de" * 16
    assert read_manifest(other.path).code_fingerprint is None
    assert "code_fingerprint" not in manifest_text(other.manifest)


def test_f086_room_is_asked_for_before_a_warehouse_is_built(
    ask: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a lake, and a release that stands
    When the disk could not hold three times the candidate that they let expect
    Then that is said with both sizes before anything is built; with room nothing is said.
    """
    made = release_marts(**ask)
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "a.parquet").write_bytes(b"x" * 1000)
    where = (tmp_path / "candidates", lake, ask["releases"])
    require_space_to_build(*where)
    usage = shutil.disk_usage(tmp_path)
    enough = 3 * 3 * made.manifest.files["marts.duckdb"].bytes
    for free in (enough, enough - 1):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        if free == enough:
            require_space_to_build(*where)
        else:
            with pytest.raises(NotEnoughSpaceError, match="the new warehouse needs"):
                require_space_to_build(*where)


def test_the_audit_writes_what_a_release_reads() -> None:
    """Given the columns that the audit writes its results in
    When they are held against those of the mart
    Then they are the same, in name, type and order.
    """
    read = [(name, kind.removesuffix(" NOT NULL")) for name, kind, _ in COLUMNS]
    assert list(TABLE_COLUMNS) == read


def test_the_steps_of_the_runs_are_a_mart(ask: dict[str, Any]) -> None:
    """Given the steps beside the candidate, one of which was killed
    When it is released
    Then they are a table of the database and of Parquet, described and counted, times in UTC.
    """
    killed = {"step": "read_files", "outcome": "not_ended", "ended_at": None}
    write_runs([step_of_a_run(), step_of_a_run(**killed)], ask["quality"])
    made = release_marts(**ask)

    assert made.manifest.tables["run"].rows == 2
    assert made.manifest.files["parquet/run.parquet"].rows == 2
    assert "quality/run.parquet" not in made.manifest.files
    with open_read_only(made.marts) as marts:
        rows = marts.execute("SELECT step, outcome, started_at, ended_at FROM run").fetchall()
        about = marts.execute(
            "SELECT column_name, data_type || CASE WHEN is_nullable THEN '' ELSE ' NOT NULL' END, "
            "comment FROM duckdb_columns() WHERE table_name = 'run' ORDER BY column_index"
        ).fetchall()
    at = datetime(2026, 6, 9, 1)  # noqa: DTZ001 - as the column says, in UTC
    assert rows == [("audit_candidate", "ok", at, at), ("read_files", "not_ended", at, None)]
    assert about == list(run_table.COLUMNS)


def test_a_release_that_waits_is_used_though_more_steps_were_taken_since(
    ask: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a run that was killed when its release was whole but not yet pointed at
    When it is tried again, which makes for another row of steps
    Then the release that waits is the one: what differs is only the way to it.
    """

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing.release, "move_pointer", killed)
        with pytest.raises(KeyboardInterrupt):
            release_marts(**ask)
    (waiting,) = release_ids(ask["releases"])
    write_runs([step_of_a_run(), step_of_a_run(attempt=2)], ask["quality"])

    later = ask["now"] + timedelta(minutes=5)
    assert release_marts(**ask | {"now": later}).id == waiting
    assert release_ids(ask["releases"]) == [waiting]
