"""All that a program started is ended with it."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil

from joinedup.serving.process_session import end_session

CHILD = (
    "import os, signal, threading; os.setpgid(0, 0);"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(os.getpid(), flush=True); threading.Event().wait(60)"
)


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and str(psutil.Process(pid).status()) != "zombie"


def test_stopping_leaves_no_process() -> None:
    """
    Given a program with a child in a process group of its own that ignores SIGTERM,
    when its session is ended, then neither is left.
    """
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    end_session(process.pid, patience_seconds=0.5)
    process.communicate()
    assert process.returncode == -signal.SIGTERM
    assert not _is_alive(child)
