"""The copy of the marts in a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest
import typer
import yaml
from typer.testing import CliRunner

import publishing.release
from joinedup import postgres_cli
from joinedup.postgres_marts import copy_marts
from joinedup.secret_files import write_secret
from joinedup.settings import PROJECT_ROOT
from publishing import postgres_copy
from publishing.mart_keys import ALSO_SOUGHT, KEYS
from publishing.mart_tables import describe
from publishing.pointer import Release, ReleaseError
from publishing.postgres_copy import Copied, PostgresCopyError, Target, copy_release
from publishing.release import release_marts
from tests.publishing.few_marts import MARTS, write_candidate, write_quality
from tests.servers import Server, create_database, postgres_server

NOW = datetime(2026, 6, 10, 4, 5, 6, tzinfo=UTC)
OLD_SUM, NEW_SUM = 3015.0, 3030.0
SUM = (
    "SELECT (SELECT release_id FROM marts.release), sum(value) "
    "FROM marts.metric_value WHERE period_type = 'month'"
)
AWKWARD = ["", " ", "NULL", "\\N", "\\.", 'say "so"', "a,b;c\t", "two\nlines\r\n", "£–é 𝛼", "'"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One PostgreSQL for all tests here, with a role that reads."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as running:
        _do(running.url, "CREATE ROLE marts_reader LOGIN PASSWORD 'reads-the-marts'")
        yield running


_number = count(1)


@pytest.fixture
def target(server: Server) -> Target:
    """An empty database for one test."""
    address = create_database(server, f"marts_{next(_number)}")
    return Target(address, reader="marts_reader", patience_seconds=0.3)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> tuple[Release, Release]:
    """Two releases, of which the second is synthetic and has other figures; only to be read."""
    folder = tmp_path_factory.mktemp("two")
    quality = write_quality(folder / "quality")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
        made = [
            release_marts(
                _candidate(folder / f"{added}.duckdb", added),
                quality,
                folder / "home" / "releases",
                inputs_fingerprint=f"0000000{added}",
                run_id=f"run-{added}",
                now=now + timedelta(days=added),
            )
            for added in (0, 5)
        ]
    return made[0], made[1]


def _candidate(path: Path, added: int) -> Path:
    """Write a few marts with comments and awkward texts; shifted figures are synthetic."""
    write_candidate(path, added)
    with duckdb.connect(str(path)) as connection:
        for number, text in enumerate(AWKWARD):
            connection.execute(
                "INSERT INTO marts.metric (metric_id, title, definition, multiplier) "
                "VALUES (?, ?, NULL, ?)",
                [f"awkward {number}", text, 0.1 + 2.0**number * 10.0 ** (number * 7)],
            )
        connection.execute("COMMENT ON TABLE marts.metric_value IS 'One figure, it''s said'")
        connection.execute("COMMENT ON COLUMN marts.metric_value.value IS 'The figure; unit: %s'")
        connection.execute(
            "UPDATE marts.source_file SET is_synthetic = ?, fetched_at = '2015-08-13 04:05:06.789'",
            [added > 0],
        )
    return path


def _do(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def _ask(address: str, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _copy(release: Release, target: Target, **more: Any) -> Copied:
    return copy_release(release, target, now=NOW, **more)


def _as_reader(target: Target) -> str:
    return f"postgresql://marts_reader:reads-the-marts@{target.address.split('@')[1]}"


def _schemas(target: Target) -> list[str]:
    found = _ask(target.address, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'marts%'")
    return [name for (name,) in found]


# --- what is copied ----------------------------------------------------------------------------


def test_every_row_type_comment_and_key_arrives(
    two: tuple[Release, Release], target: Target
) -> None:
    """Given a release with awkward texts and numbers
    When it is copied
    Then each value is in PostgreSQL as in the release, with types, comments, keys and rights.
    """
    release = two[0]

    copied = _copy(release, target)

    assert (copied.tables, copied.is_new) == (len(MARTS), True)
    with duckdb.connect() as marts:
        marts.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
        tables = describe(marts, "released")
        for table in tables:
            kept = marts.execute(f"FROM released.marts.{table.name}").fetchall()
            there = _ask(_as_reader(target), f"TABLE marts.{table.name}")
            assert sorted(there, key=repr) == sorted(kept, key=repr), table.name
            assert table.name in KEYS or table.name in ("quality_result", "release_change", "run")
    titles = _ask(target.address, "SELECT title FROM marts.metric WHERE metric_id ~ 'awkward'")
    assert sorted(title for (title,) in titles) == sorted(AWKWARD)
    assert _comments(target) >= {
        ("metric_value", None, "One figure, it's said"),
        ("metric_value", "value", "The figure; unit: %s"),
    }
    assert ("metric_value", KEYS["metric_value"]) in _primary_keys(target)
    assert _ask(
        target.address, "SELECT release_id, is_synthetic, copied_at FROM marts.release"
    ) == [(release.id, False, NOW)]


def _comments(target: Target) -> set[tuple[str, str | None, str]]:
    return set(
        _ask(
            target.address,
            "SELECT relname, attname, description FROM pg_description "
            "JOIN pg_class ON pg_class.oid = objoid LEFT JOIN pg_attribute "
            "ON attrelid = objoid AND attnum = objsubid AND objsubid > 0 "
            "WHERE relnamespace = 'marts'::regnamespace",
        )
    )


def _primary_keys(target: Target) -> set[tuple[str, tuple[str, ...]]]:
    found = _ask(
        target.address,
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) "
        "FROM information_schema.key_column_usage WHERE table_schema = 'marts' "
        "AND constraint_name LIKE '%\\_pkey' GROUP BY table_name",
    )
    return {(table, tuple(columns)) for table, columns in found}


def test_the_keys_are_those_that_the_contracts_promise() -> None:
    """Given the models' tests of keys, and the keys that are made in PostgreSQL
    When they are compared
    Then they are the same: a mart that is added or keyed anew has to be told here.
    """
    promised = {}
    for path in (PROJECT_ROOT / "dbt_project" / "models" / "marts").glob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            for test in model["data_tests"]:
                if isinstance(test, dict) and "unique_combination" in test:
                    columns = test["unique_combination"]["arguments"]["columns"]
                    promised[model["name"]] = tuple(columns)
    assert len(promised) > 20
    assert dict(KEYS) == promised
    assert set(ALSO_SOUGHT) <= set(KEYS)


def test_the_reading_role_reads_and_no_more(two: tuple[Release, Release], target: Target) -> None:
    """Given a copy
    When the reading role writes, empties, or makes something of its own
    Then PostgreSQL refuses each.
    """
    _copy(two[0], target)
    for statement in (
        "DELETE FROM marts.metric",
        "UPDATE marts.release SET is_synthetic = false",
        "TRUNCATE marts.source_file",
        "CREATE TABLE marts.mine (a int)",
        "DROP TABLE marts.source_file",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _do(_as_reader(target), statement)


def test_synthetic_figures_say_so(two: tuple[Release, Release], target: Target) -> None:
    """Given a release of synthetic files
    When it is copied
    Then the table `release` and the comment of the schema say it.
    """
    _copy(two[1], target)
    assert _ask(target.address, "SELECT is_synthetic FROM marts.release") == [(True,)]
    ((says,),) = _ask(target.address, "SELECT obj_description('marts'::regnamespace)")
    assert "SYNTHETIC" in says


# --- again, back, and when it fails ------------------------------------------------------------


def test_the_same_release_again_is_nothing_to_do(
    two: tuple[Release, Release], target: Target
) -> None:
    """Given a copy
    When the same release is copied again, and once more after one table was dropped by hand
    Then the first time nothing is touched, and the second it is made whole.
    """
    _copy(two[0], target)
    tables = "SELECT oid FROM pg_class WHERE relnamespace = 'marts'::regnamespace ORDER BY 1"
    before = _ask(target.address, tables)

    assert not _copy(two[0], target).is_new
    assert _ask(target.address, tables) == before

    _do(target.address, "DROP TABLE marts.source_file")
    assert _copy(two[0], target).is_new
    assert _ask(_as_reader(target), "SELECT count(*) FROM marts.source_file") == [(1,)]
    assert _copy(two[0], target, again=True).is_new


def test_a_reader_named_later_may_read(two: tuple[Release, Release], target: Target) -> None:
    """Given a copy without a reader
    When one is named and the same release is copied again
    Then nothing is copied, and it may read.
    """
    _copy(two[0], replace(target, reader=None))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        _ask(_as_reader(target), SUM)
    assert not _copy(two[0], target).is_new
    assert _ask(_as_reader(target), SUM) == [(two[0].id, OLD_SUM)]


def test_a_rollback_is_followed(two: tuple[Release, Release], target: Target) -> None:
    """Given a copy of the newer release
    When readers of the files were sent back to the older, and that is copied
    Then the database has the older figures, too.
    """
    _copy(two[1], target)
    assert _ask(_as_reader(target), SUM) == [(two[1].id, NEW_SUM)]
    _copy(two[0], target)
    assert _ask(_as_reader(target), SUM) == [(two[0].id, OLD_SUM)]


def test_a_failed_copy_leaves_the_old_one(
    two: tuple[Release, Release], target: Target, tmp_path: Path
) -> None:
    """Given a copy, and a second release
    When its copy fails: no such role, rows that are not as promised, damage, a view on the old
    Then each time it says why, the old copy stands, and nothing else is left.
    """
    _copy(two[0], target)
    _do(target.address, "CREATE VIEW public.mine AS SELECT * FROM marts.source_file")

    with pytest.raises(PostgresCopyError, match="no role nobody_here"):
        _copy(two[1], Target(target.address, reader="nobody_here"))
    with pytest.raises(PostgresCopyError, match=r"public\.mine|view mine"):
        _copy(two[1], target)
    manifest = two[1].manifest
    fewer = manifest.tables["metric"].model_copy(update={"rows": 1})
    other = manifest.model_copy(update={"tables": {**manifest.tables, "metric": fewer}})
    with pytest.raises(PostgresCopyError, match=r"metric has .* rows"):
        _copy(Release(two[1].id, two[1].path, other), target)
    damaged = Release(two[1].id, tmp_path, manifest)
    damaged.marts.write_bytes(two[1].marts.read_bytes() + b"x")
    with pytest.raises(ReleaseError, match="damaged"):
        _copy(damaged, target)

    assert _ask(_as_reader(target), SUM) == [(two[0].id, OLD_SUM)]
    assert _schemas(target) == ["marts"]
    assert _ask(target.address, "SELECT count(*) FROM public.mine") == [(1,)]


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(1, marks=pytest.mark.long),
        3,
        pytest.param(len(MARTS), marks=pytest.mark.long),
    ],
)
def test_a_killed_copy_leaves_the_old_one(
    two: tuple[Release, Release], target: Target, tmp_path: Path, tables: int
) -> None:
    """Given a copy, and one of the next release that is killed after some tables or all of them
    When the database is read, and the copy is tried again
    Then the old marts are there whole and nothing else, and afterwards the new ones.
    """
    _copy(two[0], target)
    script = Path(__file__).with_name("holding_copy.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(two[0].path.parent), str(tables)],
        env={
            "PYTHONPATH": str(PROJECT_ROOT),
            "PATH": os.environ["PATH"],
            "JOINEDUP_MARTS_DATABASE": target.address,
        },
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        process.send_signal(signal.SIGKILL)
    assert _ask(_as_reader(target), SUM) == [(two[0].id, OLD_SUM)]

    assert _copy(two[1], target).is_new  # waits until the server has cleared up after the killed

    assert _ask(_as_reader(target), SUM) == [(two[1].id, NEW_SUM)]
    assert _schemas(target) == ["marts"]


# --- readers during the swap -------------------------------------------------------------------


@contextmanager
def _reading(target: Target) -> Iterator[list[tuple[Any, ...]]]:
    """Read without a pause in a thread: figures and release, in two statements of a transaction."""
    seen: list[tuple[Any, ...]] = []
    done, begun = threading.Event(), threading.Event()

    def read() -> None:
        with closing(psycopg2.connect(_as_reader(target))) as connection:
            while not done.is_set():
                try:
                    with connection, connection.cursor() as cursor:
                        cursor.execute("SELECT release_id FROM marts.release")
                        (named,) = cursor.fetchone()
                        cursor.execute(SUM)
                        seen.append((named, *cursor.fetchone()))
                except psycopg2.Error as error:
                    seen.append(("broken", str(error)))
                begun.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(30)
    try:
        yield seen
    finally:
        done.set()
        reader.join()


def test_readers_see_the_old_or_the_new_and_never_none(
    two: tuple[Release, Release], target: Target
) -> None:
    """Given two readers that ask without a pause, each twice in one transaction
    When the marts are swapped four times
    Then no question fails, and each transaction has one release, with its own figures.
    """
    patient = Target(target.address, reader="marts_reader", patience_seconds=60)
    _copy(two[0], patient)
    with _reading(target) as first, _reading(target) as second:
        for release in (two[1], two[0]) * 2:
            _copy(release, patient)
    seen = {*first, *second}
    assert seen == {(two[0].id, two[0].id, OLD_SUM), (two[1].id, two[1].id, NEW_SUM)}
    assert len(first) > 10


def test_a_transaction_older_than_the_swap_is_not_shown_empty_tables(
    two: tuple[Release, Release], target: Target
) -> None:
    """Given a reader whose transaction keeps to one moment, and has not asked for a mart yet
    When the marts are swapped and it asks
    Then it gets figures.
    """
    _copy(two[0], target)
    with closing(psycopg2.connect(_as_reader(target))) as reader, reader.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        _copy(two[1], target)
        cursor.execute(SUM)
        assert cursor.fetchone() == (two[1].id, NEW_SUM)


def test_a_reader_that_does_not_end_keeps_what_it_reads(
    two: tuple[Release, Release], target: Target
) -> None:
    """Given a reader that is in the middle of its transaction
    When a copy has waited for it as long as it may
    Then the copy gives up and says why, and the reader goes on with the old marts.
    """
    _copy(two[0], target)
    with closing(psycopg2.connect(_as_reader(target))) as reader, reader.cursor() as cursor:
        cursor.execute(SUM)
        with pytest.raises(PostgresCopyError, match="others read the marts"):
            _copy(two[1], target)
        cursor.execute(SUM)
        assert cursor.fetchone() == (two[0].id, OLD_SUM)
    assert _copy(two[1], target).is_new


# --- the command -------------------------------------------------------------------------------

app = typer.Typer()
postgres_cli.add_commands(app)
app.command("another")(lambda: None)


def test_the_command_copies_the_current_release(
    two: tuple[Release, Release],
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given settings that name a database, its password in a file
    When the command is given twice, and once for the release before
    Then it copies, says it has nothing to do, and copies the other.
    """
    user, password = target.address.removeprefix("postgresql://").split("@")[0].split(":")
    key = tmp_path / "password"
    write_secret(key, f"{password}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(two[0].path.parent.parent))
    address = f"postgresql+psycopg2://{user}@{target.address.split('@')[1]}"
    monkeypatch.setenv("JOINEDUP_MARTS_DATABASE", address)
    monkeypatch.setenv("JOINEDUP_MARTS_PASSWORD_FILE", str(key))
    monkeypatch.setenv("JOINEDUP_MARTS_READER", "marts_reader")

    said = [CliRunner().invoke(app, ["publish-postgres", *more]) for more in ([], [], [two[0].id])]

    assert [one.exit_code for one in said] == [0, 0, 0]
    assert f"{two[1].id} copied" in said[0].output
    assert "is there already" in said[1].output
    assert _ask(_as_reader(target), SUM) == [(two[0].id, OLD_SUM)]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://joinedup:pass-word-1234@127.0.0.1:1/marts",
        "postgresql://joinedup:pass-word-1234@@:/x:y/marts",
        "mysql pass-word-1234",
    ],
)
def test_no_password_is_shown(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two: tuple[Release, Release]
) -> None:
    """Given an address that cannot be reached, or is none
    When the command is given
    Then it ends with 1 and says what is wrong, but not the password.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(two[0].path.parent.parent))
    monkeypatch.setenv("JOINEDUP_MARTS_DATABASE", address)
    said = CliRunner().invoke(app, ["publish-postgres"])
    assert said.exit_code == 1
    assert "Nothing was copied" in said.output
    assert "pass-word" not in said.output


def test_where_only_loads_are_installed_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two: tuple[Release, Release]
) -> None:
    """Given an environment without psycopg2, which only a server has
    When the command is given
    Then it ends with 1, and says what is missing and how to get it.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(two[0].path.parent.parent))
    monkeypatch.setenv("JOINEDUP_MARTS_DATABASE", "postgresql://somebody@127.0.0.1:1/marts")
    monkeypatch.setattr(postgres_copy, "find_spec", lambda _name: None)
    said = CliRunner().invoke(app, ["publish-postgres"])
    assert said.exit_code == 1
    assert "psycopg2 is not installed" in said.output
    assert "requirements-server.lock" in said.output


def test_the_step_copies_the_current_release_or_nothing(
    two: tuple[Release, Release],
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given settings without a database, and then with one
    When the step of the nightly copy runs
    Then it copies nothing, and then the current release, and says so in small words.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(two[0].path.parent.parent))
    assert copy_marts("a run") == {"copied": False}
    monkeypatch.setenv("JOINEDUP_MARTS_DATABASE", target.address)
    monkeypatch.setenv("JOINEDUP_MARTS_READER", "marts_reader")
    rows = sum(table.rows for table in two[1].manifest.tables.values())
    copied = {"copied": True, "release_id": two[1].id, "rows": rows}
    assert copy_marts("a run") == {**copied, "is_new": True}
    assert copy_marts("a run") == {**copied, "is_new": False}
    assert _ask(_as_reader(target), SUM) == [(two[1].id, NEW_SUM)]


def test_without_a_database_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no database in the settings
    When the command is given
    Then it ends with 1 and names the setting.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    monkeypatch.delenv("JOINEDUP_MARTS_DATABASE", raising=False)
    said = CliRunner().invoke(app, ["publish-postgres"])
    assert (said.exit_code, "JOINEDUP_MARTS_DATABASE" in said.output) == (1, True)
