"""Run a DAG in this process, without a server, and set up the Airflow that it needs.

Airflow is imported late: it reads its configuration from the environment when it is imported, and
the import alone takes seconds.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from joinedup.scheduling import POOLS
from joinedup.settings import PROJECT_ROOT

VERSION_FILE = "metadata-version"
LOCK_FILE = "embedded.lock"


class AlreadyRunningError(Exception):
    """Another process runs a DAG on the same Airflow home."""


class AirflowNotReadyError(Exception):
    """The DAG does not load, or Airflow could not run a task."""


class _ToldToStop(SystemExit):
    """SIGTERM came; the program ends with it."""


@dataclass(frozen=True)
class TaskFailure:
    """Why a task failed: the step's own exception, where Airflow had wrapped it."""

    task_id: str
    kind: str
    message: str
    error: BaseException


@dataclass(frozen=True)
class EmbeddedRun:
    """One finished DAG run.

    `state` is `success` or `failed`; `tasks` holds each task's state (`success`, `skipped`,
    `failed`, `upstream_failed`) and `seconds` how long it ran, 0.0 when it did not.
    """

    run_id: str
    state: str
    tasks: Mapping[str, str]
    seconds: Mapping[str, float]
    failures: tuple[TaskFailure, ...]


# --- the terminal and the log ------------------------------------------------------------------

_terminal: TextIO | None = None
_chatter: TextIO | None = None


def terminal() -> TextIO:
    """Give the stream a person reads, also while standard output goes to the log.

    Ask for it when something is to be written, not at import.
    """
    return sys.stdout if _terminal is None else _terminal


@contextlib.contextmanager
def quietly(log_file: Path) -> Iterator[None]:
    """Send everything written to standard output and error to the log; keep `terminal()`.

    File descriptors are moved, not only Python's streams, so that worker processes and C code
    are quiet too.
    """
    global _terminal
    sys.stdout.flush()
    sys.stderr.flush()
    saved = {number: os.dup(number) for number in (1, 2)}
    chatter = _open_chatter(log_file)
    _terminal = _keep(sys.stdout, saved[1])
    try:
        for number in saved:
            os.dup2(chatter.fileno(), number)
        with contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
            yield
    finally:
        chatter.flush()
        _terminal.flush()
        _terminal = None
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)


def _keep(stream: TextIO, copy: int) -> TextIO:
    """Open a stream on the saved descriptor, unless `stream` never was standard output."""
    try:
        if stream.fileno() != 1:
            return stream
    except (OSError, ValueError):
        return stream
    return open(
        copy, "w", buffering=1, encoding=stream.encoding, errors=stream.errors, closefd=False
    )


def _open_chatter(log_file: Path) -> TextIO:
    """Open the log for the chatter.

    Loggers keep the stream they find when they are set up, beyond the run. So one stream lives
    as long as the process, and each run points its descriptor at the log of that run.
    """
    global _chatter
    log_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = log_file.open("a", buffering=1, encoding="utf-8")
    if _chatter is None:
        _chatter = fresh
        atexit.register(_leave_quietly)
    else:
        _chatter.flush()
        os.dup2(fresh.fileno(), _chatter.fileno())
        fresh.close()
    return _chatter


def _leave_quietly() -> None:
    """Send what libraries print while the interpreter ends, such as leak counts, to the log."""
    sys.stderr.flush()
    if _chatter is not None:
        os.dup2(_chatter.fileno(), 2)


# --- the environment ---------------------------------------------------------------------------


def embedded_environment(airflow_home: Path, dags_folder: Path) -> dict[str, str]:
    """Give Airflow's whole configuration for one machine and one user: SQLite, no examples."""
    home = airflow_home.resolve()
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder.resolve()),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks a name server
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__TRACES__OTEL_ON": "False",
        "AIRFLOW__METRICS__OTEL_ON": "False",
        "AIRFLOW__METRICS__STATSD_ON": "False",
    }


@contextlib.contextmanager
def environment_of(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set the environment for the run; another Airflow's settings must not leak in."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AIRFLOW__")]:
        del os.environ[name]
    os.environ.update(wanted)
    try:
        if "airflow" in sys.modules:
            _follow_environment()
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _follow_environment() -> None:
    """Point an Airflow that is imported already at the home in the environment."""
    from airflow import settings
    from airflow.configuration import conf

    if conf.get_mandatory_value("database", "sql_alchemy_conn") != settings.SQL_ALCHEMY_CONN:
        settings.dispose_orm()
        settings.configure_vars()
        settings.configure_orm()


# --- the metadata database ---------------------------------------------------------------------


def prepare_metadata(airflow_home: Path) -> bool:
    """Create or migrate the metadata database and the pools; True when it was migrated.

    The environment must be set. Migrating takes seconds, so the version it was done for is kept
    in a file beside the database.
    """
    import airflow

    mark = airflow_home / VERSION_FILE
    database = airflow_home / "airflow.db"
    done = database.exists() and mark.exists() and mark.read_text() == airflow.__version__
    if not done:
        from airflow.utils import db

        db.upgradedb()
        mark.write_text(airflow.__version__)
    ensure_pools()
    return not done


def ensure_pools() -> None:
    """Make the pools, or put them back as they are meant to be. The environment must be set."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        for name, (slots, description) in POOLS.items():
            Pool.create_or_update_pool(
                name, slots, description, include_deferred=True, session=session
            )


def _end_lost_runs() -> None:
    """Mark in-process runs that were killed as failed, or a live scheduler would take them up."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from airflow.utils.state import State
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import select, update

    unfinished = [state.value for state in State.unfinished if state]
    with create_session() as session:
        lost = session.scalars(
            select(DagRun.run_id).where(
                DagRun.state.in_(State.unfinished_dr_states),
                DagRun.triggered_by == DagRunTriggeredByType.TEST,
            )
        ).all()
        for model in (TaskInstance, DagRun):
            session.execute(
                update(model)
                .where(model.run_id.in_(lost), model.state.in_(unfinished))
                .values(state=State.FAILED)
            )


# --- one run in this process -------------------------------------------------------------------


def run_dag(
    dag_id: str,
    *,
    conf: Mapping[str, Any],
    airflow_home: Path,
    dags_folder: Path,
    log_file: Path,
    settings_env: Mapping[str, str],
) -> EmbeddedRun:
    """Run a DAG here and now, in this process and its main thread.

    Pools and `max_active_runs` are a scheduler's business and do not hold here; a lock on
    `airflow_home` stands in for both. Tasks are not retried: somebody is waiting, and running
    again is safe. A failed task is part of the result.

    Raises AlreadyRunningError and AirflowNotReadyError; KeyboardInterrupt and SystemExit when the
    run was told to stop.
    """
    airflow_home.mkdir(parents=True, exist_ok=True)
    environment = {**embedded_environment(airflow_home, dags_folder), **settings_env}
    with (
        _only_run(airflow_home),
        quietly(log_file),
        _own_signals(),
        environment_of(environment),
    ):
        prepare_metadata(airflow_home)
        _end_lost_runs()
        _serve_newest_task_api_only()
        dag = _load_dag(dag_id, dags_folder)
        for task in dag.tasks:
            task.retries = 0
            task.on_kill = _stop
        with _failures() as failures:
            dag_run = dag.test(run_conf=dict(conf))
    for failure in failures:
        if isinstance(failure.error, KeyboardInterrupt | _ToldToStop):
            raise failure.error
    return _summary(dag_run, failures, log_file)


@contextlib.contextmanager
def _only_run(airflow_home: Path) -> Iterator[None]:
    """Hold the lock of this Airflow home; the kernel lets go of it when the process dies."""
    with (airflow_home / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"Another load is running in {airflow_home.parent}") from None
        yield


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Put back the handler for SIGTERM, which Airflow replaces for each task and leaves."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    raise _ToldToStop(128 + signal.SIGTERM)


def _stop() -> None:
    """Stop the running task: Airflow's handler for SIGTERM calls this and would go on.

    It is called after a time-out as well, where the task has already stopped.
    """
    from airflow.sdk.exceptions import AirflowTaskTimeout

    if not isinstance(sys.exc_info()[1], AirflowTaskTimeout):
        raise _ToldToStop(128 + signal.SIGTERM)


def _serve_newest_task_api_only() -> None:
    """Spare the building of the task API's older versions, which nobody asks for in one process.

    It saves 5 of 11 seconds of start-up. When the client here would not speak the newest version,
    everything is left as it is.
    """
    from airflow.api_fastapi.execution_api import versions
    from airflow.api_fastapi.execution_api.routes import execution_api_router
    from airflow.sdk.api.datamodels._generated import API_VERSION
    from cadwyn import HeadVersion, Version, VersionBundle
    from cadwyn.route_generation import _DELETED_ROUTE_TAG

    if versions.bundle.versions[0].value == API_VERSION:
        versions.bundle = VersionBundle(HeadVersion(), Version(API_VERSION))
        routes = execution_api_router.routes
        routes[:] = [route for route in routes if _DELETED_ROUTE_TAG not in route.tags]


def _load_dag(dag_id: str, dags_folder: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(dags_folder))
    dag = bag.dags.get(dag_id)
    if dag is None:
        last_lines = [error.rstrip().rpartition("\n")[2] for error in bag.import_errors.values()]
        problem = "; ".join(last_lines) or "no such DAG"
        raise AirflowNotReadyError(f"{dag_id} does not load from {dags_folder}: {problem}")
    return dag


@contextlib.contextmanager
def _failures() -> Iterator[list[TaskFailure]]:
    """Collect the exceptions of failing tasks, which an in-process run only logs."""
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    found: list[TaskFailure] = []

    class Listener:
        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_failed(self, task_instance: Any, error: BaseException) -> None:
            cause = _own_error(error)
            found.append(
                TaskFailure(task_instance.task_id, type(cause).__name__, str(cause), cause)
            )

    listener = Listener()
    plugins = get_listener_manager().pm
    plugins.register(listener)
    try:
        yield found
    finally:
        plugins.unregister(listener)


def _own_error(error: BaseException) -> BaseException:
    from airflow.sdk.exceptions import AirflowFailException

    return error.__cause__ if isinstance(error, AirflowFailException) and error.__cause__ else error


def _summary(dag_run: Any, failures: list[TaskFailure], log_file: Path) -> EmbeddedRun:
    tasks = dag_run.get_task_instances()
    explained = {failure.task_id for failure in failures}
    unexplained = AirflowNotReadyError(f"Airflow could not run the task: see {log_file}")
    return EmbeddedRun(
        run_id=dag_run.run_id,
        state=str(dag_run.state),
        tasks={task.task_id: str(task.state) for task in tasks},
        seconds={task.task_id: task.duration or 0.0 for task in tasks},
        failures=(
            *failures,
            *(
                TaskFailure(task.task_id, type(unexplained).__name__, str(unexplained), unexplained)
                for task in tasks
                if task.state == "failed" and task.task_id not in explained
            ),
        ),
    )


# --- other processes ---------------------------------------------------------------------------


def child_environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Add what Airflow's processes need to find its command and these packages."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    folders = [str(PROJECT_ROOT), own.get("PYTHONPATH", "")]
    return {
        **own,
        **wanted,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(folder for folder in folders if folder),
    }
