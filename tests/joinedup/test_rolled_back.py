"""After a rollback the night says so, and builds nothing of what was withdrawn."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from joinedup import steps
from publishing.pointer import current_release
from publishing.release_log import Entry, inputs_of, write_log
from tests.joinedup.conftest import Load


def test_a_night_after_a_rollback_builds_nothing(
    demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a home whose only release was withdrawn, so that readers have none
    When the night reads the same files
    Then nothing is new and it names the withdrawn release; lifted, there is something to build.
    """
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    releases = home / "releases"
    release = current_release(releases)
    assert release is not None
    (releases / "current").unlink()
    withdrawn = Entry(
        at=datetime.now(UTC),
        what="rolled back",
        by="Ann",
        because="doubled",
        withdrawn=(inputs_of(releases, release.id),),
    )
    write_log(releases, withdrawn)

    read = steps.read_files("night")
    assert not read["anything_new"]
    assert read["withdrawn"] == release.id

    lifted = Entry(at=datetime.now(UTC), what="restored", by="Ann", lifted=(release.id,))
    write_log(releases, lifted)
    read = steps.read_files("next")
    assert read["anything_new"]
    assert read["withdrawn"] is None
