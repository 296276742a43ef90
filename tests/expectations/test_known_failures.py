"""Known failures: they tell and do not block, for their rows, and until their day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.gate import audit_candidate
from expectations.known import load_known, unknown_checks
from expectations.suites import SQL_EXPECTATION, load_suites
from expectations.verdict import Verdict

PROJECT = Path(__file__).resolve().parents[2]
CONTENTS = """
    CREATE SCHEMA marts; CREATE SCHEMA history;
    CREATE TABLE history.context AS SELECT NULL::VARCHAR AS compared_with,
      'first release' AS why_not, DATE '2026-06-09' AS today;
    CREATE TABLE marts.source_file AS SELECT 'council_file' AS return_id, 'read' AS state;
    CREATE TABLE marts.area AS SELECT 'E' || i AS area_code, i AS size FROM range(5) AS t(i);
"""
ENTRY = {
    "suite": "area",
    "check": "sizes_are_small",
    "match": {"area_code": ["E3", "E4"]},
    "rows": 2,
    "owner": "area desk",
    "reason": "The two are large, and everybody knows why.",
    "expires": "2026-06-09",
    "needs_a_return": ["council_file"],
}

Audit = Callable[..., Verdict]


def suite(table: str, check: str, query: str) -> dict[str, Any]:
    """A suite of one check."""
    asked = {
        "name": check,
        "says": "no row is otherwise",
        "expectation": SQL_EXPECTATION,
        "kwargs": {"unexpected_rows_query": query},
        "dimension": "validity",
        "severity": "block",
    }
    head = {"table": table, "checks_expected": 1, "owner": "data team", "poisons": ["area"]}
    return head | {"checks": [asked]}


SUITES = {
    "area": suite("marts.area", "sizes_are_small", "SELECT * FROM {batch} WHERE size > 2"),
    "source_file": suite("marts.source_file", "x", "SELECT 1 FROM {batch} WHERE state IS NULL"),
}


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Audit five areas of which two are too large, with these entries, after a change of them."""

    def run(*entries: dict[str, Any], sql: str = "", **more: Any) -> Verdict:
        candidate = tmp_path / "candidate.duckdb"
        with duckdb.connect(str(candidate)) as connection:
            connection.execute(CONTENTS + sql)
        folder = tmp_path / "suites"
        folder.mkdir()
        for name, content in (SUITES | {"index": {"suites": [*SUITES]}}).items():
            (folder / f"{name}.yml").write_text(yaml.safe_dump(content), "utf-8")
        listed = yaml.safe_dump({"known": list(entries)})
        (tmp_path / "known_failures.yml").write_text(listed, "utf-8")
        return audit_candidate(candidate, folder, tmp_path / "quality", **more)

    return run


def test_a_known_failure_tells_and_does_not_block(audit: Audit) -> None:
    """Given the rows that are known, on the last day, then they warn, with owner and reason."""
    verdict = audit(ENTRY)
    (told,) = verdict.failures
    assert (verdict.outcome, verdict.warned, told.is_known) == ("passed", 1, True)
    assert (told.owner, told.kind) == ("area desk", "bad_data")
    assert "everybody knows why" in told.detail


@pytest.mark.parametrize(
    ("changed", "sql", "said"),
    [
        ({"expires": "2026-06-08"}, "", "expired on 2026-06-08"),
        ({"rows": 1}, "", "2 rows where 1 are known"),
        ({"match": {"area_code": "E3"}}, "", "1 of 2 rows are not known"),
        ({}, "INSERT INTO marts.area VALUES ('E9', 9);", "1 of 3 rows are not known"),
        ({}, "INSERT INTO marts.area VALUES ('E3', 9);", "3 rows where 2 are known"),
        ({"match": {"area": "E3"}}, "", "not comparable"),
    ],
    ids=["a day later", "a row more", "another row", "a new one", "one twice", "wrong column"],
)
def test_what_is_more_than_known_blocks(
    audit: Audit, changed: dict[str, Any], sql: str, said: str
) -> None:
    """Given a day later, a row more or another one, then it blocks as it would, and says why."""
    verdict = audit(ENTRY | changed, sql=sql)
    assert verdict.outcome == "bad_data"
    assert said in verdict.failures[0].detail


def test_several_entries_share_a_check(audit: Audit) -> None:
    """Given an entry for each of the two, then all is known."""
    one, other = ({"match": {"area_code": code}, "rows": 1} for code in ("E3", "E4"))
    assert audit(ENTRY | one, ENTRY | other).outcome == "passed"


def test_an_entry_that_no_longer_fails_may_go(audit: Audit) -> None:
    """Given rows that were mended, then the list is told to be out of date, and nobody is held."""
    verdict = audit(ENTRY, sql="UPDATE marts.area SET size = 0;")
    (told,) = verdict.failures
    assert (verdict.outcome, told.check) == ("passed", "known sizes_are_small")
    assert "take it out" in told.detail


def test_an_entry_of_no_check_is_a_missing_check(audit: Audit) -> None:
    """Given an entry whose check was renamed, then the audit is not whole."""
    verdict = audit(ENTRY, ENTRY | {"check": "sizes_were_small"})
    assert verdict.outcome == "missing_check"


def test_a_list_that_cannot_be_read_is_a_broken_check(audit: Audit) -> None:
    """Given an entry without its reason, then nothing is known, and that is said."""
    verdict = audit({name: value for name, value in ENTRY.items() if name != "reason"})
    assert verdict.outcome == "broken_check"
    assert any("reason" in failure.detail for failure in verdict.failures)


@pytest.mark.parametrize(
    ("query", "outcome"),
    [("SELECT * FROM marts.area WHERE size > 2", "passed"), ("", "bad_data")],
)
def test_a_dbt_test_is_known_by_its_rows(audit: Audit, query: str, outcome: str) -> None:
    """Given a failed dbt test, then its rows are counted by its own query, and only so."""
    test = {
        "node": "areas_are_small",
        "outcome": "failed",
        "message": "Got 2 results",
        "rows": 2,
        "expected": "every area is small",
        "examples": [],
        "dimension": "accuracy",
        "owner": "data team",
        "tables": ["marts.area"],
        "poisons": ["area"],
        "query": query,
    }
    of_dbt = ENTRY | {"suite": "dbt tests", "check": "areas_are_small"}
    assert audit(ENTRY, of_dbt, build_tests=[test]).outcome == outcome


def test_the_list_that_ships_is_of_checks_there_are() -> None:
    """Given the known failures that ship, then each is of a check, or of a dbt test by its name."""
    known = load_known(PROJECT / "expectations" / "known_failures.yml")
    assert not isinstance(known, str)
    tests = [path.stem for path in (PROJECT / "dbt_project" / "tests").glob("*.sql")]
    suites = load_suites(PROJECT / "expectations" / "suites").suites
    assert unknown_checks(known, suites, tests) == []
