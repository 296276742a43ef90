"""What the audit of a real load costs, in time and memory."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

import pytest

from publishing.pointer import Release
from tests.joinedup.conftest import Load

MOST_OF_A_LOAD = 0.4
MOST_MB = 1000


@pytest.mark.long
def test_the_audit_is_a_small_part_of_a_real_load(real_load: Load, real_release: Release) -> None:
    """Given a load of every publisher's files, then its audit, with its pages, is at most two
    fifths of the rest.

    Its memory, with that of the process as it was before, stays below a gigabyte.
    """
    with sqlite3.connect(f"file:{real_load.home / 'catalogue.sqlite'}?mode=ro", uri=True) as kept:
        rows = kept.execute(
            "select step, finished_at from run_step order by finished_at"
        ).fetchall()
    ends = {str(step): datetime.fromisoformat(str(at)) for step, at in rows}
    whole = (ends["release_marts"] - ends["fetch_returns"]).total_seconds()
    audit = (ends["audit_candidate"] - ends["build_candidate"]).total_seconds()
    quality = json.loads((real_release.path / "quality" / "quality.json").read_text("utf-8"))
    assert audit <= MOST_OF_A_LOAD * (whole - audit)
    assert quality["peak_mb"] < MOST_MB
