"""Suites as data: what their model refuses, and that none of the shipped ones passes on nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from expectations.suites import Suite, load_suites

SUITES = Path(__file__).resolve().parents[2] / "expectations" / "suites"
NAMES = sorted(path.stem for path in SUITES.glob("*.yml") if path.name != "index.yml")

CHECK = {
    "name": "code_is_there",
    "says": "every area has a code",
    "expectation": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "area_code"},
    "dimension": "completeness",
    "severity": "block",
}
VALID = {
    "table": "marts.area",
    "rows": 1,
    "checks_expected": 1,
    "owner": "data team",
    "poisons": ["area"],
    "checks": [CHECK],
}


def with_query(query: str) -> dict[str, object]:
    """The valid suite with one SQL check instead."""
    sql = {
        "expectation": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": query},
    }
    return VALID | {"checks": [CHECK | sql]}


def test_shipped_suites_are_whole() -> None:
    """Given the suites that ship, when loaded, then each pins what it holds, as the index says."""
    loaded = load_suites(SUITES)
    assert not loaded.missing
    assert not loaded.unreadable
    assert sorted(loaded.suites) == NAMES
    assert {n: len(s.checks) for n, s in loaded.suites.items()} == {
        n: s.checks_expected for n, s in loaded.suites.items()
    }


def test_every_mart_has_a_suite_of_its_own() -> None:
    """Given the marts promised to readers, when suites load, then each is some suite's table."""
    marts = {"metric", "metric_value", "metric_plan", "area", "period", "delayed_days", "claim"}
    marts |= {"source_file", "lineage", "area_link", "population", "england_route", "control_limit"}
    marts |= {"programme", "commitment", "reconciliation", "peer_feature", "peer", "scorecard"}
    marts |= {"bcf_outturn", "bcf_money", "deflator", "spending_change", "release_change"}
    assert {f"marts.{mart}" for mart in marts} <= {
        suite.table for suite in load_suites(SUITES).suites.values()
    }


def test_valid_suite_is_accepted() -> None:
    """Given a plain suite, when validated, then owner and poisoned marts come from the suite."""
    suite = Suite.model_validate(VALID)
    assert suite.owner_of(suite.checks[0]) == "data team"
    assert suite.poisoned_by(suite.checks[0]) == ["area"]


@pytest.mark.parametrize(
    "spoilt",
    [
        VALID | {"tabel": "marts.area"},
        VALID | {"rows": -1},
        VALID | {"rows": 0},
        VALID | {"empty_when": {"says": "nothing is loaded", "when": "SELECT 1"}},
        VALID | {"table": "area"},
        VALID | {"reads": ["area; DROP TABLE x"]},
        VALID | {"poisons": []},
        VALID | {"checks": [CHECK | {"severity": "info"}]},
        VALID | {"checks": [CHECK | {"dimension": "beauty"}]},
        VALID | {"checks": [CHECK, CHECK]},
        with_query("SELECT 1 FROM marts.area"),
        with_query("SELECT 1 FROM {batch} WHERE regexp_full_match(name, 'a{2}')"),
        with_query("SELECT 1 FROM {batch} WHERE name = '{'"),
    ],
    ids=[
        "unknown key",
        "fewer rows than none",
        "may be empty for no reason",
        "a reason to be empty, though it may not",
        "table without schema",
        "a name that is not a name",
        "poisons nothing",
        "unknown severity",
        "unknown dimension",
        "same name twice",
        "query not on the batch",
        "brace not doubled",
        "brace not closed",
    ],
)
def test_wrong_suite_is_refused(spoilt: dict[str, object]) -> None:
    """Given a suite with one thing wrong, when validated, then it is refused."""
    with pytest.raises(ValidationError):
        Suite.model_validate(spoilt)


def test_lost_unlisted_and_unreadable_suites_are_named(tmp_path: Path) -> None:
    """Given a folder that lost a suite, has another too many and one spoilt, then each is named."""
    shutil.copytree(SUITES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "claim.yml").rename(tmp_path / "claims.yml")
    (tmp_path / "area.yml").write_text(yaml.safe_dump(VALID | {"tabel": "x"}), encoding="utf-8")
    loaded = load_suites(tmp_path)
    assert set(loaded.missing) == {"claim", "claims"}
    assert "tabel" in loaded.unreadable["area"]
    assert "area" not in loaded.suites


def test_a_check_that_is_lost_with_its_number_is_seen(tmp_path: Path) -> None:
    """Given a suite that lost a check and counts one less, then the number of all is wrong."""
    shutil.copytree(SUITES, tmp_path, dirs_exist_ok=True)
    area = yaml.safe_load((tmp_path / "area.yml").read_text("utf-8"))
    area["checks"].pop()
    area["checks_expected"] -= 1
    (tmp_path / "area.yml").write_text(yaml.safe_dump(area), encoding="utf-8")
    assert "are pinned" in load_suites(tmp_path).missing["index"]


def test_folder_without_an_index_is_not_trusted(tmp_path: Path) -> None:
    """Given an empty folder, when suites load, then the missing index is itself a finding."""
    assert list(load_suites(tmp_path).missing) == ["index"]


def test_suite_takes_over_the_checks_of_its_base(tmp_path: Path) -> None:
    """Given a suite with a base and a check of its own, then it has both, and their number."""
    (tmp_path / "base").mkdir()
    base = {"checks_expected": 1, "checks": [CHECK | {"name": "shared"}]}
    (tmp_path / "base" / "all.yml").write_text(yaml.safe_dump(base), encoding="utf-8")
    own = VALID | {"base": "all", "table": "staging.stg_area", "checks": [CHECK]}
    (tmp_path / "stg_area.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (tmp_path / "stg_lost.yml").write_text(yaml.safe_dump(own | {"base": "lost"}), encoding="utf-8")
    (tmp_path / "index.yml").write_text(yaml.safe_dump({"suites": ["area"]}), encoding="utf-8")
    loaded = load_suites(tmp_path)
    assert [check.name for check in loaded.suites["stg_area"].checks] == ["shared", "code_is_there"]
    assert loaded.suites["stg_area"].checks_expected == 2
    assert "lost.yml" in loaded.unreadable["stg_lost"]
    assert list(loaded.missing) == ["area"]
