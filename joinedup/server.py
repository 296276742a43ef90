"""A whole Airflow on this machine: scheduler, pages, DAG processor and triggerer, kept running.

Only the loopback address is listened on. Everything belongs to one `JOINEDUP_HOME`, which has one
server at most; `joinedup run` may be used beside it, as the writer's lock holds for both.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from joinedup.embedded_airflow import (
    child_environment,
    environment_of,
    health_of,
    quietly,
    served_environment,
)
from joinedup.server_keys import ServerKeys, drop_old_fernet, load_keys, load_password
from joinedup.server_metadata import INSTALL, Metadata, metadata_of, prepare, require_usable
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.supervisor import (
    GRACE_SECONDS,
    LAST_GRACE_SECONDS,
    Plan,
    State,
    end_all,
    read_state,
    still_there,
)

STATE_FILE = "running.json"
START_LOG = "start.log"
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
TASKS_AT_ONCE = 5
"""The writer and four fetches."""
PARSE_EVERY_SECONDS = 300
"""DAG files change with an upgrade only; the default of 30 s keeps a quiet machine busy."""
HEALTHY_WITHIN_SECONDS = 300.0
LONGEST_STOP_SECONDS = GRACE_SECONDS + LAST_GRACE_SECONDS + 5
DEATHS_TO_GIVE_UP = 3
FAB_PACKAGE = "apache-airflow-providers-fab"
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


class ServerRefusal(Exception):  # noqa: N818  (nothing broke)
    """The server was not started, or did not come up; the text says why and what helps."""


@dataclass(frozen=True)
class ServerStatus:
    """What stands of a server: its state file, its processes, and how its parts say they are.

    `health` is empty when the API server does not answer.
    """

    state: State
    processes: tuple[int, ...]
    health: dict[str, str]

    @property
    def is_healthy(self) -> bool:
        """Whether every part says so, and the supervisor is there to keep it so."""
        return self.state.leader in self.processes and all(
            self.health.get(part) == "healthy" for part in PARTS
        )


def component_commands() -> dict[str, list[str]]:
    """Give the command of each of Airflow's processes, in the order in which they are started.

    The two that could serve their logs do not: they would do so on every address.
    """
    airflow = [sys.executable, "-m", "airflow"]
    return {
        "api-server": [*airflow, "api-server"],
        "scheduler": [*airflow, "scheduler", "--skip-serve-logs"],
        "dag-processor": [*airflow, "dag-processor"],
        "triggerer": [*airflow, "triggerer", "--skip-serve-logs"],
    }


def server_environment(
    settings: Settings, *, metadata: Metadata, keys: ServerKeys
) -> dict[str, str]:
    """Give the configuration that all of the server's processes share."""
    logs = settings.server_logs
    return {
        **served_environment(
            settings.server_home,
            PROJECT_ROOT / "dags",
            settings.server_port,
            secret_key=keys.api,
            jwt_secret=keys.jwt,
        ),
        "JOINEDUP_HOME": str(settings.home),
        "AIRFLOW__CORE__AUTH_MANAGER": FAB,
        "AIRFLOW__CORE__FERNET_KEY": keys.fernet,
        "AIRFLOW__CORE__PARALLELISM": str(TASKS_AT_ONCE),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.url,
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(PARSE_EVERY_SECONDS),
        "AIRFLOW__FAB__CONFIG_FILE": str(settings.server_home / "webserver_config.py"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "tasks" / "dags"),
    }


def start(
    settings: Settings,
    *,
    address_file: Path | None = None,
    rotate_keys: bool = False,
    within_seconds: float = HEALTHY_WITHIN_SECONDS,
) -> ServerStatus:
    """Start the server and wait until it is healthy; what came up is ended when it is not.

    Raises ServerRefusal, MetadataError and SecretFileError.
    """
    home = settings.server_home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    with _lock(settings) as lock:
        _require_installed()
        _end_left_over(home)
        require_free_port(settings.server_port)
        metadata = metadata_of(settings, address_file)
        require_usable(metadata)
        password = load_password(home)
        keys = load_keys(home, rotate=rotate_keys)
        environment = server_environment(settings, metadata=metadata, keys=keys)
        (settings.server_logs / START_LOG).unlink(missing_ok=True)
        with quietly(settings.server_logs / START_LOG), environment_of(environment):
            prepare(metadata, password, rotated=rotate_keys)
        if rotate_keys:
            drop_old_fernet(home)
            keys = load_keys(home)
            environment = server_environment(settings, metadata=metadata, keys=keys)
        supervisor = _start_supervisor(settings, metadata, environment, lock)
    try:
        return _wait_until_healthy(settings, supervisor, within_seconds)
    except BaseException:
        if supervisor.poll() is None:
            supervisor.terminate()
            with suppress(subprocess.TimeoutExpired):
                supervisor.wait(LONGEST_STOP_SECONDS)
        stop(settings)
        raise


def stop(settings: Settings) -> int:
    """End the server and everything it started, within half a minute.

    Gives how many processes had to be killed, -1 when there was no server.
    """
    file = settings.server_home / STATE_FILE
    state = read_state(file)
    if state is None:
        return -1
    return end_all(state, file, patience_seconds=LONGEST_STOP_SECONDS)


def status_of_server(settings: Settings) -> ServerStatus | None:
    """Look at the server; None when there is none."""
    state = read_state(settings.server_home / STATE_FILE)
    if state is None:
        return None
    return ServerStatus(state, tuple(still_there(state)), health_of(state.about["url"]))


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Give the whole environment for a command of Airflow's own on the server's metadata.

    Raises MetadataError and SecretFileError.
    """
    keys = load_keys(settings.server_home)
    return child_environment(
        server_environment(settings, metadata=metadata_of(settings), keys=keys)
    )


def require_free_port(port: int) -> None:
    """Raise ServerRefusal when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the API server does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServerRefusal(
                    f"Port {port} is in use by another program; set JOINEDUP_SERVER_PORT to a "
                    "free one."
                ) from error
            raise ServerRefusal(f"Port {port} cannot be used: {error.strerror}.") from error


def _require_installed() -> None:
    try:
        version(FAB_PACKAGE)  # to import it would import Airflow, before its configuration is set
    except PackageNotFoundError as error:
        raise ServerRefusal(f"The server's packages are not installed: {INSTALL}.") from error


@contextmanager
def _lock(settings: Settings) -> Iterator[int]:
    """Hold the lock of the home's server; the supervisor inherits it and holds it on.

    The folder itself is locked, so no file of it is left.
    """
    lock = os.open(settings.server_home, os.O_RDONLY)
    try:
        _take(lock, settings)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, settings: Settings) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        state = read_state(settings.server_home / STATE_FILE)
        place = f" at {state.about['url']}" if state else ""
        raise ServerRefusal(
            f"The server of {settings.home} is running already{place}; joinedup down ends it."
        ) from None


def _end_left_over(home: Path) -> None:
    """End what a killed supervisor left: the lock is ours, so it does not live."""
    state = read_state(home / STATE_FILE)
    if state is not None:
        end_all(state, home / STATE_FILE, patience_seconds=GRACE_SECONDS)


def _start_supervisor(
    settings: Settings, metadata: Metadata, environment: dict[str, str], lock: int
) -> subprocess.Popen[bytes]:
    plan = Plan(
        components=component_commands(),
        logs=settings.server_logs,
        state=settings.server_home / STATE_FILE,
        about={"url": environment["AIRFLOW__API__BASE_URL"], "database": metadata.name},
    )
    own = child_environment(environment)
    own.pop("JOINEDUP_METADATA_DATABASE", None)  # its password is in Airflow's setting already
    with (settings.server_logs / START_LOG).open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "joinedup.supervisor"],
            env=own,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock],
        )
    assert supervisor.stdin is not None  # noqa: S101  (asked for above)
    with supervisor.stdin as stdin:
        stdin.write(plan.model_dump_json().encode())
    return supervisor


def _wait_until_healthy(
    settings: Settings, supervisor: subprocess.Popen[bytes], within_seconds: float
) -> ServerStatus:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        if supervisor.poll() is not None:
            raise ServerRefusal(f"The supervisor ended: see {settings.server_logs / START_LOG}.")
        state = read_state(settings.server_home / STATE_FILE)
        for name, component in state.components.items() if state else ():
            if component.starts > DEATHS_TO_GIVE_UP:
                raise ServerRefusal(
                    f"The {name} ended again and again: see {settings.server_logs}/{name}.log."
                )
        status = status_of_server(settings) if state else None
        if status is not None and status.is_healthy:
            return status
        time.sleep(0.5)
    raise ServerRefusal(
        f"The server was not healthy within {within_seconds:.0f} s: see {settings.server_logs}."
    )
