"""Killed at each step, the next run finishes, and readers see the old release or the new one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publishing.pointer import current_release, verify
from tests.joinedup.conftest import ROOT, Load, joinedup

pytestmark = pytest.mark.long

KILLS = [
    ("ingestion.folder", "land", 0),
    ("ingestion.folder", "land", 20),
    ("ingestion.catalogue", "Catalogue.set_reading", 5),
    ("ingestion.read", "write_index", 0),
    ("dbt_project.build", "lay_foundation", 0),
    ("dbt_project.build", "settle", 0),
    ("expectations.gate", "judge", 0),
    ("publishing.release", "make_folder", 0),
    ("publishing.release", "move_pointer", 0),
]


def killed(home: Path, returns: Path, module: str, function: str, calls: int) -> int:
    """Run the load until it kills itself; returns the exit code."""
    script = [sys.executable, "-m", "tests.joinedup.killed_load"]
    return subprocess.run(
        [*script, module, function, str(calls), str(returns)],
        env={**os.environ, "JOINEDUP_HOME": str(home)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=600,
        check=False,
    ).returncode


def test_a_load_killed_anywhere_is_finished_by_the_next(
    demonstration_load: Load, tmp_path: Path
) -> None:
    """Given a release and a load of more files killed at each step in turn, then the old release
    stands whole each time, and the load that is left alone gives the whole new one.
    """
    home, returns = tmp_path / "home", tmp_path / "returns"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    shutil.rmtree(home / "lake")  # every file is due again
    shutil.rmtree(home / "landing")
    shutil.copytree(demonstration_load.returns, returns)
    (returns / "page.xls").write_bytes(b"<html>")
    old = current_release(home / "releases")
    assert old is not None
    for module, function, calls in KILLS:
        assert killed(home, returns, module, function, calls) == -signal.SIGKILL, function
        standing = current_release(home / "releases")
        assert standing is not None
        assert standing.id == old.id, function
        assert verify(standing) == [], function
    done = joinedup(home, "run", "--returns", str(returns))
    assert done.code == 2, done.text
    new = current_release(home / "releases")
    assert new is not None
    assert new.id != old.id
    assert verify(new) == []
    assert new.manifest.tables["metric_value"] == old.manifest.tables["metric_value"]
    assert not list((home / "releases").glob(".*.partial"))
    assert not list((home / "landing").glob(".part-*"))
