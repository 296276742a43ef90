"""F108: SQL is never built from what stands in a publisher's file."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dbt_project.build import _quoted as quoted_path
from joinedup.public_scan import _quoted as quoted_by_scan
from publishing.mart_tables import quoted, text_literal
from tests.security.code import ROOT, functions, sources

SQL = re.compile(
    r"\s*(alter|attach|comment|copy|create|delete|describe|detach|drop|from|insert|install|load|"
    r"select|set|update|use|vacuum|with)\s",
    re.IGNORECASE,
)
QUOTING = {"quoted", "_quoted", "text_literal", "_literal"}
HOSTILE = 'x"; drop table keep; --'


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with a table to lose."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE keep AS SELECT 1 AS one")
        yield connection


def _is_safe(node: ast.expr) -> bool:
    """Say whether what is put in is quoted, or a constant of the module."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in QUOTING
    return isinstance(node, ast.Name) and node.id.isupper()


def _put_in(function: ast.FunctionDef) -> set[str]:
    """Give what a function puts into texts that begin as SQL does."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0]
            if isinstance(first, ast.Constant) and SQL.match(str(first.value)):
                parts = [part for part in node.values if isinstance(part, ast.FormattedValue)]
                found |= {ast.unparse(part.value) for part in parts if not _is_safe(part.value)}
    return found


def test_f108_what_is_put_into_sql_is_our_own() -> None:
    """Given every text of the program that begins as SQL does
    When what is put into it is neither quoted nor a constant
    Then it is listed, with why it cannot come from a file; and nothing is listed in vain.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in sources():
        for function in functions(tree):
            if put_in := _put_in(function):
                found[f"{path}::{function.name}"] |= put_in
    text = (ROOT / "tests/security/own_sql.yml").read_text(encoding="utf-8")
    groups = yaml.safe_load(text)
    listed = {place: set(put) for group in groups for place, put in group["in"].items()}
    assert len(found) > 40
    assert dict(found) == listed
    assert all(len(group["because"]) > 20 for group in groups)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
@example(HOSTILE)
@example("'); drop table keep; --")
def test_f108_a_quoted_name_or_text_is_only_itself(
    database: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Given any name, however hostile, and a table to lose
    When it is quoted as an identifier and as a text
    Then it names and says exactly that, and the table is still there.
    """
    for quote in (quoted, quoted_by_scan):
        asked = f"FROM keep SELECT {text_literal(name)} AS {quote(name)}, one"
        found = database.execute(asked)
        assert found.description[0][0] == name
        assert found.fetchall() == [(name, 1)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
@example("x'); drop table keep; --")
def test_f108_a_quoted_path_is_only_itself(database: duckdb.DuckDBPyConnection, name: str) -> None:
    """Given any file name
    When it is quoted as a path for the database
    Then the database has that text.
    """
    path = Path("/lake") / name
    assert database.execute(f"SELECT {quoted_path(path)}").fetchone() == (str(path),)
