"""Killed, crossed and watched releases: readers see the old one or the new one, never a mixture."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import publishing.release
from publishing.mart_tables import open_read_only
from publishing.pointer import current_release, verify
from publishing.release import ReleaseLocked, release_marts
from tests.publishing.few_marts import QUICKEST, sum_of_months, write_candidate

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
Builder = Callable[..., Path]

OLD_SUM, NEW_SUM = 3015.0, 3030.0


def _command(script: str, *arguments: object) -> list[str]:
    return [sys.executable, str(HERE / script), *(str(argument) for argument in arguments)]


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": "", "TZ": "Pacific/Auckland"}


def _cases(build: Builder, quality: Path, tmp_path: Path, which: str) -> list[dict[str, Any]]:
    old, new = build("old.duckdb"), build("new.duckdb", added=5)
    command = _command("killed_releases.py", tmp_path, old, new, quality, which)
    ran = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _check(case: dict[str, Any]) -> None:
    """One case: killed, then read, then run again."""
    assert case["status"] == 9, f"not killed at {case['step']}"
    seen, finished = case["seen"], case["finished"]
    is_old = seen["inputs"].startswith("0d")
    assert seen["figures"] == [OLD_SUM if is_old else NEW_SUM] * 2
    assert seen["amiss"] == finished["amiss"] == []
    assert finished["inputs"].startswith("ed")
    assert finished["figures"] == [NEW_SUM] * 2
    assert len(case["complete"]) == 2, "one release for each night, however often it was tried"
    assert case["complete"][1] == finished["id"]
    assert case["left_over"] == [".lock"]
    if len(case["complete_before"]) == 2:
        assert case["complete"] == case["complete_before"], "the complete folder was not used"


def test_a_release_killed_at_any_kind_of_step(
    build: Builder, quality: Path, tmp_path: Path
) -> None:
    """Given a release that stands, and one that is killed with SIGKILL ahead of a step
    When a reader looks, and then the run is tried again
    Then the reader sees one whole release, and the second try ends with the new one and no litter.
    """
    cases = _cases(build, quality, tmp_path, "some")

    for case in cases:
        _check(case)
    steps = {case["step"] for case in cases}
    assert {"os.mkdir", "os.rename", "os.symlink", "os.replace", "os.fsync"} <= steps
    last = cases[-1]
    assert last["number"] == last["of"] - 1
    assert last["seen"]["inputs"].startswith("ed"), "the last step comes after the pointer"
    reused = [case for case in cases if len(case["complete_before"]) == 2]
    assert {case["step"] for case in reused} >= {"os.symlink", "os.replace", "os.fsync"}


@pytest.mark.long
def test_a_release_killed_at_every_step(build: Builder, quality: Path, tmp_path: Path) -> None:
    """Given the same
    When the kill comes ahead of every single step
    Then the same holds for each.
    """
    cases = _cases(build, quality, tmp_path, "all")

    assert len(cases) == cases[0]["of"]
    for case in cases:
        _check(case)


@pytest.mark.long
def test_a_reader_beside_a_hundred_releases_sees_whole_ones(
    quality: Path, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a process that reads the current release over and over, in each of its forms
    When a hundred releases are made, one after the other
    Then each read has the figures of the release it is from, and no release comes back.
    """
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", QUICKEST)
    releases, stop = tmp_path / "releases", tmp_path / "stop"
    candidate = write_candidate(tmp_path / "candidate.duckdb", marts=QUICKEST)

    def released(night: int) -> str:
        with duckdb.connect(str(candidate)) as connection:
            connection.execute("UPDATE marts.metric_value SET value = value + 1")
        return release_marts(
            candidate,
            quality,
            releases,
            inputs_fingerprint=f"{night:08x}",
            run_id=f"night-{night}",
            now=now + timedelta(days=night),
            returns={"sum_of_months": sum_of_months(night + 1)},
        ).id

    ids = [released(0)]
    command = _command("reading_loop.py", releases, stop)
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        ids += [released(night) for night in range(1, 100)]
        stop.touch()
        found = json.loads(reader.stdout.readline())

    assert found["torn"] == []
    assert found["reads"] > 1
    assert found["ids"] == sorted(set(found["ids"])), "an old release came back"
    assert set(found["ids"]) <= set(ids)
    assert found["ids"][-1] == ids[-1]


def test_an_open_reader_keeps_its_release(
    build: Builder, quality: Path, tmp_path: Path, now: datetime
) -> None:
    """Given a reader that has a release open
    When the next one is made
    Then the open one goes on giving its own figures, and a reader that opens anew gets the new.
    """
    common: dict[str, Any] = {"quality": quality, "releases": tmp_path / "releases"}
    query = "SELECT sum(value) FROM metric_value WHERE period_type = 'month'"
    first = release_marts(build(), **common, inputs_fingerprint="0d0d0d0d", run_id="1", now=now)
    with open_read_only(first.marts) as reader:
        assert reader.execute(query).fetchone() == (OLD_SUM,)
        second = release_marts(
            build("new.duckdb", added=5),
            **common,
            inputs_fingerprint="edededed",
            run_id="2",
            now=now + timedelta(days=1),
        )
        assert reader.execute(query).fetchone() == (OLD_SUM,)
        with open_read_only(second.marts) as another:
            assert another.execute(query).fetchone() == (NEW_SUM,)


@pytest.mark.parametrize("ending", ["finished", "killed"])
def test_two_processes_at_once(
    build: Builder, quality: Path, tmp_path: Path, now: datetime, ending: str
) -> None:
    """Given a process in the middle of a release
    When another one calls
    Then it fails at once and clearly; and as soon as the first has ended, or died, it succeeds.
    """
    releases = tmp_path / "releases"
    command = _command("holding_release.py", build("held.duckdb"), quality, releases)

    def call() -> str:
        return release_marts(
            build("new.duckdb", added=5),
            quality,
            releases,
            inputs_fingerprint="ed" * 32,
            run_id="second",
            now=now + timedelta(days=1),
        ).id

    with subprocess.Popen(
        command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(ReleaseLocked, match="run holder"):
            call()
        assert current_release(releases) is None
        if ending == "killed":
            holder.kill()
        holder.communicate("go on\n")

    made = call()
    standing = current_release(releases)
    assert standing is not None
    assert standing.id == made
    assert verify(standing) == []
    assert (standing.manifest.previous is None) == (ending == "killed")


@pytest.mark.long
def test_f078_hundreds_of_kills_tear_nothing_and_lose_nothing(tmp_path: Path) -> None:
    """Given a reader that opens whatever is current and checks hashes, counts and its figures
    When releases, rollbacks, restorations and prunings are killed one after the other
    Then it never sees a torn one, none that was acknowledged is lost but by a pruning, all it saw
    is in the log, and what is left alone afterwards ends whole.
    """
    kills = 200
    command = _command("killed_in_a_loop.py", tmp_path, kills, 20260609)
    ran = subprocess.run(
        command, env=_environment(), capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)

    assert seen["reader"]["torn"] == []
    assert seen["lost"] == []
    assert seen["end"]["amiss"] == []
    assert seen["end"]["is_current"]
    assert seen["end"]["left_over"] == [".lock"]
    assert set(seen["reader"]["ids"]) <= set(seen["end"]["logged"])
    assert sum(seen["killed"].values()) == kills
    assert seen["inside"] >= kills / 3, "kills of one that held the lock"
    assert seen["half"] >= kills / 10, "kills within a write"
    assert seen["reader"]["reads"] > kills / 5
    assert min(seen["killed"].values()) > 0, "each kind was killed"
    assert len(seen["acknowledged"]) > 2, "some came to their end"
