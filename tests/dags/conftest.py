"""The DAGs, run in this process on made-up steps."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import joinedup
from joinedup.embedded_airflow import EmbeddedRun, embedded_environment, run_dag
from joinedup.settings import PROJECT_ROOT

DAGS = PROJECT_ROOT / "dags"
ORDER = ["fetch_returns", "read_files", "build_candidate", "audit_candidate", "release_marts"]


STEPS = {
    "steps": ORDER,
    "refresh": ["choose_returns", "fetch_return"],
    "backfill": ["read_apart", "build_candidate", "audit_candidate", "swap_and_release"],
    "housekeeping": ["verify_releases", "prune_releases", "sweep_leftovers", "check_lateness"],
    "postgres_marts": ["copy_marts"],
}
"""What the tasks call, by module."""


class FakeSteps(ModuleType):
    """Stands in for a module of steps: notes each call, and answers or raises as told."""

    def __init__(self, module: str = "steps") -> None:
        super().__init__(f"joinedup.{module}")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {"read_files": {"anything_new": True}}
        self.errors: dict[str, Exception] = {}
        for name in STEPS[module]:
            setattr(self, name, self._step(name))

    def _step(self, name: str) -> Callable[..., Any]:
        def step(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if name in self.errors:
                raise self.errors[name]
            answer = self.answers.get(name, {"path": f"somewhere/{name}"})
            return answer(**arguments) if callable(answer) else answer

        return step

    @property
    def called(self) -> list[str]:
        """The steps that were called, in their order."""
        return [name for name, _ in self.calls]


def stand_in(module: ModuleType, patch: pytest.MonkeyPatch) -> None:
    """Put a made-up module where the DAGs import it from."""
    patch.setitem(sys.modules, module.__name__, module)
    patch.setattr(joinedup, module.__name__.rpartition(".")[2], module, raising=False)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> FakeSteps:
    """The made-up steps of the nightly load."""
    fake = FakeSteps()
    stand_in(fake, monkeypatch)
    return fake


@pytest.fixture
def stood_in(monkeypatch: pytest.MonkeyPatch, steps: FakeSteps) -> Callable[[str], FakeSteps]:
    """Put made-up steps in the place of a module of `STEPS`, and give them."""

    def put(module: str) -> FakeSteps:
        if module == "steps":
            return steps
        fake = FakeSteps(module)
        stand_in(fake, monkeypatch)
        return fake

    return put


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What people would be told: that a task failed, or that a run of a DAG went well."""
    heard: list[tuple[str, str]] = []
    alerts: Any = ModuleType("joinedup.alerting.alerts")
    alerts.task_failed = lambda context: heard.append(("failed", context["task"].task_id))
    alerts.night_ended = lambda run_id: heard.append(("night ended", run_id))
    alerts.run_succeeded = lambda context: heard.append(("succeeded", context["dag"].dag_id))
    alerts.run_lost = lambda context: heard.append((context["reason"], context["dag"].dag_id))
    stand_in(alerts, monkeypatch)
    return heard


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Airflow home for all tests here: migrating its database takes seconds."""
    return tmp_path_factory.mktemp("home") / "airflow"


@pytest.fixture
def run(airflow_home: Path, tmp_path: Path) -> Callable[..., EmbeddedRun]:
    """Run the real DAG file of a DAG once on the made-up steps."""

    def run_once(dag_id: str, **conf: Any) -> EmbeddedRun:
        return run_dag(
            dag_id,
            conf=conf,
            airflow_home=airflow_home,
            dags_folder=DAGS,
            log_file=tmp_path / "run.log",
            settings_env={},
        )

    return run_once


@pytest.fixture
def run_night(run: Callable[..., EmbeddedRun]) -> Callable[..., EmbeddedRun]:
    """Run the nightly load once on the made-up steps."""
    return partial(run, "nightly_load")


@pytest.fixture
def kept(airflow_home: Path) -> Callable[[str], list[str]]:
    """Give what the scheduler's database keeps of what the tasks of a run returned."""

    def values(run_id: str) -> list[str]:
        with sqlite3.connect(airflow_home / "airflow.db") as database:
            rows = database.execute("select value from xcom where run_id = ?", [run_id]).fetchall()
        return [str(value) for (value,) in rows]

    return values


@pytest.fixture
def asset_events(airflow_home: Path) -> Callable[[str], list[str]]:
    """Give the names of the assets for which a DAG run sent an event."""

    def events(run_id: str) -> list[str]:
        with sqlite3.connect(airflow_home / "airflow.db") as database:
            rows = database.execute(
                "select asset.name from asset_event join asset on asset.id = asset_id "
                "where source_run_id = ?",
                [run_id],
            ).fetchall()
        return [name for (name,) in rows]

    return events


@pytest.fixture
def asset_extras(airflow_home: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Give what the asset events of a DAG run say besides."""

    def extras(run_id: str) -> list[dict[str, Any]]:
        with sqlite3.connect(airflow_home / "airflow.db") as database:
            rows = database.execute(
                "select extra from asset_event where source_run_id = ?", [run_id]
            ).fetchall()
        return [json.loads(extra) for (extra,) in rows]

    return extras


@pytest.fixture(scope="session")
def dag_bag(airflow_home: Path) -> Iterator[Any]:
    """The DAGs folder as the scheduler parses it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in embedded_environment(airflow_home, DAGS).items():
            patch.setenv(name, value)
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(dag_folder=str(DAGS))
