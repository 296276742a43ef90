"""The command `joinedup runs`, on runs that ended in every way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ingestion.catalogue import Catalogue
from joinedup.hints import command
from joinedup.runs_cli import add_commands
from joinedup.settings import Settings

RELEASE = "20260609T010203Z-00c0ffee"
ENDS: dict[str, list[tuple[str, str | None]]] = {
    "released-1": [("fetch_returns", "ok"), ("read_files", "ok"), ("release_marts", "ok")],
    "quiet-2": [("fetch_returns", "nothing_new"), ("read_files", "nothing_new")],
    "refused-3": [("read_files", "ok"), ("audit_candidate", "failed")],
    "killed-4": [("read_files", "ok"), ("build_candidate", None)],
    "between-5": [("read_files", "ok"), ("build_candidate", "ok")],
    "retried-6": [("read_files", None), ("read_files", "nothing_new")],
    "fetched-7": [("fetch_returns", "ok")],
    "stopped-8": [("build_candidate", "stopped")],
    "another-9": [("tidy", "ok")],
    "parts-10": [("fetch_return:beds", "failed"), ("fetch_return:stays", "ok")],
    "mended-11": [
        ("fetch_return:beds", "failed"),
        ("fetch_return:stays", "ok"),
        ("fetch_return:beds", "ok"),
    ],
    "withheld-12": [("fetch_returns", "nothing_new"), ("read_files", "nothing_new")],
}
"""Runs by name, each with its steps and how they ended."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with those runs."""
    home = tmp_path / "home"
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        for run, steps in ENDS.items():
            for step, outcome in steps:
                begun = catalogue.begin_attempt(run, step, code_version="1.0+c0de")
                if outcome is None:
                    continue
                error = "NotReleased: The data failed the audit" if outcome == "failed" else None
                catalogue.end_attempt(
                    replace(
                        begun,
                        ended_at=begun.started_at + timedelta(seconds=2),
                        outcome=outcome,
                        seconds=2.0,
                        rows_written=1234 if outcome == "ok" else None,
                        bytes_written=5_600_000,
                        error=error,
                    )
                )
        catalogue.set_step("released-1", "fetch_returns", {"landed": 3})
        catalogue.set_step("released-1", "read_files", {"newly_read": 2, "newly_quarantined": 1})
        catalogue.set_step("released-1", "release_marts", {"release_id": RELEASE})
        catalogue.set_step("quiet-2", "read_files", {"withdrawn": None})
        catalogue.set_step("withheld-12", "read_files", {"withdrawn": RELEASE})
    return home


def ask(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)
    return CliRunner().invoke(app, ["runs", *arguments])


@pytest.mark.usefixtures("home")
def test_the_list_says_what_came_of_each_run() -> None:
    """Given runs that ended in every way, when listed, then the latest is first and each is said
    to be what it was; as few are listed as asked for.
    """
    told = json.loads(ask("--json").stdout)
    assert {run["run_id"]: run["outcome"] for run in told} == {
        "withheld-12": "withheld",
        "mended-11": "fetched",
        "parts-10": "failed",
        "another-9": "ok",
        "stopped-8": "stopped",
        "fetched-7": "fetched",
        "retried-6": "nothing new",
        "between-5": "not ended",
        "killed-4": "not ended",
        "refused-3": "failed",
        "quiet-2": "nothing new",
        "released-1": "released",
    }
    assert [run["run_id"] for run in told] == list(ENDS)[::-1]
    first = told[-1]
    assert (first["release"], first["seconds"]) == (RELEASE, 6.0)
    assert first["new"] == {"landed": 3, "read": 2, "quarantined": 1}
    listed = ask().stdout.splitlines()
    assert len(listed) == len(ENDS)
    assert all(
        part in listed[-1]
        for part in ("released", "6.0 s", RELEASE, "3 landed, 2 read, 1 quarantined", "released-1")
    )
    assert ask("--last", "2").stdout.splitlines() == listed[:2]


def test_a_run_shows_its_steps_and_its_log(home: Path) -> None:
    """Given a run that was refused, one that was killed and one that was tried again
    When each is shown by the beginning of its name
    Then its steps, what they wrote, what went wrong, and the log where there is one, are told.
    """
    refused = ask("refused").stdout
    assert "1,234 rows" in refused
    assert "5.6 MB" in refused
    assert "NotReleased: The data failed the audit" in refused
    assert "log" not in refused
    log = home / "logs" / "killed-4.jsonl"
    log.parent.mkdir()
    log.write_text("{}\n")
    killed = ask("killed").stdout.splitlines()
    assert killed[2].split() == ["build_candidate", "not", "ended", "-", "-", "rows", "-", "MB"]
    assert str(log) in killed[3]
    assert "read_files (attempt 2)" in ask("retried-6").stdout


@pytest.mark.parametrize("asked", ["nobody", "re", ""])
def test_a_run_that_is_not_one_is_refused(home: Path, asked: str) -> None:
    """Given no run of that name, or more than one, when shown, then it is said and ends with 1."""
    done = ask(asked)
    assert done.exit_code == 1
    assert "joinedup runs lists them" in done.stderr
    assert home.is_dir()


def test_a_home_without_runs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a home in which nothing ran, when listed, then that is said."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    done, typed = ask(), command(Settings())
    assert (done.exit_code, done.stdout) == (0, f"No run is in the log yet: {typed} run.\n")
