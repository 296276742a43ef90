"""The steps one by one: what each hands on, and what it leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

import dbt_project.build
import publishing.release
from dbt_project.build import BuildResult, BuildTest
from expectations.verdict import CheckFailure
from joinedup import steps
from publishing.beside import TABLES
from publishing.pointer import current_release
from publishing.release import StaleReleaseError
from tests.joinedup.conftest import Load


@pytest.fixture
def home(demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a loaded home, which the settings lead to."""
    copy = tmp_path / "home"
    shutil.copytree(demonstration_load.home, copy, symlinks=True)
    monkeypatch.setenv("JOINEDUP_HOME", str(copy))
    return copy


@pytest.mark.parametrize("content", [None, b"garbled"])
def test_a_damaged_release_makes_a_night_worth_building(home: Path, content: bytes | None) -> None:
    """Given nothing new but a current release without its database, then there is a release to
    make; with the release whole there is none.
    """
    assert not steps.read_files("whole")["anything_new"]
    release = current_release(home / "releases")
    assert release is not None
    release.marts.unlink()
    if content is not None:
        release.marts.write_bytes(content)
    read = steps.read_files("damaged")
    assert read["anything_new"]
    assert read["standing"] == {"is_broken": True}


@pytest.mark.usefixtures("home")
def test_an_overtaken_release_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a release made meanwhile, when the step is told, then no retry is asked for."""

    def overtaken(*_: object, **__: object) -> None:
        raise StaleReleaseError("a later release stands: run again")

    monkeypatch.setattr(publishing.release, "release_marts", overtaken)
    steps.read_files("late")
    with pytest.raises(steps.NotReleased, match="a later release stands"):
        steps.release_marts("late")


def test_nothing_of_a_released_run_stays_with_the_candidates(
    demonstration_load: Load,
) -> None:
    """Given a load that was released, then its candidate, audit and dbt folder are gone."""
    assert list((demonstration_load.home / "candidates").iterdir()) == []


def test_a_refusal_can_be_acted_on() -> None:
    """Given failed checks, then each is said in words, with its rows counted and one shown."""
    rows = [{"file": "June.xls", "period_start": "2015-06-01", "unit": None}, {"file": "May.xls"}]
    test = CheckFailure(
        suite="dbt tests",
        table="england_is_near",
        check="england_is_near",
        expected="the two England figures are near",
        unexpected_count=1200,
        examples=rows,
        detail="Got 1200 results, configured to fail if != 0",
    )
    broken = CheckFailure(
        suite="area",
        table="marts.area",
        check="suite",
        expected="its tables are there",
        kind="missing_check",
        detail="absent: marts.area",
    )
    assert steps.failure_words(test) == (
        "the two England figures are near (england_is_near): 1,200 rows otherwise\n"
        "      such as file June.xls, period_start 2015-06-01"
    )
    assert steps.failure_words(broken) == (
        "its tables are there (marts.area suite): absent: marts.area"
    )


def test_a_build_hands_its_failures_to_the_audit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a dbt test that failed, when audited, then the run ends with its words and a row."""
    failed = BuildTest(
        "a_test", "failed", "Got 1 result", 1, "all is well", ({"file": "June.xls"},)
    )
    release = current_release(home / "releases")
    assert release is not None

    def build(_lake: Path, candidate: Path, **_: object) -> BuildResult:
        with duckdb.connect(str(candidate)) as made:
            made.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
            made.execute("CREATE SCHEMA marts")
            for mart in release.manifest.tables.keys() - {"release_change", *TABLES}:
                made.execute(f"CREATE TABLE marts.{mart} AS FROM released.marts.{mart}")
        return BuildResult(candidate, 1, 1, (failed,), {}, 0.1)

    monkeypatch.setattr(dbt_project.build, "build_candidate", build)
    steps.read_files("night")
    steps.build_candidate("night")
    with pytest.raises(steps.NotReleased) as refused:
        steps.audit_candidate("night")
    assert "all is well (a_test): 1 row otherwise\n      such as file June.xls" in str(
        refused.value
    )


def test_fetching_an_undecided_return_says_what_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a return whose definition says `TODO`, when it is asked for, then that is said."""
    said = "beds.yml still says TODO: licence. Decide, then it is read."
    monkeypatch.setattr(steps, "undecided_definitions", lambda: {"beds": said})
    with pytest.raises(steps.NotReleased, match=r"beds\.yml still says TODO: licence"):
        steps.chosen_definitions(["beds"])
