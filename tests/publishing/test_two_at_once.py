"""Two runs at once: one that stands still and wakes up, clocks that jump, a home that is taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from joinedup import steps
from joinedup.settings import Settings
from publishing.pointer import current_release, verify
from publishing.release import ReleaseLocked, release_marts

HERE = Path(__file__).parent


@contextmanager
def _holder(call: dict[str, Any], *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a release in another process that stops in the middle, or before it begins."""
    arguments = [str(call[name]) for name in ("candidate", "quality", "releases")]
    with subprocess.Popen(
        [sys.executable, str(HERE / "holding_release.py"), *arguments, *more],
        env={"PYTHONPATH": str(HERE.parent.parent), "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_f089_a_stopped_holder_keeps_the_lock_and_finishes(call: dict[str, Any]) -> None:
    """Given a run stopped by SIGSTOP in the middle of its release
    When its step is tried again by another process, and then it is woken
    Then the retry fails at once and names it; the woken one finishes, whole.
    """
    with _holder(call) as holder:
        assert _line(holder) == "holding"
        os.kill(holder.pid, signal.SIGSTOP)
        with pytest.raises(ReleaseLocked, match=rf"run holder \(process {holder.pid}\)"):
            release_marts(**call)
        os.kill(holder.pid, signal.SIGCONT)
        assert holder.stdin is not None
        holder.stdin.write("go on\n")
        holder.stdin.flush()
        said = _line(holder)
    standing = current_release(call["releases"])
    assert standing is not None
    assert said == f"released {standing.id}"
    assert verify(standing) == []


def test_f089_one_that_slept_before_the_lock_cannot_publish(call: dict[str, Any]) -> None:
    """Given a run stopped before it took the lock
    When another run releases, and then the first wakes up
    Then the first is refused: it was overtaken, and what readers have stays.
    """
    with _holder(call, "before") as holder:
        assert os.WIFSTOPPED(os.waitpid(holder.pid, os.WUNTRACED)[1])
        made = release_marts(**call)
        os.kill(holder.pid, signal.SIGCONT)
        assert _line(holder).startswith("StaleReleaseError: the run began when nothing was")
    assert current_release(call["releases"]) == made


def test_f088_two_runs_in_one_home_do_not_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a process that writes in a home, stopped there
    When each step of another run is begun in it
    Then it fails at once and names the first; when that one dies, the home is free.
    """
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    held = (
        "import fcntl, sys; lock = open(sys.argv[1], 'a+'); fcntl.flock(lock, fcntl.LOCK_EX); "
        "lock.write('nightly-1'); lock.flush(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", held, str(tmp_path / "writer.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert _line(other) == "held"
        for step in (
            steps.read_files,
            steps.build_candidate,
            steps.audit_candidate,
            steps.release_marts,
        ):
            with pytest.raises(steps.WriterBusyError, match="Run nightly-1 is writing"):
                step("nightly-2")
        other.kill()
    with steps.writing(Settings(), "nightly-2") as catalogue:
        assert catalogue.landed() == []


def test_f100_the_hour_that_comes_twice_and_the_one_that_never_comes(
    call: dict[str, Any],
) -> None:
    """Given releases asked for at half past one in London, on the nights the clocks change
    When the hour comes again, or is skipped, with the process in another zone
    Then the later one in fact is later by name too, and neither is taken for stale.
    """
    london = ZoneInfo("Europe/London")
    nights = [
        datetime(2025, 3, 30, 0, 59, tzinfo=london),
        datetime(2025, 3, 30, 2, 1, tzinfo=london),
        datetime(2025, 10, 26, 1, 30, tzinfo=london),
        datetime(2025, 10, 26, 1, 30, fold=1, tzinfo=london),
    ]
    apart = [later.astimezone(UTC) - one.astimezone(UTC) for one, later in pairwise(nights)]
    assert apart[0] == timedelta(minutes=2)
    assert apart[2] == timedelta(hours=1)
    ids = []
    for number, night in enumerate(nights[2:]):
        fingerprint = f"{number:08x}" * 8
        ids.append(release_marts(**call | {"now": night, "inputs_fingerprint": fingerprint}).id)
    assert ids == ["20251026T003000Z-00000000", "20251026T013000Z-00000001"]
