"""PostgreSQL and Redis for a test: Debian's, on loopback, and ended with the test.

A test can take one away in the middle (`stop`, `kill`) and give it back (`start`) at the same
address and with what it held. Where the package is not installed, the test is skipped.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

PATIENCE_SECONDS = 60.0
POSTGRES_USER = "postgres"
"""Who PostgreSQL runs as when the tests run as root, whom it refuses."""


@dataclass
class Server:
    """A server of this machine. `url` holds its generated password."""

    url: str
    port: int
    log_file: Path
    command: list[str]
    answers: Callable[[], bool]
    run_as: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*_ending_with_us(), *self.command],
                cwd=self.log_file.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.run_as,
                group=self.run_as,
                extra_groups=None if self.run_as is None else [],
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            assert self._process.poll() is None, self.log_file.read_text()[-2000:]
            assert time.monotonic() < deadline, f"no answer: {self.log_file.read_text()[-2000:]}"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as an operator would: connections are cut, what it acknowledged is kept."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a failing machine would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        """Signal the process; whatever of it is left after a while is killed."""
        if self._process is None:
            return
        members = _with_children(self._process.pid)
        self._process.send_signal(number)
        if number != signal.SIGKILL:
            psutil.wait_procs(members, PATIENCE_SECONDS)
        for member in members:
            if member.is_running():
                member.kill()
        self._process.wait()
        psutil.wait_procs(members, PATIENCE_SECONDS)
        self._process = None


@contextmanager
def postgres_server(folder: Path) -> Iterator[Server]:
    """Run a new PostgreSQL with its files under `folder`; skips the test where there is none.

    Run by root, it gets a folder of its own instead, as the test's is closed to other users.
    """
    binaries = _postgres_binaries()
    run_as = POSTGRES_USER if os.geteuid() == 0 else None
    base = Path(tempfile.mkdtemp(prefix="postgres-", dir=None if run_as else folder))
    try:
        if run_as:
            shutil.chown(base, run_as, run_as)
        password, port = secrets.token_urlsafe(16), free_port()
        _make_cluster(binaries, base, password, run_as)
        server = Server(
            url=f"postgresql://joinedup:{password}@127.0.0.1:{port}/postgres",
            port=port,
            log_file=base / "server.log",
            command=[str(binaries / "postgres"), "-D", str(base / "data"), *_quick(port)],
            answers=lambda: _postgres_answers(binaries, port),
            run_as=run_as,
            stop_signal=signal.SIGINT,
        )
        yield from _running(server)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def create_database(server: Server, name: str) -> str:
    """Make an empty database; returns its address, which starts with postgresql://."""
    createdb = _postgres_binaries() / "createdb"
    subprocess.run([createdb, "--maintenance-db", server.url, name], check=True, timeout=60)
    return server.url.rsplit("/", 1)[0] + f"/{name}"


@contextmanager
def redis_server(folder: Path) -> Iterator[Server]:
    """Run a new Redis with its files under `folder`; skips the test where there is none.

    It writes down what it holds, so that a queue is there again after a restart.
    """
    binary, client = shutil.which("redis-server"), shutil.which("redis-cli")
    if binary is None or client is None:
        pytest.skip("needs Redis: on Debian the package redis-server")
    base = Path(tempfile.mkdtemp(prefix="redis-", dir=folder))
    password, port = secrets.token_urlsafe(16), free_port()
    settings = base / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {base}\n"
        'save ""\nappendonly yes\nappendfsync no\n'
    )
    asks = [client, "-h", "127.0.0.1", "-p", str(port), "ping"]
    server = Server(
        url=f"redis://:{password}@127.0.0.1:{port}/0",
        port=port,
        log_file=base / "server.log",
        command=[binary, str(settings)],
        answers=lambda: "PONG" in _said(asks, {"REDISCLI_AUTH": password}),
    )
    yield from _running(server)


def _ending_with_us() -> list[str]:
    """Have the kernel stop a server whose test run was killed, where Debian's setpriv is there."""
    return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _postgres_binaries() -> Path:
    """Find the folder of PostgreSQL's programs, of which Debian puts only some on the PATH."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if debian:
        return debian[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).parent
    pytest.skip("needs PostgreSQL: on Debian the package postgresql")


def _make_cluster(binaries: Path, base: Path, password: str, run_as: str | None) -> None:
    key = base / "password"
    key.touch(mode=0o600)
    key.write_text(password)
    if run_as:
        shutil.chown(key, run_as, run_as)
    subprocess.run(
        [
            *(binaries / "initdb", "--pgdata", base / "data", "--username", "joinedup"),
            *("--auth", "scram-sha-256", "--pwfile", key),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        cwd=base,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=PATIENCE_SECONDS,
        user=run_as,
        group=run_as,
        extra_groups=None if run_as is None else [],
    )
    key.unlink()


def _quick(port: int) -> list[str]:
    """Give settings for loopback only, and for what need not outlive a power cut."""
    chosen = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
    }
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]


def _postgres_answers(binaries: Path, port: int) -> bool:
    asks = [str(binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    return "accepting" in _said(asks, {})


def _said(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.stdout if done.returncode == 0 else ""


def _with_children(pid: int) -> list[psutil.Process]:
    """List a process and its children, some of which have left its process group."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    """Give a port of the loopback address that nobody listens on."""
    (port,) = free_ports(1)
    return port


def free_ports(wanted: int) -> list[int]:
    """Give as many such ports, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(wanted)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
