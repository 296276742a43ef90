"""What holds for every DAG file: how it is parsed, bounded, owned, tagged and described."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from joinedup.embedded_airflow import EmbeddedRun, embedded_environment
from joinedup.refusals import NotReleased, WriterBusyError
from joinedup.scheduling import (
    BUSY_WAITS,
    LONGEST_KEPT,
    POOLS,
    AlreadyToldError,
    Tag,
    run_step,
    tell_of_lost_run,
)
from joinedup.settings import PROJECT_ROOT
from tests.dags.conftest import DAGS, STEPS, FakeSteps

MODULE_OF = {
    "nightly_load": "steps",
    "refresh_returns": "refresh",
    "backfill": "backfill",
    "housekeeping": "housekeeping",
    "publish_postgres": "postgres_marts",
}
"""Where the steps of each DAG are."""

FRESH = {"nightly_load", "refresh_returns", "housekeeping", "publish_postgres"}
HEAVY = {"duckdb", "dbt", "great_expectations", "polars", "pyarrow", "httpx", "pydantic_settings"}
MOST_BYTES_KEPT = 48 * 1024
A_RANGE = {"return_id": "ae_monthly", "first_period": "2015-04", "last_period": "2016-03"}

every_dag = pytest.mark.parametrize("dag_id", sorted(MODULE_OF))


def test_the_folder_loads(dag_bag: Any) -> None:
    """Given the DAGs folder, when it is parsed, then these DAGs are there, and no error."""
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == set(MODULE_OF)


def test_parsing_imports_no_step(tmp_path: Path) -> None:
    """
    Given a fresh process that has Airflow,
    when every DAG file is imported, then neither steps nor engines are, and it takes no time.
    """
    parse = (
        "import airflow.sdk, importlib, sys, time; before = set(sys.modules);"
        "began = time.process_time();"
        f"[importlib.import_module(name) for name in {sorted(MODULE_OF)!r}];"
        "print(time.process_time() - began, *set(sys.modules) - before)"
    )
    home = embedded_environment(tmp_path, DAGS)
    done = subprocess.run(
        [sys.executable, "-c", parse],
        env={**home, "PYTHONPATH": f"{DAGS}:{PROJECT_ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, *imported = done.stdout.split()
    assert set(MODULE_OF) <= set(imported)
    ours = {name for name in imported if name.startswith("joinedup.")}
    assert ours == {"joinedup.scheduling"}
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()
    assert float(seconds) < 2


@every_dag
def test_no_run_overlaps_or_catches_up(dag_bag: Any, dag_id: str) -> None:
    """Given a DAG, when it is scheduled, then one run at a time, none for the past, all end."""
    dag = dag_bag.dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert timedelta() < dag.dagrun_timeout <= timedelta(hours=8)


@every_dag
def test_every_task_is_retried_bounded_and_owned(dag_bag: Any, dag_id: str) -> None:
    """Given the tasks, when one fails or hangs, then it is tried again, ever later, or ended.

    In the end its owner is told.
    """
    tasks = dag_bag.dags[dag_id].tasks
    assert tasks
    for task in tasks:
        assert task.retries == 3
        assert task.retry_exponential_backoff == 2.0
        assert task.retry_delay == timedelta(minutes=2)
        assert task.max_retry_delay == timedelta(minutes=30)
        assert timedelta() < task.execution_timeout <= timedelta(hours=2)
        assert task.owner == "data-team"
        assert task.on_failure_callback
        assert task.pool in {"default_pool", *POOLS}


@every_dag
def test_a_run_that_is_ended_from_outside_is_told(dag_bag: Any, dag_id: str) -> None:
    """Given a DAG, when the scheduler ends a run of it, of which no task failed, it is told."""
    assert dag_bag.dags[dag_id].on_failure_callback


def test_a_run_that_takes_too_long_is_told_and_a_failed_task_once(
    told: list[tuple[str, str]],
) -> None:
    """Given a run that was ended for its time, and one of which a task failed that told it itself
    When Airflow calls back
    Then the first is told and the second is not told again.
    """
    dag = SimpleNamespace(dag_id="nightly_load")
    for reason in ("timed_out", "all_tasks_deadlocked", "task_failure"):
        tell_of_lost_run({"dag": dag, "run_id": "r", "reason": reason})
    assert told == [("timed_out", "nightly_load"), ("all_tasks_deadlocked", "nightly_load")]


@every_dag
def test_a_dag_says_what_it_is(dag_bag: Any, dag_id: str) -> None:
    """Given a DAG's page, when read, then tags, each task and the kind of re-run are there."""
    dag = dag_bag.dags[dag_id]
    assert dag.description
    assert set(dag.tags) <= {str(tag) for tag in Tag}
    assert "joinedup" in dag.tags
    assert len(dag.tags) > 1
    kind = "**A re-run is fresh.**" if dag_id in FRESH else "**A re-run is for an interval**"
    assert kind in dag.doc_md
    for task in dag.tasks:
        assert f"| `{task.task_id}` |" in dag.doc_md


def test_every_tag_is_used(dag_bag: Any) -> None:
    """Given the list of tags, when held against the DAGs, then it has none that nobody uses."""
    assert {tag for dag in dag_bag.dags.values() for tag in dag.tags} == {str(tag) for tag in Tag}


@every_dag
def test_what_writes_has_the_one_slot(dag_bag: Any, dag_id: str) -> None:
    """Given the tasks, when their pools are listed, then no two of those that write overlap."""
    pools = {task.task_id: task.pool for task in dag_bag.dags[dag_id].tasks}
    writes = set(pools) & {*STEPS["steps"], *STEPS["backfill"], "prune_releases"}
    assert {pools[task] for task in writes} <= {"duckdb_writer"}
    assert POOLS["duckdb_writer"][0] == 1
    assert "duckdb_writer" not in {pools[task] for task in pools.keys() - writes}


@pytest.fixture(scope="session")
def own_steps() -> dict[str, ModuleType]:
    """The modules of steps themselves, imported before any other stands in for them."""
    return {module: import_module(f"joinedup.{module}") for module in STEPS}


@every_dag
def test_every_step_that_is_named_is_there_and_takes_what_it_is_given(
    dag_id: str,
    run: Callable[..., EmbeddedRun],
    stood_in: Callable[[str], FakeSteps],
    own_steps: dict[str, ModuleType],
) -> None:
    """Given what each task of a DAG calls, and with which arguments
    When the steps themselves are asked
    Then they are there by these names and take these arguments, and none is forgotten here.
    """
    fake = stood_in(MODULE_OF[dag_id])
    fake.answers = {name: {"anything_new": True, "landed": 1} for name in STEPS[MODULE_OF[dag_id]]}
    fake.answers["choose_returns"] = ["ae_monthly"]
    run(dag_id, **(A_RANGE if dag_id == "backfill" else {}))
    assert set(fake.called) == set(STEPS[MODULE_OF[dag_id]])
    for name, arguments in fake.calls:
        signature(getattr(own_steps[MODULE_OF[dag_id]], name)).bind(**arguments)


@every_dag
def test_every_dag_runs_and_keeps_little(
    dag_id: str,
    run: Callable[..., EmbeddedRun],
    stood_in: Callable[[str], FakeSteps],
    kept: Callable[[str], list[str]],
    told: list[tuple[str, str]],
) -> None:
    """Given steps that give long lists and tables
    When the DAG runs
    Then all its tasks succeed, its owner is told, and the scheduler keeps ids, paths and counts.
    """
    fake = stood_in(MODULE_OF[dag_id])
    much: dict[str, Any] = {
        "path": "somewhere",
        "anything_new": True,
        "landed": 1,
        "copied": True,
        "left_out": ["a file"] * 100_000,
        "standing": {"id": "x" * 100_000},
    }
    fake.answers = dict.fromkeys(STEPS[MODULE_OF[dag_id]], much)
    fake.answers["choose_returns"] = ["ae_monthly", "ascof"]
    finished = run(dag_id, **(A_RANGE if dag_id == "backfill" else {}))
    assert finished.state == "success", finished.failures
    assert set(finished.tasks.values()) == {"success"}
    assert set(fake.called) == set(STEPS[MODULE_OF[dag_id]])
    assert {arguments["run_id"] for _, arguments in fake.calls} == {finished.run_id}
    is_night = dag_id == "nightly_load"
    assert told == [("night ended", finished.run_id) if is_night else ("succeeded", dag_id)]
    values = kept(finished.run_id)
    assert any("somewhere" in value for value in values)
    assert any('"left_out": 100000' in value for value in values)
    assert max(len(value) for value in values) < MOST_BYTES_KEPT
    assert not any("a file" in value or "xxx" in value for value in values)


@pytest.fixture
def in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a step called as in a task of run `r`."""
    task = SimpleNamespace(retries=3)
    monkeypatch.setattr("airflow.sdk.get_current_context", lambda: {"run_id": "r", "task": task})


@pytest.mark.usefixtures("in_a_task", "airflow_home")
def test_a_refusal_is_final(steps: FakeSteps) -> None:
    """Given what trying again cannot help, when the task ends, then Airflow may not retry it."""
    from airflow.sdk.exceptions import AirflowFailException

    for refusal in (NotReleased("3 checks failed"), AlreadyToldError("it is damaged")):
        steps.errors["audit_candidate"] = refusal
        with pytest.raises(AirflowFailException, match=str(refusal)):
            run_step("steps.audit_candidate")


@pytest.mark.usefixtures("in_a_task")
def test_any_other_failure_may_be_retried(steps: FakeSteps) -> None:
    """Given a step that breaks, when the task ends, then its own exception goes to Airflow."""
    steps.errors["build_candidate"] = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        run_step("steps.build_candidate")


@pytest.mark.usefixtures("in_a_task", "airflow_home")
@pytest.mark.parametrize("busy", [2, len(BUSY_WAITS), len(BUSY_WAITS) + 1])
def test_another_writer_is_waited_for(
    steps: FakeSteps, monkeypatch: pytest.MonkeyPatch, busy: int
) -> None:
    """Given a writer outside Airflow that goes on for a while, and one that goes on longer
    When a task wants to write
    Then it waits ever longer and does its step, or gives up in the end, to be retried.
    """
    waited: list[float] = []
    monkeypatch.setattr("joinedup.scheduling.sleep", waited.append)

    def read(**_: Any) -> dict[str, Any]:
        if len(steps.calls) <= busy:
            raise WriterBusyError("a back-up is at work")
        return {"read": 3}

    steps.answers["read_files"] = read
    if busy <= len(BUSY_WAITS):
        assert run_step("steps.read_files") == {"read": 3}
    else:
        with pytest.raises(WriterBusyError):
            run_step("steps.read_files")
    assert waited == list(BUSY_WAITS[:busy])


@pytest.mark.usefixtures("in_a_task", "airflow_home")
def test_long_texts_and_lists_are_cut(steps: FakeSteps) -> None:
    """Given a step that gives a long text or a long list, when it ends, then its beginning goes."""
    steps.answers |= {"read_files": {"path": "x" * 5000}, "fetch_returns": ["a"] * 5000}
    assert run_step("steps.read_files") == {"path": "x" * LONGEST_KEPT}
    assert run_step("steps.fetch_returns") == ["a"] * LONGEST_KEPT
