"""The gate: what passes, what blocks, and that a check that showed nothing never passes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.gate import audit_candidate
from expectations.suites import SQL_EXPECTATION, load_suites
from expectations.validation import read_answer
from expectations.verdict import CheckFailure, Verdict

CONTENTS = """
    CREATE SCHEMA marts;
    CREATE TABLE marts.source_file AS SELECT 'council_file' AS return_id, 'read' AS state;
    CREATE TABLE marts.area AS
      SELECT 'E' || i AS area_code, i AS size, DATE '2015-04-01' AS valid_from
      FROM range(8) AS t(i);
"""

RETURNS_READ = "SELECT DISTINCT return_id FROM marts.source_file WHERE state = 'read'"

Audit = Callable[..., Verdict]


def check(name: str, query: str, **more: Any) -> dict[str, Any]:
    """A SQL check as a suite file holds it."""
    return {
        "name": name,
        "says": f"what {name} expects",
        "expectation": SQL_EXPECTATION,
        "kwargs": {"unexpected_rows_query": query},
        "dimension": "validity",
        "severity": "block",
    } | more


def suite(table: str, *checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A suite as its file holds it."""
    return {
        "table": table,
        "rows": 1,
        "checks_expected": len(checks),
        "owner": "data team",
        "poisons": ["area"],
        "checks": list(checks),
    } | more


GOOD = check("codes_are_there", "SELECT * FROM {batch} WHERE area_code IS NULL")
BAD = check("sizes_are_small", "SELECT * FROM {batch} AS a WHERE a.size > 1")
BROKEN = check("broken_query", "SELECT * FROM {batch} WHERE no_such_column = 1")
FILES = suite("marts.source_file", check("has_state", "SELECT 1 FROM {batch} WHERE state IS NULL"))


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A candidate of two small marts."""
    path = tmp_path / "candidate.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CONTENTS)
    return path


@pytest.fixture
def audit(candidate: Path, tmp_path: Path) -> Audit:
    """Audit the small candidate by the given suites, listed in the index unless told otherwise."""

    def run(
        suites: dict[str, dict[str, Any]], listed: list[str] | None = None, **more: Any
    ) -> Verdict:
        folder = tmp_path / "suites"
        folder.mkdir()
        for name, content in suites.items():
            (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        index = {"suites": list(suites) if listed is None else listed}
        (folder / "index.yml").write_text(yaml.safe_dump(index), encoding="utf-8")
        return audit_candidate(candidate, folder, tmp_path / "results", **more)

    return run


def results_of(verdict: Verdict) -> list[dict[str, Any]]:
    """What the quality file tells of each check."""
    told: list[dict[str, Any]] = json.loads(verdict.quality.read_text("utf-8"))["checks"]
    return told


def spoil(candidate: Path, sql: str) -> None:
    """Run SQL on a candidate."""
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(sql)


def test_shipped_suites_pass_a_good_candidate(
    good_candidate: Path, suites_folder: Path, tmp_path: Path
) -> None:
    """Given a good candidate, when audited, then it passes, is told about, and is free again."""
    told: list[tuple[str, int, int]] = []
    verdict = audit_candidate(
        good_candidate,
        suites_folder,
        tmp_path / "quality",
        memory="300MB",
        report=lambda *progress: told.append(progress),
    )
    assert (verdict.outcome, verdict.failed, verdict.warned) == ("passed", 0, 0)
    assert verdict.may_release
    with duckdb.connect(str(good_candidate)) as connection:
        read = {name for (name,) in connection.execute(RETURNS_READ).fetchall()}
    pinned = [
        suite
        for suite in load_suites(suites_folder).suites.values()
        if not suite.needs_a_return or read & {*suite.needs_a_return}
    ]
    assert verdict.passed == verdict.checks_run == sum(s.checks_expected + 1 for s in pinned)
    assert told[-1][1] == told[-1][2] == len({what for what, _, _ in told}) - 1
    with duckdb.connect(str(good_candidate)) as connection:
        connection.execute("SELECT 1")


def test_quality_file_tells_every_check(audit: Audit) -> None:
    """Given checks that pass, fail and warn, when audited, then the file tells them all."""
    warns = BAD | {"name": "only_warns", "severity": "warn", "owner": "area desk", "poisons": ["x"]}
    verdict = audit({"area": suite("marts.area", GOOD, BAD, warns), "source_file": FILES})
    told = json.loads(verdict.quality.read_text(encoding="utf-8"))
    assert verdict.quality.name == "quality.json"
    assert {k: told[k] for k in ("outcome", "checks_run", "passed", "failed", "warned")} == {
        "outcome": "bad_data",
        "checks_run": 6,
        "passed": 4,
        "failed": 1,
        "warned": 1,
    }
    by_name = {c["check"]: c for c in told["checks"] if c["suite"] == "area"}
    failed = by_name["sizes_are_small"]
    assert failed["table"] == "marts.area"
    assert failed["expected"] == "what sizes_are_small expects"
    assert (failed["dimension"], failed["severity"], failed["outcome"]) == (
        "validity",
        "block",
        "bad_data",
    )
    assert failed["unexpected_count"] == 6
    assert len(failed["examples"]) == 5
    assert failed["examples"][0].keys() == {"area_code", "size", "valid_from"}
    assert failed["examples"][0]["valid_from"] == "2015-04-01"
    assert failed["seconds"] > 0
    assert (by_name["only_warns"]["owner"], by_name["only_warns"]["poisons"]) == (
        "area desk",
        ["x"],
    )
    assert by_name["codes_are_there"]["outcome"] == "passed"
    assert by_name["row_count"]["observed"] == 8


def test_warning_does_not_block(audit: Audit) -> None:
    """Given bad data under a check that only warns, when audited, then the release goes ahead."""
    verdict = audit(
        {"area": suite("marts.area", GOOD, BAD | {"severity": "warn"}), "source_file": FILES}
    )
    assert (verdict.outcome, verdict.failed, verdict.warned) == ("passed", 0, 1)
    assert [f.check for f in verdict.failures] == ["sizes_are_small"]


@pytest.mark.parametrize(
    "broken",
    [
        BROKEN,
        BROKEN | {"severity": "warn"},
        check("syntax", "SELECT FROM WHERE {batch}"),
        BROKEN | {"expectation": "expect_the_best", "kwargs": {}},
        BROKEN | {"expectation": "expect_column_values_to_be_unique", "kwargs": {"colum": "size"}},
        BROKEN | {"expectation": "expect_column_values_to_be_unique", "kwargs": {"column": "sise"}},
    ],
    ids=["column", "warning", "syntax", "expectation", "keyword", "column of an expectation"],
)
def test_broken_check_is_not_bad_data(audit: Audit, broken: dict[str, Any]) -> None:
    """Given a check that cannot run, when audited, then it is told apart and blocks."""
    verdict = audit({"area": suite("marts.area", GOOD, broken), "source_file": FILES})
    assert verdict.outcome == "broken_check"
    assert [(f.kind, bool(f.detail)) for f in verdict.failures] == [("broken_check", True)]
    assert not verdict.may_release


def test_short_suite_is_a_missing_check(audit: Audit) -> None:
    """Given a suite that lost a check it pins, when audited, then the release is held."""
    verdict = audit({"area": suite("marts.area", GOOD, checks_expected=2), "source_file": FILES})
    assert verdict.outcome == "missing_check"
    assert [f.detail for f in verdict.failures] == ["1 checks ran, 2 are pinned"]


def test_suite_without_checks_is_a_missing_check(audit: Audit) -> None:
    """Given a suite with no checks left, when audited, then the release is held."""
    verdict = audit({"area": suite("marts.area", checks_expected=1), "source_file": FILES})
    assert verdict.outcome == "missing_check"


def test_lost_suite_is_a_missing_check(audit: Audit) -> None:
    """Given a mart whose suite is gone, when audited, then both index and mart say so."""
    verdict = audit({"source_file": FILES}, listed=["area", "source_file"])
    assert verdict.outcome == "missing_check"
    assert {f.suite for f in verdict.failures} == {"area", "marts.area"}


def test_no_suites_at_all_do_not_pass(audit: Audit) -> None:
    """Given an empty folder, when audited, then nothing passes."""
    verdict = audit({}, listed=["area"])
    assert (verdict.outcome, verdict.checks_run) == ("missing_check", 0)


def test_unreadable_suite_is_a_broken_check(audit: Audit) -> None:
    """Given a suite with an unknown key, when audited, then it is a broken check."""
    area = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(area | {"other": suite("marts.area", GOOD, tabel="x")})
    assert verdict.outcome == "broken_check"
    assert "tabel" in verdict.failures[0].detail


def test_a_table_that_cannot_be_read_is_a_broken_check(
    audit: Audit, candidate: Path, tmp_path: Path
) -> None:
    """Given a view of a lake file that is gone, when audited, then its suite is a broken check."""
    gone = tmp_path / "gone.parquet"
    spoil(candidate, f"COPY (SELECT 1 AS code) TO '{gone}'")
    spoil(candidate, f"CREATE VIEW marts.beds AS FROM read_parquet('{gone}')")
    gone.unlink()
    beds = suite("marts.beds", check("has_code", "SELECT 1 FROM {batch} WHERE code IS NULL"))
    verdict = audit({"area": suite("marts.area", GOOD), "source_file": FILES, "beds": beds})
    assert verdict.outcome == "broken_check"
    (found,) = [one for one in results_of(verdict) if one["outcome"] != "passed"]
    assert (found["suite"], found["table"]) == ("beds", "marts.beds")
    assert found["owner"]
    assert "marts.beds (" in found["detail"]


@pytest.mark.parametrize("sql", ["TRUNCATE marts.area", "DROP TABLE marts.area"])
def test_empty_or_absent_table_is_a_missing_check(audit: Audit, candidate: Path, sql: str) -> None:
    """Given a mart without rows, or none, when audited, then a check is missing, not passed."""
    spoil(candidate, sql)
    verdict = audit({"area": suite("marts.area", GOOD), "source_file": FILES})
    assert verdict.outcome == "missing_check"
    assert [f.suite for f in verdict.failures] == ["area"]


@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        ("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM marts.area)", "not_applicable"),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM marts.area)", "missing_check"),
        ("SELECT 1 FROM marts.nowhere", "missing_check"),
    ],
    ids=["rightly", "wrongly", "nobody can tell"],
)
def test_an_empty_table_needs_its_reason(
    audit: Audit, candidate: Path, when: str, outcome: str
) -> None:
    """Given an empty mart, then its suite does not apply if what says so holds, and never passes.

    That it does not apply is told; a mart that ought to have rows holds the release back.
    """
    spoil(candidate, "TRUNCATE marts.area")
    reason = {"says": "nothing is loaded", "when": when}
    area = suite("marts.area", GOOD, rows=0, empty_when=reason)
    verdict = audit({"area": area, "source_file": FILES})
    (told,) = [c for c in results_of(verdict) if c["suite"] == "area"]
    assert (told["outcome"], verdict.may_release) == (outcome, outcome == "not_applicable")
    assert ("nothing is loaded" in told["detail"]) == (outcome == "not_applicable")


@pytest.mark.parametrize(("size", "outcome"), [(1, "bad_data"), (99, "not_applicable")])
def test_a_check_that_looks_at_no_row_did_not_pass(audit: Audit, size: int, outcome: str) -> None:
    """Given a check about rows of a kind, then it applies only where there are some, and counts."""
    only = check(
        "big_are_named",
        f"SELECT * FROM {{batch}} AS a WHERE a.size > {size} AND a.area_code <> ''",  # noqa: S608
        examines=f"SELECT count(*) FROM marts.area WHERE size > {size}",  # noqa: S608
        severity="warn",
    )
    verdict = audit({"area": suite("marts.area", GOOD, only), "source_file": FILES})
    (told,) = [c for c in results_of(verdict) if c["check"] == "big_are_named"]
    assert verdict.outcome == "passed"
    assert (told["outcome"], told["examined"]) == (outcome, 6 if size == 1 else 0)


def test_a_count_that_cannot_be_made_is_a_broken_check(audit: Audit) -> None:
    """Given a check whose count of rows does not run, then the check is broken."""
    lost = GOOD | {"examines": "SELECT count(*) FROM marts.nowhere"}
    verdict = audit({"area": suite("marts.area", lost), "source_file": FILES})
    assert verdict.outcome == "broken_check"


def build_test(outcome: str = "passed", **more: Any) -> dict[str, Any]:
    """A dbt test as the build tells of it."""
    return {
        "node": "areas_are_whole",
        "outcome": outcome,
        "message": "Got 2 results, configured to fail if != 0",
        "rows": 0 if outcome == "passed" else 2,
        "expected": "every area is whole",
        "examples": [],
        "dimension": "accuracy",
        "owner": "area desk",
        "tables": ["marts.area"],
        "poisons": ["area"],
    } | more


def test_a_dbt_test_that_passed_is_told(audit: Audit) -> None:
    """Given a dbt test that passed, then it is a result like any other, with what it is about."""
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(suites, build_tests=[build_test()])
    (told,) = [c for c in results_of(verdict) if c["kind"] == "dbt"]
    assert {k: told[k] for k in ("outcome", "dimension", "owner", "poisons", "table")} == {
        "outcome": "passed",
        "dimension": "accuracy",
        "owner": "area desk",
        "poisons": ["area"],
        "table": "marts.area",
    }
    assert verdict.passed == 5


@pytest.mark.parametrize(
    ("build", "kind", "blocks"),
    [("failed", "bad_data", True), ("warned", "bad_data", False), ("broken", "broken_check", True)],
)
def test_a_dbt_test_that_did_not_pass_counts(
    audit: Audit, build: str, kind: str, blocks: bool
) -> None:
    """Given a dbt test that failed, warned or broke, then it blocks or tells as a check does."""
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(suites, build_tests=[build_test(build)])
    assert [(f.kind, f.check) for f in verdict.failures] == [(kind, "areas_are_whole")]
    assert verdict.may_release == (not blocks)


@pytest.mark.parametrize(
    ("tables", "made_from", "outcome"),
    [
        (["staging.stg_another_file"], {}, "not_applicable"),
        (["staging.stg_council_file"], {}, "missing_check"),
        (["intermediate.made"], {"intermediate.made": ["staging.stg_another_file"]}, "not_appl"),
        (["intermediate.made"], {"intermediate.made": ["staging.stg_council_file"]}, "missing"),
        (["intermediate.made"], {}, "missing_check"),
        (["intermediate.made", "marts.area"], {}, "missing_check"),
        (["staging.stg_another_file", "marts.area"], {}, "passed"),
        (["staging.stg_another_file", "intermediate.made"], {}, "missing_check"),
    ],
    ids=[
        "no file of its return",
        "a file of its return",
        "made of what is rightly empty",
        "made of what is not",
        "empty of its own",
        "one has rows, the other ought to",
        "one has rows, the other rightly none",
        "none has rows, one of them ought to",
    ],
)
def test_no_dbt_test_passes_on_empty_tables(
    audit: Audit, candidate: Path, tables: list[str], made_from: dict[str, list[str]], outcome: str
) -> None:
    """Given a dbt test whose tables have no row, then it does not apply, or a check is missing."""
    spoil(candidate, f"{STAGED} DELETE FROM staging.stg_council_file; {MADE}")  # noqa: S608
    staged = {f"stg_{name}": staging(name) for name in ("another_file", "council_file")}
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(
        suites | staged,
        listed=list(suites),
        build_tests=[build_test(tables=tables)],
        made_from=made_from,
    )
    (told,) = [c for c in results_of(verdict) if c["kind"] == "dbt"]
    assert told["outcome"].startswith(outcome)


@pytest.mark.parametrize(
    ("excuses", "outcome"), [(True, "not_applicable"), (False, "missing_check")]
)
def test_a_list_of_what_is_left_out_excuses_nothing(
    candidate: Path, tmp_path: Path, excuses: bool, outcome: str
) -> None:
    """Given a table made of a rightly empty list of what is left out, then it is to have rows."""
    spoil(candidate, f"{MADE} CREATE TABLE intermediate.left_out AS FROM intermediate.made")
    reason = {"says": "nothing is left out", "when": "SELECT 1 AS held", "excuses": excuses}
    result = audit_with_index(
        candidate,
        tmp_path,
        {"intermediate.left_out": reason},
        build_tests=[build_test(tables=["intermediate.made"])],
        made_from={"intermediate.made": ["intermediate.left_out"]},
    )
    (told,) = [c for c in results_of(result) if c["kind"] == "dbt"]
    assert told["outcome"] == outcome


@pytest.mark.parametrize(
    ("when", "found"), [("SELECT 1 AS held", []), ("SELECT 1 WHERE false", ["intermediate.made"])]
)
def test_a_table_that_nothing_looks_at_needs_its_reason(
    candidate: Path, tmp_path: Path, when: str, found: list[str]
) -> None:
    """Given a listed table that no suite or dbt test looks at, empty, then its reason has to hold.

    That it is made of one without a row does not excuse it.
    """
    spoil(candidate, f"{STAGED} {MADE}")
    verdict = audit_with_index(
        candidate,
        tmp_path,
        {"intermediate.made": {"says": "nothing is left out", "when": when}},
        made_from={"intermediate.made": ["staging.stg_another_file"]},
    )
    empty = [f for f in verdict.failures if f.table.startswith("intermediate.")]
    assert [f.table for f in empty] == found
    assert {f.kind for f in empty} <= {"missing_check"}


def audit_with_index(
    candidate: Path, folder: Path, may_be_empty: dict[str, Any], **more: Any
) -> Verdict:
    """Audit the small candidate by suites whose index says which tables may be empty."""
    suites = folder / "suites"
    suites.mkdir()
    (suites / "area.yml").write_text(yaml.safe_dump(suite("marts.area", GOOD)), encoding="utf-8")
    index = {"suites": ["area"], "may_be_empty": may_be_empty}
    (suites / "index.yml").write_text(yaml.safe_dump(index), encoding="utf-8")
    return audit_candidate(candidate, suites, folder / "results", **more)


def test_empty_table_beside_is_a_missing_check(audit: Audit, candidate: Path) -> None:
    """Given a suite that also reads an empty table, when audited, then its checks do not pass."""
    spoil(candidate, "CREATE SCHEMA seeds; CREATE TABLE seeds.known (area_code VARCHAR)")
    reads = suite("marts.area", GOOD, reads=["seeds.known"])
    verdict = audit({"area": reads, "source_file": FILES})
    assert [(f.kind, f.detail) for f in verdict.failures] == [
        ("missing_check", "empty: seeds.known")
    ]


def test_too_few_rows_are_bad_data(audit: Audit) -> None:
    """Given fewer rows than a suite wants, when audited, then the data is bad."""
    verdict = audit({"area": suite("marts.area", GOOD, rows=9), "source_file": FILES})
    assert verdict.outcome == "bad_data"
    assert [f.check for f in verdict.failures] == ["row_count"]


def test_return_that_was_not_read_is_told(audit: Audit) -> None:
    """Given a suite about a return without files, when audited, then it warns and is not run."""
    needs = suite("marts.area", BAD, needs_a_return=["another_file"])
    verdict = audit({"area": needs, "source_file": FILES})
    assert (verdict.outcome, verdict.warned) == ("passed", 1)
    assert [(f.kind, f.severity) for f in verdict.failures] == [("not_applicable", "warn")]


def test_return_that_was_read_is_audited(audit: Audit) -> None:
    """Given the same suite and a file of that return, when audited, then it runs and finds."""
    needs = suite("marts.area", BAD, needs_a_return=["another_file", "council_file"])
    assert audit({"area": needs, "source_file": FILES}).outcome == "bad_data"


STAGED = """
    CREATE SCHEMA staging;
    CREATE TABLE staging.stg_council_file AS SELECT 1 AS figure;
    CREATE TABLE staging.stg_another_file AS SELECT 1 AS figure WHERE false;
"""


MADE = "CREATE SCHEMA intermediate; CREATE TABLE intermediate.made AS SELECT 1 AS x WHERE false;"


def staging(return_id: str) -> dict[str, Any]:
    """The suite of a return's staging model."""
    has = check("has_figure", "SELECT 1 FROM {batch} WHERE figure IS NULL")
    return suite(f"staging.stg_{return_id}", has, needs_a_return=[return_id])


def test_staging_suites_follow_the_models(audit: Audit, candidate: Path) -> None:
    """Given a suite for each staging model and none listed, then what was read is audited.

    The return without a file is told in the results, and warns nobody.
    """
    spoil(candidate, STAGED)
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    staged = {f"stg_{name}": staging(name) for name in ("council_file", "another_file")}
    verdict = audit(suites | staged, listed=list(suites))
    assert (verdict.outcome, verdict.warned) == ("passed", 0)
    told = json.loads(verdict.quality.read_text(encoding="utf-8"))["checks"]
    outcomes = {(c["suite"], c["check"]): c["outcome"] for c in told}
    assert outcomes["stg_council_file", "has_figure"] == "passed"
    assert outcomes["stg_another_file", "suite"] == "not_applicable"


@pytest.mark.parametrize(
    ("sources", "made_from", "poisons"),
    [
        ("council_file; x", {"marts.scorecard": ["marts.metric_value"]}, ["metric_value", "score"]),
        ("x", {"int.one": ["staging.stg_council_file"], "marts.days": ["int.one"]}, ["days"]),
        ("x", {}, []),
    ],
    ids=["by its metrics", "by the models that read it", "none"],
)
def test_a_staging_suite_poisons_what_its_return_feeds(
    audit: Audit, candidate: Path, sources: str, made_from: dict[str, Any], poisons: list[str]
) -> None:
    """Given a return, then its checks poison the marts of its metrics, or made of its figures."""
    metric = "CREATE TABLE marts.metric AS SELECT 'beds' AS metric_id, "
    spoil(candidate, f"{STAGED} {metric} '{sources}' AS source_returns;")
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(
        suites | {"stg_council_file": staging("council_file")},
        listed=list(suites),
        made_from=made_from,
    )
    (told,) = [c for c in results_of(verdict) if c["check"] == "has_figure"]
    expected = [name if name != "score" else "scorecard" for name in poisons]
    assert told["poisons"] == sorted({"area", *expected})


def test_staging_model_without_suite_is_a_missing_check(audit: Audit, candidate: Path) -> None:
    """Given a staging model whose suite is lost, when audited, then a check is missing."""
    spoil(candidate, STAGED)
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(suites | {"stg_council_file": staging("council_file")}, listed=list(suites))
    assert [(f.suite, f.detail) for f in verdict.failures] == [
        ("staging.stg_another_file", "no suite")
    ]
    assert verdict.outcome == "missing_check"


def test_return_without_staging_model_is_a_missing_check(audit: Audit, candidate: Path) -> None:
    """Given files of a return that nobody staged, when audited, then a check is missing."""
    spoil(candidate, f"{STAGED} DROP TABLE staging.stg_council_file;")
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(suites | {"stg_another_file": staging("another_file")}, listed=list(suites))
    assert [(f.kind, f.detail) for f in verdict.failures] == [("missing_check", "no staging model")]


def test_gravest_kind_is_the_outcome(audit: Audit) -> None:
    """Given a missing, a broken and a failing check, when audited, then missing is the outcome."""
    area = suite("marts.area", BAD, BROKEN, checks_expected=3)
    verdict = audit({"area": area, "source_file": FILES})
    assert verdict.outcome == "missing_check"
    assert verdict.by_kind == {"missing_check": 1, "broken_check": 1, "bad_data": 1}


def test_failed_dbt_test_blocks_and_warning_does_not(audit: Audit) -> None:
    """Given a failed dbt test and one that warns, when audited, then only the first blocks."""
    failed = CheckFailure("dbt tests", "splits_add_up", "Got 2 results", unexpected_count=2)
    warned = CheckFailure("dbt tests", "near_enough", "Got 1 result", severity="warn")
    suites = {"area": suite("marts.area", GOOD), "source_file": FILES}
    verdict = audit(suites, build_failures=[failed, warned])
    assert (verdict.outcome, verdict.failed, verdict.warned) == ("bad_data", 1, 1)
    assert verdict.failures[0].table == "splits_add_up"
    assert verdict.failures[0].unexpected_count == 2


def test_absent_candidate_is_an_error(tmp_path: Path, suites_folder: Path) -> None:
    """Given no candidate, when audited, then it is an error, not an empty pass."""
    with pytest.raises(FileNotFoundError):
        audit_candidate(tmp_path / "none.duckdb", suites_folder, tmp_path)


def test_gate_is_cheap_to_import() -> None:
    """Given a quiet night, when the gate is merely imported, then Great Expectations is not."""
    code = "import expectations.gate, sys; sys.exit('great_expectations' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0


def test_audit_says_nothing_of_its_own(
    good_candidate: Path, suites_folder: Path, tmp_path: Path
) -> None:
    """Given a process of its own, when it audits and ends, then it printed only what we print."""
    code = (
        "import sys; from pathlib import Path; from expectations.gate import audit_candidate\n"
        "print(audit_candidate(*map(Path, sys.argv[1:])).outcome)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(good_candidate), str(suites_folder), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert (done.stdout, done.stderr) == ("passed\n", "")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"success": True, "exception_info": {"raised_exception": False}}, "passed"),
        ({"success": False, "exception_info": {"raised_exception": False}}, "bad_data"),
        ({"success": False, "exception_info": {"raised_exception": True}}, "broken_check"),
        ({"success": False, "exception_info": {"m": {"raised_exception": True}}}, "broken_check"),
        ({"success": True, "exception_info": {"m": {"raised_exception": True}}}, "broken_check"),
        ({"success": True, "exception_info": {}}, "passed"),
    ],
)
def test_answer_is_read_for_exceptions_first(answer: dict[str, Any], outcome: str) -> None:
    """Given an answer, when read, then an exception in either shape outweighs what it says."""
    assert read_answer(answer)["outcome"] == outcome
