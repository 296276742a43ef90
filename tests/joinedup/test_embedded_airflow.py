"""DAGs in this process: what a person sees, what is kept, and what a broken night leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from joinedup import embedded_airflow
from joinedup.embedded_airflow import (
    AirflowNotReadyError,
    AlreadyRunningError,
    EmbeddedRun,
    run_dag,
    terminal,
)
from joinedup.settings import PROJECT_ROOT

DAG = """
    import os, signal, subprocess, sys, threading
    from datetime import timedelta
    from airflow.sdk import dag, task
    from joinedup.embedded_airflow import terminal

    @dag(schedule=None, default_args={{"retries": 2, "pool": "duckdb_writer"}})
    def small():
        @task(execution_timeout=timedelta(seconds=1))
        def first():
            {first}

        @task
        def second():
            print("second ran", file=terminal())

        first() >> second()

    small()
"""

Run = Callable[[str], EmbeddedRun]


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """Where the chatter of a test's runs goes."""
    return tmp_path / "logs" / "run.log"


@pytest.fixture
def run(airflow_home: Path, tmp_path: Path, log_file: Path) -> Run:
    """Run a DAG of two tasks, the first of which does what the given line says."""

    def run_small(first: str = "pass") -> EmbeddedRun:
        folder = tmp_path / "dags"
        folder.mkdir(exist_ok=True)
        (folder / "small.py").write_text(textwrap.dedent(DAG.format(first=first)))
        return run_dag(
            "small",
            conf={},
            airflow_home=airflow_home,
            dags_folder=folder,
            log_file=log_file,
            settings_env={"JOINEDUP_HOME": "of-this-run"},
        )

    return run_small


# --- the terminal and the log ---


def test_only_progress_reaches_the_terminal(
    run: Run, log_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    Given a task that prints, warns, starts a program and tells progress,
    when the DAG runs, then progress alone is on the terminal and the rest is in the log.
    """
    run(
        "print('printed'); print('warned', file=sys.stderr);"
        "subprocess.run(['echo', 'from a program'], check=True);"
        "print('1 of 2', file=terminal())"
    )
    seen = capfd.readouterr()
    assert seen.out.splitlines() == ["1 of 2", "second ran"]
    assert seen.err == ""
    log = log_file.read_text()
    assert all(line in log for line in ("printed", "warned", "from a program", "airflow"))


def test_a_replaced_standard_output_is_the_terminal(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a standard output that is no file, when the DAG runs, then progress goes there."""
    run("print('printed'); print('1 of 2', file=terminal())")
    assert capsys.readouterr().out.splitlines() == ["1 of 2", "second ran"]


def test_each_run_has_its_own_log(airflow_home: Path, tmp_path: Path, run: Run) -> None:
    """Given two runs in one process, when the second logs, then it does so in its own file."""
    run("print('in the first')")
    second = tmp_path / "second.log"
    run_dag(
        "small",
        conf={},
        airflow_home=airflow_home,
        dags_folder=tmp_path / "dags",
        log_file=second,
        settings_env={},
    )
    assert "in the first" in second.read_text()
    assert (tmp_path / "logs" / "run.log").read_text().count("in the first") == 1


def test_outside_a_run_the_terminal_is_standard_output() -> None:
    """Given no run, when a step asks for the terminal, then it gets standard output."""
    assert terminal() is sys.stdout


def test_a_fresh_process_stays_quiet(tmp_path: Path, airflow_home: Path, run: Run) -> None:
    """
    Given a process that has not imported Airflow,
    when it runs a DAG and ends, then nothing but progress is printed, to the very end,
    and neither another machine nor a name server was asked for anything.
    """
    run()
    script = f"""
        import sys
        from pathlib import Path
        asked = []
        network = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname")
        sys.addaudithook(lambda event, args: event in network and asked.append((event, args)))
        from joinedup.embedded_airflow import run_dag
        run = run_dag("small", conf={{}}, airflow_home=Path({str(airflow_home)!r}),
            dags_folder=Path({str(tmp_path / "dags")!r}), settings_env={{}},
            log_file=Path({str(tmp_path / "fresh.log")!r}))
        print(run.state, asked)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["second ran", "success []"]
    assert done.stderr == ""


# --- results ---


def test_a_run_tells_states_and_seconds(run: Run) -> None:
    """Given two tasks that work, when the DAG runs, then each has its state and its time."""
    done = run("threading.Event().wait(0.2)")
    assert done.state == "success"
    assert done.tasks == {"first": "success", "second": "success"}
    assert 0.2 <= done.seconds["first"] < 60
    assert done.failures == ()


def test_a_failure_is_told_once_and_without_noise(
    run: Run, log_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    Given a task that raises, and retries in the DAG,
    when the DAG runs, then the exception is in the result, its traceback only in the log,
    and nobody waits for a retry.
    """
    done = run("raise LookupError('no such council')")
    assert done.state == "failed"
    assert done.tasks == {"first": "failed", "second": "upstream_failed"}
    [failure] = done.failures
    assert (failure.task_id, failure.kind, failure.message) == (
        "first",
        "LookupError",
        "no such council",
    )
    assert isinstance(failure.error, LookupError)
    assert capfd.readouterr() == ("", "")
    assert "Traceback" in log_file.read_text()


def test_the_cause_of_a_final_failure_is_told(run: Run) -> None:
    """Given an error that the DAG turned into Airflow's, when it is told, then as what it was."""
    done = run(
        "from airflow.sdk.exceptions import AirflowFailException;"
        "raise AirflowFailException('refused') from ValueError('3 checks failed')"
    )
    assert [(f.kind, f.message) for f in done.failures] == [("ValueError", "3 checks failed")]


def test_a_time_out_is_told_as_one(run: Run) -> None:
    """Given a task that hangs, when its time is over, then it fails with a time-out."""
    done = run("threading.Event().wait(30)")
    assert [failure.kind for failure in done.failures] == ["AirflowTaskTimeout"]
    assert done.seconds["first"] < 20


def test_a_failure_of_airflow_itself_is_not_left_out(tmp_path: Path) -> None:
    """Given a task that Airflow could not even start, when told, then the log is named."""
    task = SimpleNamespace(task_id="first", state="failed", duration=None)
    dag_run = SimpleNamespace(run_id="r", state="failed", get_task_instances=lambda: [task])
    done = embedded_airflow._summary(dag_run, [], tmp_path / "run.log")
    assert [failure.kind for failure in done.failures] == ["AirflowNotReadyError"]
    assert str(tmp_path / "run.log") in done.failures[0].message


def test_a_dag_that_does_not_load(tmp_path: Path, airflow_home: Path, log_file: Path) -> None:
    """Given a DAG file with an error, when it is to run, then the error is told in one line."""
    (tmp_path / "broken.py").write_text("from airflow.sdk import dag\nimport no_such_module\n")
    with pytest.raises(AirflowNotReadyError) as refusal:
        run_dag(
            "broken",
            conf={},
            airflow_home=airflow_home,
            dags_folder=tmp_path,
            log_file=log_file,
            settings_env={},
        )
    assert str(refusal.value) == (
        f"broken does not load from {tmp_path}: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    )


# --- a broken or crowded night ---


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_ends_the_run(
    number: signal.Signals,
    error: type[BaseException],
    run: Run,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Given a signal during a task, when it arrives, then the run ends and no task follows."""
    # A job in the background of a script inherits Ctrl-C as ignored.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(error):
            run(f"os.kill(os.getpid(), {int(number)}); threading.Event().wait(30)")
    finally:
        signal.signal(signal.SIGINT, inherited)
    assert capfd.readouterr() == ("", "")
    assert signal.getsignal(signal.SIGTERM) is before
    assert terminal() is sys.stdout


def test_a_killed_run_is_closed_by_the_next(airflow_home: Path, run: Run) -> None:
    """Given a run that was killed, when the next starts, then a scheduler would not resume it."""
    killed = run().run_id
    with sqlite3.connect(airflow_home / "airflow.db") as database:
        for table in ("dag_run", "task_instance"):
            database.execute(f"update {table} set state='running' where run_id=?", [killed])  # noqa: S608
    run()
    with sqlite3.connect(airflow_home / "airflow.db") as database:
        states = database.execute(
            "select state from dag_run where run_id=:run "
            "union all select state from task_instance where run_id=:run",
            {"run": killed},
        ).fetchall()
    assert states == [("failed",)] * 3


def test_two_runs_do_not_overlap(airflow_home: Path, run: Run) -> None:
    """Given a run in another process, when a second starts, then it is refused at once."""
    run()
    with (airflow_home / "embedded.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunningError):
            run()
    assert run().state == "success"


# --- the environment and the metadata ---


def test_settings_reach_the_tasks_and_stay_there(
    run: Run, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Given settings for a run, and another Airflow's in the environment,
    when the DAG runs, then its tasks see the former, and afterwards all is as before.
    """
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    before = dict(os.environ)
    run(
        "print(os.environ['JOINEDUP_HOME'], os.environ['AIRFLOW__CORE__EXECUTOR'], file=terminal())"
    )
    assert capfd.readouterr().out.splitlines()[0] == "of-this-run LocalExecutor"
    assert dict(os.environ) == before


def test_runs_in_one_process_may_have_different_homes(tmp_path: Path, run: Run) -> None:
    """Given a run on one home, when the next has another, then it is recorded there alone."""
    run()
    home = tmp_path / "other" / "airflow"
    done = run_dag(
        "small",
        conf={},
        airflow_home=home,
        dags_folder=tmp_path / "dags",
        log_file=tmp_path / "other.log",
        settings_env={},
    )
    with sqlite3.connect(home / "airflow.db") as database:
        assert database.execute("select run_id, state from dag_run").fetchall() == [
            (done.run_id, "success")
        ]


def test_metadata_is_migrated_once_for_a_version(
    airflow_home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a migrated database, when runs follow, then only a new version migrates it again."""
    run()
    from airflow.utils import db

    migrated: list[str] = []
    monkeypatch.setattr(db, "upgradedb", lambda: migrated.append("again"))
    run()
    assert migrated == []
    (airflow_home / "metadata-version").write_text("3.0.0")
    run()
    assert migrated == ["again"]


def test_the_pools_are_made(airflow_home: Path, run: Run) -> None:
    """Given a run, when its pools are listed, then the writer's has one slot, publishers' four."""
    run()
    with sqlite3.connect(airflow_home / "airflow.db") as database:
        slots = dict(database.execute("select pool, slots from slot_pool"))
    assert (slots["duckdb_writer"], slots["publishers"]) == (1, 4)
