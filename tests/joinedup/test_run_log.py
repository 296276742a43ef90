"""The run log: what is noted of each attempt at a step, however it ends, and what is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingestion.catalogue import Catalogue, StepAttempt
from joinedup.open_lineage import FILE, Data, attempt_uuid, open_client, run_uuid
from joinedup.run_id import step_run_id
from joinedup.run_log import Came, CameOf, Line, Result, attempt_at, log_file, recorded
from joinedup.runs import Run, runs_of
from joinedup.settings import Settings

NIGHT = "scheduled__2026-06-09"
FIGURE, SECRET = "1674338", "correct-horse"
KILLED = """
import os, signal
from joinedup.run_log import Came, recorded

@recorded("read_files", lambda *_: Came())
def step(run_id):
    os.kill(os.getpid(), signal.SIGKILL)

step("scheduled__2026-06-09")
"""


class RefusedError(Exception):
    """An error in words of our own."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that nothing ran in, with OpenLineage as it comes."""
    for name in [name for name in os.environ if name.startswith("OPENLINEAGE")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    return Settings()


def take(result: Result | BaseException, came: Came | CameOf | None = None) -> Result:
    """Take a step that gives this, or fails so, and of which that came."""

    def of(*arguments: Any) -> Came:
        return came(*arguments) if callable(came) else came or Came()

    @recorded("read_files", of, (RefusedError,))
    def step(run_id: str) -> Result:
        assert run_id == NIGHT
        if isinstance(result, BaseException):
            raise result
        return result

    return step(NIGHT)


def noted(settings: Settings) -> list[StepAttempt]:
    """Give the attempts in the catalogue."""
    with Catalogue(settings.catalogue) as catalogue:
        return catalogue.attempts()


def night(settings: Settings) -> Run:
    """Give the one run."""
    with Catalogue(settings.catalogue) as catalogue:
        (run,) = runs_of(catalogue)
    return run


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_attempt_is_noted_with_what_came_of_it(settings: Settings) -> None:
    """Given a step that wrote rows, when it has ended, then catalogue, lines and lineage say so."""
    came = Came(
        rows=12,
        bytes=345,
        inputs=[Data("landing/5a")],
        outputs=[Data("lake", version="f1", rows=12)],
        lines=[Line("file read", {"sha256": "5a", "return": "beds", "rows": 12})],
    )
    assert take({"read": 1}, came) == {"read": 1}

    (one,) = noted(settings)
    assert (one.attempt, one.outcome, one.rows_written, one.bytes_written) == (1, "ok", 12, 345)
    assert one.ended_at is not None
    assert one.ended_at >= one.started_at
    assert one.seconds is not None
    assert 0 <= one.seconds < 60
    assert one.peak_memory_bytes is not None
    assert one.peak_memory_bytes > 10_000_000
    told = lines(log_file(settings, step_run_id(NIGHT)))
    assert [line["event"] for line in told] == ["step started", "file read", "step ended"]
    about = {"run": step_run_id(NIGHT), "step": "read_files", "attempt": 1, "level": "info"}
    assert all(about.items() <= line.items() for line in told)
    assert told[1]["sha256"] == "5a"
    assert told[1]["return"] == "beds"
    start, complete = lines(settings.logs / FILE)
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"] == str(attempt_uuid(one))
    assert complete["run"]["facets"]["parent"]["run"]["runId"] == str(run_uuid(one.run_id))
    assert [data["name"] for data in complete["inputs"]] == ["landing/5a"]
    assert complete["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 12


@pytest.mark.parametrize(
    ("error", "outcome", "said", "event"),
    [
        (RefusedError(f"Nothing was released:\n  - {FIGURE}"), "failed", None, "FAIL"),
        (ValueError(f"{FIGURE} at {SECRET}"), "failed", "ValueError", "FAIL"),
        (KeyboardInterrupt(), "stopped", "KeyboardInterrupt", "ABORT"),
    ],
)
def test_a_failure_is_noted_without_what_it_quotes(
    settings: Settings, error: BaseException, outcome: str, said: str | None, event: str
) -> None:
    """Given an error that quotes a figure or a secret, then it goes on its way, and only the first
    line of words of our own, or else the kind, is noted anywhere.
    """
    with pytest.raises(type(error)):
        take(error)
    (one,) = noted(settings)
    assert one.outcome == outcome
    assert one.error == (said or "RefusedError: Nothing was released")
    assert night(settings).outcome == outcome
    events = lines(settings.logs / FILE)
    assert [told["eventType"] for told in events] == ["START", event]
    assert events[1]["run"]["facets"]["errorMessage"]["message"] == one.error
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert one.error.encode() in written
    assert FIGURE.encode() not in written
    assert SECRET.encode() not in written


def test_a_killed_step_has_not_ended_and_its_retry_is_another_attempt(settings: Settings) -> None:
    """Given a step that is killed, then its attempt stays without an end; a retry is the second."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "OPENLINEAGE_DISABLED": "true", "JOINEDUP_HOME": str(settings.home)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    (killed,) = noted(settings)
    assert (killed.outcome, killed.ended_at, killed.seconds) == (None, None, None)
    assert night(settings).outcome == "not ended"

    take({}, Came(is_nothing_new=True))
    assert [(one.attempt, one.outcome) for one in noted(settings)] == [
        (1, None),
        (2, "nothing_new"),
    ]
    assert night(settings).outcome == "nothing new"


def test_what_cannot_be_counted_does_not_fail_the_step(settings: Settings) -> None:
    """Given counts that cannot be worked out, then the step ends well and the log says so."""

    def broken(*_: Any) -> Came:
        raise OSError(SECRET)

    assert take({"read": 1}, broken) == {"read": 1}
    (one,) = noted(settings)
    assert (one.outcome, one.rows_written) == ("ok", None)
    (warned,) = (
        line for line in lines(log_file(settings, one.run_id)) if line["level"] == "warning"
    )
    assert (warned["event"], warned["error"]) == ("counts not known", "OSError")


def test_what_found_nothing_new_is_not_told_to_openlineage(settings: Settings) -> None:
    """Given a step that found nothing new, then there is no event of it; one that had to build
    tells its start at once, and its end.
    """
    take({}, Came(is_nothing_new=True))
    assert not (settings.logs / FILE).exists()
    with attempt_at(settings, NIGHT, "build_candidate"):
        assert [told["eventType"] for told in lines(settings.logs / FILE)] == ["START"]
    assert [told["eventType"] for told in lines(settings.logs / FILE)] == ["START", "COMPLETE"]


def test_a_step_apart_is_noted_in_the_standing_home(settings: Settings, tmp_path: Path) -> None:
    """Given a step that works in a home apart, when it ends, then the standing home's log has it,
    with what came of it in the place apart.
    """
    apart = Settings(home=tmp_path / "apart")
    places: list[Settings] = []

    def count(place: Settings, catalogue: Catalogue, _: StepAttempt, result: Result) -> Came:
        places.append(place)
        return Came(rows=len(catalogue.steps("night")) + result["read"])

    @recorded("read_files", count)
    def step(run_id: str, settings: Settings) -> Result:
        with Catalogue(settings.catalogue) as catalogue:
            catalogue.set_step(run_id, "read_files", {})
        return {"read": 1}

    assert step("night", settings=apart) == {"read": 1}
    assert places == [apart]
    assert [one.rows_written for one in noted(settings)] == [2]
    assert noted(apart) == []


def test_steps_side_by_side_have_each_their_own_lines(settings: Settings) -> None:
    """Given two steps of a run at once in two threads, then each line is of the step that said it,
    and is there once.
    """
    both = threading.Barrier(2, timeout=30)

    def step(name: str) -> None:
        with attempt_at(settings, NIGHT, f"fetch_return:{name}") as going:
            both.wait()
            going.came = Came(lines=[Line("file landed", {"sha256": name})])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(step, ("beds", "stays")))
    told = lines(log_file(settings, step_run_id(NIGHT)))
    landed = {line["step"]: line["sha256"] for line in told if line["event"] == "file landed"}
    assert landed == {"fetch_return:beds": "beds", "fetch_return:stays": "stays"}
    assert len(told) == 6


def test_a_transport_that_fails_does_not_fail_the_step(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given OpenLineage's own configuration with a place that cannot be written to
    When a step runs
    Then it ends well, nothing is written to the default place, and one line says what failed.
    """
    target = {"type": "file", "log_file_path": str(tmp_path / "no" / "such"), "append": True}
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps(target))
    assert take({"read": 1}) == {"read": 1}
    (one,) = noted(settings)
    assert one.outcome == "ok"
    told = lines(log_file(settings, one.run_id))
    assert [line["event"] for line in told] == ["step started", "step ended", "lineage not sent"]
    assert not (settings.logs / FILE).exists()


def test_lineage_goes_where_openlineage_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a server, a file of configuration, or the switch, then each has its way."""
    assert open_client(settings.logs).transport.kind == "file"
    (tmp_path / "openlineage.yml").write_text("transport: {type: console}")
    assert open_client(settings.logs).transport.kind == "console"
    (tmp_path / "openlineage.yml").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {**os.environ, "OPENLINEAGE_URL": "http://127.0.0.1:9"})
        assert open_client(settings.logs).transport.kind != "file"
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    take({})
    assert [one.outcome for one in noted(settings)] == ["ok"]
    assert not (settings.logs / FILE).exists()


@pytest.mark.filterwarnings("ignore:no structured log is kept")
def test_logs_that_cannot_be_written_do_not_fail_the_step(settings: Settings) -> None:
    """Given a file where the folder of logs should be, then the catalogue has the attempt."""
    settings.home.mkdir()
    settings.logs.write_text("in the way")
    assert take({"read": 1}) == {"read": 1}
    assert [one.outcome for one in noted(settings)] == ["ok"]
