"""Pages of a release that has none, written into another folder by a process of their own."""

from __future__ import annotations

import os
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
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        said = maker.stdout.read()
        _, status, used = os.wait4(maker.pid, 0)
        maker.returncode = os.waitstatus_to_exitcode(status)
    assert maker.returncode == 0
    return Pages(folder / FOLDER, int(said.split()[0]), used.ru_maxrss / 1024)
