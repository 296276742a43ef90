"""What the summary says of a night that released nothing, and of one that told nobody."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ingestion.catalogue import Catalogue
from joinedup.embedded_airflow import EmbeddedRun
from joinedup.run_id import step_run_id
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.summary import RELEASED, TELLS, summarise
from publishing.release_log import Entry, Inputs, write_log

WITHDRAWN = "20260609T010203Z-00c0ffee"


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
