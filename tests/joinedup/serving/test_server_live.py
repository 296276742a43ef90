"""The whole server, started and ended by its commands: once on SQLite, once on PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from joinedup.secret_files import write_secret
from joinedup.serving.supervisor import State, read_state, still_there
from tests.airflow_api import ask
from tests.servers import create_database, free_port, postgres_server

COMMANDS = """
import typer
from joinedup.serving.server_cli import add_commands
app = typer.Typer()
add_commands(app)
app()
"""
DAGS = "/api/v2/dags"
VARIABLES = "/api/v2/variables"


@dataclass
class Home:
    """A home with a server of its own, and how to speak to both."""

    folder: Path
    port: int
    token: str = ""

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command as an operator would; give its exit code and all that it printed."""
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS, *arguments],
            env={
                **os.environ,
                "JOINEDUP_HOME": str(self.folder),
                "JOINEDUP_SERVER_PORT": str(self.port),
            },
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=400,
            check=False,
        )
        return done.returncode, done.stdout

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the API with the token at hand; give the status and the answer."""
        return ask(f"http://127.0.0.1:{self.port}{path}", body, token=self.token)

    def log_in(self, password: str) -> int:
        """Ask for a token and keep it; give the status."""
        self.token = ""
        status, answer = self.ask("/auth/token", {"username": "admin", "password": password})
        self.token = answer["access_token"] if answer else ""
        return status

    @property
    def password(self) -> str:
        """The generated password."""
        return (self.folder / "server" / "password").read_text()

    @property
    def keys(self) -> list[str]:
        """The generated keys."""
        folder = self.folder / "server" / "keys"
        return [(folder / name).read_text() for name in ("fernet", "jwt", "api")]

    @property
    def state(self) -> State:
        """What the supervisor keeps."""
        state = read_state(self.folder / "server" / "running.json")
        assert state is not None
        return state


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home without a server yet; one that is there at the end is ended."""
    home = Home(tmp_path / "home", free_port())
    yield home
    home.run("down")


@pytest.mark.live
def test_a_server_on_sqlite(home: Home) -> None:
    """
    Given an empty home, when the server is started, a component and then the supervisor are
    killed, and it is started again with new keys,
    then it is healthy each time, lets in the one user alone, and ends without a trace.
    """
    _, said = _started(home.run("up"))
    assert "SQLite" in said
    assert home.password not in said
    _lets_in_its_user_alone(home)
    _listens_on_loopback_alone(home)
    code, said = home.run("up")
    assert (code, "running already" in said) == (1, True), said

    _, pools = home.ask("/api/v2/pools")
    slots = {pool["name"]: pool["slots"] for pool in pools["pools"]}
    assert (slots["duckdb_writer"], slots["publishers"]) == (1, 4)
    assert home.ask(VARIABLES, {"key": "of_before", "value": "kept for the night"})[0] == 201
    _comes_back_when_killed(home, "scheduler")

    first, old_token = home.state, home.token
    os.kill(first.leader, signal.SIGKILL)
    _started(home.run("up", "--rotate-keys"))
    assert still_there(first) == []
    assert home.ask(DAGS)[0] in (401, 403), "a token signed with the old key"
    assert home.log_in(home.password) == 201
    assert home.token != old_token
    assert home.ask(f"{VARIABLES}/of_before")[1]["value"] == "kept for the night"
    assert "kept for the night" in home.run("airflow", "variables", "get", "of_before")[1]
    _keeps_secrets_out_of_environments(home)
    _ends_without_a_trace(home)


@pytest.mark.live
def test_a_server_on_postgresql(home: Home, tmp_path: Path) -> None:
    """
    Given a real PostgreSQL, when the server is started with its address in a file,
    then it is healthy, keeps its metadata there alone, and ends without a trace.
    """
    with postgres_server(tmp_path) as postgres:
        address = create_database(postgres, "airflow")
        write_secret(tmp_path / "address", address)
        _, said = _started(home.run("up", "--database", str(tmp_path / "address")))
        assert f"127.0.0.1:{postgres.port}/airflow" in said
        _lets_in_its_user_alone(home)
        _listens_on_loopback_alone(home)
        assert home.run("airflow", "variables", "set", "by_command", "kept there")[0] == 0
        assert home.ask(f"{VARIABLES}/by_command")[1]["value"] == "kept there"
        assert not list((home.folder / "server").glob("*.db"))
        password = address.split(":")[2].split("@")[0]
        _keeps_secrets_out_of_environments(home, password)
        _ends_without_a_trace(home, password)


def _started(finished: tuple[int, str]) -> tuple[int, str]:
    code, said = finished
    assert code == 0, said
    assert "Airflow is up: http://127.0.0.1:" in said
    return finished


def _lets_in_its_user_alone(home: Home) -> None:
    home.token = ""
    for path in (DAGS, "/api/v2/pools", "/api/v2/connections", "/api/v2/config"):
        assert home.ask(path)[0] == 401
    assert home.ask(f"{DAGS}/nightly_load/dagRuns", {"logical_date": None})[0] == 401
    assert home.log_in("admin") == 401
    assert home.log_in(home.password) == 201
    assert home.ask(DAGS)[0] == 200


def _listens_on_loopback_alone(home: Home) -> None:
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for pid in still_there(home.state)
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", home.port)}


def _keeps_secrets_out_of_environments(home: Home, *secrets: str) -> None:
    known = (home.password, *home.keys, *secrets)
    processes = still_there(home.state)
    assert len(processes) > 4
    for pid in processes:
        with suppress(psutil.NoSuchProcess):  # one that read a file, say
            shown = "\n".join(psutil.Process(pid).environ().values())
            assert not [secret for secret in known if secret in shown], pid


def _comes_back_when_killed(home: Home, name: str) -> None:
    killed = home.state.components[name].pid
    assert killed is not None
    at = datetime.now(UTC)
    os.kill(killed, signal.SIGKILL)
    _until(lambda: home.state.components[name].starts == 2)
    _until(lambda: _heartbeat(home, name) > at)
    log = (home.folder / "logs" / "server" / "supervisor.log").read_text()
    assert f"{name} ({killed}) ended by itself" in log
    assert home.run("server-status")[0] == 0


def _heartbeat(home: Home, name: str) -> datetime:
    health = home.ask("/api/v2/monitor/health")[1][name]
    return datetime.fromisoformat(health[f"latest_{name}_heartbeat"])


def _ends_without_a_trace(home: Home, *secrets: str) -> None:
    state, password = home.state, home.password
    code, said = home.run("down")
    assert (code, " is down" in said) == (0, True), said
    assert still_there(state) == []
    assert not state.temporary.exists()
    left = {path.name for path in (home.folder / "server").iterdir()}
    assert left <= {"airflow.cfg", "airflow.db", "keys", "password"}
    with socket.create_server(("127.0.0.1", home.port)):
        assert home.run("server-status")[0] == 1
    logs = [file for file in (home.folder / "logs").rglob("*") if file.is_file()]
    assert len(logs) > 5
    for file in logs:
        text = file.read_text(errors="replace")
        assert not [secret for secret in (password, *home.keys, *secrets) if secret in text], file


def _until(answer: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < deadline, f"no answer within {seconds:.0f} s"
        time.sleep(0.5)
