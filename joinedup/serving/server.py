"""A whole Airflow on this machine: scheduler, pages, DAG processor and triggerer, kept running.

Only the loopback address is listened on. Everything belongs to one `JOINEDUP_HOME`, which has one
server at most; `joinedup run` may be used beside it, as the writer's lock holds for both.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from joinedup.embedded_airflow import (
    child_environment,
    embedded_environment,
    environment_of,
    quietly,
)
from joinedup.serving.health import health_of
from joinedup.serving.keys import (
    ADDRESS_FILE,
    KEYS_FOLDER,
    close_folder,
    drop_old_fernet,
    load_keys,
    load_password,
)
from joinedup.serving.metadata import (
    INSTALL,
    Metadata,
    keep_metadata,
    kept_metadata,
    metadata_of,
    prepare,
    require_usable,
)
from joinedup.serving.supervisor import (
    GRACE_SECONDS,
    LAST_GRACE_SECONDS,
    Plan,
    State,
    end_all,
    read_state,
    still_there,
)
from joinedup.settings import PROJECT_ROOT, Settings

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
SECRETS = {
    "AIRFLOW__API__SECRET_KEY": "api",
    "AIRFLOW__API_AUTH__JWT_SECRET": "jwt",
    "AIRFLOW__CORE__FERNET_KEY": "fernet",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": ADDRESS_FILE,
}
"""Settings that Airflow reads from a file of the keys' folder, by a command, when it needs them.

In the environment they would be seen by every task and by the readers of strangers' files.
"""


class ServerRefusal(Exception):  # noqa: N818  (nothing broke)
    """What was asked of the server was not done; the text says why and what helps."""


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


def server_environment(settings: Settings) -> dict[str, str]:
    """Give the configuration that all of the server's processes share, which holds no secret."""
    logs, keys = settings.server_logs, settings.server_home / KEYS_FOLDER
    url = f"http://127.0.0.1:{settings.server_port}"
    environment = {
        **embedded_environment(settings.server_home, PROJECT_ROOT / "dags"),
        **{f"{name}_CMD": shlex.join(["cat", str(keys / file)]) for name, file in SECRETS.items()},
        "JOINEDUP_HOME": str(settings.home),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.server_port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__AUTH_MANAGER": FAB,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__PARALLELISM": str(TASKS_AT_ONCE),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(PARSE_EVERY_SECONDS),
        "AIRFLOW__FAB__CONFIG_FILE": str(settings.server_home / "webserver_config.py"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "tasks" / "dags"),
        # Five seconds, the default, cost a task one of its tries while the machine is busy.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    del environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]  # it would win over the command
    return environment


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
    with _for_its_owner(settings):
        close_folder(home)
        close_folder(settings.server_logs)
    with server_lock(settings) as lock:
        _require_installed()
        _end_left_over(home)
        require_free_port(settings.server_port)
        metadata = metadata_of(settings, address_file)
        require_usable(metadata)
        password = load_password(home)
        load_keys(home, rotate=rotate_keys)
        keep_metadata(home, metadata)
        environment = server_environment(settings)
        (settings.server_logs / START_LOG).unlink(missing_ok=True)
        with quietly(settings.server_logs / START_LOG), environment_of(environment):
            prepare(metadata, password, rotated=rotate_keys)
        if rotate_keys:
            drop_old_fernet(home)
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


def stop(settings: Settings) -> int | None:
    """End the server and everything it started, within half a minute.

    Gives how many processes had to be killed, None when there was no server. Raises ServerRefusal
    when one is just being started, or is another user's.
    """
    file = settings.server_home / STATE_FILE
    with _for_its_owner(settings):
        state = read_state(file)
        if state is not None:
            return end_all(state, file, patience_seconds=LONGEST_STOP_SECONDS)
        if settings.server_home.is_dir():
            with server_lock(settings):
                pass  # nobody holds it, so nobody is about to start
    return None


def is_started(settings: Settings) -> bool:
    """Say whether a server stands for this home. Raises ServerRefusal for another user's."""
    with _for_its_owner(settings):
        return read_state(settings.server_home / STATE_FILE) is not None


def status_of_server(settings: Settings) -> ServerStatus | None:
    """Look at the server; None when there is none. Raises ServerRefusal for another user's."""
    with _for_its_owner(settings):
        state = read_state(settings.server_home / STATE_FILE)
    if state is None:
        return None
    processes, url = tuple(still_there(state)), state.about["url"]
    # At its port another home's Airflow may answer, where it came first.
    health = health_of(url) if _is_heard(processes, url) else {}
    return ServerStatus(state, processes, health)


def _is_heard(processes: tuple[int, ...], url: str) -> bool:
    """Say whether one of the processes is who listens at the port of the address."""
    import psutil  # type: ignore[import-untyped]

    port = urlsplit(url).port
    for pid in processes:
        with suppress(psutil.Error):
            if _listens(psutil.Process(pid), port):
                return True
    return False


def _listens(process: Any, port: int | None) -> bool:
    """Say whether a process listens at a port; raises psutil.Error for one not to be looked at."""
    import psutil

    return any(
        connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        for connection in process.net_connections("tcp")
    )


def _home_heard_at(port: int) -> str | None:
    """Give the home whose server listens at a port; None for another program, or user.

    The supervisor above it is asked too: a process that sets its title may write it over its
    environment.
    """
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, KeyError):
            if not _listens(process, port):
                continue
            for one in (process, *process.parents()):
                environment = one.environ()
                if environment.get("AIRFLOW__API__PORT") == str(port):
                    return str(environment["JOINEDUP_HOME"])
    return None


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Give the whole environment for a command of Airflow's own on the server's metadata.

    While the server runs, its database is meant, whatever the settings say by now.

    Raises ServerRefusal where it is not clear which is meant, MetadataError and SecretFileError.
    """
    home = settings.server_home
    with _for_its_owner(settings):
        load_keys(home)
        if read_state(home / STATE_FILE) is None:
            metadata, last = metadata_of(settings), kept_metadata(home)
            if last is not None and last.name != metadata.name:
                raise ServerRefusal(
                    f"The server was last started on {last.name}; the settings name "
                    f"{metadata.name}. Start it with joinedup up on the one that is meant."
                )
            keep_metadata(home, metadata)
    return _without_address(child_environment(server_environment(settings)))


def require_free_port(port: int) -> None:
    """Raise ServerRefusal when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the API server does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                home = _home_heard_at(port)
                holder = f"the server of {home}" if home else "another program"
                end_it = f"end that one, with JOINEDUP_HOME={home}, or " if home else ""
                raise ServerRefusal(
                    f"Port {port} is in use by {holder}; {end_it}set JOINEDUP_SERVER_PORT to a "
                    "free one."
                ) from error
            raise ServerRefusal(f"Port {port} cannot be used: {error.strerror}.") from error


def _require_installed() -> None:
    try:
        version(FAB_PACKAGE)  # to import it would import Airflow, before its configuration is set
    except PackageNotFoundError as error:
        raise ServerRefusal(f"The server's packages are not installed: {INSTALL}.") from error


@contextmanager
def _for_its_owner(settings: Settings) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise ServerRefusal(
            f"The server of {settings.home} is not this user's: {error.strerror}."
        ) from error


@contextmanager
def server_lock(settings: Settings) -> Iterator[int]:
    """Hold the lock of the home's server; the supervisor inherits it and holds it on.

    The folder itself is locked, so no file of it is left. Raises ServerRefusal when it is held.
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
        raise ServerRefusal(
            f"The server of {settings.home} is running already at {state.about['url']}; "
            "joinedup down ends it."
            if state
            else f"The server of {settings.home} is just being started; ask again in a minute."
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
    with (settings.server_logs / START_LOG).open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "joinedup.serving.supervisor"],
            env=_without_address(child_environment(environment)),
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


def _without_address(environment: dict[str, str]) -> dict[str, str]:
    """Leave out the setting that may hold a password: Airflow reads the address from its file."""
    return {
        name: value for name, value in environment.items() if name != "JOINEDUP_METADATA_DATABASE"
    }


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
