"""A nightly DAG that runs in this process on made-up steps."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import joinedup
from joinedup.embedded_airflow import EmbeddedRun, embedded_environment, run_dag
from joinedup.settings import PROJECT_ROOT

DAGS = PROJECT_ROOT / "dags"
ORDER = ["fetch_returns", "read_files", "build_candidate", "audit_candidate", "release_marts"]


class FakeSteps(ModuleType):
    """Stands in for `joinedup.steps`: notes each call, and answers or raises as told."""

    class NotReleased(Exception):  # noqa: N818
        """As in `joinedup.steps`."""

    def __init__(self) -> None:
        super().__init__("joinedup.steps")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {"read_files": {"anything_new": True}}
        self.errors: dict[str, Exception] = {}
        for name in ORDER:
            setattr(self, name, self._step(name))

    def _step(self, name: str) -> Callable[..., dict[str, Any]]:
        def step(**arguments: Any) -> dict[str, Any]:
            self.calls.append((name, arguments))
            if name in self.errors:
                raise self.errors[name]
            return self.answers.get(name, {"path": f"somewhere/{name}"})

        return step

    @property
    def called(self) -> list[str]:
        """The steps that were called, in their order."""
        return [name for name, _ in self.calls]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> FakeSteps:
    """Put the made-up steps where the DAG imports them from."""
    fake = FakeSteps()
    monkeypatch.setitem(sys.modules, "joinedup.steps", fake)
    monkeypatch.setattr(joinedup, "steps", fake, raising=False)
    return fake


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Airflow home for all tests here: migrating its database takes seconds."""
    return tmp_path_factory.mktemp("home") / "airflow"


@pytest.fixture
def run_night(airflow_home: Path, tmp_path: Path) -> Callable[..., EmbeddedRun]:
    """Run the real DAG file once on the made-up steps."""

    def run(**conf: Any) -> EmbeddedRun:
        return run_dag(
            "nightly_load",
            conf=conf,
            airflow_home=airflow_home,
            dags_folder=DAGS,
            log_file=tmp_path / "run.log",
            settings_env={},
        )

    return run


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
