"""No check passes on a table without a row, nor on one in which nothing is said."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations.dialect import read_only_url
from expectations.gate import Contents, cannot_run, look_into, of_dbt, run_suites
from expectations.suites import LoadedSuites, Suite, load_suites

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "expectations" / "suites"
LOADED = load_suites(SUITES)
PAIRS = sorted({(n, t) for n, s in LOADED.suites.items() for t in (s.table, *s.reads)})
"""Each suite and each table that it looks at."""

_READS = re.compile(r"(?:ref|source)\(['\"](\w+)['\"](?:,\s*['\"](\w+)['\"])?\)")


def _tables_of_tests() -> dict[str, list[str]]:
    """Each dbt test of the project's own and the tables that it reads, but seeds."""
    project = ROOT / "dbt_project"
    models = {path.stem: path.parent.name for path in (project / "models").glob("*/*.sql")}
    found = {}
    for path in sorted((project / "tests").glob("*.sql")):
        reads = {
            f"{one}.{other}" if other else f"{models.get(one, 'seeds')}.{one}"
            for one, other in _READS.findall(path.read_text("utf-8"))
        }
        found[path.stem] = sorted(t for t in reads if not t.startswith("seeds."))
    return found


DBT_PAIRS = [(test, table) for test, tables in _tables_of_tests().items() for table in tables]
"""Each dbt test of the project's own and each table that it reads."""


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


@pytest.mark.parametrize(("name", "table"), DBT_PAIRS)
def test_no_dbt_test_passes_with_one_table_empty(name: str, table: str) -> None:
    """Given a test of which one table has no row, then a check is missing unless that is right.

    Where it is right, the test stands by its other tables, and does not apply without any.
    """
    tables = _tables_of_tests()[name]
    told = {"node": name, "tables": tables, "outcome": "passed", "poisons": [], "rows": 0}
    told |= {"expected": "", "dimension": "validity", "owner": "", "examples": [], "message": ""}
    seen = Contents(frozenset(tables), {}, frozenset())
    wrongly = of_dbt(told, replace(seen, empty={table: ""}), {})
    assert (wrongly.outcome, wrongly.detail) == ("missing_check", f"empty: {table}")
    rightly = of_dbt(told, replace(seen, empty={table: "so it is"}), {})
    assert rightly.outcome == ("passed" if len(tables) > 1 else "not_applicable")


def test_the_tests_that_read_several_tables_are_found() -> None:
    """Given the project's own tests, then those of withheld figures are among the pairs."""
    pairs = {("withheld_figures_are_not_in_the_marts", "intermediate.int_area_cell")}
    pairs |= {("metric_value_reconciles_to_the_lake", "lake.observation")}
    pairs |= {("every_code_resolves_to_an_area", "intermediate.int_published_subject")}
    assert pairs <= set(DBT_PAIRS)


# A return that is counted and one that is shown as published, each with a file; one small count
# that its profile withholds, and two files of one period. Nothing listed may be empty then.
_NOTHING_MAY_BE_EMPTY = """
    CREATE SCHEMA staging; CREATE SCHEMA seeds; CREATE SCHEMA intermediate; CREATE SCHEMA lake;
    CREATE TABLE staging.stg_source_file AS
    SELECT return_id, 'read' AS state, false AS is_record
    FROM (VALUES ('counted'), ('published')) AS t(return_id);
    CREATE TABLE seeds.metric_contracts AS
    SELECT * FROM (VALUES ('cell', 'other; counted', NULL), ('published', 'published', NULL))
      AS t(derivation, source_returns, checked_against);
    CREATE TABLE staging.stg_file_period AS
    SELECT 'counted' AS return_id, 't' AS table_id, 'month' AS period_type,
      DATE '2015-04-01' AS period_start, NULL AS subject_code FROM range(2);
    CREATE TABLE intermediate.int_current_observation AS
    SELECT 'counted' AS return_id, 'E06000015' AS area_code, 'days' AS unit, 3.0 AS value,
      'reported' AS value_status;
    CREATE TABLE intermediate.int_disclosure_profile AS
    SELECT 'counted' AS return_id, 'days; people' AS applies_to_units, 1 AS suppress_from,
      7 AS suppress_to, true AS is_national_exact, false AS is_all_withheld;
"""
_WITHHELD = ("disclosure_group", "disclosure_cell", "disclosure_mate", "withheld")
_MAKES_EMPTY_RIGHT = {
    "lake.observation": "UPDATE staging.stg_source_file SET is_record = true",
    "intermediate.int_successive_file": "TRUNCATE staging.stg_file_period",
    "intermediate.int_used_return": (
        "DELETE FROM staging.stg_source_file WHERE return_id = 'counted'"
    ),
    "intermediate.int_published_return": (
        "DELETE FROM staging.stg_source_file WHERE return_id = 'published'"
    ),
    "intermediate.int_compared_withheld": "TRUNCATE intermediate.int_withheld",
    **dict.fromkeys(
        ("intermediate.int_area_cell", "intermediate.int_area_observation"),
        "UPDATE staging.stg_source_file SET state = 'quarantined' WHERE return_id = 'counted'",
    ),
    **dict.fromkeys(
        ("intermediate.int_published_subject", "intermediate.int_published_figure"),
        "UPDATE staging.stg_source_file SET state = 'quarantined' WHERE return_id = 'published'",
    ),
    **dict.fromkeys(
        (f"intermediate.int_{name}" for name in _WITHHELD),
        "UPDATE intermediate.int_current_observation SET value = 8",
    ),
}
_OF_SUITES = {suite.table for suite in LOADED.suites.values()}


def test_every_reason_of_the_index_is_tried() -> None:
    """Given the tables that the index lets be empty, then each reason is tried both ways."""
    assert _MAKES_EMPTY_RIGHT.keys() == LOADED.may_be_empty.keys() - _OF_SUITES


def test_reasons_hold_only_where_they_are_right(tmp_path: Path) -> None:
    """Given a warehouse in which nothing may be empty, then no reason holds; in its case each does.

    What the tables are made of does not count.
    """
    path = tmp_path / "reasons.duckdb"
    others = {"intermediate.int_withheld", "intermediate.int_successive_file"}
    with duckdb.connect(str(path)) as connection:
        connection.execute(_NOTHING_MAY_BE_EMPTY)
        for table in others:
            connection.execute(
                f"CREATE TABLE {table} AS SELECT 'counted' AS return_id, 't' AS table_id, "
                "DATE '2015-04-01' AS period_start"
            )
        for table, right in _MAKES_EMPTY_RIGHT.items():
            when = LOADED.may_be_empty[table].when
            assert connection.execute(when).fetchall() == [], table
            connection.begin()
            connection.execute(right)
            assert connection.execute(when).fetchall() == [(1,)], table
            connection.rollback()
