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

KILLS = {
    "fetch_returns": [("ingestion.folder", "land", 0), ("ingestion.folder", "land", 20)],
    "read_files": [
        ("ingestion.catalogue", "Catalogue.set_reading", 5),
        ("ingestion.read", "write_index", 0),
    ],
    "build_candidate": [
        ("dbt_project.build", "lay_foundation", 0),
        ("publishing.history", "compare", 0),
    ],
}
"""Where each step is killed: the module, the function, and how many calls of it pass."""

LAST_KILLS = [
    ("audit_candidate", "expectations.gate", "judge"),
    ("release_marts", "publishing.release", "make_folder"),
    ("release_marts", "publishing.release", "move_pointer"),
]
"""Where the steps of a load that was killed as a whole are killed when they are tried again."""


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


def test_a_load_killed_anywhere_is_finished_by_trying_again(
    demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release and a load of more files, its steps killed in turn and then the whole of it
    When each step is tried again, as a scheduler does, and killed again
    Then the old release stands whole each time, the last try gives the whole new one, and the next
    night finds nothing left to do.
    """
    home, returns = tmp_path / "home", tmp_path / "returns"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    shutil.rmtree(home / "lake")  # every file is due again
    shutil.rmtree(home / "landing")
    shutil.copytree(demonstration_load.returns, returns)
    (returns / "page.xls").write_bytes(b"<html>")
    old = current_release(home / "releases")
    assert old is not None
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    monkeypatch.setenv("JOINEDUP_RETURNS", str(returns))

    def dies(what: tuple[str, str], module: str, function: str, calls: int = 0) -> None:
        assert killed(home, what, module, function, calls) == -signal.SIGKILL, function
        standing = current_release(home / "releases")
        assert standing is not None
        assert standing.id == old.id, function
        assert verify(standing) == [], function

    for step, kills in KILLS.items():
        for module, function, calls in kills:
            dies((step, "night"), module, function, calls)
        if step != "build_candidate":  # what it would give is made by the whole load below
            getattr(steps, step)("night")
    dies(("load", str(returns)), "publishing.release", "make_folder")
    run = last_run(home)
    for step, module, function in LAST_KILLS:
        dies((step, run), module, function)
        if step == "audit_candidate":
            assert steps.audit_candidate(run)["outcome"] == "passed"
    assert steps.release_marts(run)["release_id"] != old.id
    done = joinedup(home, "run", "--returns", str(returns))
    assert done.code == 0, done.text
    assert "Nothing new" in done.text
    new = current_release(home / "releases")
    assert new is not None
    assert new.id != old.id
    assert verify(new) == []
    assert "page.xls" in joinedup(home, "files", "--quarantined").text
    assert new.manifest.tables["metric_value"] == old.manifest.tables["metric_value"]
    assert not list((home / "releases").glob(".*.partial"))
    assert not list((home / "landing").glob(".part-*"))
