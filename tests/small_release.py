"""A release of the tiny lake: every mart, few rows, real columns; made once in a run of tests."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from publishing.pointer import Release
from publishing.release import release_marts
from tests.dbt_project.conftest import tiny_build_of_this_run
from tests.joinedup.conftest import write_first_history
from tests.made_once import made_once
from tests.publishing.few_marts import write_quality


def small_release_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Give the one release of the tiny lake that all tests share, which none may change."""
    built = tiny_build_of_this_run(tmp_path_factory).result.path

    return made_once(tmp_path_factory, "small_release", lambda base: release_like(built, base))


def release_like(built: Path, base: Path, *changes: str) -> Release:
    """Release a candidate like the one of the tiny lake; `changes` are SQL on its marts."""
    candidate = Path(shutil.copy(built, base / "candidate.duckdb"))
    with duckdb.connect(str(candidate)) as connection:
        for change in changes:
            connection.execute(change)
    write_first_history(candidate, base / "releases")
    return release_marts(
        candidate,
        write_quality(base / "quality"),
        base / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="small",
        now=datetime(2026, 6, 9, tzinfo=UTC),
    )
