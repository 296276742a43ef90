"""F109: whoever reads a release reaches that release and no other file of the machine."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from expectations.dialect import read_only_url
from publishing.mart_tables import lock_down, open_read_only, text_literal
from tests.security.code import functions, sources

Run = Callable[[str], object]

LOCKING = {"lock_down", "_lock_down", "open_read_only"}
"""Functions after which a connection reaches nothing else."""

WRITERS = {
    "dbt_project/build.py::lay_foundation": "makes the candidate",
    "dbt_project/build.py::settle": "ends the writing of the candidate",
    "dbt_project/build.py::_examples": "reads a candidate through its own views of the lake",
    "dbt_project/docs.py::write_docs": "asks a candidate which columns it has, and no more",
    "publishing/history.py::write_history": "writes into the candidate",
    "publishing/release_folder.py::attached": "writes the files of a release",
    "publishing/postgres_copy.py::_load": "writes rows into a pipe, and runs no SQL but its own",
    "publishing/run_table.py::write_runs": "writes one Parquet file from rows in memory",
    "expectations/verdict.py::write_table": "writes one Parquet file from rows in memory",
    "joinedup/new_return.py::_refuse_wrong": "opens no file: asks which words are SQL's own",
}
"""Connections that are not locked down, and why: none of them opens a release for a reader."""


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    """A released file of one mart."""
    path = tmp_path / "release" / "marts.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.marts.metric AS SELECT 1 AS a")
    return path


def _locked_memory(marts: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    lock_down(connection, marts.parent)
    connection.execute(f"ATTACH {text_literal(str(marts))} AS released (READ_ONLY)")
    connection.execute("USE released.marts")
    return connection


def _readers(marts: Path) -> Iterator[tuple[str, Run]]:
    with open_read_only(marts) as reader:
        yield "open_read_only", reader.execute
    with _locked_memory(marts) as reader:
        yield "lock_down", reader.execute
    engine = create_engine(read_only_url(marts))
    with engine.connect() as connection:
        yield "the audit's dialect", lambda sql: connection.execute(text(sql)).fetchall()
    engine.dispose()


def test_f109_a_reader_reaches_no_other_file(marts: Path, tmp_path: Path) -> None:
    """Given each way of opening a release
    When a query reads another file, writes one, loads an extension or unlocks itself
    Then it is refused; the marts themselves are read.
    """
    secret, out = tmp_path / "secret.txt", tmp_path / "out.csv"
    secret.write_text("not for readers")
    refused = {
        "read": f"FROM read_text({text_literal(str(secret))})",
        "write": f"COPY (SELECT 1 AS a) TO {text_literal(str(out))}",
        "attach": f"ATTACH {text_literal(str(tmp_path / 'new.duckdb'))} AS other",
        "load": "INSTALL httpfs",
        "unlock": "SET enable_external_access = true",
        "change": "CREATE TABLE more AS SELECT 1 AS one",
    }
    tried = []
    for name, run in _readers(marts):
        run("SELECT * FROM marts.marts.metric" if "dialect" in name else "SELECT * FROM metric")
        for what, sql in refused.items():
            with pytest.raises((duckdb.Error, DBAPIError)):
                run(sql)
            tried.append((name, what))
    assert len(tried) == 3 * len(refused), tried
    assert not out.exists()
    assert not (tmp_path / "new.duckdb").exists()


def test_f109_without_the_lock_it_would_be_read(marts: Path, tmp_path: Path) -> None:
    """Given a connection that is read-only and no more
    When a query reads another file
    Then it gets it: the lock is what refuses.
    """
    other = tmp_path / "other.txt"
    other.write_text("anything")
    with duckdb.connect(str(marts), read_only=True) as reader:
        found = reader.execute(f"FROM read_text({text_literal(str(other))})").fetchone()
        assert found is not None
        assert "anything" in found


def _opens(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "duckdb"
    )


def _locks(function: ast.FunctionDef) -> bool:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    texts = {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
    own = {"SET enable_external_access = false", "SET lock_configuration = true"} <= texts
    return own or bool(names & (LOCKING | {"LOCKED_DOWN"}))


def test_f109_every_connection_is_locked_or_writes() -> None:
    """Given every place of the program that opens DuckDB
    When it is looked at
    Then it locks the connection down, or is listed with what it writes; the list is no longer.
    """
    opening = {
        f"{path}::{function.name}": _locks(function)
        for path, tree in sources()
        for function in functions(tree)
        if any(_opens(node) for node in ast.walk(function))
    }
    assert len(opening) > 10
    assert {place for place, locked in opening.items() if not locked} == set(WRITERS)
