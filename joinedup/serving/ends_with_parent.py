"""Become another program that is asked to stop when its starter dies: run by path, as a program.

`ends_with_parent.py STARTER COMMAND…`, with the number of the process that starts it and a command
with a full path. Where the kernel has no such thing (macOS), the command just runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(starter: int, command: list[str]) -> None:
    """Ask the kernel for the signal, then become the command."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != starter:  # it died before it was asked for
        sys.exit("The starter is gone.")
    os.execv(command[0], command)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
