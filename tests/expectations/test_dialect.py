"""The read-only dialect by itself: it reads, lets rows outlive a connection, and can do no harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy import types as sqltypes
from sqlalchemy.exc import DBAPIError, NoSuchTableError

from expectations.dialect import DRIVER, ReadOnlyDuckDBDialect, read_only_url, register

CONTENTS = """
    CREATE SCHEMA marts; CREATE SCHEMA lake;
    CREATE TABLE marts.figure (
      area_code VARCHAR NOT NULL, value DOUBLE, days BIGINT, month DATE, share DECIMAL(9, 3),
      is_final BOOLEAN, part INTEGER, total HUGEINT, seen TIMESTAMP, tags VARCHAR[]);
    INSERT INTO marts.figure (area_code, value, month)
      SELECT 'E' || i, i / 2, DATE '2015-04-01' + CAST(i % 30 AS INTEGER) FROM range(5000) AS t(i);
    CREATE TABLE figure (other INTEGER);
    CREATE VIEW marts.derived AS SELECT area_code, value FROM marts.figure;
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file with a table, a view on it, and a view on a Parquet file beside it."""
    path = tmp_path / "candidate.duckdb"
    parquet = tmp_path / "lake.parquet"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CONTENTS)
        connection.execute(f"COPY marts.figure (area_code) TO '{parquet}'")
        connection.execute(f"CREATE VIEW lake.observation AS FROM read_parquet('{parquet}')")
    return path


@pytest.fixture
def engine(file: Path) -> Engine:
    """An engine over that file."""
    return create_engine(read_only_url(file))


def test_name_leads_to_the_dialect(file: Path) -> None:
    """Given the registered name, when an engine is made, then it is the read-only dialect."""
    register()
    engine = create_engine(f"{DRIVER}:///{file}")
    assert isinstance(engine.dialect, ReadOnlyDuckDBDialect)
    assert engine.dialect.name == "duckdb"
    assert engine.dialect.driver == "joinedup_readonly"


def test_name_is_known_without_installing(file: Path) -> None:
    """Given a fresh interpreter, when only the address is asked for, then SQLAlchemy takes it."""
    code = (
        "import sys; from pathlib import Path; from sqlalchemy import create_engine, text\n"
        "from expectations.dialect import read_only_url\n"
        "with create_engine(read_only_url(Path(sys.argv[1]))).connect() as connection:\n"
        "    print(connection.execute(text('SELECT count(*) FROM marts.figure')).scalar())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.stdout.strip() == "5000"


def test_rows_outlive_their_connection(engine: Engine) -> None:
    """Given a query whose connection was closed, when fetched at last, then every row is there."""
    with engine.connect() as connection:
        result = connection.execute(text("SELECT area_code FROM marts.figure ORDER BY value"))
    rows = result.fetchall()
    assert len(rows) == 5000
    assert rows[-1] == ("E4999",)


def test_rows_outlive_a_rollback(engine: Engine) -> None:
    """Given a query half read, when the connection rolls back, then the other half is there."""
    with engine.connect() as connection:
        result = connection.execute(text("SELECT area_code FROM marts.figure"))
        first = result.fetchmany(10)
        connection.rollback()
        assert len(first) + len(result.fetchall()) == 5000


def test_failed_query_spoils_nothing(engine: Engine) -> None:
    """Given a query that fails, when another follows on the same connection, then it works."""
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT no_such_column FROM marts.figure"))
        assert connection.execute(text("SELECT count(*) FROM marts.derived")).scalar() == 5000


@pytest.mark.parametrize(
    "harm",
    [
        "CREATE TABLE marts.more (a INTEGER)",
        "CREATE OR REPLACE VIEW marts.derived AS SELECT 1",
        "INSERT INTO marts.figure (area_code) VALUES ('E1')",
        "UPDATE marts.figure SET value = 0",
        "DELETE FROM marts.figure",
        "DROP TABLE marts.figure",
        "COPY marts.figure TO 'stolen.csv'",
        "EXPORT DATABASE 'stolen'",
        "ATTACH 'other.duckdb'",
        "ATTACH ':memory:' AS scratch",
        "FROM read_csv('passwords.csv')",
        "FROM read_text('passwords.txt')",
        "FROM glob('*')",
        "FROM lake.observation",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
    ],
)
def test_harm_is_refused(engine: Engine, harm: str) -> None:
    """Given SQL that writes, reaches other files or loosens the lock, then DuckDB refuses it."""
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(harm)).fetchall()


@pytest.fixture
def lake_engine(file: Path) -> Engine:
    """An engine over that file that may read the folder of the Parquet file, and nothing else."""
    (file.parent.parent / "passwords.txt").write_text("secret")
    return create_engine(read_only_url(file, lake=file.parent))


def test_views_on_the_lake_are_read(lake_engine: Engine) -> None:
    """Given the lake's folder, when two connections read a view on its files, then both can."""
    with lake_engine.connect() as one, lake_engine.connect() as other:
        for connection in (one, other):
            found = connection.execute(text("SELECT count(*) FROM lake.observation"))
            assert found.scalar() == 5000


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM marts.figure",
        "COPY marts.figure TO '../stolen.csv'",
        "FROM read_text('../passwords.txt')",
        "ATTACH '../other.duckdb'",
        "SET allowed_directories = ['/']",
        "SET enable_external_access = true",
    ],
)
def test_the_lake_opens_no_other_door(lake_engine: Engine, file: Path, harm: str) -> None:
    """Given the lake's folder, when SQL writes or looks elsewhere, then DuckDB refuses it."""
    there = harm.replace("'../", f"'{file.parent.parent}/")
    with lake_engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(there)).fetchall()


def test_file_is_untouched_by_reading(file: Path) -> None:
    """Given a read and a refused write, when all is over, then not one byte of the file changed."""
    before = file.read_bytes()
    engine = create_engine(read_only_url(file))
    with engine.connect() as connection:
        connection.execute(text("SELECT sum(value) FROM marts.figure")).fetchall()
        with pytest.raises(DBAPIError):
            connection.execute(text("DELETE FROM marts.figure"))
        connection.commit()
    engine.dispose()
    assert file.read_bytes() == before
    assert not file.with_name(file.name + ".wal").exists()


def test_caller_cannot_ask_for_more(file: Path) -> None:
    """Given an address and arguments that ask for more, when connected, then they get no more."""
    asked = {"read_only": False, "config": {"enable_external_access": "true"}}
    url = f"{read_only_url(file)}?enable_external_access=true&lock_configuration=false"
    engine = create_engine(url, connect_args=asked)
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("DELETE FROM marts.figure"))
        with pytest.raises(DBAPIError):
            connection.execute(text("FROM lake.observation"))
        with pytest.raises(DBAPIError):
            connection.execute(text("SET enable_external_access = true"))


def test_columns_come_in_order_with_types(engine: Engine) -> None:
    """Given a table of every type that marts use, when reflected, then each comes with its type."""
    columns = inspect(engine).get_columns("figure", schema="marts")
    types = {column["name"]: type(column["type"]) for column in columns}
    assert list(types.items()) == [
        ("area_code", sqltypes.VARCHAR),
        ("value", sqltypes.DOUBLE),
        ("days", sqltypes.BIGINT),
        ("month", sqltypes.DATE),
        ("share", sqltypes.DECIMAL),
        ("is_final", sqltypes.BOOLEAN),
        ("part", sqltypes.INTEGER),
        ("total", sqltypes.NUMERIC),
        ("seen", sqltypes.TIMESTAMP),
        ("tags", sqltypes.NullType),
    ]
    share = columns[4]["type"]
    assert isinstance(share, sqltypes.DECIMAL)
    assert (share.precision, share.scale) == (9, 3)
    assert [column["nullable"] for column in columns] == [False] + [True] * 9


def test_schemas_are_told_apart(engine: Engine) -> None:
    """Given one name in two schemas, when reflected, then neither has the other's columns."""
    inspector = inspect(engine)
    assert [c["name"] for c in inspector.get_columns("figure")] == ["other"]
    assert [c["name"] for c in inspector.get_columns("derived", schema="marts")] == [
        "area_code",
        "value",
    ]
    assert inspector.get_table_names(schema="marts") == ["figure"]
    assert inspector.has_table("figure", schema="marts")
    assert not inspector.has_table("figure", schema="lake")


def test_unknown_table_is_named(engine: Engine) -> None:
    """Given no such table, when its columns are asked for, then the error names it."""
    with pytest.raises(NoSuchTableError, match=r"marts\.nothing"):
        inspect(engine).get_columns("nothing", schema="marts")


def test_writer_gets_the_file_back(file: Path) -> None:
    """Given an engine that was used, when disposed of, then the file opens for writing again."""
    engine = create_engine(read_only_url(file))
    with engine.connect() as connection:
        connection.execute(text("SELECT 1")).fetchall()
    engine.dispose()
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE marts.more (a INTEGER)")


def test_two_engines_read_side_by_side(file: Path) -> None:
    """Given two engines on one file, when both read, then neither bars the other."""
    url = read_only_url(file, memory="200MB")
    with create_engine(url).connect() as one, create_engine(url).connect() as other:
        count = text("SELECT count(*) FROM marts.figure")
        assert one.execute(count).scalar() == other.execute(count).scalar() == 5000


def test_memory_limit_is_kept(file: Path) -> None:
    """Given a limit, when connected, then DuckDB has it."""
    with create_engine(read_only_url(file, memory="300MB")).connect() as connection:
        limit = connection.execute(text("SELECT current_setting('memory_limit')")).scalar()
    assert limit == "286.1 MiB"


@pytest.mark.parametrize("name", ["with space.duckdb", "per%20cent.duckdb", "50%.duckdb"])
def test_odd_file_names_work(file: Path, name: str) -> None:
    """Given a file whose name means something in an address, when opened, then it is that file."""
    odd = file.rename(file.with_name(name))
    with create_engine(read_only_url(odd)).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM marts.figure")).scalar() == 5000


@pytest.mark.parametrize("url", [f"{DRIVER}://", f"{DRIVER}:///:memory:"])
def test_memory_database_is_refused(url: str) -> None:
    """Given an address without a file, when connected, then it is refused, not passed as empty."""
    register()
    with pytest.raises(ValueError, match="reads a file"):
        create_engine(url).connect()


def test_absent_file_is_not_made(tmp_path: Path) -> None:
    """Given no such file, when connected, then it fails and no file appears."""
    absent = tmp_path / "absent.duckdb"
    with pytest.raises(DBAPIError):
        create_engine(read_only_url(absent)).connect()
    assert not absent.exists()
