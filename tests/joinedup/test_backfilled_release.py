"""A whole back-fill by command: a month issued anew is built apart, audited, swapped, released."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from joinedup import steps
from publishing.pointer import current_release, verify
from tests.joinedup.conftest import Load
from tests.joinedup.re_issues import write_re_issue

COMMAND = (
    "import typer; from joinedup.nightly_cli import add_commands;"
    "app = typer.Typer(); add_commands(app); app()"
)


@pytest.mark.long
def test_a_month_issued_anew_is_back_filled(
    demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release, and a month of it as re-issued
    When two months are back-filled with it
    Then a whole new release has other figures for that month only, its manifest says what was
    back-filled, no home apart is left, and the next night finds nothing new.
    """
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    write_re_issue(tmp_path / "work", tmp_path / "returns" / "June.xlsx")
    old = current_release(home / "releases")
    arguments = ["delayed_transfers_la", "2015-05", "2015-06"]
    folder = str(tmp_path / "returns")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "backfill", *arguments, "--returns", folder],
        env={**os.environ, "JOINEDUP_HOME": str(home)},
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2015-06     read         June.xlsx, " in done.stdout
    new = current_release(home / "releases")
    assert old is not None
    assert new is not None
    assert new.id != old.id
    assert new.id in done.stdout
    assert verify(new) == []
    assert new.manifest.returns["backfill"] == {
        "return": "delayed_transfers_la",
        "first_period": "2015-05",
        "last_period": "2015-06",
        "read": 2,
        "gaps": [],
    }
    with duckdb.connect() as both:
        both.execute(f"attach '{old.marts}' as old (read_only)")
        both.execute(f"attach '{new.marts}' as new (read_only)")
        changed = both.execute(
            "select distinct period_start from new.marts.metric_value as after"
            " join old.marts.metric_value as before using"
            " (metric_id, area_code, boundary, period_type, period_start)"
            " where metric_id = 'delayed_days' and period_type = 'month'"
            " and after.value is distinct from before.value"
        ).fetchall()
    assert [str(day) for (day,) in changed] == ["2015-06-01"]
    assert list((home / "backfills").iterdir()) == []
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    assert not steps.read_files("night")["anything_new"]
