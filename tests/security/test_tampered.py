"""F119: a release that was changed after it was published is told, and a reader refuses it."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import publishing.release
from joinedup.cli import app
from publishing.pointer import Release
from publishing.release import release_marts
from tests.publishing.few_marts import write_candidate, write_quality
from tests.security.code import ROOT

MARTS = ("metric", "metric_value", "source_file", "quality_result")


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release in a home of its own."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    return release_marts(
        write_candidate(tmp_path / "candidate.duckdb", 0, MARTS),
        write_quality(tmp_path / "quality"),
        tmp_path / "home" / "releases",
        inputs_fingerprint="0" * 64,
        run_id="night",
        now=datetime(2026, 6, 1, tzinfo=UTC),
    )


def _recipe(folder: Path) -> Path:
    """Write down the script that the page gives, as it stands there."""
    text = (ROOT / "docs" / "reading_a_release.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    path = folder / "read_release.py"
    path.write_text(script, encoding="utf-8")
    return path


def _read(script: Path, release: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(script), str(release)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _flip(path: Path, at: int) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_f119_the_pages_script_reads_a_whole_release(release: Release, tmp_path: Path) -> None:
    """Given a whole release
    When the page's script reads it through the pointer
    Then it prints what the marts say.
    """
    done = _read(_recipe(tmp_path), release.path.parent / "current")
    assert (done.returncode, done.stdout, done.stderr) == (0, "delayed_days None\n", "")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_f119_a_flipped_byte_is_told_and_refused(
    release: Release, tmp_path: Path, share: float
) -> None:
    """Given a release of which one bit was changed after it was published
    When it is verified, and the page's script reads it
    Then `releases verify` fails and names the file, and the script refuses and reads nothing.
    """
    script = _recipe(tmp_path)
    _flip(release.marts, int(release.marts.stat().st_size * share))
    told = CliRunner().invoke(app, ["releases", "verify"])
    assert told.exit_code == 1
    assert "marts.duckdb" in told.output
    assert "DAMAGED" in told.output
    done = _read(script, release.path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "not as it was released" in done.stderr
