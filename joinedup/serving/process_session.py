"""End all processes of a session: what one program started, and what those started.

A session and not a process group: Airflow puts each task into a group of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

KILLING_SECONDS = 10


def end_session(leader: int, patience_seconds: float = 20) -> None:
    """End every process of the session that `leader` started but this one, asking first.

    Only the leader and its own children are asked: they end what they started in good order. A
    step that sees one of its readers die would set aside the file that was read.
    """
    _signal(_outermost(leader), signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while session(leader) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill(lambda: session(leader))


def kill(wanted: Callable[[], Iterable[int]]) -> None:
    """Kill processes until there are no more, frozen first: none may see another one die.

    Gives up after ten seconds, when one hangs in the kernel.
    """
    deadline = time.monotonic() + KILLING_SECONDS
    while (found := list(wanted())) and time.monotonic() < deadline:
        _signal(found, signal.SIGSTOP)
        _signal(found, signal.SIGKILL)
        time.sleep(0.05)


def session(leader: int) -> list[int]:
    """List the other processes of a session, those already dead left out."""
    return list(_parents(leader))


def orphans(leader: int) -> list[int]:
    """List the processes of a session whose starter died, and all that they started."""
    parents = _parents(leader)
    found = {pid for pid, parent in parents.items() if parent not in {leader, *parents}}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _outermost(leader: int) -> list[int]:
    parents = _parents(leader)
    inner = parents.keys() - {leader}
    return [pid for pid, parent in parents.items() if parent not in inner]


def _parents(leader: int) -> dict[int, int]:
    """Give the parent of each other living process of a session."""
    import psutil  # type: ignore[import-untyped]

    found: dict[int, int] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == leader and _lives(process):
                found[process.pid] = process.ppid()
    found.pop(os.getpid(), None)
    return found


def _lives(process: Any) -> bool:
    return str(process.status()) not in ("zombie", "dead")


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
