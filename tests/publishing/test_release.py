"""Release: what is written, what is refused, and what a second call does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.beside import TABLES
from publishing.exports.descriptions import DESCRIPTIONS
from publishing.mart_tables import describe, storage_version
from publishing.pointer import ReleaseError, current_release, verify
from publishing.release import (
    PROMISED_TABLES,
    NotEnoughSpaceError,
    ReleaseLocked,
    ReleaseRefusedError,
    StaleReleaseError,
    release_marts,
)
from publishing.release_log import read_log

Builder = Callable[..., Path]


def _seen(releases: Path) -> tuple[str, ...]:
    beside = {".lock", "log.jsonl"}
    return tuple(sorted(path.name for path in releases.iterdir() if path.name not in beside))


def test_a_release_is_whole_and_current(call: dict[str, Any]) -> None:
    """Given an audited candidate
    When it is released
    Then the pointer leads to a folder that is what its manifest says.
    """
    release = release_marts(**call, returns={"a_return": {"files": 1}})

    assert release.id == "20260609T010203Z-00c0ffee"
    assert (call["releases"] / "current").readlink() == Path(release.id)
    assert current_release(call["releases"]) == release
    assert verify(release) == []
    assert _seen(call["releases"]) == (release.id, "current")
    manifest = release.manifest
    assert manifest.previous is None
    assert manifest.returns == {"a_return": {"files": 1}}
    assert manifest.versions["duckdb"] == duckdb.__version__
    assert set(manifest.tables) == set(PROMISED_TABLES)
    assert manifest.tables["claim"].rows == manifest.files["parquet/claim.parquet"].rows == 3
    assert not manifest.is_synthetic
    assert "quality/quality.json" in manifest.files


def test_every_file_is_read_only_and_no_log_is_left(call: dict[str, Any]) -> None:
    """Given a release
    When its files are looked at
    Then none can be written, and neither a log nor spilled rows lie beside them.
    """
    release = release_marts(**call)

    files = [path for path in release.path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}
    names = {path.relative_to(release.path).as_posix() for path in release.path.rglob("*")}
    marts = {f"{kind}/{mart}.{kind}" for mart in PROMISED_TABLES for kind in ("csv", "parquet")}
    assert names == marts | {
        *DESCRIPTIONS,
        "marts.duckdb",
        "csv",
        "parquet",
        "quality",
        "quality/quality.json",
        "manifest.json",
    }


def test_marts_open_in_every_duckdb_since_1_0(call: dict[str, Any]) -> None:
    """Given a release
    When its database file's header is read
    Then it has storage version 64, v1.0.0, and DuckDB says the same; the candidate's is newer.
    """
    release = release_marts(**call)

    # Bytes 12-19 of a DuckDB file are its storage version: 64 is what 0.9.2 to 1.1 write.
    assert int.from_bytes(release.marts.read_bytes()[12:20], "little") == 64
    assert storage_version(release.marts) == "v1.0.0+"
    assert int.from_bytes(call["candidate"].read_bytes()[12:20], "little") > 64


def test_types_constraints_and_comments_survive(call: dict[str, Any]) -> None:
    """Given a candidate with comments (an apostrophe among them) and not-null columns
    When it is released
    Then the released tables are described as the candidate's, and only schema marts is there.
    """
    release = release_marts(**call)

    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{call['candidate']}' AS candidate (READ_ONLY)")
        connection.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
        of_candidate = describe(connection, "candidate")
        released = describe(connection, "released")
        assert [table for table in released if table.name not in TABLES] == of_candidate
        claim = next(t for t in describe(connection, "released") if t.name == "claim")
        schemas = connection.execute(
            "SELECT DISTINCT schema_name FROM duckdb_tables() WHERE database_name = 'released'"
        ).fetchall()
    assert claim.comment == "One claim, it's said"
    assert schemas == [("marts",)]


def test_two_releases_of_one_candidate_have_the_same_contents(
    call: dict[str, Any], build: Builder, tmp_path: Path
) -> None:
    """Given one candidate, another with its rows in another order, and one with other figures
    When all are released
    Then the first two have the same content hashes, and the third differs where the figures do.
    """
    shuffled = tmp_path / "shuffled.duckdb"
    shutil.copy(call["candidate"], shuffled)
    with duckdb.connect(str(shuffled)) as connection:
        connection.execute("CREATE TEMP TABLE kept AS FROM marts.lineage")
        connection.execute("DELETE FROM marts.lineage")
        connection.execute("INSERT INTO marts.lineage FROM kept ORDER BY lineage_id DESC, part")
    other = build("other.duckdb", added=1)
    tables = [
        release_marts(**{**call, "candidate": path, "releases": tmp_path / path.stem}).manifest
        for path in (call["candidate"], shuffled, other)
    ]

    assert tables[0].tables == tables[1].tables
    changed = {name for name in PROMISED_TABLES if tables[0].tables[name] != tables[2].tables[name]}
    assert changed == {"metric_value"}


def test_rows_are_in_one_order(call: dict[str, Any]) -> None:
    """Given a release
    When a table is read from the database and from Parquet without asking for an order
    Then both give the rows sorted by their columns from the left.
    """
    release = release_marts(**call)

    parquet = release.path / "parquet" / "lineage.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
        rows = connection.execute("FROM released.marts.lineage").fetchall()
        assert connection.execute(f"FROM '{parquet}'").fetchall() == rows
    assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)


def test_a_synthetic_file_makes_the_release_synthetic(call: dict[str, Any], build: Builder) -> None:
    """Given a candidate built from a demonstration file
    When it is released
    Then the manifest says synthetic.
    """
    call["candidate"] = build("synthetic.duckdb", synthetic=True)

    assert release_marts(**call).manifest.is_synthetic


def test_the_next_release_names_the_one_before(call: dict[str, Any], build: Builder) -> None:
    """Given a release
    When other inputs are released later
    Then the pointer moves, the old folder stays as it was, and the new one names it.
    """
    first = release_marts(**call)
    second = release_marts(**_next(call, build))

    assert current_release(call["releases"]) == second
    assert second.manifest.previous == first.id
    assert verify(first) == []
    assert first.id < second.id


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"outcome": "bad_data"}', "bad_data"),
        ('{"outcome": null}', "None"),
        ('{"result": "passed"}', "outcome"),
        ("[]", "audit"),
        ("not json", "audit"),
        (None, "audit"),
    ],
)
def test_an_audit_that_did_not_pass_is_refused(
    call: dict[str, Any], written: str | None, said: str
) -> None:
    """Given quality results that do not say passed, or none
    When a release is asked for
    Then it is refused and nothing appears.
    """
    path = call["quality"] / "quality.json"
    path.unlink()
    if written is not None:
        path.write_text(written)

    with pytest.raises(ReleaseRefusedError, match=said):
        release_marts(**call)
    assert _seen(call["releases"]) == ()


def test_an_audit_of_something_else_is_refused(call: dict[str, Any]) -> None:
    """Given quality results that passed, but name another candidate
    When a release is asked for
    Then it is refused.
    """
    written = json.dumps({"outcome": "passed", "candidate": "yesterday.duckdb"})
    (call["quality"] / "quality.json").write_text(written)

    with pytest.raises(ReleaseRefusedError, match=r"yesterday\.duckdb"):
        release_marts(**call)


@pytest.mark.parametrize("statement", ["DROP TABLE marts.claim", "DELETE FROM marts.claim"])
def test_a_promise_not_kept_is_refused(call: dict[str, Any], statement: str) -> None:
    """Given a candidate without a promised table, or with an empty one
    When a release is asked for
    Then it is refused, and the table named.
    """
    with duckdb.connect(str(call["candidate"])) as connection:
        connection.execute(statement)

    with pytest.raises(ReleaseRefusedError, match="claim"):
        release_marts(**call)
    assert _seen(call["releases"]) == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE VIEW marts.seen AS SELECT 1 AS x", "view"),
        ("CREATE TABLE marts.nested AS SELECT [1] AS x", "scalar"),
        ("CREATE TABLE marts.huge AS SELECT 1::HUGEINT AS x", "Parquet"),
    ],
)
def test_what_would_not_survive_is_refused(call: dict[str, Any], statement: str, said: str) -> None:
    """Given a mart that is a view, holds lists, or has a type that Parquet changes
    When a release is asked for
    Then it fails by name, and leaves no folder.
    """
    with duckdb.connect(str(call["candidate"])) as connection:
        connection.execute(statement)

    with pytest.raises(ReleaseError, match=said):
        release_marts(**call)
    assert _seen(call["releases"]) == ()


def test_a_log_beside_the_candidate_is_refused(call: dict[str, Any]) -> None:
    """Given a candidate that was not closed
    When a release is asked for
    Then it is refused: what is in the log would be lost.
    """
    Path(f"{call['candidate']}.wal").write_bytes(b"rows that were never checkpointed")

    with pytest.raises(ReleaseRefusedError, match="wal"):
        release_marts(**call)


def test_no_candidate_is_refused(call: dict[str, Any], tmp_path: Path) -> None:
    """Given a path where no candidate is
    When a release is asked for
    Then it is refused, and DuckDB does not make an empty one there.
    """
    call["candidate"] = tmp_path / "nowhere.duckdb"

    with pytest.raises(ReleaseRefusedError, match="no candidate"):
        release_marts(**call)
    assert not call["candidate"].exists()


def test_a_damaged_candidate_is_refused(call: dict[str, Any]) -> None:
    """Given a candidate cut in half
    When a release is asked for
    Then a clear error says that nothing was released, and nothing was.
    """
    whole = call["candidate"].read_bytes()
    call["candidate"].write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ReleaseError, match="nothing was released"):
        release_marts(**call)
    assert _seen(call["releases"]) == ()


def test_a_full_disk_is_said_beforehand(
    call: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a disk with less than four times the candidate's size free
    When a release is asked for
    Then it fails before writing, with both sizes in the message.
    """
    usage = shutil.disk_usage(call["candidate"].parent)
    free = 4 * call["candidate"].stat().st_size - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))

    with pytest.raises(NotEnoughSpaceError, match="MB free"):
        release_marts(**call)
    assert _seen(call["releases"]) == ()


def test_a_disk_that_fills_up_leaves_nothing_behind(
    call: dict[str, Any], build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release, and a disk that fills while the next one is copied
    When the next one is asked for
    Then it fails, its folder is removed, and the first one still stands.
    """
    first = release_marts(**call)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(ReleaseError, match="No space left"):
        release_marts(**_next(call, build))
    assert current_release(call["releases"]) == first
    assert _seen(call["releases"]) == (first.id, "current")


def test_the_same_run_twice_is_one_release(call: dict[str, Any]) -> None:
    """Given a run that released, and whose candidate has been cleared away
    When it is tried again later
    Then its own release is given back.
    """
    first = release_marts(**call)
    call["candidate"].unlink()

    assert release_marts(**{**call, "now": call["now"] + timedelta(hours=1)}) == first
    assert _seen(call["releases"]) == (first.id, "current")


def test_the_same_contents_again_make_no_release(call: dict[str, Any]) -> None:
    """Given a release
    When another run brings the same contents from the same inputs
    Then the release that stands is given back.
    """
    first = release_marts(**call)

    again = release_marts(**{**call, "run_id": "run-2", "now": call["now"] + timedelta(hours=1)})
    assert again == first


def test_an_overtaken_attempt_is_refused(call: dict[str, Any], build: Builder) -> None:
    """Given a run that began before the current release was made
    When it wakes up and tries to release
    Then it is refused: by its time, and by the release it believed to be current.
    """
    late = {**call, "run_id": "zombie", "inputs_fingerprint": "deadbeef"}
    late["candidate"] = build("late.duckdb", added=9)
    first = release_marts(**_next(call, build))

    with pytest.raises(StaleReleaseError, match="overtaken"):
        release_marts(**late)
    with pytest.raises(StaleReleaseError, match="run again"):
        release_marts(**{**late, "now": call["now"] + timedelta(days=2)}, follows=None)
    assert current_release(call["releases"]) == first
    later = {**late, "now": call["now"] + timedelta(days=2)}
    assert release_marts(**later, follows=first.id).manifest.previous == first.id


def test_a_damaged_current_release_can_be_replaced(call: dict[str, Any], build: Builder) -> None:
    """Given a current release whose manifest is damaged
    When the next one is released
    Then it stands, and names the damaged one as the one before.
    """
    first = release_marts(**call)
    (first.path / "manifest.json").chmod(0o644)
    (first.path / "manifest.json").write_text("{")

    second = release_marts(**_next(call, build))
    assert current_release(call["releases"]) == second
    assert second.manifest.previous == first.id


@pytest.mark.parametrize("content", [None, b"garbled"])
@pytest.mark.parametrize("has_losses", [False, True])
def test_a_current_release_without_its_database_is_replaced(
    call: dict[str, Any], content: bytes | None, has_losses: bool
) -> None:
    """Given a current release whose marts.duckdb is deleted or garbled
    When the same contents come again, or fewer figures
    Then a new whole release is current; figures lost are still seen in its Parquet.
    """
    first = release_marts(**call)
    first.marts.unlink()
    if content is not None:
        first.marts.write_bytes(content)
    later = call | {"run_id": "run-2", "now": call["now"] + timedelta(days=1)}
    if has_losses:
        with duckdb.connect(str(call["candidate"])) as connection:
            connection.execute("DELETE FROM marts.metric_value WHERE period_type = 'quarter'")
        with pytest.raises(ReleaseRefusedError, match="would be lost"):
            release_marts(**later)
        (first.path / "parquet" / "metric_value.parquet").unlink()

    second = release_marts(**later)

    assert second.id != first.id
    assert current_release(call["releases"]) == second
    assert verify(second) == []


def test_left_overs_are_cleared(call: dict[str, Any]) -> None:
    """Given a half-written folder and a waiting link of a killed run
    When a release is made
    Then both are gone.
    """
    partial = call["releases"] / ".20260101T000000Z-0badc0de.partial"
    (partial / "parquet").mkdir(parents=True)
    (partial / "parquet" / "claim.parquet").write_bytes(b"half")
    (call["releases"] / ".current.20260101T000000Z-0badc0de").symlink_to("nowhere")

    release = release_marts(**call)
    assert _seen(call["releases"]) == (release.id, "current")


def test_how_far_it_is_is_told_to_the_end(call: dict[str, Any]) -> None:
    """Given a release, when it is made, then what is told goes up to all of it, pages included."""
    told: list[tuple[str, int, int]] = []
    release_marts(**call, report=lambda what, done, total: told.append((what, done, total)))
    assert [done for _, done, _ in told] == list(range(1, told[-1][2] + 1))
    assert [what for what, _, _ in told][-2:] == ["pages written", "looked through"]
    assert len({total for _, _, total in told}) == 1


def test_a_lock_that_is_held_is_said(call: dict[str, Any]) -> None:
    """Given a run that asks for a release while another one is at it
    When it calls
    Then it fails at once, names the holder, and disturbs nothing.
    """
    messages: list[str] = []

    def meanwhile(*_: object) -> None:
        with pytest.raises(ReleaseLocked) as refused:
            release_marts(**{**call, "run_id": "run-2"})
        messages.append(str(refused.value))

    release = release_marts(**call, report=meanwhile)
    assert verify(release) == []
    assert messages
    assert "run-1" in messages[0]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("inputs_fingerprint", "short"), ("now", datetime(2026, 6, 9, 1, 2, 3))],  # noqa: DTZ001
)
def test_a_wrong_argument_is_said(call: dict[str, Any], argument: str, value: object) -> None:
    """Given a fingerprint that is no hex, or a time without a zone
    When a release is asked for
    Then the argument is named.
    """
    with pytest.raises(ValueError, match=argument):
        release_marts(**{**call, argument: value})


def test_the_id_is_in_utc(call: dict[str, Any]) -> None:
    """Given a time in another zone
    When a release is made
    Then its id has the UTC time.
    """
    auckland = call["now"].astimezone(datetime.strptime("+1300", "%z").tzinfo)

    assert release_marts(**{**call, "now": auckland}).id.startswith("20260609T010203Z")
    assert auckland.astimezone(UTC) == call["now"]


def test_every_file_is_durable_before_the_pointer_moves(
    call: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release whose system calls are written down
    When it is made
    Then every file and folder is synced before the rename, and the parent after each move.
    """
    calls: list[tuple[str, str]] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def noted_fsync(handle: int) -> None:
        calls.append(("fsync", str(Path(f"/proc/self/fd/{handle}").readlink())))
        fsync(handle)

    def noted_rename(path: Path, target: Path) -> Path:
        calls.append(("rename", str(path)))
        return rename(path, target)

    def noted_replace(path: Path, target: Path) -> Path:
        calls.append(("replace", str(path)))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    monkeypatch.setattr(Path, "replace", noted_replace)
    release = release_marts(**call)

    kinds = [kind for kind, _ in calls]
    rename_at, replace_at = kinds.index("rename"), kinds.index("replace")
    partial = Path(calls[rename_at][1])
    synced = {Path(path).relative_to(partial) for _, path in calls[:rename_at]}
    held = {path.relative_to(release.path) for path in release.path.rglob("*")}
    assert synced == held | {Path()}
    assert calls[rename_at + 1 : replace_at] == [("fsync", str(call["releases"]))]
    beside = [call["releases"], call["releases"] / "log.jsonl", call["releases"]]
    assert calls[replace_at + 1 :] == [("fsync", str(path)) for path in beside]


def _next(call: dict[str, Any], build: Builder) -> dict[str, Any]:
    """The arguments of the night after, with other figures."""
    return {
        **call,
        "candidate": build("next.duckdb", added=5),
        "inputs_fingerprint": "facade00" * 8,
        "run_id": "run-next",
        "now": call["now"] + timedelta(days=1),
    }


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM marts.metric_value WHERE metric_id = 'delayed_days' AND period_type = 'month'",
        "UPDATE marts.metric_value SET value = NULL, value_status = 'missing'"
        " WHERE metric_id = 'delayed_days' AND period_type = 'month'",
    ],
)
def test_figures_that_would_be_lost_stop_the_release(
    call: dict[str, Any], build: Builder, loss: str
) -> None:
    """Given a candidate without figures of the current release
    When it is released
    Then it is refused by metric and number, unless the loss is accepted.
    """
    first = release_marts(**call)
    following = _next(call, build)
    with duckdb.connect(str(following["candidate"])) as connection:
        connection.execute(loss)
    with pytest.raises(ReleaseRefusedError, match=r"delayed_days: [\d,]+ figures of"):
        release_marts(**following)
    standing = current_release(call["releases"])
    assert standing is not None
    assert standing.id == first.id
    assert release_marts(**following, accept_losses=True).id != first.id
    noted = read_log(call["releases"])[-1].because
    assert noted.startswith(f"with JOINEDUP_ACCEPT_LOSSES, figures of {first.id} would be lost:")


def test_a_figure_suppressed_by_a_newer_vintage_is_not_a_loss(
    call: dict[str, Any], build: Builder
) -> None:
    """Given a candidate in which the publisher has withheld a figure
    When it is released
    Then that stops nothing.
    """
    first = release_marts(**call)
    following = _next(call, build)
    with duckdb.connect(str(following["candidate"])) as connection:
        connection.execute(
            "UPDATE marts.metric_value SET value = NULL, value_status = 'suppressed'"
        )
    assert release_marts(**following).id != first.id


@pytest.mark.parametrize("day", ["DATE '2015-07-09'", "NULL"])
def test_figures_of_an_older_vintage_stop_the_release(
    call: dict[str, Any], build: Builder, day: str
) -> None:
    """Given a release, and a candidate that gives one of its figures from an earlier file
    When the candidate is released
    Then it is refused with the metric and how many; a later file, or a word, lets it through.
    """
    first = release_marts(**call)
    following = _next(call, build)
    with duckdb.connect(str(following["candidate"])) as connection:
        connection.execute(
            f"UPDATE marts.metric_value SET published_on = {day} "  # noqa: S608
            "WHERE period_start = DATE '2015-05-01'"
        )
    with pytest.raises(ReleaseRefusedError, match="older vintage:\n  - delayed_days: 1 figures"):
        release_marts(**following)
    assert current_release(call["releases"]) == first
    with duckdb.connect(str(following["candidate"])) as connection:
        connection.execute("UPDATE marts.metric_value SET published_on = DATE '2016-01-14'")
    assert release_marts(**following).id != first.id
