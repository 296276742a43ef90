"""Killed at each step, the next run finishes, and readers see the old release or the new one."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from joinedup import steps
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
]
"""Where the whole load is killed: the module, the function, and how many calls of it pass."""

RELEASE_KILLS = ["make_folder", "move_pointer"]
"""Where its last step is killed, which is tried again each time, as a scheduler tries a task."""


def killed(home: Path, what: tuple[str, str], module: str, function: str, calls: int = 0) -> int:
    """Run the load, or a step of a run, until it kills itself; returns the exit code."""
    script = [sys.executable, "-m", "tests.joinedup.killed_load"]
    return subprocess.run(
        [*script, module, function, str(calls), *what],
        env={**os.environ, "JOINEDUP_HOME": str(home)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=600,
        check=False,
    ).returncode


def last_run(home: Path) -> str:
    """Return the scheduler's id of the run that began last."""
    with sqlite3.connect(home / "airflow" / "airflow.db") as scheduler:
        found = scheduler.execute("select run_id from dag_run order by id desc limit 1").fetchone()
    return str(found[0])


def test_a_load_killed_anywhere_is_finished_by_the_next(
    demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release and a load of more files killed at each step in turn, then the old release
    stands whole each time, and the load that is left alone gives the whole new one.

    The step that was killed in the audit is tried again and ends; the last step is killed twice.
    """
    home, returns = tmp_path / "home", tmp_path / "returns"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    shutil.rmtree(home / "lake")  # every file is due again
    shutil.rmtree(home / "landing")
    shutil.copytree(demonstration_load.returns, returns)
    (returns / "page.xls").write_bytes(b"<html>")
    old = current_release(home / "releases")
    assert old is not None

    def old_stands(after: str) -> None:
        standing = current_release(home / "releases")
        assert standing is not None
        assert standing.id == old.id, after
        assert verify(standing) == [], after

    load = ("load", str(returns))
    for module, function, calls in KILLS:
        assert killed(home, load, module, function, calls) == -signal.SIGKILL, function
        old_stands(function)
    run = last_run(home)
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    assert steps.audit_candidate(run)["outcome"] == "passed"
    for function in RELEASE_KILLS:
        step = ("release_marts", run)
        assert killed(home, step, "publishing.release", function) == -signal.SIGKILL, function
        old_stands(function)
    done = joinedup(home, "run", "--returns", str(returns))
    assert done.code == 2, done.text
    new = current_release(home / "releases")
    assert new is not None
    assert new.id != old.id
    assert verify(new) == []
    assert new.manifest.tables["metric_value"] == old.manifest.tables["metric_value"]
    assert not list((home / "releases").glob(".*.partial"))
    assert not list((home / "landing").glob(".part-*"))
