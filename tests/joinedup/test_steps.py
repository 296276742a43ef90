"""The steps one by one: what each hands on, and what it leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import publishing.release
from joinedup import steps
from publishing.pointer import current_release
from publishing.release import StaleReleaseError
from tests.joinedup.conftest import Load

pytestmark = pytest.mark.xdist_group("load")


@pytest.fixture
def home(demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a loaded home, which the settings lead to."""
    copy = tmp_path / "home"
    shutil.copytree(demonstration_load.home, copy, symlinks=True)
    monkeypatch.setenv("JOINEDUP_HOME", str(copy))
    return copy


@pytest.mark.parametrize("content", [None, b"garbled"])
def test_a_damaged_release_makes_a_night_worth_building(home: Path, content: bytes | None) -> None:
    """Given nothing new but a current release without its database, then there is a release to
    make; with the release whole there is none.
    """
    assert not steps.read_files("whole")["anything_new"]
    release = current_release(home / "releases")
    assert release is not None
    release.marts.unlink()
    if content is not None:
        release.marts.write_bytes(content)
    read = steps.read_files("damaged")
    assert read["anything_new"]
    assert read["standing"] == {"is_broken": True}


@pytest.mark.usefixtures("home")
def test_an_overtaken_release_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a release made meanwhile, when the step is told, then no retry is asked for."""

    def overtaken(*_: object, **__: object) -> None:
        raise StaleReleaseError("a later release stands: run again")

    monkeypatch.setattr(publishing.release, "release_marts", overtaken)
    steps.read_files("late")
    with pytest.raises(steps.NotReleased, match="a later release stands"):
        steps.release_marts("late")


def test_nothing_of_a_released_run_stays_with_the_candidates(
    demonstration_load: Load,
) -> None:
    """Given a load that was released, then its candidate, audit and dbt folder are gone."""
    assert list((demonstration_load.home / "candidates").iterdir()) == []
