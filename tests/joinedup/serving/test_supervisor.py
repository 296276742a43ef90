"""The small process that keeps the server's components running, with components of no weight."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from joinedup.serving.supervisor import (
    Plan,
    State,
    end_all,
    read_state,
    restart_delay,
    still_there,
)
from joinedup.settings import PROJECT_ROOT

WAITS = "import threading; threading.Event().wait(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
ALONE = "import os, subprocess, sys; os.setpgid(0, 0)"
WITH_CHILD = f"{ALONE}; subprocess.run([sys.executable, '-c', {WAITS!r}])"
SAYS = f"import os; print('TMPDIR is', os.environ['TMPDIR'], flush=True); {WAITS}"


def _until(answer: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < deadline, f"no answer within {seconds:.0f} s"
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and str(psutil.Process(pid).status()) != "zombie"


class Supervised:
    """A supervisor of the given programs; its state file and logs are in `folder`."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.file, self.logs = folder / "running.json", folder / "logs"
        plan = Plan(
            components={name: [sys.executable, "-c", text] for name, text in programs.items()},
            logs=self.logs,
            state=self.file,
            about={"url": "http://127.0.0.1"},
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "joinedup.serving.supervisor"],
            env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        with self.process.stdin as stdin:
            stdin.write(plan.model_dump_json().encode())
        _until(lambda: read_state(self.file))

    @property
    def state(self) -> State:
        """What it keeps now."""
        state = read_state(self.file)
        assert state is not None
        return state

    def pid(self, name: str) -> int:
        """The process of a component, 0 when it has none now."""
        return self.state.components[name].pid or 0

    def log(self, name: str) -> str:
        """What a component, or the supervisor, wrote."""
        file = self.logs / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def end(self, patience_seconds: float = 5) -> int:
        """End it as `joinedup down` does."""
        state = read_state(self.file)
        killed = end_all(state, self.file, patience_seconds=patience_seconds) if state else 0
        self.process.wait()
        return killed


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """Start supervisors; whatever is left of them is ended with the test."""
    started: list[Supervised] = []

    def start(**programs: str) -> Supervised:
        started.append(Supervised(tmp_path, **programs))
        return started[-1]

    yield start
    for one in started:
        one.end(patience_seconds=0.5)


def test_down_leaves_nothing(supervised: Callable[..., Supervised]) -> None:
    """
    Given components, one with a child in a process group of its own, and output in their logs,
    when the supervisor is ended, then no process, state file or temporary folder is left.
    """
    server = supervised(api=SAYS, scheduler=WITH_CHILD)
    state = server.state
    _until(lambda: len(still_there(state)) == 4)
    _until(lambda: f"TMPDIR is {state.temporary}" in server.log("api"))
    assert state.temporary.is_dir()
    assert server.end() == 0
    assert still_there(state) == []
    assert not server.file.exists()
    assert not state.temporary.exists()
    assert "all stopped, 1 killed" in server.log("supervisor")


def test_a_component_that_dies_is_started_again(supervised: Callable[..., Supervised]) -> None:
    """
    Given a component that is killed, when its supervisor sees it,
    then what it had started is killed, it is started again, and the log says so.
    """
    server = supervised(api=WAITS, scheduler=WITH_CHILD)
    first = server.pid("scheduler")
    _until(lambda: len(still_there(server.state)) == 4)
    [child] = psutil.Process(first).children()
    os.kill(first, signal.SIGKILL)
    _until(lambda: server.state.components["scheduler"].starts == 2)
    assert not _lives(child.pid)
    assert _lives(server.pid("scheduler"))
    assert server.state.components["api"].starts == 1
    log = server.log("supervisor")
    assert f"scheduler ({first}) ended by itself" in log
    assert "killed by SIGKILL; 1 of its processes were killed; it is started again in 1 s" in log


def test_a_stubborn_component_is_killed(supervised: Callable[..., Supervised]) -> None:
    """
    Given a component that ignores SIGTERM, when patience ends before the supervisor's own grace,
    then both are killed.
    """
    server = supervised(api=WAITS, scheduler=f"{DEAF}; {WAITS}")
    state = server.state
    _until(lambda: "deaf" in server.log("scheduler"))
    assert server.end(patience_seconds=1) >= 1
    assert still_there(state) == []
    log = server.log("supervisor")
    assert "told to stop (SIGTERM)" in log
    assert "all stopped" not in log, "its own 20 s of grace were waited for"


def test_nothing_outlives_a_killed_supervisor(supervised: Callable[..., Supervised]) -> None:
    """
    Given a supervisor that is killed, when nobody ends its components,
    then the kernel asks them to stop; and ending it afterwards removes its files.
    """
    server = supervised(api=WAITS, scheduler=WITH_CHILD)
    state = server.state
    _until(lambda: len(still_there(state)) == 4)
    pids = [server.pid("api"), server.pid("scheduler")]
    server.process.kill()
    server.process.wait()
    _until(lambda: not any(_lives(pid) for pid in pids))
    assert len(still_there(state)) == 1  # the child of one, which only its parent could end
    server.end()
    assert still_there(state) == []
    assert not server.file.exists()
    assert not state.temporary.exists()


def test_a_number_that_another_program_has_now_is_left_alone(
    supervised: Callable[..., Supervised],
) -> None:
    """Given the state of another boot, or of a leader started at another time, then no process."""
    server = supervised(api=WAITS)
    state = server.state
    assert still_there(state) != []
    assert still_there(state.model_copy(update={"boot": "another"})) == []
    earlier = state.model_copy(update={"leader_started": state.leader_started - 60})
    assert still_there(earlier) == []


@pytest.mark.parametrize("text", ["", "{", '{"leader": 1}'])
def test_a_damaged_state_is_none(tmp_path: Path, text: str) -> None:
    """Given a state file that a power cut left empty or cut, when read, then there is no state."""
    file = tmp_path / "running.json"
    file.write_text(text)
    assert read_state(file) is None


def test_any_signal_may_end_a_component(supervised: Callable[..., Supervised]) -> None:
    """Given a component that a signal without a name ends, when seen, then its number is told."""
    server = supervised(
        api=f"import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 1); {WAITS}"
    )
    _until(lambda: f"killed by signal {signal.SIGRTMIN + 1};" in server.log("supervisor"))


def test_restarts_come_slower_and_slower() -> None:
    """Given deaths one soon after the other, then the wait doubles up to a minute."""
    assert [restart_delay(deaths) for deaths in (1, 2, 3, 4, 7, 90)] == [1, 2, 4, 8, 60, 60]
