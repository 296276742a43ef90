"""The server of `joinedup up` for a test: its own supervisor and commands, with quick settings.

What a test kills the supervisor starts again, as it would for an operator.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, TypeVar

import psutil  # type: ignore[import-untyped]
import pytest

from joinedup.embedded_airflow import child_environment
from joinedup.serving.health import health_of
from joinedup.serving.keys import USER, load_keys, load_password
from joinedup.serving.metadata import keep_metadata, metadata_of
from joinedup.serving.process_session import end_session, kill, session
from joinedup.serving.server import PARTS, component_commands, server_environment
from joinedup.serving.supervisor import Plan, end_all, read_state
from joinedup.settings import Settings
from tests.airflow_api import ask
from tests.servers import free_port

Answer = TypeVar("Answer")

POLICY = """
from datetime import timedelta

def task_policy(task):
    task.retry_delay = task.max_retry_delay = timedelta(seconds=2)
"""
"""Airflow's own place for what one installation wants otherwise: here retries that come at once."""

QUICK = {
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",  # tests share the machine
    # The night's own run would start at once when the DAG is un-paused.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}
"""A lost task is found within half a minute, and not after five."""

PREPARE = """
import sys
from joinedup.serving.metadata import metadata_of, prepare
from joinedup.settings import Settings
prepare(metadata_of(Settings()), sys.stdin.read(), rotated=False)
"""


@dataclass(frozen=True)
class LiveServer:
    """A running server, and the environment that more of its processes would need."""

    settings: Settings
    environment: Mapping[str, str] = field(repr=False)
    state_file: Path
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Where the API server is, without a slash at the end."""
        return self.environment["AIRFLOW__API__BASE_URL"]

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Call the REST API as the admin; None for what is not there (yet)."""
        return _call(self.url + path, body, method, self.token)

    def run(self, dag_id: str, **conf: Any) -> LiveRun:
        """Ask for a run of a DAG, which is un-paused first."""
        dag = f"/api/v2/dags/{dag_id}"
        until(lambda: self.ask(dag, method="PATCH", body={"is_paused": False}), 120)
        run = self.ask(f"{dag}/dagRuns", body={"logical_date": None, "conf": conf})
        return LiveRun(self, f"{dag}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}")

    def process(self, component: str) -> psutil.Process:
        """Give the process of a component that is running now."""

        def running() -> psutil.Process | None:
            state = read_state(self.state_file)
            pid = state.components[component].pid if state else None
            return psutil.Process(pid) if pid and psutil.pid_exists(pid) else None

        return until(running, 60)

    def writer(self) -> psutil.Process | None:
        """Give the process that holds the writer's lock."""
        lock = self.settings.home / "writer.lock"
        if not lock.exists():
            return None
        inode = f":{lock.stat().st_ino}"
        for line in Path("/proc/locks").read_text().splitlines():
            _, kind, _, _, pid, file, *_ = line.replace("-> ", "").split()
            if kind == "FLOCK" and file.endswith(inode) and psutil.pid_exists(int(pid)):
                return psutil.Process(int(pid))
        return None


@dataclass(frozen=True)
class LiveRun:
    """A run that was asked for."""

    server: LiveServer
    path: str

    def state(self) -> str:
        """Give the state of the run."""
        return str(self.server.ask(self.path)["state"])

    def finished(self, seconds: float) -> str:
        """Wait for the end of the run, and give its state."""

        def end() -> str | None:
            state = self.state()
            return state if state in ("success", "failed") else None

        return until(end, seconds, every=1)

    def instances(self) -> list[dict[str, Any]]:
        """Give each task as it stands, a mapped one so often: state, try_number, pid and so on."""
        return list(self.server.ask(f"{self.path}/taskInstances")["task_instances"])

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Give each task by its name."""
        return {task["task_id"]: task for task in self.instances()}

    def tries(self, task_id: str) -> list[dict[str, Any]]:
        """Give every try of a task, the first first."""
        answer = self.server.ask(f"{self.path}/taskInstances/{task_id}/tries")
        return list(answer["task_instances"])

    def why(self) -> str:
        """Say what the failed tries of all tasks logged last."""
        said = []
        for name, task in self.tasks().items():
            for number in range(1, task["try_number"] + 1):
                log = self.server.ask(f"{self.path}/taskInstances/{name}/logs/{number}")
                said.append(f"{name} {number} {task['state']}: {json.dumps(log)[-1500:]}")
        return "\n".join(said)


def until(answer: Callable[[], Answer | None], seconds: float, every: float = 0.25) -> Answer:
    """Ask again until there is an answer; whoever is asked may be away for a while."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := answer():
                return found
            problem = "no answer"
        except OSError as error:
            problem = str(error)
        assert time.monotonic() < deadline, f"{problem} within {seconds:.0f} s"
        time.sleep(every)


@contextmanager
def live_server(
    home: Path, database: str, more: Mapping[str, str] | None = None
) -> Iterator[LiveServer]:
    """Run the server of `home` on a PostgreSQL, with `more` of Airflow's settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOINEDUP_HOME", str(home))
        patch.setenv("JOINEDUP_METADATA_DATABASE", database)
        patch.setenv("JOINEDUP_SERVER_PORT", str(free_port()))
        settings = Settings()
        server_home, logs = settings.server_home, settings.server_logs
        for folder in (server_home / "config", logs):
            folder.mkdir(parents=True)
        (server_home / "config" / "airflow_local_settings.py").write_text(POLICY)
        load_keys(server_home)
        keep_metadata(server_home, metadata_of(settings))
        own = server_environment(settings)
        server = LiveServer(
            settings,
            child_environment({**own, **QUICK, **(more or {})}),
            server_home / "running.json",
        )
        password = load_password(server_home)
        plan = Plan(
            components=component_commands(),
            logs=logs,
            state=server.state_file,
            about={"url": server.url, "database": ""},
        )
        with (logs / "start.log").open("ab") as log:
            _python(server, log, "-c", PREPARE, given=password).wait()
            supervisor = _python(
                server, log, "-m", "joinedup.serving.supervisor", given=plan.model_dump_json()
            )
        try:
            until(lambda: all(health_of(server.url).get(part) == "healthy" for part in PARTS), 240)
            yield replace(server, token=_token(server.url, password))
        finally:
            state = read_state(plan.state)
            if state is not None:
                end_all(state, plan.state, patience_seconds=30)
            supervisor.wait(60)


@dataclass(frozen=True)
class CeleryWorker:
    """One of several workers, which nobody starts again: it stands for another machine."""

    process: subprocess.Popen[bytes]

    def runs(self, pid: int) -> bool:
        """Say whether a process is this worker's."""
        return pid in session(self.process.pid)

    def die(self) -> None:
        """End all of it at once, as when the machine goes."""
        kill(lambda: session(self.process.pid))


@contextmanager
def celery_worker(server: LiveServer, name: str) -> Iterator[CeleryWorker]:
    """Run a worker of a server whose executor is Celery's."""
    command = ["-m", "airflow", "celery", "worker", "--skip-serve-logs", "--concurrency", "2"]
    number = server.settings.server_home / f"{name}.pid"
    with (server.settings.server_logs / f"{name}.log").open("ab") as log:
        process = _python(
            server, log, *command, "--celery-hostname", f"{name}@%h", "--pid", str(number), given=""
        )
    try:
        yield CeleryWorker(process)
    finally:
        end_session(process.pid)
        process.wait(60)


def _python(
    server: LiveServer, log: IO[bytes], *arguments: str, given: str
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=dict(server.environment),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(given.encode())
    return process


def _token(url: str, password: str) -> str:
    login = {"username": USER, "password": password}
    return str(_call(f"{url}/auth/token", login, None, "")["access_token"])


def _call(address: str, body: Any, method: str | None, token: str) -> Any:
    """Give the answer, None for what is not there (yet).

    Raises ConnectionError, as an OSError is asked again: its database may be away for a while.
    """
    status, answer = ask(address, body, token=token, method=method)
    if status >= 400 and status != 404:
        raise ConnectionError(f"{status} from {address}")
    return answer
