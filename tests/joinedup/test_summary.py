"""What a person reads at the end of a run: nothing is left out without a word."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from ingestion.catalogue import Catalogue
from joinedup import summary as summary_of_a_run
from joinedup.embedded_airflow import EmbeddedRun, TaskFailure
from joinedup.open_pages import START
from joinedup.refusals import ReleaseBlocked
from joinedup.run_id import step_run_id
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.summary import NOT_RELEASED, RELEASED, TELLS, summarise
from publishing.release_log import Entry, Inputs, write_log

RUN = "manual__2026-06-01"
READ = {
    **{"read": 2, "newly_read": 2, "observations": 1200, "quarantined": 0, "unrecognised": 1},
    "undecided": [],
}
LOOKED_BACK = "as-at-2017-02-08-00c0ffee"

WITHDRAWN = "20260609T010203Z-00c0ffee"

Summary = Callable[..., list[str]]


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Summary:
    """Give the lines that end a run which failed after these steps."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()

    def lines(steps: Mapping[str, Mapping[str, Any]], why: str = "It broke.") -> list[str]:
        with Catalogue(settings.catalogue) as catalogue:
            for step, result in steps.items():
                catalogue.set_step(step_run_id(RUN), step, result)
        failure = TaskFailure("a_task", "ReleaseBlocked", why, ReleaseBlocked(why))
        run = EmbeddedRun(RUN, "failed", {}, {}, (failure,))
        out = io.StringIO()
        assert summarise(run, settings, Console(file=out, soft_wrap=True)) == NOT_RELEASED
        return out.getvalue().splitlines()

    return lines


def audit(warnings: int, known: int) -> dict[str, Any]:
    """What the audit's step gives."""
    return {
        **{"checks_passed": 700, "checks_failed": 0},
        "warnings": [f"warned of {number}" for number in range(warnings)],
        "known_failures": [f"known is {number}" for number in range(known)],
    }


def test_warnings_that_are_not_shown_are_counted(summary: Summary) -> None:
    """Given twelve warnings and a known failure, then ten and `2 more` are told, the known last."""
    lines = summary({"audit_candidate": audit(12, 1)})
    first = lines.index("Checks: 700 passed, 0 failed, 12 warnings, 1 known failure")
    found = lines[first + 1 : first + 14]
    assert [line.rpartition(" ")[2] for line in found[:10]] == [str(n) for n in range(10)]
    assert all("warning, as this does not hold everywhere: warned of" in one for one in found[:10])
    assert found[10:] == [
        "  and 2 more",
        "  known failure: known is 0",
        "  which rows, and whose they are: JOINEDUP_HOME=home joinedup quality",
    ]


def test_what_passes_whole_needs_no_hint(summary: Summary) -> None:
    """Given an audit without a finding, then it is counted, and nothing is to be looked at."""
    text = "\n".join(summary({"audit_candidate": audit(0, 0)}))
    assert "Checks: 700 passed, 0 failed, 0 warnings, 0 known failures" in text
    assert "more" not in text
    assert "which rows" not in text


def test_after_a_look_back_its_own_audit_is_named(summary: Summary) -> None:
    """Given a look back that was released, then the hint leads to its audit, not the last one."""
    lines = summary(
        {
            "read_files": {**READ, "as_at": "2017-02-08"},
            "audit_candidate": audit(1, 0),
            "release_marts": {"release_id": LOOKED_BACK},
        }
    )
    hint = f"  which rows, and whose they are: JOINEDUP_HOME=home joinedup quality {LOOKED_BACK}"
    assert hint in lines


def test_the_pages_of_a_look_back_are_opened_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a look back with pages, when its figures are told, then the hint opens its pages, not
    the current release's.
    """
    monkeypatch.setattr(summary_of_a_run, "headlines", lambda _: ())
    monkeypatch.setattr(summary_of_a_run, "latest_period", lambda *_: None)
    files = {START: None}
    release: Any = SimpleNamespace(manifest=SimpleNamespace(files=files), marts=tmp_path / "marts")
    out = io.StringIO()
    summary_of_a_run._print_figures(
        release,
        Settings(home=tmp_path),
        Console(file=out, soft_wrap=True),
        told=f" --release {LOOKED_BACK}",
    )
    assert f"joinedup open --release {LOOKED_BACK}\n" in out.getvalue()


def test_files_left_out_are_counted_and_hints_name_the_home(summary: Summary) -> None:
    """Given more files left out than are shown, then the rest is counted.

    Each hint has the home, that of a failure too.
    """
    fetched = {"seen": 14, "landed": 2, "known": 0, "left_out": [f"file {n}" for n in range(12)]}
    lines = summary({"fetch_returns": fetched, "read_files": READ}, "See joinedup quality.")
    assert sum(line.startswith("  left out file") for line in lines) == 10
    assert "  and 2 more" in lines
    assert any("(JOINEDUP_HOME=home joinedup files lists them)" in line for line in lines)
    assert lines[-1] == "a_task: See JOINEDUP_HOME=home joinedup quality."


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty home."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    return Settings()


def summary_of(settings: Settings, *, tells: str = "success", withdrawn: str | None = None) -> str:
    """Summarise a night that read nothing new, whose last task ended so."""
    read: dict[str, Any] = {"read": 1, "newly_read": 0, "observations": 9, "quarantined": 0}
    read |= {"unrecognised": 0, "withdrawn": withdrawn}
    with Catalogue(settings.catalogue) as catalogue:
        catalogue.set_step(step_run_id("night"), "read_files", read)
    out = io.StringIO()
    run = EmbeddedRun("night", "success", {TELLS: tells}, {}, ())
    assert summarise(run, settings, Console(file=out, soft_wrap=True)) == RELEASED
    return out.getvalue()


@pytest.mark.parametrize(("tells", "is_said"), [("success", False), ("failed", True)])
def test_that_nobody_was_told_is_said(settings: Settings, tells: str, is_said: bool) -> None:
    """Given a night whose last task, which tells of it, failed or not, then the first is said, and
    the night is none the worse.
    """
    assert f"def {TELLS}()" in (PROJECT_ROOT / "dags" / "nightly_load.py").read_text()
    assert ("nobody was told" in summary_of(settings, tells=tells)) == is_said


@pytest.mark.parametrize(
    ("sources", "said", "unsaid"),
    [({}, "--stay", "Set a file aside"), ({"a": ""}, "Set a file aside", "--stay")],
    ids=["code", "file"],
)
def test_a_withheld_night_says_what_helps(
    settings: Settings, sources: dict[str, str], said: str, unsaid: str
) -> None:
    """Given a rollback, when the night would bring it back, then what is offered would help."""
    was = Inputs(
        release_id=WITHDRAWN, inputs_fingerprint="ab", sources=sources, code_fingerprint="c0de"
    )
    settings.releases.mkdir()
    entry = Entry(at=datetime.now(UTC), what="rolled back", by="Ann", withdrawn=(was,))
    write_log(settings.releases, entry)
    told = summary_of(settings, withdrawn=WITHDRAWN)
    assert f"bring back {WITHDRAWN}" in told
    assert f"releases restore {WITHDRAWN} --because ..." in told
    assert said in told
    assert unsaid not in told
