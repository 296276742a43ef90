"""After a rollback the night says so, and builds nothing of what was withdrawn."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import publishing.release
from ingestion.lake import INDEX
from joinedup import steps
from publishing.keeping import restore, roll_back
from publishing.pointer import current_release, move_pointer
from publishing.release import release_marts
from tests.joinedup.conftest import Load
from tests.publishing.few_marts import MARTS, write_candidate, write_quality


@pytest.fixture
def rolled_back(
    demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A home whose release was rolled back to an older one of other files; and that release."""
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    releases = home / "releases"
    bad = current_release(releases)
    assert bad is not None
    older = tmp_path / "older"
    with monkeypatch.context() as patch:
        patch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
        first = release_marts(
            write_candidate(tmp_path / "few.duckdb"),
            write_quality(tmp_path / "quality"),
            older,
            inputs_fingerprint="ab" * 32,
            run_id="first",
            now=datetime(2020, 1, 1, tzinfo=UTC),
        )
    shutil.copytree(first.path, releases / first.id)
    move_pointer(releases, bad.id)
    assert roll_back(releases, None, because="doubled", by="Ann").to == first.id
    return home, bad.id


def test_a_night_after_a_rollback_builds_nothing(
    rolled_back: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release that was rolled back
    When the night reads the same files, and then all is otherwise but these
    Then nothing is new and it names the withdrawn release; once one of them is set aside, or it is
    restored, there is something to build.
    """
    home, bad = rolled_back
    read = steps.read_files("night")
    assert (read["anything_new"], read["withdrawn"]) == (False, bad)

    monkeypatch.setattr(steps, "inputs_fingerprint", lambda *_, **__: "0" * 64)
    monkeypatch.setattr(steps, "code_fingerprint", lambda: "1" * 64)
    read = steps.read_files("after an upgrade")
    assert (read["anything_new"], read["withdrawn"]) == (False, bad)

    index = pl.read_parquet(home / "lake" / INDEX).filter(pl.col("state") == "read")
    sha256 = index["source_sha256"][0]
    steps.set_file_aside(sha256, "it is doubled")
    read = steps.read_files("set aside")
    assert (read["anything_new"], read["withdrawn"]) == (True, None)

    steps.take_file_back(sha256)
    assert steps.read_files("taken back")["withdrawn"] == bad
    restore(home / "releases", bad, because="it was right", by="Ann", stay=True)
    read = steps.read_files("restored")
    assert (read["anything_new"], read["withdrawn"]) == (True, None)
