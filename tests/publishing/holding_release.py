"""Run by the tests in a process of its own: begin a release, say so, and wait for a line.

Usage: holding_release.py CANDIDATE QUALITY RELEASES [before]. With `before` it stops by itself
(SIGSTOP) before it takes the lock, in the belief that nothing was released; otherwise it waits
within the release. At the end it writes what became of it.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from publishing.pointer import ReleaseError
from publishing.release import release_marts

waited: list[str] = []


def say(line: str) -> None:
    """Write a line that the test waits for."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hold(*_: object) -> None:
    """Stop at the first report until the test says go on."""
    if not waited:
        say("holding")
        waited.append(sys.stdin.readline())


if __name__ == "__main__":
    if "before" in sys.argv:
        os.kill(os.getpid(), signal.SIGSTOP)
    try:
        made = release_marts(
            Path(sys.argv[1]),
            Path(sys.argv[2]),
            Path(sys.argv[3]),
            inputs_fingerprint="0d" * 32,
            run_id="holder",
            now=datetime(2026, 6, 9, tzinfo=UTC),
            follows=None,
            report=None if "before" in sys.argv else hold,
        )
        say(f"released {made.id}")
    except ReleaseError as error:
        say(f"{type(error).__name__}: {error}")
