"""The build step: what it makes, what it tells, what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

import dbt_project.build as build_step
from dbt_project.build import (
    PROJECT,
    BuildError,
    BuildResult,
    build_candidate,
    failing_rows,
    lay_foundation,
    settle,
)
from ingestion.definition import load_definitions
from ingestion.lake import write_shapes
from ingestion.record_reader import record_schema
from tests.dbt_project.conftest import TinyBuild
from tests.dbt_project.rebuilt import Recipe

STAGING = PROJECT / "models" / "staging"
MARTS = {
    "area",
    "area_link",
    "bcf_money",
    "bcf_outturn",
    "claim",
    "commitment",
    "control_limit",
    "deflator",
    "delayed_days",
    "england_route",
    "lineage",
    "metric",
    "metric_plan",
    "metric_value",
    "peer",
    "peer_feature",
    "period",
    "population",
    "programme",
    "reconciliation",
    "revision",
    "scorecard",
    "source_file",
    "spending_change",
}


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query).fetchall()


def test_schemas_and_marts_have_exactly_their_names(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a built candidate, when its catalogue is read, then its names are as promised."""
    schemas = {s for (s,) in rows(marts, "select distinct schema_name from duckdb_tables()")}
    assert schemas == {"intermediate", "marts", "seeds"}
    views = {s for (s,) in rows(marts, "select schema_name from duckdb_views() where not internal")}
    assert views == {"intermediate", "lake", "semantic", "staging"}
    tables = rows(marts, "select table_name from duckdb_tables() where schema_name = 'marts'")
    assert {name for (name,) in tables} == MARTS


def test_every_mart_and_column_is_described(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a built candidate, when comments are read, then none is missing in the marts."""
    columns = rows(
        marts,
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'marts' and comment is null",
    )
    tables = rows(
        marts,
        "select table_name from duckdb_tables() where schema_name = 'marts' and comment is null",
    )
    assert (columns, tables) == ([], [])


def test_marts_hold_scalar_columns_only(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a built candidate, when column types are read, then all are plain."""
    query = "select distinct data_type from duckdb_columns() where schema_name = 'marts'"
    plain = {"VARCHAR", "DOUBLE", "DATE", "INTEGER", "BIGINT", "BOOLEAN", "TIMESTAMP"}
    assert {kind for (kind,) in rows(marts, query)} <= plain


def test_failed_dbt_tests_are_reported_and_hide_no_mart(
    built: BuildResult, marts: duckdb.DuckDBPyConnection
) -> None:
    """Given a lake with a code nobody knows and few councils, then their tests fail by name."""
    failed = {failure.node: failure for failure in built.failures}
    wanted = {"every_code_resolves_to_an_area", "every_valid_council_reports"}
    assert set(failed) >= wanted
    assert failed["every_code_resolves_to_an_area"].outcome == "failed"
    assert failed["every_code_resolves_to_an_area"].rows == 1
    others = set(failed) - wanted
    assert all("relationships" in name and "area_code" in name for name in others), others
    assert built.tests_failed == len(built.failures)
    assert built.models > 20
    assert rows(marts, "select count(*) > 0 from marts.metric_value") == [(True,)]


def test_a_failed_test_says_what_it_expects_and_shows_rows(
    built: BuildResult, marts: duckdb.DuckDBPyConnection
) -> None:
    """Given tests that failed or warned, then each has its words and a few rows with their file."""
    told = {one.node: one for one in (*built.failures, *built.warnings)}
    unknown = told["every_code_resolves_to_an_area"]
    assert unknown.expected.startswith("every council, commissioner and country code is in")
    assert [row["subject_code"] for row in unknown.examples] == ["123"]
    absent = told["every_valid_council_reports"]
    assert absent.rows is not None
    assert absent.rows > len(absent.examples) == 5
    named = "select file_name from marts.source_file where period_start = cast(? as date)"
    for row in absent.examples:
        files = marts.execute(named, [row["period_start"]]).fetchall()
        assert row["file"] in {name for (name,) in files}
    (generic,) = [one for name, one in told.items() if name.startswith("relationships_")][:1]
    assert generic.expected.startswith("relationships in ")
    assert json.loads(json.dumps([vars(one) for one in told.values()]))


def test_a_row_with_its_file_is_shown_by_name(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a row that carries a sha256, a date and no number, then file and JSON values."""
    query = (
        "select source_sha256, date '2015-04-01' as day, 'nan'::double as share, 1.5 as days "
        "from marts.source_file where file_name = '0000.xls' -- the last word"
    )
    (row,) = failing_rows(marts, query)
    assert row == {"file": "0000.xls", "day": "2015-04-01", "share": "nan", "days": "1.5"}


def test_rows_that_cannot_be_read_again_are_said(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a query that does not run, then its error stands where the rows would."""
    (row,) = failing_rows(marts, "select * from marts.nowhere")
    assert "nowhere" in row["not shown"]


def test_every_singular_test_has_words() -> None:
    """Given the project's tests, then each has a description, and no description lacks a test."""
    described = yaml.safe_load((PROJECT / "tests" / "singular.yml").read_text())["data_tests"]
    assert {one["name"] for one in described} == {p.stem for p in PROJECT.glob("tests/*.sql")}
    assert all(len(one["description"].split()) > 2 for one in described)


def test_warnings_are_told_apart_from_failures(built: BuildResult) -> None:
    """Given suppressed parts under control totals, then the unchecked totals are a warning."""
    warned = {warning.node for warning in built.warnings}
    assert "control_total_was_checked" in warned
    assert "every_valid_commissioner_reports" in warned
    assert "every_difference_of_england_is_explained" in warned
    assert built.tests_warned == len(built.warnings)


def test_dbt_unit_tests_ran_and_passed(built: BuildResult) -> None:
    """Given a build with dbt's unit tests, then none of them is among the failures."""
    names = {"the_latest_published_file_gives_the_period", "a_sum_is_never_short"}
    assert not names & {failure.node for failure in built.failures}
    assert not [failure for failure in built.failures if failure.outcome == "broken"]


def test_progress_counts_every_node_once(
    tiny: TinyBuild,
) -> None:
    """Given a report callback, then it hears of each node, up to the whole."""
    built = tiny.result
    tests = built.tests_passed + built.tests_failed + built.tests_warned
    whole = built.models + built.seeds + tests
    assert [done for _, done, _ in tiny.reported] == list(range(1, whole + 1))
    assert {total for _, _, total in tiny.reported} == {whole}


def test_candidate_is_one_settled_file(tiny: TinyBuild) -> None:
    """Given a finished build, then no log lies beside the file and it opens for writing."""
    path = tiny.result.path
    assert not path.with_name(path.name + ".wal").exists()
    assert tiny.refused == ""


def test_repository_tree_stays_clean(tiny: TinyBuild) -> None:
    """Given a finished build, then target and logs lie in the work folder, not in the project."""
    work = tiny.result.path.with_name(f"{tiny.result.path.stem}.dbt")
    assert "metric_value" in (work / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert (work / "target" / "compiled").is_dir()
    assert tiny.left_behind == set()


def test_working_folder_is_kept(
    empty_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a build that is refused or made, then the caller stays where it was."""
    monkeypatch.chdir(tmp_path)
    with build_step._dbt_session():
        os.chdir(empty_lake)
    assert Path.cwd() == tmp_path


def test_the_order_of_rows_changes_no_mart(tiny: TinyBuild, recipe: Recipe, tmp_path: Path) -> None:
    """Given seeds and tables with their rows in another order, then every row of a mart is equal.

    So two builds of one lake are the same, however many threads added up a sum.
    """
    again = recipe.rebuild(tiny.lake, tmp_path, is_shuffled=True)
    assert again.tests_failed == tiny.result.tests_failed
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tiny.result.path}' as one (read_only)")
        connection.execute(f"attach '{again.path}' as two (read_only)")
        for mart in sorted(MARTS):
            one, two = f"from one.marts.{mart}", f"from two.marts.{mart}"
            for left, right in ((one, two), (two, one)):
                assert rows(connection, f"{left} except all {right}") == [], mart
        orders = [connection.table(f"{name}.marts.claim").fetchall() for name in ("one", "two")]
        assert orders[0] != orders[1], "nothing was shuffled"


def test_empty_lake_builds_without_rows(recipe: Recipe, empty_lake: Path, tmp_path: Path) -> None:
    """Given a lake in which nothing landed, then facts are empty and no return judges a claim."""
    result = recipe.rebuild(empty_lake, tmp_path)
    assert result.failures == ()
    with duckdb.connect(str(result.path), read_only=True) as connection:
        for mart in ("metric_value", "delayed_days", "source_file"):
            assert connection.table(f"marts.{mart}").fetchall() == [], mart
        assert rows(connection, "from marts.lineage where part_kind = 'cell'") == []
        judged = rows(
            connection,
            "select count(*) from marts.claim where basis in ('returns', 'sites') "
            "and verdict <> 'not open data'",
        )
        assert judged == [(0,)]
        assert rows(connection, "select count(*) > 0 from marts.period") == [(True,)]


def test_each_return_is_staged_by_itself(marts: duckdb.DuckDBPyConnection) -> None:
    """Given files of three returns, then each staging model has its own, and others are empty."""
    lake = dict(rows(marts, "select return_id, count(*) from lake.observation group by 1"))
    assert lake
    for return_id in (path.stem.removeprefix("stg_") for path in STAGING.glob("stg_*.sql")):
        if return_id in ("source_file", "file_period"):
            continue
        found = marts.table(f"staging.stg_{return_id}").count("*").fetchall()
        assert found == [(lake.get(return_id, 0),)], return_id


def test_records_are_staged_with_their_columns(tmp_path: Path) -> None:
    """Given a file of records and a return without files, then the lake has a view of each."""
    name = "organisations_icbs"
    shapes = {n: record_schema(d) for n, d in load_definitions().items() if d.records}
    schema = shapes[name]
    path = f"records/{name}/one.parquet"
    (tmp_path / "records" / name).mkdir(parents=True)
    pl.DataFrame([{"code": "QF7"}], schema=schema).write_parquet(tmp_path / path)
    write_shapes(tmp_path, shapes)
    register = {"source_sha256": ["a"], "return_id": [name], "state": ["read"], "lake_path": [path]}
    pl.DataFrame(register).write_parquet(tmp_path / "source_file.parquet")
    lay_foundation(tmp_path, tmp_path / "c.duckdb", memory="500MB")
    with duckdb.connect(str(tmp_path / "c.duckdb"), read_only=True) as connection:
        assert connection.table(f"lake.{name}").columns == list(schema)
        assert rows(connection, "select code from lake.organisations_icbs") == [("QF7",)]
        assert rows(connection, "select count(*) from lake.cqc_locations") == [(0,)]
        assert rows(connection, "select count(*) from lake.virtual_wards") == [(0,)]
        assert rows(connection, "select count(*) from lake.observation") == [(0,)]


def test_candidate_is_never_built_over(empty_lake: Path, tmp_path: Path) -> None:
    """Given a file where the candidate is to be, then the build refuses and leaves it alone."""
    candidate = tmp_path / "there.duckdb"
    candidate.write_bytes(b"mine")
    with pytest.raises(BuildError, match="never built over"):
        build_candidate(empty_lake, candidate, memory="500MB")
    assert candidate.read_bytes() == b"mine"


def test_log_of_a_killed_build_is_no_obstacle(empty_lake: Path, tmp_path: Path) -> None:
    """Given the log of a killed build whose file is gone, then a new build begins without it."""
    log = tmp_path / "c.duckdb.wal"
    log.write_bytes(b"half a log")
    lay_foundation(empty_lake, tmp_path / "c.duckdb", memory="500MB")
    settle(tmp_path / "c.duckdb")
    assert not log.exists()


def test_lake_without_register_is_refused(tmp_path: Path) -> None:
    """Given a folder that is no lake, then the build says so before it starts dbt."""
    with pytest.raises(BuildError, match="no register"):
        build_candidate(tmp_path / "nowhere", tmp_path / "c.duckdb", memory="500MB")
    assert not (tmp_path / "c.duckdb").exists()


@pytest.mark.parametrize(
    ("lake_path", "message"),
    [(None, "without a place"), ("observations/x/gone.parquet", "lacks files")],
)
def test_lake_with_a_hole_is_refused(tmp_path: Path, lake_path: str | None, message: str) -> None:
    """Given a file noted as read whose observations are not there, then the build names it."""
    register = pl.DataFrame(
        {"source_sha256": ["a" * 64], "state": ["read"], "lake_path": [lake_path]},
        schema_overrides={"lake_path": pl.String},
    )
    register.write_parquet(tmp_path / "source_file.parquet")
    with pytest.raises(BuildError, match=message):
        lay_foundation(tmp_path, tmp_path / "c.duckdb", memory="500MB")


def test_lake_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    """Given a Parquet file without the observation columns, then the build names the trouble."""
    pl.DataFrame({"return_id": ["r"]}).write_parquet(tmp_path / "odd.parquet")
    register = pl.DataFrame(
        {"source_sha256": ["a" * 64], "state": ["read"], "lake_path": ["odd.parquet"]}
    )
    register.write_parquet(tmp_path / "source_file.parquet")
    with pytest.raises(BuildError, match="layout_id"):
        lay_foundation(tmp_path, tmp_path / "c.duckdb", memory="500MB")


def node(name: str, status: str = "success") -> SimpleNamespace:
    """A dbt result, as far as the build looks at it."""
    about = SimpleNamespace(name=name, unique_id=f"model.{name}", resource_type="model")
    return SimpleNamespace(node=about, status=status, message="it broke", failures=None)


def test_failed_model_is_an_error_that_names_it() -> None:
    """Given a model that failed and one skipped for it, then both are named with their messages."""
    with pytest.raises(BuildError, match=r"bad: error: it broke\nnext: skipped"):
        build_step._require_success([node("good"), node("bad", "error"), node("next", "skipped")])


def test_node_that_did_not_run_is_an_error() -> None:
    """Given a project of two models of which one ran, then the other is named as lost."""
    expected = {"model.ran": "model", "model.lost": "model", "test.t": "test"}
    with pytest.raises(BuildError, match=r"model\.lost"):
        build_step._require_same(expected, [node("ran")], {"model"})


def test_node_the_project_lacks_is_an_error() -> None:
    """Given a result of a node that the project does not have, then it is named."""
    with pytest.raises(BuildError, match=r"model\.strange"):
        build_step._require_same({}, [node("strange")], {"model"})
