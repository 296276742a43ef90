"""No check passes on a table without a row, nor on one in which nothing is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations.dialect import read_only_url
from expectations.gate import Contents, cannot_run, look_into, run_suites
from expectations.suites import LoadedSuites, Suite, load_suites

SUITES = Path(__file__).resolve().parents[2] / "expectations" / "suites"
LOADED = load_suites(SUITES)
PAIRS = sorted({(n, t) for n, s in LOADED.suites.items() for t in (s.table, *s.reads)})
"""Each suite and each table that it looks at."""


@pytest.fixture(scope="module")
def always() -> LoadedSuites:
    """The suites that ship, as where every return was read."""
    return LoadedSuites(
        {n: s.model_copy(update={"needs_a_return": []}) for n, s in LOADED.suites.items()},
        {},
        {},
        LOADED.may_be_empty,
    )


@pytest.fixture(scope="module")
def full(good_candidate: Path, always: LoadedSuites) -> Contents:
    """What the gate sees of the good candidate."""
    return look_into(read_only_url(good_candidate), always)


@pytest.fixture(scope="module")
def bare(
    good_candidate: Path, always: LoadedSuites, tmp_path_factory: pytest.TempPathFactory
) -> Contents:
    """What it sees of one with the same tables, and no row in any."""
    path = tmp_path_factory.mktemp("bare") / "bare.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{good_candidate}' AS good (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'good'"
        ).fetchall()
        views = connection.execute(
            "SELECT sql FROM duckdb_views() WHERE database_name = 'good' AND NOT internal"
        ).fetchall()
        connection.begin()
        connection.execute("CREATE SCHEMA lake")
        for schema, table in tables:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            named = f"{schema}.{table}"
            connection.execute(f"CREATE TABLE {named} AS FROM good.{named} WHERE false")
        for (view,) in views:
            connection.execute(view)
        connection.commit()
    return look_into(read_only_url(path), always)


@pytest.mark.parametrize(("name", "table"), PAIRS)
def test_no_suite_passes_on_an_empty_table(
    name: str, table: str, always: LoadedSuites, full: Contents, bare: Contents
) -> None:
    """Given a candidate of which one table is empty, then no suite that looks at it runs.

    One of its own table may say that it does not apply; what ought to have rows is missing.
    """
    suite = always.suites[name]
    assert cannot_run(name, suite, full) == []
    rows = {**full.rows, table: bare.rows[table]}
    (result,) = cannot_run(name, suite, replace(full, rows=rows, empty={table: bare.empty[table]}))
    rightly = suite.empty_when is not None and table == suite.table
    assert result.outcome in {"missing_check", *(["not_applicable"] if rightly else [])}
    assert "empty" in result.detail
    assert not result.counts


def test_an_empty_table_is_right_only_for_its_reason(always: LoadedSuites) -> None:
    """Given an empty table, then its suite does not apply for a reason that holds, else is missing.

    A table that it reads beside its own has to have rows for either.
    """
    for name, suite in always.suites.items():
        rows = dict.fromkeys((suite.table, *suite.reads), 1)
        tables = frozenset(rows)
        seen = Contents(tables, rows | {suite.table: 0}, frozenset(), compared_with="a release")
        (missing,) = cannot_run(name, suite, replace(seen, empty={suite.table: ""}))
        assert missing.outcome == "missing_check", name
        (told,) = cannot_run(name, suite, replace(seen, empty={suite.table: "so it is"}))
        expected = "not_applicable" if suite.empty_when else "missing_check"
        assert told.outcome == expected, name


@pytest.mark.long
def test_f083_rows_that_say_nothing_pass_no_suite(
    good_candidate: Path, suites: dict[str, Suite], tmp_path: Path
) -> None:
    """Given a candidate with all its rows, and nothing but nulls in them, then none is fit.

    Where several suites look at one table, one of them is enough.
    """
    path = tmp_path / "nulls.duckdb"
    shutil.copyfile(good_candidate, path)
    staged = [s.table for s in suites.values() if s.is_staging]
    with duckdb.connect(str(path)) as connection:
        connection.begin()
        columns = connection.execute(
            "SELECT table_schema || '.' || table_name, list(column_name) "
            "FROM information_schema.columns "
            "WHERE table_schema IN ('marts', 'staging', 'intermediate') GROUP BY 1"
        ).fetchall()
        for table, names in columns:
            if table not in staged[1:]:
                nulls = ", ".join(f"{name} = NULL" for name in names)
                connection.execute(f"UPDATE {table} SET {nulls}")  # noqa: S608
        connection.commit()
    tried = {
        n: s.model_copy(update={"needs_a_return": []})
        for n, s in suites.items()
        if s.table not in staged[1:] and not s.table.startswith("history.")
    }
    url = read_only_url(path)
    contents = look_into(url, LoadedSuites(tried, {}, {}, LOADED.may_be_empty))
    results = run_suites(url, tried, contents)
    shown = {r.suite: False for r in results}
    for result in results:
        shown[result.suite] |= result.outcome == "bad_data" and result.check != "row_count"
        shown[result.suite] |= result.outcome in {"not_applicable", "missing_check"}
    assert {suites[n].table for n in tried} == {suites[n].table for n in shown if shown[n]}
