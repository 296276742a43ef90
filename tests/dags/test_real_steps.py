"""The housekeeping and the refresh, each run by Airflow with the steps that it names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import publishing.release
from ingestion.catalogue import Catalogue
from joinedup.embedded_airflow import EmbeddedRun, run_dag
from joinedup.run_id import step_run_id
from joinedup.settings import Settings
from publishing.pointer import release_ids
from publishing.release import release_marts
from tests.dags.conftest import DAGS, STEPS
from tests.publishing.few_marts import MARTS, write_candidate, write_quality

RETURN = "ae_monthly"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with two releases, the newer of which is current."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JOINEDUP_KEEP_RELEASES", "1")
    monkeypatch.setenv("JOINEDUP_WEB_HOSTS", "localhost")  # so no publisher is asked
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    settings = Settings()
    for day in (1, 2):
        work = tmp_path / f"work {day}"
        work.mkdir()
        release_marts(
            write_candidate(work / "few.duckdb"),
            write_quality(work / "quality"),
            settings.releases,
            inputs_fingerprint=f"{day:02}" * 32,
            run_id=f"night {day}",
            now=datetime(2020, 1, day, tzinfo=UTC),
        )
    return settings


@pytest.fixture
def run_really(
    home: Settings, airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., EmbeddedRun]:
    """Run a DAG on that home; returns how it ended."""
    alerts: Any = import_module("joinedup.alerting.alerts")  # what stands in for it in these tests
    monkeypatch.setattr(alerts, "tell", lambda *_, **__: None, raising=False)

    def run(dag_id: str, **conf: object) -> EmbeddedRun:
        return run_dag(
            dag_id,
            conf=conf,
            airflow_home=airflow_home,
            dags_folder=DAGS,
            log_file=tmp_path / "run.log",
            settings_env={"JOINEDUP_HOME": str(home.home)},
        )

    return run


def _attempts(settings: Settings, run: EmbeddedRun) -> dict[str, str | None]:
    with Catalogue(settings.catalogue) as catalogue:
        return {one.step: one.outcome for one in catalogue.attempts(step_run_id(run.run_id))}


def test_the_house_is_kept(home: Settings, run_really: Callable[..., EmbeddedRun]) -> None:
    """Given two releases, of which one is current and the other what a rollback needs
    When housekeeping runs
    Then every task does its step, the run log says so, and both releases are left.
    """
    ids = release_ids(home.releases)
    finished = run_really("housekeeping")
    assert finished.state == "success", finished.failures
    assert finished.tasks == dict.fromkeys(STEPS["housekeeping"], "success")
    assert _attempts(home, finished) == dict.fromkeys(STEPS["housekeeping"], "ok")
    assert release_ids(home.releases) == ids


def test_a_damaged_release_ends_the_keeping(
    home: Settings, run_really: Callable[..., EmbeddedRun]
) -> None:
    """Given an old release that is damaged
    When housekeeping runs
    Then it fails for good by the step's own error, and no release goes.
    """
    ids = release_ids(home.releases)
    (home.releases / ids[0] / "manifest.json").unlink()
    finished = run_really("housekeeping")
    assert finished.state == "failed"
    assert [failure.kind for failure in finished.failures] == ["DamagedReleaseError"]
    assert finished.tasks["prune_releases"] == "upstream_failed"
    assert release_ids(home.releases) == ids


def test_returns_are_refreshed(home: Settings, run_really: Callable[..., EmbeddedRun]) -> None:
    """Given a return that is asked for, whose publisher may not be reached
    When it is refreshed
    Then it is chosen, the fetch says that nothing could be fetched, and both are in the run log.
    """
    finished = run_really("refresh_returns", returns=[RETURN])
    assert finished.state == "failed"
    assert [failure.kind for failure in finished.failures] == ["NothingFetchedError"]
    assert _attempts(home, finished) == {
        "choose_returns": "ok",
        f"fetch_return:{RETURN}": "failed",
    }


def test_nothing_is_refreshed_where_the_web_may_not_be_asked(
    home: Settings, run_really: Callable[..., EmbeddedRun]
) -> None:
    """Given settings that keep the program off the web, when refreshed, then no return is due."""
    finished = run_really("refresh_returns")
    assert finished.state == "success", finished.failures
    assert _attempts(home, finished) == {"choose_returns": "nothing_new"}
