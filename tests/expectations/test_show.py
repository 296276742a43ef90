"""An audit told to a person: three outcomes that cannot be mistaken, and the rows behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.page import Page, render_page
from expectations.rows import NoRowsError, compiled_query, query_for, query_of, rows_of, table_rows
from expectations.show import (
    NoAuditError,
    Wanted,
    as_json,
    audit_from,
    exit_code,
    find_check,
    read_audit,
    render,
)
from expectations.suites import SQL_EXPECTATION, Check, Suite

RESULT: Mapping[str, Any] = {
    "suite": "stg_councils",
    "table": "staging.stg_councils",
    "check": "codes_are_there",
    "column": None,
    "expectation": SQL_EXPECTATION,
    "expected": "every row has a code",
    "dimension": "completeness",
    "severity": "block",
    "owner": "care team",
    "poisons": ["metric_value", "scorecard"],
    "outcome": "bad_data",
    "unexpected_count": 3,
    "examples": [{"file": "one.xlsx", "source_row": 7, "code": None}],
    "detail": "",
    "seconds": 0.1,
}
KINDS: Mapping[str, Mapping[str, Any]] = {
    "BAD DATA": {"outcome": "bad_data"},
    "BROKEN CHECK": {"outcome": "broken_check", "detail": "no such column"},
    "MISSING CHECK": {"outcome": "missing_check", "detail": "empty: marts.area"},
    "WARNING": {"outcome": "bad_data", "severity": "warn"},
    "KNOWN FAILURE": {"outcome": "bad_data", "is_known": True, "known_until": "2027-03-31"},
    "NOT APPLICABLE": {"outcome": "not_applicable", "detail": "no file of councils was read"},
}


def document(*results: Mapping[str, Any], outcome: str = "bad_data", **more: Any) -> dict[str, Any]:
    """An audit as its file has it."""
    return {
        "candidate": "run.duckdb",
        "outcome": outcome,
        "checks_run": len(results),
        "passed": sum(r["outcome"] == "passed" for r in results),
        "failed": 1,
        "warned": 0,
        "seconds": 1.5,
        "checks": list(results),
    } | more


@pytest.mark.parametrize("word", KINDS)
def test_each_outcome_has_a_word_of_its_own(word: str) -> None:
    """Given a result of one kind, when told, then its heading is there and no other's is."""
    text = render(audit_from(document({**RESULT, **KINDS[word]})))
    assert [other for other in KINDS if f"{other} (1):" in text] == [word]


def test_a_failure_says_where_whose_and_what_it_spoils() -> None:
    """Given bad data, when told, then table, rows, return, owner, marts and command are named."""
    text = render(audit_from(document({**RESULT, "examined": 1200})), about="a-run")
    for words in (
        *("staging.stg_councils", "3 of 1,200", "councils", "care team"),
        *("metric_value, scorecard", "file one.xlsx, source_row 7"),
        "joinedup quality a-run --rows stg_councils.codes_are_there",
    ):
        assert words in text
    assert text.startswith("Refused: 1 check found bad data;")


def test_a_broken_check_is_not_called_bad_data() -> None:
    """Given a check that broke, then the verdict blames the check, and no rows are offered."""
    broken = {**RESULT, **KINDS["BROKEN CHECK"], "unexpected_count": None, "examples": []}
    text = render(audit_from(document(broken, outcome="broken_check")))
    assert text.startswith("Refused: 1 check broke;")
    assert "nothing is known of the data" in text
    assert "no such column" in text
    assert "--rows" not in text
    assert "bad data" not in text.lower()


@pytest.mark.parametrize(
    ("told", "are_offered"),
    [
        ({}, True),
        ({"severity": "warn"}, True),
        ({"expectation": "dbt_test"}, True),
        ({"expectation": "dbt_test", "severity": "warn"}, False),
        ({"expectation": "dbt_test", "is_known": True}, False),
        ({"unexpected_count": None}, False),
        ({"unexpected_count": 0}, False),
    ],
)
def test_rows_are_offered_where_they_can_be_shown(
    told: Mapping[str, Any], are_offered: bool
) -> None:
    """Given bad data, then the command for rows is told but where it would show none.

    A test of dbt's that did not stop the release looks at tables that are gone; a check of a whole
    table counts no rows.
    """
    audit = audit_from(document({**RESULT, **told}))
    assert ("--rows" in render(audit)) == are_offered
    assert ("--rows" in render_page(Page(audit))) == are_offered


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), {"codes_are_there", "sizes", "held"}),
        (Wanted(failed=True), {"codes_are_there"}),
        (Wanted(suite="area"), {"sizes"}),
        (Wanted(return_id="councils"), {"codes_are_there", "held"}),
    ],
)
def test_only_what_is_asked_for_is_shown(wanted: Wanted, names: set[str]) -> None:
    """Given results of suites and returns, when some are asked for, then only those are told."""
    warned = {**RESULT, "suite": "area", "table": "marts.area", "check": "sizes"}
    audit = audit_from(
        document(
            RESULT,
            {**warned, "severity": "warn"},
            {**RESULT, "check": "held", "outcome": "passed", "examples": []},
        )
    )
    told = json.loads(as_json(audit, wanted))
    assert {one["check"] for one in told["checks"]} == names
    text = render(audit, wanted)
    assert ("codes_are_there" in text) == ("codes_are_there" in names)
    assert ("sizes" in text) == ("sizes" in names)


@pytest.mark.parametrize("wanted", [Wanted(suite="lake"), Wanted(return_id="beds_open")])
def test_an_unknown_suite_or_return_is_said(wanted: Wanted) -> None:
    """Given a name that the audit does not have, then that is said, with the nearest."""
    found = audit_from(document({**RESULT, "return_ids": ["beds"]}))
    with pytest.raises(NoAuditError, match=f"'{wanted.suite or wanted.return_id}'. Near: "):
        wanted.require_known(found)
    Wanted(suite=RESULT["suite"], return_id="beds").require_known(found)


@pytest.mark.parametrize(
    ("results", "outcome", "code"),
    [
        ([{"outcome": "passed"}], "passed", 0),
        ([{"outcome": "bad_data", "severity": "warn"}], "passed", 2),
        ([KINDS["KNOWN FAILURE"]], "passed", 0),
        ([KINDS["NOT APPLICABLE"]], "passed", 0),
        ([{"outcome": "bad_data"}], "bad_data", 1),
        ([], "missing_check", 1),
    ],
)
def test_the_exit_code_goes_by_the_verdict(
    results: list[Mapping[str, Any]], outcome: str, code: int
) -> None:
    """Given an audit, then 0 is passed, 2 passed with warnings, and 1 everything else."""
    audit = audit_from(document(*({**RESULT, **one} for one in results), outcome=outcome))
    assert exit_code(audit) == code
    assert audit.sentence.startswith("Passed" if code != 1 else "Refused")


def test_a_text_cannot_command_the_terminal() -> None:
    """Given a file name with an escape and a turn of direction, then both are shown as codes."""
    nasty = {**RESULT, "examples": [{"file": "\x1b[31m\u202egnp.xlsx"}]}
    text = render(audit_from(document(nasty)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b[31m\\u202egnp.xlsx" in text


def test_masked_rows_are_told_by_their_keys() -> None:
    """Given a result whose rows may not be shown, then its keys are."""
    text = render(audit_from(document({**RESULT, "examples": [], "keys": ["Sheet 1 C7"]})))
    assert "key Sheet 1 C7" in text


def test_a_check_is_found_by_its_name_alone_where_that_is_enough() -> None:
    """Given checks, when asked for by name, then one is found, two or none are refused by name."""
    other = {**RESULT, "suite": "area", "table": "marts.area"}
    audit = audit_from(document(RESULT, other, {**RESULT, "check": "sizes"}))
    assert find_check(audit, "sizes").suite == "stg_councils"
    assert find_check(audit, "area.codes_are_there").suite == "area"
    with pytest.raises(NoAuditError, match=r"area\.codes_are_there"):
        find_check(audit, "codes_are_there")
    with pytest.raises(NoAuditError, match="No check"):
        find_check(audit, "nothing")


def test_an_audit_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Given no file, or one that is no audit, when read, then the error names the file."""
    with pytest.raises(NoAuditError, match=r"quality\.json"):
        read_audit(tmp_path)
    (tmp_path / "quality.json").write_text("[]")
    with pytest.raises(NoAuditError, match="cannot be read as an audit"):
        read_audit(tmp_path)


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A small candidate with bad rows of each sort, and the file they come from."""
    path = tmp_path / "c.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            CREATE SCHEMA marts;
            CREATE TABLE marts.source_file AS
              SELECT repeat('a', 64) AS source_sha256, 'one.xlsx' AS file_name;
            CREATE TABLE marts.area AS
              SELECT * FROM (VALUES ('E1', 1, repeat('a', 64)), ('E1', 1, NULL), (NULL, 9, NULL))
                AS t(code, size, source_sha256);
        """)
    return path


def suite_of(expectation: str, **kwargs: Any) -> tuple[Suite, Check]:
    """A suite of one check of the small candidate."""
    check = {
        "name": "it",
        "says": "what is expected",
        "expectation": expectation,
        "kwargs": kwargs,
        "dimension": "validity",
        "severity": "block",
    }
    suite = Suite.model_validate(
        {
            "table": "marts.area",
            "checks_expected": 1,
            "owner": "me",
            "poisons": ["area"],
            "checks": [check],
        }
    )
    return suite, suite.checks[0]


@pytest.mark.parametrize(
    ("expectation", "kwargs", "count"),
    [
        (SQL_EXPECTATION, {"unexpected_rows_query": "SELECT * FROM {batch} WHERE size > 1"}, 1),
        ("expect_column_values_to_be_unique", {"column": "code"}, 1),
        ("expect_compound_columns_to_be_unique", {"column_list": ["code", "size"]}, 1),
        ("expect_column_values_to_not_be_null", {"column": "code"}, 1),
        ("expect_column_values_to_be_in_set", {"column": "size", "value_set": [1, 2]}, 1),
        ("expect_column_values_to_be_between", {"column": "size", "max_value": 5}, 1),
    ],
)
def test_each_sort_of_check_gives_its_rows(
    candidate: Path, expectation: str, kwargs: dict[str, Any], count: int
) -> None:
    """Given a check that found rows, when its query runs again, then those rows come."""
    assert rows_of(candidate, query_for(*suite_of(expectation, **kwargs))).total == count


def test_rows_name_their_file_and_nothing_else_is_opened(candidate: Path, tmp_path: Path) -> None:
    """Given rows of a file, then its name leads them; a query of another file is refused."""
    query = "SELECT * FROM marts.area WHERE source_sha256 IS NOT NULL"
    found = rows_of(candidate, query, limit=1)
    assert found.rows[0]["file"] == "one.xlsx"
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    with pytest.raises(NoRowsError, match="disabled"):
        rows_of(candidate, f"FROM read_csv('{other}')")
    assert table_rows(candidate, "marts.source_file")[0]["file_name"] == "one.xlsx"


def test_what_gives_no_rows_says_why(suites_folder: Path, tmp_path: Path) -> None:
    """Given a check of a suite itself, an unknown suite, or a test of long ago, then it is said."""
    with pytest.raises(NoRowsError, match="about the suite or its table"):
        query_of(suites_folder, "metric_value", "row_count")
    with pytest.raises(NoRowsError, match="no suite"):
        query_of(suites_folder, "of_old", "row_count")
    with pytest.raises(NoRowsError, match="not kept"):
        compiled_query(tmp_path, "vintages_tie")


def test_every_check_that_ships_can_show_its_rows(suites: dict[str, Suite]) -> None:
    """Given all suites, then each check has a query that gives its rows."""
    for suite in suites.values():
        for check in suite.checks:
            assert suite.table in query_for(suite, check)
