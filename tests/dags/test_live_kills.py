"""The nightly load while its tasks, its scheduler, its worker and its database are taken away.

Real files are loaded: a few of them, or all of a folder that is named as `LIVE_RETURNS`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.dags.live_books import books_of, chosen_returns, undisturbed_books
from tests.dags.live_server import LiveRun, LiveServer, live_server, until
from tests.servers import Server, create_database, postgres_server

pytestmark = pytest.mark.live

MINUTES = 60.0
BEGUN = {
    "fetch_returns": "writer.lock",
    "read_files": "lake/observations/*/*.parquet",
    "build_candidate": "candidates/*.duckdb",
    "audit_candidate": "candidates/*-quality-private/dbt_tests.json",
    "release_marts": "releases/.*.partial",
}
"""What is there once a step has done some of its work, but not all."""


@dataclass
class Night:
    """A run of `nightly_load` that is to be disturbed; `struck` are the processes that were."""

    server: LiveServer
    run: LiveRun
    struck: set[int] = field(default_factory=set)

    def in_the_middle_of(self, step: str, seconds: float = 15 * MINUTES) -> psutil.Process:
        """Wait until a process that was not struck before is at work on a step; return it."""

        def at_work() -> psutil.Process | None:
            writer = self.server.writer()
            if writer is None or writer.pid in self.struck:
                return None
            if not any(self.server.settings.home.glob(BEGUN[step])):
                return None
            # What the audit begins with is there before it; the others are not asked, but at once.
            return writer if step != "audit_candidate" or self._is(step, writer) else None

        writer = until(at_work, seconds, every=0.003)
        self.struck.add(writer.pid)
        return writer

    def _is(self, step: str, writer: psutil.Process) -> bool:
        task = self.run.tasks()[step]
        return bool(task["state"] == "running" and task["pid"] == writer.pid)


def test_whatever_is_killed_no_figure_is_lost_or_doubled(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Given a nightly load of real files under a live scheduler with PostgreSQL
    When each task is killed in the middle, then the worker, the scheduler, and the database is
    stopped for a while, each in a later try
    Then the load succeeds by itself, and leaves what an undisturbed load leaves.
    """
    home, returns = tmp_path / "home", chosen_returns(tmp_path_factory)
    undisturbed = undisturbed_books(returns, tmp_path_factory)
    with postgres_server(tmp_path) as database:
        address = create_database(database, "airflow")
        with live_server(home, address) as server:
            night = _begin(server, returns)
            _strike(night, database)
            assert night.run.finished(30 * MINUTES) == "success", night.run.why()
            tries = {name: task["try_number"] for name, task in night.run.tasks().items()}
            events = server.ask("/api/v2/assets/events")["asset_events"]
    assert tries.pop("tell_of_the_night") == 1
    assert len(tries) == 5
    assert all(number > 1 for number in tries.values()), tries
    assert [event["source_task_id"] for event in events] == ["release_marts"]
    assert books_of(home) == undisturbed


def _begin(server: LiveServer, returns: Path) -> Night:
    """Ask for the run, and kill its first task where it begins to write: it is a quick one."""
    night = Night(server, server.run("nightly_load", returns=str(returns)))
    # That the step began is noted in the catalogue, and then said in the run's own log.
    until(lambda: any(server.settings.logs.glob("*.jsonl")), 5 * MINUTES, every=0.003)
    with _catalogue_in_use(server):
        _kill(night.in_the_middle_of("fetch_returns"))
    return night


def _strike(night: Night, database: Server) -> None:
    """Kill each other task once, and in later tries what runs, schedules and remembers it."""
    disturbances: tuple[tuple[str, Callable[[psutil.Process], None]], ...] = (
        ("read_files", _kill),
        ("read_files", lambda task: _kill(task.parent())),
        ("build_candidate", _kill),
        ("build_candidate", lambda _: _kill(night.server.process("scheduler"))),
        ("audit_candidate", _kill),
        ("audit_candidate", lambda _: _restart(database)),
        ("release_marts", lambda task: _kill_once_released(night, task)),
    )
    for step, disturb in disturbances:
        disturb(night.in_the_middle_of(step))


def _kill_once_released(night: Night, task: psutil.Process) -> None:
    """Kill what made the release before it could note that it did."""
    with _catalogue_in_use(night.server):
        until(lambda: (night.server.settings.releases / "current").exists(), 5 * MINUTES)
        _kill(task)


@contextmanager
def _catalogue_in_use(server: LiveServer) -> Iterator[None]:
    """Have whoever wants to write into the catalogue wait, so that a step stands still."""
    with closing(sqlite3.connect(server.settings.catalogue)) as catalogue:
        catalogue.execute("begin immediate")
        yield


def _kill(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)


def _restart(database: Server) -> None:
    """Take the database away for longer than a heartbeat."""
    database.stop()
    time.sleep(5)
    database.start()
