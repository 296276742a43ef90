"""Housekeeping: what is damaged is told, what is old goes, what is needed stays."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import joinedup
import publishing.release
from ingestion.catalogue import Catalogue
from joinedup import housekeeping
from joinedup.nightly_cli import add_commands
from joinedup.refusals import WriterBusyError
from joinedup.settings import Settings
from joinedup.steps import writing
from publishing.pointer import current_release, release_ids
from publishing.release import release_as_at, release_marts
from tests.dags.conftest import STEPS
from tests.publishing.few_marts import MARTS, write_candidate, write_quality

DAY = 24 * 3600


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Any], list[str]]]:
    """What people would be told: alerts, and causes that are gone."""
    heard: list[tuple[list[Any], list[str]]] = []

    def tell(_: Settings, alerts: Sequence[Any], *, resolved: Sequence[str] = ()) -> None:
        heard.append((list(alerts), list(resolved)))

    alerts: Any = ModuleType("joinedup.alerting.alerts")
    causes: Any = ModuleType("joinedup.alerting.causes")
    alerts.tell, causes.of_damage = tell, list
    for module in (alerts, causes):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(joinedup, module.__name__.rpartition(".")[2], module, raising=False)
    return heard


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Any]) -> Iterator[Settings]:
    """An empty home, that keeps one release and what a rollback needs."""
    assert told == []
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JOINEDUP_KEEP_RELEASES", "1")
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    return Settings()


def release(settings: Settings, number: int) -> str:
    """Release a few marts, of other inputs each time; returns the release's id."""
    work = settings.home / f"work {number}"
    work.mkdir(parents=True)
    made = release_marts(
        write_candidate(work / "few.duckdb"),
        write_quality(work / "quality"),
        settings.releases,
        inputs_fingerprint=f"{number:02}" * 32,
        run_id=f"run {number}",
        now=datetime(2020, 1, number, tzinfo=UTC),
    )
    return made.id


def age(path: Path, days: float) -> Path:
    """Make a file, with its folders, as if it had last been written days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - days * DAY
    for one in (path, path.parent):
        os.utime(one, (then, then))
    return path


def test_whole_releases_are_whole(home: Settings, told: list[Any]) -> None:
    """Given whole releases, when verified, then that is said, and a damage told before is gone."""
    release(home, 1)
    assert housekeeping.verify_releases("run") == {"verified": 1}
    assert told == [([], ["damaged:*"])]


def test_a_damaged_release_is_told(home: Settings, told: list[Any]) -> None:
    """Given an old release with a byte turned, when verified, then its file is told."""
    old, _ = release(home, 1), release(home, 2)
    marts = home.releases / old / "marts.duckdb"
    marts.chmod(0o644)
    turned = bytearray(marts.read_bytes())
    turned[len(turned) // 2] ^= 1
    marts.write_bytes(turned)
    with pytest.raises(housekeeping.DamagedReleaseError, match=r"marts\.duckdb"):
        housekeeping.verify_releases("run")
    (([problems], _),) = told
    assert problems == [f"{old}: marts.duckdb: its sha256 differs from the manifest's"]


@pytest.mark.parametrize("harm", ["lost", "dangling"])
def test_a_pointer_that_leads_nowhere_is_told(home: Settings, told: list[Any], harm: str) -> None:
    """Given a pointer that is lost or whose release is gone, when verified, then that is told."""
    release(home, 1)
    pointer = home.releases / "current"
    pointer.unlink()
    if harm == "dangling":
        pointer.symlink_to("20190101T000000Z-00000000")
    with pytest.raises(housekeeping.DamagedReleaseError, match=r"readers see nothing|is gone"):
        housekeeping.verify_releases("run")
    assert told[0][0]


def test_old_releases_go_and_the_needed_stay(home: Settings) -> None:
    """Given three releases and one to keep, when pruned, then it and the one before it stay."""
    ids = [release(home, number) for number in (1, 2, 3)]
    pruned = housekeeping.prune_releases("run")
    assert pruned["removed"] == ids[:1]
    assert pruned["bytes"] > 0
    assert release_ids(home.releases) == ids[1:]
    current = current_release(home.releases)
    assert current is not None
    assert current.id == ids[2]
    assert housekeeping.prune_releases("again")["removed"] == []


def test_nothing_is_pruned_under_a_load(home: Settings) -> None:
    """Given a load that writes, when pruned, then it is left for later."""
    release(home, 1)
    with writing(home, "load"), pytest.raises(WriterBusyError):
        housekeeping.prune_releases("run")


def test_long_lineage_goes_on_in_a_new_file(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a file of lineage past its size, when swept, then it is set aside whole, once."""
    lineage = age(home.logs / "openlineage.jsonl", 1)
    lineage.write_text("{}\n" * 5, encoding="utf-8")
    housekeeping.sweep_leftovers("run")
    assert lineage.exists()
    monkeypatch.setattr(housekeeping, "LINEAGE_BYTES", 10)
    housekeeping.sweep_leftovers("run")
    (aside,) = home.logs.glob("openlineage-until-*.jsonl")
    assert aside.read_text("utf-8") == "{}\n" * 5
    assert not lineage.exists()


def test_looks_back_alone_are_not_damaged(home: Settings, told: list[Any]) -> None:
    """Given a home with a look back and no release, which nobody is sent to
    When it is verified
    Then it is whole without a pointer.
    """
    work = home.home / "work"
    work.mkdir(parents=True)
    release_as_at(
        write_candidate(work / "few.duckdb"),
        write_quality(work / "quality"),
        home.releases,
        as_at=date(2020, 1, 1),
        inputs_fingerprint="01" * 32,
        run_id="run",
        now=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert housekeeping.verify_releases("run") == {"verified": 1}
    assert told == [([], ["damaged:*"])]


def test_each_step_is_in_the_run_log(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given every step of housekeeping, when they ran, then the run log has an attempt at each.

    Damage is an attempt that failed, and what is damaged is not in the log.
    """
    import joinedup.status

    monkeypatch.setattr(joinedup.status, "late_alerts", lambda *_: [])
    (home.releases / release(home, 1) / "manifest.json").unlink()
    with pytest.raises(housekeeping.DamagedReleaseError):
        housekeeping.verify_releases("run")
    for step in STEPS["housekeeping"][1:]:
        getattr(housekeeping, step)("run")
    with Catalogue(home.catalogue) as catalogue:
        noted = {one.step: (one.outcome, one.error) for one in catalogue.attempts()}
    assert noted == dict.fromkeys(STEPS["housekeeping"], ("ok", None)) | {
        "verify_releases": ("failed", "DamagedReleaseError")
    }
    assert not (home.logs / "openlineage.jsonl").exists()


def test_runs_of_years_ago_are_forgotten(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run in the log, when swept, then it stays; once it is old, it and what it gave go."""
    with Catalogue(home.catalogue) as catalogue:
        catalogue.begin_attempt("old", "read_files", code_version="1")
        catalogue.set_step("old", "read_files", {"read": 1})
    assert housekeeping.sweep_leftovers("one")["runs"] == 0
    monkeypatch.setattr(housekeeping, "RUN_LOG_DAYS", 0)
    assert housekeeping.sweep_leftovers("two")["runs"] == 3
    with Catalogue(home.catalogue) as catalogue:
        assert catalogue.attempts("old") == []
        assert catalogue.steps("old") == {}


@pytest.mark.usefixtures("home")
def test_an_empty_home_needs_nothing() -> None:
    """Given a home without anything, when the house is kept, then there is nothing to do."""
    assert housekeeping.verify_releases("run") == {"verified": 0}
    assert housekeeping.prune_releases("run") == {"removed": []}
    assert set(housekeeping.sweep_leftovers("run").values()) == {0}


def test_only_what_is_old_is_swept(home: Settings) -> None:
    """Given candidates, homes apart and logs, some old, when swept, then only these go.

    The catalogue, what landed, and the lake are never among them.
    """
    old = [
        age(home.candidates / "killed.duckdb", 1),
        age(home.backfills / "killed" / "catalogue.sqlite", 1),
        age(home.home / "survey-x" / "catalogue.sqlite", 1),
        age(home.logs / "load-2020.log", 100),
        age(home.airflow_home / "logs" / "dag_id=x" / "run_id=y" / "attempt=1.log", 100),
    ]
    young = [
        age(home.candidates / "going on.duckdb", 0.1),
        age(home.backfills / "going on" / "catalogue.sqlite", 0.1),
        age(home.logs / "load-2026.log", 80),
        age(home.airflow_home / "logs" / "dag_id=x" / "run_id=z" / "attempt=1.log", 80),
        age(home.landing / "ab" / "abc", 1000),
        age(home.lake / "observations" / "x.parquet", 1000),
    ]
    Catalogue(home.catalogue).__exit__()
    swept = housekeeping.sweep_leftovers("run")
    assert swept == {"candidates": 1, "homes": 2, "logs": 2, "runs": 0}
    assert [path for path in old if path.exists()] == []
    assert [path for path in young if not path.exists()] == []
    assert home.catalogue.exists()
    assert set(housekeeping.sweep_leftovers("again").values()) == {0}


@pytest.mark.usefixtures("home")
def test_late_returns_are_told(told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a return that is late, when looked at, then its alert is told, and others are gone."""
    import joinedup.status

    late = type("Late", (), {"cause": "late:ae_monthly:2026-09"})()
    monkeypatch.setattr(joinedup.status, "late_alerts", lambda *_: [late])
    assert housekeeping.check_lateness("run") == {"late": ["late:ae_monthly:2026-09"]}
    assert told == [([late], ["late:*"])]


def test_the_command_ends_with_1_for_a_damaged_release(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given releases, when the house is kept by command, then each thing is said; with a damaged
    one, no release goes, the rest is done, and the exit code is 1.
    """
    import joinedup.status

    monkeypatch.setattr(joinedup.status, "late_alerts", lambda *_: [])
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)
    ids = [release(home, number) for number in (1, 2)]
    done = CliRunner().invoke(app, ["housekeeping"])
    assert done.exit_code == 0, done.output
    assert "2 releases, all whole" in done.output
    assert "0 old releases removed" in done.output
    assert "0 returns late" in done.output
    (home.releases / ids[0] / "manifest.json").unlink()
    damaged = CliRunner().invoke(app, ["housekeeping"])
    assert damaged.exit_code == 1
    assert ids[0] in damaged.stderr
    assert "0 leftovers" in damaged.output
    assert release_ids(home.releases) == ids
