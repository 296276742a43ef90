"""What of a failing row is released: its keys, and no figure that may be withheld."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import yaml

from expectations.gate import audit_candidate
from expectations.masking import keys_of
from expectations.suites import SQL_EXPECTATION
from expectations.verdict import QUALITY_TABLE, TABLE_COLUMNS, Verdict, private_folder

SECRET = 4711
CONTENTS = """
    CREATE SCHEMA marts; CREATE SCHEMA staging; CREATE SCHEMA intermediate; CREATE SCHEMA seeds;
    CREATE TABLE marts.source_file AS SELECT * FROM (VALUES
      ('open_file', 'read', 'aa'), ('small_counts', 'read', 'bb'), ('nobody_looked', 'read', 'cc')
    ) AS t(return_id, state, source_sha256);
    ALTER TABLE marts.source_file ADD COLUMN file_name VARCHAR;
    CREATE TABLE seeds.disclosure_returns AS SELECT * FROM (VALUES
      ('open_file', 'published_as_is'), ('small_counts', 'hes_2018')
    ) AS t(return_id, profile_id);
    CREATE TABLE intermediate.figure AS
      SELECT return_id, 'E06000015' AS area_code, DATE '2015-04-01' AS period_start,
        7 AS source_row, 4711 AS value, '4711' AS raw_text
      FROM marts.source_file;
    CREATE TABLE staging.stg_open_file AS FROM intermediate.figure WHERE return_id = 'open_file';
    CREATE TABLE staging.stg_small_counts AS
      FROM intermediate.figure WHERE return_id = 'small_counts';
    CREATE TABLE staging.stg_nobody_looked AS
      FROM intermediate.figure WHERE return_id = 'nobody_looked';
    CREATE TABLE marts.figure AS FROM intermediate.figure;
"""
"""A small count that a release may not tell, of a return for each kind of rule."""


def suite(table: str, query: str, **more: Any) -> dict[str, Any]:
    """A suite of one check, which finds the rows of its query."""
    check = {
        "name": "is_small",
        "says": "no figure is as large as that",
        "expectation": SQL_EXPECTATION,
        "kwargs": {"unexpected_rows_query": query},
        "dimension": "validity",
        "severity": "block",
    }
    head = {"table": table, "checks_expected": 1, "owner": "data team", "poisons": ["figure"]}
    return head | {"checks": [check | more.pop("check", {})]} | more


ALL = "SELECT * FROM {batch} WHERE value > 0"
SUITES = {
    "figure": suite("marts.figure", ALL),
    "source_file": suite("marts.source_file", "SELECT 1 FROM {batch} WHERE state IS NULL"),
    "of_all": suite("intermediate.figure", ALL),
    "unnamed": suite("intermediate.figure", "SELECT area_code, value FROM {batch}"),
    "a_column": suite(
        "intermediate.figure",
        ALL,
        check={
            "expectation": "expect_column_max_to_be_between",
            "kwargs": {"column": "value", "max_value": 1},
        },
    ),
    "words": suite(
        "intermediate.figure",
        "SELECT area_code FROM {batch} WHERE CAST(raw_text || 'x' AS INTEGER) > 1",
    ),
    **{
        f"stg_{name}": suite(f"staging.stg_{name}", ALL, needs_a_return=[name])
        for name in ("open_file", "small_counts", "nobody_looked")
    },
}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """An audit in which every suite finds the figure."""
    folder = tmp_path_factory.mktemp("masked")
    candidate = folder / "candidate.duckdb"
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(CONTENTS)
    (folder / "suites").mkdir()
    for name, content in SUITES.items():
        (folder / "suites" / f"{name}.yml").write_text(yaml.safe_dump(content), "utf-8")
    index = {"suites": [name for name in SUITES if not name.startswith("stg_")]}
    (folder / "suites" / "index.yml").write_text(yaml.safe_dump(index), "utf-8")
    dbt = {
        "node": "dbt_finds_it",
        "outcome": "failed",
        "message": "Got 1 result",
        "rows": 1,
        "expected": "no figure is as large as that",
        "examples": [{"return_id": "small_counts", "area_code": "E06000015", "value": SECRET}],
        "dimension": "accuracy",
        "owner": "data team",
        "tables": ["intermediate.figure"],
        "poisons": ["figure"],
    }
    return audit_candidate(
        candidate, folder / "suites", folder / "night-quality", build_tests=[dbt]
    )


@pytest.fixture
def told(verdict: Verdict) -> Callable[[str], dict[str, Any]]:
    """What the released results tell of a suite's failed check, or of the dbt test."""
    checks = json.loads(verdict.quality.read_text("utf-8"))["checks"]

    def of(name: str) -> dict[str, Any]:
        (found,) = [
            c for c in checks if name in (c["suite"], c["check"]) and c["check"] != "row_count"
        ]
        return dict(found)

    return of


@pytest.mark.parametrize(
    "name",
    ["stg_small_counts", "stg_nobody_looked", "unnamed", "a_column", "words", "dbt_finds_it"],
)
def test_f128_the_results_of_a_release_tell_no_small_count(
    name: str, told: Callable[[str], dict[str, Any]]
) -> None:
    """Given a figure that may be withheld, or of which nobody said, then the results are silent."""
    result = told(name)
    assert result["outcome"] in {"bad_data", "broken_check"}
    assert str(SECRET) not in json.dumps(result)


def test_f128_a_row_is_judged_by_its_own_return(told: Callable[[str], dict[str, Any]]) -> None:
    """Given rows of several returns, then each that is public is whole, and others have keys."""
    rows = {row["return_id"]: row for row in told("of_all")["examples"]}
    assert rows["open_file"]["value"] == SECRET
    assert rows["small_counts"].keys() == {"return_id", "area_code", "period_start", "source_row"}
    assert "value" not in rows["nobody_looked"]


def test_what_is_public_is_shown(told: Callable[[str], dict[str, Any]]) -> None:
    """Given a return that is shown as it was published, and a mart, then their rows are whole."""
    for name in ("stg_open_file", "figure"):
        assert told(name)["examples"][0]["value"] == SECRET


def test_a_result_says_where_and_of_what(told: Callable[[str], dict[str, Any]]) -> None:
    """Given failed checks, then each names its returns, rows and how many were seen."""
    staged = told("stg_small_counts")
    assert staged["return_ids"] == ["small_counts"]
    assert staged["keys"] == [
        "return_id small_counts, source_row 7, area_code E06000015, period_start 2015-04-01"
    ]
    assert staged["examined"] == 1
    assert told("of_all")["return_ids"] == ["nobody_looked", "open_file", "small_counts"]
    assert told("dbt_finds_it")["return_ids"] == ["small_counts"]


def test_f128_the_log_of_a_run_tells_no_small_count(verdict: Verdict) -> None:
    """Given the failures that a run prints, then they have no figure either."""
    masked = [f for f in verdict.failures if f.suite not in {"figure", "stg_open_file", "of_all"}]
    assert masked
    assert all(str(SECRET) not in f"{f.examples} {f.detail}" for f in masked)


def test_f128_the_rows_lie_where_only_their_owner_looks(verdict: Verdict) -> None:
    """Given the same failures, then their rows are in a folder beside that of the results."""
    folder = private_folder(verdict.quality.parent)
    private = folder / "private.json"
    assert folder.parent == verdict.quality.parent.parent
    assert (folder.stat().st_mode & 0o777, private.stat().st_mode & 0o777) == (0o700, 0o600)
    rows = {one["suite"]: one["examples"] for one in json.loads(private.read_text("utf-8"))}
    assert rows["stg_small_counts"][0]["value"] == SECRET
    assert {path.name for path in verdict.quality.parent.iterdir()} == {
        "quality.json",
        QUALITY_TABLE,
    }


def test_the_table_of_results_is_all_and_tells_no_row(verdict: Verdict) -> None:
    """Given the results as a table, then it has each of them, sorted, and no example or time."""
    table = str(verdict.quality.with_name(QUALITY_TABLE))
    with duckdb.connect() as connection:
        read = connection.read_parquet(table)
        assert list(zip(read.columns, map(str, read.types), strict=True)) == [*TABLE_COLUMNS]
        rows = read.fetchall()
    assert len(rows) == len(json.loads(verdict.quality.read_text("utf-8"))["checks"])
    assert rows == sorted(rows, key=lambda row: (row[2], row[0], row[1], row[3]))
    assert str(SECRET) not in str(rows)


def test_the_quality_file_names_what_was_audited(verdict: Verdict) -> None:
    """Given an audited candidate, then the file's hash, and the memory that the audit took."""
    document = json.loads(verdict.quality.read_text("utf-8"))
    assert len(document["candidate_sha256"]) == 64
    assert document["peak_mb"] > 50
    assert document["release_compared_with"] is None


def test_keys_are_in_words_and_no_others() -> None:
    """Given rows with keys, figures and blanks, then only what says where they are is kept."""
    rows: list[dict[str, Any]] = [
        {"value": 3, "area_code": "E1", "source_row": None},
        {"value": 3},
    ]
    assert keys_of(rows) == ["area_code E1"]
