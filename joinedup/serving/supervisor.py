"""A small process that keeps other programs running.

It is run as `python -m joinedup.serving.supervisor < plan.json`.

It starts each component, keeps its output in a log of bounded size, and starts it again when it
ends. It leads a session of its own, so that whatever the components start can be found and ended.
Asked to stop (SIGTERM), it ends all of them within a bound and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, ValidationError

from joinedup.secret_files import write_secret
from joinedup.serving import ends_with_parent
from joinedup.serving.process_session import end_session, kill, orphans, session

LOG_BYTES = 5_000_000
LOG_FILES = 4
LONGEST_LINE = 65_536
LONGEST_DELAY_SECONDS = 60.0
STEADY_SECONDS = 120.0
"""A component that ran for so long is not failing again and again."""
GRACE_SECONDS = 20.0
"""How long components may take to stop; tasks that run so long end in good order."""
LAST_GRACE_SECONDS = 3.0
"""For the one that is stopped last; an API server then only tidies its memory, for seconds."""
LOOK_SECONDS = 0.25
DAY_SECONDS = 86_400.0
CLOCK_SECONDS = 2.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Plan(BaseModel):
    """What is to be kept running.

    `components` are commands with a full path, in their order; the first is stopped last. `about`
    goes into the state, for whoever asks.
    """

    model_config = ConfigDict(frozen=True)

    components: dict[str, list[str]]
    logs: Path
    state: Path
    about: dict[str, str]


class ComponentState(BaseModel):
    """A component: its process, how often it was started, and when last."""

    pid: int | None
    starts: int
    since: datetime


class State(BaseModel):
    """What a supervisor is doing; kept in a file for as long as it runs."""

    leader: int
    leader_started: float
    boot: str
    started_at: datetime
    temporary: Path
    about: dict[str, str]
    components: dict[str, ComponentState]


def read_state(file: Path) -> State | None:
    """Read what a supervisor keeps; None when there is none, or what is there is damaged."""
    try:
        return State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        logging.getLogger(__name__).warning(
            "%s is damaged (%d errors) and is not used", file, error.error_count()
        )
        return None


def still_there(state: State) -> list[int]:
    """List the processes of a supervisor, itself too, even when it was killed.

    The kernel gives its number to no other process while one of its session is left; so a process
    with that number and another start, or another boot, means that none is.
    """
    if state.boot != _boot():
        return []
    try:
        leader = psutil.Process(state.leader)
        if abs(leader.create_time() - state.leader_started) > CLOCK_SECONDS:
            return []
    except psutil.NoSuchProcess:
        pass
    return session(state.leader)


def end_all(state: State, file: Path, *, patience_seconds: float) -> int:
    """Stop a supervisor and all of its session; give how many processes had to be killed.

    Where the supervisor lives it is asked and ends the others itself.
    """
    deadline = time.monotonic() + patience_seconds
    if state.leader in still_there(state):
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.leader, signal.SIGTERM)
        while state.leader in still_there(state) and time.monotonic() < deadline:
            time.sleep(0.1)
    elif still_there(state):
        end_session(state.leader, patience_seconds=max(0.0, deadline - time.monotonic()))
    left = still_there(state)
    kill(lambda: still_there(state))
    forget(state, file)
    return len(left)


def forget(state: State, file: Path) -> None:
    """Remove the files that stand for a running supervisor."""
    shutil.rmtree(state.temporary, ignore_errors=True)
    file.unlink(missing_ok=True)


def restart_delay(quick_deaths: int) -> float:
    """Give the seconds to wait before a component is started again: 1, 2, 4, … at most 60."""
    return float(min(2.0 ** max(0, quick_deaths - 1), LONGEST_DELAY_SECONDS))


# --- the process itself ------------------------------------------------------------------------


@dataclass
class _Component:
    name: str
    command: list[str]
    log: logging.Logger
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    quick_deaths: int = 0
    started: float = 0.0
    due: float = 0.0
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


def supervise(plan: Plan, *, grace_seconds: float = GRACE_SECONDS) -> None:
    """Keep the components running until SIGTERM or SIGINT; then end the whole session."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.append(number))
    plan.logs.mkdir(parents=True, exist_ok=True)
    log = _bounded_log(plan.logs / "supervisor.log", "%(asctime)s %(message)s")
    temporary = Path(tempfile.mkdtemp(prefix="joinedup-server-"))
    os.environ["TMPDIR"] = str(temporary)
    state = State(
        leader=os.getpid(),
        leader_started=psutil.Process().create_time(),
        boot=_boot(),
        started_at=datetime.now(UTC),
        temporary=temporary,
        about=plan.about,
        components={},
    )
    components = [
        _Component(name, command, _bounded_log(plan.logs / f"{name}.log", "%(message)s"))
        for name, command in plan.components.items()
    ]
    log.info("supervisor %d started", os.getpid())
    told_of_life = time.monotonic()
    try:
        while not told:
            if _look_after(components, log):
                _write_state(state, components, plan.state)
            if time.monotonic() - told_of_life > DAY_SECONDS:
                told_of_life = time.monotonic()  # and so the log is never one of long ago
                log.info("running since %s", f"{state.started_at:%Y-%m-%d %H:%M} UTC")
            time.sleep(LOOK_SECONDS)
        log.info("told to stop (%s)", signal.Signals(told[0]).name)
    finally:
        _stop(components, grace_seconds)
        left = session(os.getpid())
        kill(lambda: session(os.getpid()))
        log.info("all stopped%s", f", {len(left)} killed" if left else "")
        forget(state, plan.state)


def _look_after(components: list[_Component], log: logging.Logger) -> bool:
    """Start what is due and note what ended; True when anything changed."""
    changed = False
    for component in components:
        now = time.monotonic()
        process = component.process
        if process is None and now >= component.due:
            _start(component)
            log.info("%s started as %d", component.name, process_id(component))
        elif process is not None and (code := process.poll()) is not None:
            lived = now - component.started
            component.process = None
            component.quick_deaths = 1 if lived > STEADY_SECONDS else component.quick_deaths + 1
            delay = restart_delay(component.quick_deaths)
            component.due = now + delay
            lost = orphans(os.getpid())
            kill(lambda: orphans(os.getpid()))
            log.info(
                "%s (%d) ended by itself after %.0f s, %s; %sit is started again in %.0f s",
                component.name,
                process.pid,
                lived,
                _how(code),
                f"{len(lost)} of its processes were killed; " if lost else "",
                delay,
            )
        else:
            continue
        changed = True
    return changed


def process_id(component: _Component) -> int:
    """Give the number of a component's process, 0 when it has none."""
    return component.process.pid if component.process else 0


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    known = {number.value: number.name for number in signal.Signals}
    return f"killed by {known.get(-code, f'signal {-code}')}"


def _start(component: _Component) -> None:
    # By its path: it starts at once, as nothing is looked up for it.
    starter = [sys.executable, "-I", "-S", ends_with_parent.__file__, str(os.getpid())]
    component.process = subprocess.Popen(
        [*starter, *component.command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    component.starts += 1
    component.started = time.monotonic()
    component.since = datetime.now(UTC)
    assert component.process.stdout is not None  # noqa: S101  (asked for above)
    threading.Thread(
        target=_keep_output, args=(component.process.stdout, component.log), daemon=True
    ).start()


def _keep_output(stream: IO[bytes], log: logging.Logger) -> None:
    with stream:
        while line := stream.readline(LONGEST_LINE):
            log.info("%s", line.decode(errors="replace").rstrip("\n"))


def _stop(components: list[_Component], grace_seconds: float) -> None:
    """Stop all components but the first, then that one: the others report to it as they end."""
    for group, seconds in ((components[1:], grace_seconds), (components[:1], LAST_GRACE_SECONDS)):
        running = [one.process for one in group if one.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + seconds
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def _write_state(state: State, components: list[_Component], file: Path) -> None:
    now = state.model_copy(
        update={
            "components": {
                one.name: ComponentState(
                    pid=process_id(one) or None, starts=one.starts, since=one.since
                )
                for one in components
            }
        }
    )
    write_secret(file, now.model_dump_json(indent=1))


def _bounded_log(file: Path, form: str) -> logging.Logger:
    """Make a log that is never larger than `LOG_FILES` times `LOG_BYTES`."""
    handler = RotatingFileHandler(
        file, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter(form))
    log = logging.Logger(file.stem)  # not getLogger: nobody else is to write here
    log.addHandler(handler)
    return log


def _boot() -> str:
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


if __name__ == "__main__":
    supervise(Plan.model_validate_json(sys.stdin.read()))
