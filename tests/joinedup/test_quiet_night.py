"""What a night costs on which no publisher put out anything."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from publishing.pointer import release_ids
from tests.joinedup.conftest import Load, joinedup

MOST_CPU_SECONDS = 15
"""What docs/operations.md promises, the start of Python and of Airflow included."""


def _cpu_seconds_of_children() -> float:
    """Give the processor's time of every process that was started here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.long
def test_a_quiet_night_costs_next_to_nothing(demonstration_load: Load, tmp_path: Path) -> None:
    """Given a home that was loaded from a folder in which nothing changed since
    When the nightly load runs on it as a person or cron would run it
    Then it ends well without a release, within the processor's time that is promised.
    """
    assert demonstration_load.finished.code == 0, demonstration_load.finished.text
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    releases = release_ids(home / "releases")
    assert len(releases) == 1
    before = _cpu_seconds_of_children()
    done = joinedup(home, "run", "--returns", str(demonstration_load.returns))
    spent = _cpu_seconds_of_children() - before
    assert done.code == 0, done.text
    assert "nothing new" in done.text.lower()
    assert release_ids(home / "releases") == releases
    assert 0.5 < spent < MOST_CPU_SECONDS
