"""F108: SQL is never built from what stands in a publisher's file."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
    r"\s*(alter|attach|comment|copy|create|delete|describe|detach|drop|from|insert|install|load|pragma|"
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
    """Say whether what is put in is quoted, or a constant, of the module or where it stands."""
    if isinstance(node, ast.IfExp):
        return _is_safe(node.body) and _is_safe(node.orelse)
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in QUOTING
    return isinstance(node, ast.Name) and node.id.isupper()


def _put_in(function: ast.FunctionDef, constants: Mapping[str, str]) -> set[str]:
    """Give what a function puts into texts that begin as SQL does, in whichever way.

    `constants` are the module's texts by name: templates are often kept there.
    """
    found: set[str] = set()
    for node in ast.walk(function):
        if _is_sql(_template(node), constants):
            found |= {ast.unparse(part) for part in _parts(node) if not _is_safe(part)}
    return found


def _template(node: ast.AST) -> ast.expr | None:
    """Give the text that a node puts something into: an f-string, .format(), + or %."""
    if isinstance(node, ast.JoinedStr):
        return node.values[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return node.left
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr == "format" else None
    return None


def _is_sql(text: ast.expr | None, constants: Mapping[str, str]) -> bool:
    if isinstance(text, ast.FormattedValue):
        text = text.value
    if isinstance(text, ast.Name):
        return bool(SQL.match(constants.get(text.id, "")))
    if isinstance(text, ast.JoinedStr):
        return _is_sql(text.values[0], constants)
    return isinstance(text, ast.Constant) and bool(SQL.match(str(text.value)))


def _parts(node: ast.AST) -> list[ast.expr]:
    """Give what a node puts into its template."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    if isinstance(node, ast.BinOp):
        return [] if isinstance(node.right, ast.Constant | ast.JoinedStr) else [node.right]
    assert isinstance(node, ast.Call)
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def _constants(tree: ast.Module) -> dict[str, str]:
    """Give a module's texts by name; of an f-string, how it begins."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.values[0] if isinstance(node.value, ast.JoinedStr) else node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[node.targets[0].id] = value.value
    return found


@pytest.mark.parametrize(
    "line",
    [
        'f"SELECT {name}"',
        '"SELECT {}".format(name)',
        "_TEMPLATE.format(one=name)",
        'f"{_TEMPLATE} {name}"',
        '"SELECT " + name',
        '"SELECT %s" % name',
        'f"PRAGMA table_info({name})"',
    ],
)
def test_f108_every_way_to_build_a_query_is_seen(line: str) -> None:
    """Given a function that puts a name into a query in one of the ways there are
    When it is looked through
    Then the name is found; and a constant or a quoted name is not.
    """
    module = '_TEMPLATE = "SELECT {one}"\nTABLE = "t"\ndef ask(name):\n    return '
    for put_in, is_found in (("name", True), ("TABLE", False), ("quoted(name)", False)):
        tree = ast.parse(module + line.replace("name", put_in))
        (function,) = functions(tree)
        found = _put_in(function, _constants(tree))
        assert (found == {"name"}) is is_found, found
        assert is_found or not found


def test_f108_what_is_put_into_sql_is_our_own() -> None:
    """Given every text of the program that begins as SQL does
    When what is put into it is neither quoted nor a constant
    Then it is listed, with why it cannot come from a file; and nothing is listed in vain.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in sources():
        constants = _constants(tree)
        for function in functions(tree):
            if put_in := _put_in(function, constants):
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
