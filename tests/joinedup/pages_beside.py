"""Pages of a release that has none, written into another folder by a process of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from publishing.scorecard.facts import ReleaseFacts, facts_text
from publishing.scorecard.site import FOLDER

ROOT = Path(__file__).resolve().parents[2]

FACTS = ReleaseFacts(
    "20260609T010203Z-00c0ffee", datetime(2026, 6, 9, tzinfo=UTC), None, None, True, {}
)


OF_ITS_OWN = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(ended)
"""
"""Runs a command and says after it what it took at most, in KB. The kernel counts for a process
what its parent had when it was started, so the parent must be a small one, and not the tests."""


@dataclass(frozen=True)
class Pages:
    """A folder of pages, how many it has, and the most memory that one process took for them."""

    site: Path
    count: int
    peak_mb: float


def pages_beside(release: Path, folder: Path, facts: ReleaseFacts = FACTS) -> Pages:
    """Write the pages of a release into another folder that has its other parts."""
    for part in release.iterdir():
        if part.name != FOLDER:
            (folder / part.name).symlink_to(part)
    command = [sys.executable, "-m", "publishing.scorecard", str(folder), facts_text(facts)]
    measured = [sys.executable, "-c", OF_ITS_OWN, *command]
    said = subprocess.run(measured, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    made, peak_kb = said.splitlines()
    return Pages(folder / FOLDER, int(made.split()[0]), int(peak_kb) / 1024)
