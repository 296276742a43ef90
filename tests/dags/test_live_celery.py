"""The same DAGs with Celery, Redis, PostgreSQL and two workers, as several machines would run.

It takes some minutes more than the other live tests, and runs only when it is asked for:

    LIVE_CELERY=1 python -m pytest -m live tests/dags/test_live_celery.py
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.dags.live_books import books_of, chosen_returns, undisturbed_books
from tests.dags.live_server import LiveRun, LiveServer, celery_worker, live_server, until
from tests.servers import create_database, postgres_server, redis_server

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif("LIVE_CELERY" not in os.environ, reason="asked for by LIVE_CELERY=1"),
]

MINUTES = 60.0
ASKS_TO_WRITE = """
import time
from airflow.sdk import dag, task

@dag(schedule=None, max_active_runs=4)
def asks_to_write():
    @task(pool="duckdb_writer", pool_slots=1)
    def write(number):
        time.sleep(1)

    write.expand(number=[1, 2])

asks_to_write()
"""
"""What else may want to write: two tasks of a run that nothing but the pool keeps apart."""


def test_two_workers_share_a_night_and_one_of_them_dies(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Given two Celery workers, and at the same time others that want to write
    When the worker that builds the warehouse dies in the middle
    Then the other one finishes the night, what is left is what an undisturbed load leaves, and no
    two writers ever ran at once.
    """
    home, returns = tmp_path / "home", chosen_returns(tmp_path_factory)
    undisturbed = undisturbed_books(returns, tmp_path_factory)
    with postgres_server(tmp_path) as database, redis_server(tmp_path) as queue:
        address = create_database(database, "airflow")
        more = _celery(address, queue.url, _dags(tmp_path))
        with (
            live_server(home, address, more) as server,
            celery_worker(server, "one") as one,
            celery_worker(server, "two") as two,
        ):
            night = server.run("nightly_load", returns=str(returns))
            others = [server.run("asks_to_write"), server.run("asks_to_write")]
            builder = until(lambda: _builder(server), 15 * MINUTES)
            struck, heir = (one, two) if one.runs(builder) else (two, one)
            assert struck.runs(builder)
            struck.die()
            taken_over = until(lambda: _other_builder(server, builder), 5 * MINUTES)
            assert heir.runs(taken_over)
            assert night.finished(30 * MINUTES) == "success", night.why()
            assert [run.finished(5 * MINUTES) for run in others] == ["success"] * 2
            build = night.tries("build_candidate")
            writers = [*_times(night), *itertools.chain(*(_times(run) for run in others))]
            executors = {one["executor"] for one in server.ask(_TASKS)["task_instances"]}
    assert [one["state"] for one in build] == ["failed", "success"]
    assert len(writers) == 5 + 4
    assert executors <= {"CeleryExecutor", None}
    for earlier, later in itertools.pairwise(sorted(writers)):
        assert earlier[1] <= later[0], (earlier, later)
    assert books_of(home) == undisturbed


_TASKS = "/api/v2/dags/nightly_load/dagRuns/~/taskInstances"


def _celery(database: str, queue: str, dags: Path) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CELERY__BROKER_URL": queue,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
    }


def _dags(folder: Path) -> Path:
    """Make a folder of the program's own DAGs and one more."""
    from joinedup.settings import PROJECT_ROOT

    dags = folder / "dags"
    dags.mkdir()
    for path in (PROJECT_ROOT / "dags").glob("*.py"):
        (dags / path.name).symlink_to(path)
    (dags / "asks_to_write.py").write_text(ASKS_TO_WRITE)
    return dags


def _builder(server: LiveServer) -> int | None:
    """Give the process that is building the warehouse."""
    writer = server.writer()
    return writer.pid if writer and any(server.settings.candidates.glob("*.duckdb")) else None


def _other_builder(server: LiveServer, first: int) -> int | None:
    found = _builder(server)
    return None if found == first else found


def _times(run: LiveRun) -> list[tuple[str, str]]:
    """Give when the last try of each task that writes began and ended."""
    writing = [task for task in run.instances() if task["pool"] == "duckdb_writer"]
    return [(task["start_date"], task["end_date"]) for task in writing]
