"""The nightly load: its shape, and what a night does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dags.conftest import ORDER

TOLD = "tell_of_the_night"
"""Comes last, however the night ended, and says nothing of how it did."""


@pytest.fixture
def dag(dag_bag: Any) -> Any:
    """The nightly DAG as it was parsed."""
    return dag_bag.dags["nightly_load"]


# --- shape ---


def test_tasks_follow_each_other(dag: Any) -> None:
    """Given the DAG, when its tasks are listed, then each waits for the one before."""
    assert [task.task_id for task in dag.topological_sort()] == [*ORDER, TOLD]
    downstream = [task.downstream_task_ids for task in dag.topological_sort()]
    assert downstream == [{name} for name in [*ORDER[1:], TOLD]] + [set()]
    assert [task.task_id for task in dag.tasks if task.is_teardown] == [TOLD]


def test_one_load_at_a_time(dag: Any) -> None:
    """Given the DAG, when it is scheduled, then no run and no writer overlaps another."""
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert {task.pool for task in dag.tasks if task.task_id != TOLD} == {"duckdb_writer"}


def test_schedule_is_early_morning_in_london(dag: Any) -> None:
    """Given the schedule, when it is described, then it is daily at 04:30 by London's clock."""
    assert dag.timetable.expression == "30 4 * * *"
    assert str(dag.timetable.timezone) == "Europe/London"


def test_only_the_release_announces_the_marts(dag: Any) -> None:
    """Given the tasks, when their outlets are listed, then only the release has the asset."""
    outlets = {task.task_id: [asset.name for asset in task.outlets] for task in dag.tasks}
    nobody = {name: [] for name in [*ORDER[:-1], TOLD]}
    assert outlets == nobody | {"release_marts": ["joinedup_marts"]}


# --- a night ---


def test_a_release(run_night: Any, steps: Any, asset_events: Any) -> None:
    """Given a new file, when the night runs, then all steps run once and the asset is announced."""
    run = run_night(returns="some/folder")
    assert run.state == "success"
    assert run.tasks == dict.fromkeys([*ORDER, TOLD], "success")
    assert steps.called == ORDER
    assert asset_events(run.run_id) == ["joinedup_marts"]


def test_steps_get_one_run_id_and_only_fetch_the_folder(run_night: Any, steps: Any) -> None:
    """Given a folder, when the night runs, then fetch gets it and all get the run's own id."""
    run = run_night(returns="some/folder")
    assert [arguments.pop("run_id") for _, arguments in steps.calls] == [run.run_id] * 5
    fetched, read, *others = [arguments for _, arguments in steps.calls]
    assert fetched == {"returns": "some/folder", "as_at": None}
    assert read == {"as_at": None}
    assert others == [{}] * 3


def test_a_look_back_tells_the_day(run_night: Any, steps: Any, asset_extras: Any) -> None:
    """Given a day to look back to, when the DAG runs, then two steps and the event say it."""
    run = run_night(as_at="2017-02-08")
    assert run.state == "success"
    assert steps.called == ORDER
    assert [arguments.get("as_at") for _, arguments in steps.calls[:2]] == ["2017-02-08"] * 2
    assert asset_extras(run.run_id) == [{"as_at": "2017-02-08"}]


def test_a_night_says_no_day(run_night: Any, steps: Any, asset_extras: Any) -> None:
    """Given no day, when the night runs, then the event is that of a release that readers see."""
    run = run_night()
    assert steps.called == ORDER
    assert asset_extras(run.run_id) == [{}]


def test_without_a_folder_the_settings_decide(run_night: Any, steps: Any) -> None:
    """Given no param, when the night runs, then fetch gets none."""
    run_night()
    assert steps.calls[0][1]["returns"] is None


def test_nothing_new(run_night: Any, steps: Any, asset_events: Any) -> None:
    """Given nothing new, when the night runs, then it ends well after reading, and quietly."""
    steps.answers["read_files"] = {"anything_new": False, "read": 3}
    run = run_night()
    assert run.state == "success"
    assert run.tasks == {
        "fetch_returns": "success",
        "read_files": "success",
        "build_candidate": "skipped",
        "audit_candidate": "skipped",
        "release_marts": "skipped",
        TOLD: "success",
    }
    assert steps.called == ORDER[:2]
    assert asset_events(run.run_id) == []


@pytest.mark.parametrize("failing", ORDER)
def test_a_failure_stops_the_night(
    failing: str, run_night: Any, steps: Any, asset_events: Any, told: list[tuple[str, str]]
) -> None:
    """Given a step that breaks, when the night runs, then no step after it does, and it fails; who
    has to know is told of the step, and of what the night leaves.
    """
    steps.errors[failing] = ValueError("a model broke")
    run = run_night()
    place = ORDER.index(failing)
    assert run.state == "failed"
    assert told == [("failed", failing), ("night ended", run.run_id)]
    assert steps.called == ORDER[: place + 1]
    assert [run.tasks[name] for name in ORDER] == (
        ["success"] * place + ["failed"] + ["upstream_failed"] * (4 - place)
    )
    assert [(f.task_id, f.kind, f.message) for f in run.failures] == [
        (failing, "ValueError", "a model broke")
    ]
    assert asset_events(run.run_id) == []
