"""The services' own command lines, health checks and environment, run on this machine.

There is no container here, so a container's places are other folders and ports; everything else is
as docker-compose.yml has it, the check of the secrets too.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from deploy.prepare import require_queue
from joinedup.serving.process_session import end_session
from joinedup.settings import PROJECT_ROOT
from tests.airflow_api import ask
from tests.deploy.compose_file import CODE, Here, services
from tests.deploy.test_databases import make_databases
from tests.servers import free_ports, postgres_server

MINUTES = 60.0
AIRFLOW = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
WORKERS = ("airflow-worker-1", "airflow-worker-2")
NEEDS_SECRETS = sorted(name for name, one in services().items() if one.get("secrets"))


@dataclass(frozen=True)
class Machine:
    """Folders and ports of this machine that stand in for those of the containers."""

    folder: Path
    here: Here
    port: int
    executor: str | None = None
    """Another than the one that the file has by default."""

    def environment(self, service: str) -> dict[str, str]:
        """Give a service's environment, with what an image would have installed."""
        other = {} if self.executor is None else {"AIRFLOW__CORE__EXECUTOR": self.executor}
        return self.here.environment(
            service,
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            PYTHONPATH=os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")]),
            SECRETS_FOLDER=str(self.folder / "secrets"),
            **other,
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        )

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a service until the block is left, whatever happens."""
        with (self.folder / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(
                self.here.command(service),
                env=self.environment(service),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            end_session(process.pid)
            process.wait()

    def run(self, service: str) -> None:
        """Run a service to its end, which has to be a good one."""
        with self.running(service) as process:
            process.wait(5 * MINUTES)
        assert process.returncode == 0, self.said_by(service)

    def wait_for(self, service: str, process: subprocess.Popen[bytes]) -> None:
        """Ask the service's own health check until it is well."""
        deadline = time.monotonic() + 5 * MINUTES
        while not self.is_well(service):
            assert process.poll() is None, self.said_by(service)
            assert time.monotonic() < deadline, self.said_by(service)
            time.sleep(1)

    def is_well(self, service: str) -> bool:
        """Run the service's health check once."""
        asked = subprocess.run(
            self.here.health(service),
            env=self.environment(service),
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=2 * MINUTES,
        )
        return asked.returncode == 0

    def said_by(self, service: str) -> str:
        """Give the end of what the service wrote."""
        return (self.folder / f"{service}.log").read_text(errors="replace")[-4000:]

    def ask(
        self, path: str, body: object = None, token: str = "", method: str | None = None
    ) -> tuple[int, Any]:
        """Ask the API server; gives the status and what it said."""
        address = f"http://127.0.0.1:{self.port}{path}"
        return ask(address, body, token=token, method=method)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """PostgreSQL with the databases of the file, and free ports for the rest."""
    folder = Path(tempfile.mkdtemp(prefix="services-"))
    try:
        for name in ("home", "logs", "work", "returns", "redis"):
            (folder / name).mkdir()
        with postgres_server(folder) as server:
            make_databases(server, folder / "secrets")
            port, redis = free_ports(2)
            places = {
                "/run/secrets": str(folder / "secrets"),
                **CODE,
                "/var/lib/joinedup": str(folder / "home"),
                "/var/log/airflow": str(folder / "logs"),
                "/returns": str(folder / "returns"),
                "/tmp": str(folder / "work"),  # noqa: S108
                "postgres:5432": f"127.0.0.1:{server.port}",
                "redis:6379": f"127.0.0.1:{redis}",
                "airflow-apiserver:8080": f"127.0.0.1:{port}",
                "8080": str(port),
                "0.0.0.0": "127.0.0.1",  # noqa: S104
            }
            environment = {"REDIS_BIND": "127.0.0.1", "REDIS_PORT": str(redis)}
            environment["REDIS_FOLDER"] = str(folder / "redis")
            yield Machine(folder, Here(places, environment), port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.live
def test_every_service_of_airflow_starts_and_is_well(machine: Machine) -> None:
    """Given the file's commands, environment and health checks, and secrets that were just made
    When the services are started in their order, with Redis and both workers
    Then each says that it is well, only this machine is listened to, who has no password gets
    nowhere, and no secret stands in the environment of a process or in what it wrote.
    """
    if shutil.which("redis-server") is None:
        pytest.skip("needs Redis: on Debian the package redis-server")
    machine = replace(machine, executor="CeleryExecutor")
    with ExitStack() as stack:
        started = _started(machine, stack, ["redis"])
        machine.run("prepare")
        started |= _started(machine, stack, [*AIRFLOW, *WORKERS])
        family = [
            member
            for process in started.values()
            for member in [psutil.Process(process.pid), *_children(process.pid)]
        ]
        assert _addresses(family) == {"127.0.0.1"}
        _check_users(machine)
        _log_in(machine, "nightly_load")
        secrets = _secrets_in(machine.folder / "secrets")
        for member in family:
            environment = "\n".join(_environment(member))
            assert environment
            shown = [name for name, value in secrets.items() if value in environment]
            assert not shown, (member, shown)
    for log in [*machine.folder.glob("*.log"), *(machine.folder / "logs").rglob("*.log")]:
        text = log.read_text(errors="replace")
        assert not [name for name, value in secrets.items() if value in text], log
    assert not [member for member in family if _is_alive(member)]


def _secrets_in(folder: Path) -> dict[str, str]:
    """Give the secrets by their names, but for those that are empty until someone fills them."""
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    found = {name: text for name, text in texts.items() if text}
    assert len(found) > 10
    return found


def _check_users(machine: Machine) -> None:
    """The password of the secret gets in, and neither a known one nor none."""
    assert machine.ask("/api/v2/dags")[0] == 401
    for password in ("admin", "airflow", ""):
        login = {"username": "admin", "password": password}
        assert machine.ask("/auth/token", login)[0] in (400, 401)


def _log_in(machine: Machine, dag_id: str) -> str:
    """Give a token of the user, as soon as a DAG is there."""
    password = (machine.folder / "secrets/admin_password").read_text()
    status, answer = machine.ask("/auth/token", {"username": "admin", "password": password})
    assert status == 201
    token = str(answer["access_token"])
    deadline = time.monotonic() + 2 * MINUTES
    while machine.ask(f"/api/v2/dags/{dag_id}", token=token)[0] != 200:
        assert time.monotonic() < deadline, "the DAGs were not parsed"
        time.sleep(1)
    return token


@pytest.mark.live
def test_without_workers_the_scheduler_runs_the_tasks(machine: Machine) -> None:
    """Given the file as it is, without the profile of several workers
    When its services are started, and a DAG with nothing to do is switched on and triggered
    Then its task is run by the scheduler, through the API server, and the run succeeds.
    """
    machine.run("prepare")
    with ExitStack() as stack:
        _started(
            machine, stack, ["airflow-apiserver", "airflow-scheduler", "airflow-dag-processor"]
        )
        dag = "/api/v2/dags/refresh_returns"
        token = _log_in(machine, "refresh_returns")
        assert machine.ask(dag, {"is_paused": False}, token, "PATCH")[0] == 200
        status, run = machine.ask(f"{dag}/dagRuns", {"logical_date": None}, token)
        assert status == 200
        path = f"{dag}/dagRuns/{run['dag_run_id']}"
        deadline = time.monotonic() + 3 * MINUTES
        while (state := machine.ask(path, token=token)[1]["state"]) in ("queued", "running"):
            assert time.monotonic() < deadline, machine.said_by("airflow-scheduler")
            time.sleep(1)
        assert state == "success", machine.said_by("airflow-scheduler")
        _, tasks = machine.ask(f"{path}/taskInstances", token=token)
        states = {one["task_id"]: one["state"] for one in tasks["task_instances"]}
        assert states == {"choose_returns": "success", "fetch_return": "skipped"}


def _started(
    machine: Machine, stack: ExitStack, names: Sequence[str]
) -> dict[str, subprocess.Popen[bytes]]:
    """Start services side by side, and wait until each says that it is well."""
    started = {name: stack.enter_context(machine.running(name)) for name in names}
    for name, process in started.items():
        machine.wait_for(name, process)
    return started


@pytest.mark.parametrize("service", NEEDS_SECRETS)
def test_f112_no_service_starts_without_its_secrets(service: str, tmp_path: Path) -> None:
    """Given a folder without secrets
    When a service is started by its own command line
    Then it ends at once with 1 and names each secret that it lacks.
    """
    here = Here(CODE)
    refused = subprocess.run(
        here.command(service),
        env=here.environment(service, SECRETS_FOLDER=str(tmp_path)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode == 1
    lacks = here.environment(service)["SECRETS"].split()
    assert lacks
    assert refused.stderr.count("is missing") == len(lacks)
    assert all(f"the secret {name} is missing" in refused.stderr for name in lacks)


def test_several_workers_are_not_started_without_their_queue() -> None:
    """Given a port at which nothing listens, and one at which something does
    When the queue is looked for before anything starts
    Then the first is refused with the command that starts it, and the second is well.
    """
    with socket.create_server(("127.0.0.1", 0)) as queue:
        address = f"127.0.0.1:{queue.getsockname()[1]}"
        require_queue(address, 0)
    with pytest.raises(SystemExit, match="--profile celery up"):
        require_queue(address, 0)


def _children(pid: int) -> list[psutil.Process]:
    return list(psutil.Process(pid).children(recursive=True))


def _environment(process: psutil.Process) -> list[str]:
    try:
        return [f"{name}={value}" for name, value in process.environ().items()] or ["none"]
    except psutil.Error:
        return ["gone"]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _addresses(processes: list[psutil.Process]) -> set[str]:
    """List the addresses that processes listen on."""
    return {
        connection.laddr.ip
        for process in processes
        if _is_alive(process)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
