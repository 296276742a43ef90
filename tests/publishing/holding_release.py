"""Run by test_kill.py in a process of its own: begin a release, say so, and wait for a line.

Usage: holding_release.py CANDIDATE QUALITY RELEASES
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from publishing.release import release_marts

waited: list[str] = []


def hold(*_: object) -> None:
    """Stop at the first report until the test says go on."""
    if not waited:
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        waited.append(sys.stdin.readline())


if __name__ == "__main__":
    release_marts(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        Path(sys.argv[3]),
        inputs_fingerprint="0d" * 32,
        run_id="holder",
        now=datetime(2026, 6, 9, tzinfo=UTC),
        report=hold,
    )
