"""The pages of a release: made in processes of their own, and nothing is released without them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import publishing.release
from joinedup.release_pages import release_pages, run_apart
from publishing.pointer import ReleaseError, ReleaseRefusedError, verify
from publishing.release import release_as_at, release_marts
from publishing.scorecard.facts import ReleaseFacts
from tests.publishing.few_marts import MARTS, to_release, write_candidate

APART = "tests.joinedup.pages_apart"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of a release of a few marts."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    return to_release(tmp_path)


@pytest.mark.parametrize("looks_back", [False, True])
def test_pages_are_made_from_the_folder_before_it_is_looked_through(
    ask: dict[str, Any], looks_back: bool
) -> None:
    """Given something that makes pages
    When a release is asked for, or a look back
    Then it is told which release, the scan sees the pages, and the manifest has them.
    """
    told: list[ReleaseFacts] = []
    seen: list[bool] = []

    def pages(folder: Path, facts: ReleaseFacts) -> None:
        assert (folder / "marts.duckdb").is_file()
        assert (folder / "datapackage.json").is_file()
        (folder / "scorecard").mkdir()
        (folder / "scorecard" / "index.html").write_text("<p>pages</p>")
        told.append(facts)

    def scan(folder: Path, _: object) -> list[str]:
        seen.append((folder / "scorecard" / "index.html").is_file())
        return []

    release: Callable[..., Any] = release_as_at if looks_back else release_marts
    as_at = date(2017, 2, 8)
    made = release(**ask, **({"as_at": as_at} if looks_back else {}), pages=pages, scan=scan)
    assert seen == [True]
    assert "scorecard/index.html" in made.manifest.files
    assert verify(made) == []
    (facts,) = told
    assert (facts.release_id, facts.made_at) == (made.id, ask["now"])
    assert facts.as_at == (as_at if looks_back else None)
    assert facts.versions == made.manifest.versions
    assert facts.is_synthetic is False


def test_pages_that_fail_stop_the_release(ask: dict[str, Any], tmp_path: Path) -> None:
    """Given a candidate of which no pages can be made
    When a release is asked for, with the program that makes them
    Then nothing is released, the last lines of the process are the reason, and no file is left.
    """
    with pytest.raises(ReleaseError, match=r"the scorecard pages could not be made(?s:.*)Error"):
        release_marts(**ask, pages=release_pages(ask["candidate"], tmp_path))
    assert [path.name for path in ask["releases"].iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("fails", r"exit code 1(?s:.*)ValueError: page metric/x\.html weighs 900,000 bytes"),
        ("grows", r"at most 300 MB of memory\):(?s:.*)MemoryError"),
        ("hangs", r"the test's pages took longer than 2 s"),
    ],
)
def test_a_process_is_bounded_and_says_why_it_failed(how: str, says: str) -> None:
    """Given a process that fails, grows without end or hangs, then the refusal says which."""
    seconds = 2 if how == "hangs" else 60
    with pytest.raises(ReleaseRefusedError, match=says):
        run_apart(APART, how, what="test's pages", memory_mb=300, seconds=seconds)


@pytest.mark.skipif(sys.platform != "linux", reason="only this kernel tells of a parent's death")
def test_the_process_ends_with_a_release_that_is_killed(tmp_path: Path) -> None:
    """Given a process that makes pages
    When the process that started it is killed with SIGKILL
    Then it ends too, and does not go on writing into a folder that is nobody's.
    """
    command = [sys.executable, "-m", APART, "starts", str(tmp_path)]
    with subprocess.Popen(command) as release:
        until(lambda: (tmp_path / "began").exists(), "the pages begin")
        maker = int((tmp_path / "began").read_text())
        assert is_running(maker)
        release.kill()
    until(lambda: not is_running(maker), "the pages end")


def is_running(process: int) -> bool:
    """Tell whether a process is there, and is more than what nobody has asked after."""
    try:
        about = Path("/proc", str(process), "stat").read_text(encoding="ascii")
    except OSError:
        return False
    return about.rpartition(")")[2].split()[0] != "Z"


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something, and fail when it does not come."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"waited a minute: {what}"
        threading.Event().wait(0.05)


def test_a_process_that_ends_well_says_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    """Given a process that ends well, in any working folder, then nothing is raised."""
    monkeypatch.chdir(tmp_path)
    run_apart(APART, "ends", what="test's pages")


def test_the_page_about_tables_needs_what_the_build_kept(tmp_path: Path) -> None:
    """Given a candidate of an older build, when its page is asked for, then that is the reason."""
    candidate = write_candidate(tmp_path / "candidate.duckdb")
    arguments = [str(candidate), str(tmp_path), str(tmp_path / "docs" / "index.html")]
    with pytest.raises(ReleaseRefusedError, match="the build kept nothing for its documentation"):
        run_apart("joinedup.release_pages", *arguments, what="page about tables and models")
