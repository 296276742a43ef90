"""What workers share is made by one of them."""

from __future__ import annotations

import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.made_once import KEPT, made_once


@pytest.fixture(autouse=True)
def of_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share with no other run, whatever the run of these tests does."""
    monkeypatch.delenv(KEPT, raising=False)


def factory(base: Path) -> pytest.TempPathFactory:
    """The folders of one worker, as far as sharing looks at them."""
    base.mkdir(exist_ok=True)
    return cast(pytest.TempPathFactory, SimpleNamespace(getbasetemp=lambda: base))


def note(folder: Path) -> tuple[int, Path]:
    """Make a file, and say who made it."""
    (folder / "made").write_text("here")
    return threading.get_ident(), folder


def test_one_worker_makes_it_and_all_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given three workers that ask at once, then one has made it, and its folder stands.

    They are threads here: a lock on a file that each opened is between them as between processes.
    """
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    together = threading.Barrier(3)

    def ask(worker: str) -> tuple[int, Path]:
        together.wait(timeout=60)
        return made_once(factory(tmp_path / f"popen-{worker}"), "it", note)

    with ThreadPoolExecutor(3) as workers:
        found = list(workers.map(ask, ["gw0", "gw1", "gw2"]))
    assert len(set(found)) == 1
    assert (found[0][1] / "made").read_text() == "here"


def test_nobody_makes_it_while_it_is_being_made(tmp_path: Path) -> None:
    """Given something that is being made, then another who asks for it has to wait."""

    def held(folder: Path) -> bool:
        with (folder.parent / "it.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True

    assert made_once(factory(tmp_path), "it", held)


def test_what_could_not_be_made_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a first asker that failed, then the next one makes it, in a folder of its own."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def fail(folder: Path) -> tuple[int, Path]:
        raise OSError(f"no room in {folder}")

    with pytest.raises(OSError, match="no room"):
        made_once(factory(tmp_path), "it", fail)
    made = made_once(factory(tmp_path), "it", note)
    assert made == made_once(factory(tmp_path), "it", fail)
    assert made[0] == threading.get_ident()


def test_the_next_run_has_it_too_where_that_is_wished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a folder for several runs, when another run asks, then nothing is made again."""
    monkeypatch.setenv(KEPT, str(tmp_path / "kept"))
    made = made_once(factory(tmp_path / "run 1"), "it", note)
    assert made_once(factory(tmp_path / "run 2"), "it", lambda _: (0, tmp_path)) == made
    assert tmp_path / "kept" in made[1].parents
