"""`joinedup quality` on a load: the last audit, its rows, its page; rows held until released."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from expectations.page import CHECKS_FILE, PAGE_FILE
from expectations.show import Audit, read_audit
from expectations.verdict import private_folder
from ingestion.catalogue import Catalogue
from ingestion.held import HELD
from joinedup import steps
from joinedup.cli import app
from joinedup.decisions import hold_rows, release
from joinedup.quality import (
    DECISIONS_FILE,
    earlier_audits,
    find_audit,
    rows_of_check,
    write_quality_page,
)
from joinedup.settings import Settings
from publishing.pointer import Release, current_release
from tests.dbt_project.rebuilt import Recipe
from tests.joinedup.conftest import Load

REFUSED = "manual__2099-01-01-00000000"
BAD = {
    "suite": "metric",
    "table": "marts.metric",
    "check": "unit_is_known",
    "expected": "every unit is known",
    "expectation": "unexpected_rows_expectation",
    "dimension": "validity",
    "severity": "block",
    "owner": "data team",
    "poisons": ["metric"],
    "outcome": "bad_data",
    "unexpected_count": 2,
    "examples": [{"metric_id": "delayed_days"}],
}


@dataclass(frozen=True)
class Home:
    """A copy of a loaded home, which a test may spoil, and its settings."""

    path: Path
    settings: Settings
    released: Release

    def refuse(self) -> Path:
        """Leave the audit of a candidate that was refused after the release."""
        folder = self.path / "candidates" / f"{REFUSED}-quality"
        folder.mkdir(parents=True)
        audit = {"candidate": f"{REFUSED}.duckdb", "outcome": "bad_data", "checks_run": 1}
        (folder / "quality.json").write_text(json.dumps(audit | {"failed": 1, "checks": [BAD]}))
        return folder


@pytest.fixture
def home(demonstration_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own."""
    path = tmp_path / "home"
    left = shutil.ignore_patterns("airflow", "logs", "landing")
    shutil.copytree(demonstration_load.home, path, symlinks=True, ignore=left)
    (path / "landing").symlink_to(demonstration_load.home / "landing")
    monkeypatch.setenv("JOINEDUP_HOME", str(path))
    found = current_release(path / "releases")
    assert found is not None
    return Home(path, Settings(), found)


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    text: str


def joinedup(*arguments: str) -> Said:
    """Run the command line in this process, on the home that is set."""
    done = CliRunner().invoke(app, ["quality", *arguments])
    return Said(done.exit_code, done.output)


def audit_of(home: Home, which: str = "last") -> Audit:
    """Read an audit as the command does."""
    return find_audit(home.settings, which).read()


def test_the_last_audit_is_the_releases_until_a_newer_one_is_refused(home: Home) -> None:
    """Given a release, then a refused candidate, then the last audit is the newer; both stay."""
    assert audit_of(home).outcome == "passed"
    home.refuse()
    assert audit_of(home).outcome == "bad_data"
    assert audit_of(home, REFUSED).outcome == "bad_data"
    assert audit_of(home, home.released.id).outcome == "passed"
    old = home.path / "candidates" / f"{REFUSED}-quality" / "quality.json"
    os.utime(old, (1, 1))
    assert audit_of(home).outcome == "passed"


def test_the_command_says_the_verdict_and_ends_by_it(home: Home) -> None:
    """Given an audit, when asked for, then the exit code and the words are those of its verdict."""
    passed = joinedup()
    assert passed.text.startswith("Passed: ")
    assert passed.code == (2 if audit_of(home).of_kind("warning") else 0)
    home.refuse()
    refused = joinedup("--failed")
    assert refused.code == 1
    for words in ("Refused: 1 check found bad data", "marts.metric", "data team", "delayed_days"):
        assert words in refused.text
    told = json.loads(joinedup(home.released.id, "--json").text)
    assert told["outcome"] == "passed"
    assert len(told["checks"]) > 100
    unknown = joinedup("of-old")
    assert unknown.code == 1
    assert home.released.id in unknown.text


def test_the_rows_of_a_check_come_from_what_was_audited(home: Home) -> None:
    """Given a released warning, then its rows are those counted; of a candidate that is gone they
    are the few that were kept, or it is told.
    """
    warned = [
        one
        for one in audit_of(home).of_kind("warning") + audit_of(home).of_kind("known failure")
        if one.table.startswith("marts.") and not one.is_dbt
    ]
    assert warned
    for one in warned:
        _, rows = rows_of_check(home.settings, find_audit(home.settings), one.name, 3)
        assert rows.total == one.unexpected_count
        assert len(rows.rows) == min(3, rows.total)
    home.refuse()
    gone = joinedup("--rows", "unit_is_known")
    assert gone.code == 1
    assert "six hours" in gone.text
    private = private_folder(home.path / "candidates" / f"{REFUSED}-quality")
    private.mkdir()
    kept = {name: BAD[name] for name in ("suite", "check", "table")}
    row = {"metric_id": "delayed_days", "unit": "fortnights"}
    (private / "private.json").write_text(json.dumps([kept | {"examples": [row]}]))
    few = joinedup("--rows", "unit_is_known")
    assert (few.code, "2 rows otherwise, 1 shown" in few.text) == (0, True)
    assert "fortnights" in few.text


def test_an_audit_has_its_page_with_the_releases_before_it(home: Home) -> None:
    """Given a candidate audited after a release, when its page is made, then the trend has both,
    and published figures and decisions stand below.
    """
    folder = home.refuse()
    with Catalogue(home.settings.catalogue) as catalogue:
        sha256 = catalogue.landed()[0].sha256
    steps.set_file_aside(sha256, "<b>withdrawn</b>")
    with Catalogue(home.settings.catalogue) as catalogue:
        page = write_quality_page(home.settings, catalogue, home.released.marts, folder)
    text = page.read_text(encoding="utf-8")
    assert page == folder / PAGE_FILE
    for words in (home.released.id, "this audit", "SYNTHETIC", "&lt;b&gt;withdrawn&lt;/b&gt;"):
        assert words in text
    assert "Reconciliation with published figures" in text
    assert len(text.encode()) < 500_000
    assert (folder / CHECKS_FILE).read_text(encoding="utf-8").count("\n") == 2
    (decided,) = json.loads((folder / DECISIONS_FILE).read_text())
    assert decided["kind"] == "set aside"
    assert "Page: " in joinedup().text


def test_a_damaged_or_lost_release_is_left_out_of_the_trend(home: Home) -> None:
    """Given a release whose results were changed, then the trend goes without it."""
    assert [one.release_id for one in earlier_audits(home.settings.releases)] == [home.released.id]
    results = home.released.path / "quality" / "quality.json"
    results.chmod(0o644)
    results.write_text("{}")
    assert earlier_audits(home.settings.releases) == []


def cells_behind(home: Home, area: str, month: str) -> list[dict[str, Any]]:
    """Give the cells behind a council's delayed days of a month."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.released.marts}' as released (read_only)")
        (found,) = connection.execute(
            "select lineage_id from released.marts.metric_value where metric_id = 'delayed_days' "
            "and area_code = ? and period_type = 'month' and period_start = ? "
            "and boundary = 'as_reported' and value > 0",
            [area, month],
        ).fetchall()
        rows = connection.execute(
            "select source_sha256, source_sheet, source_row, source_column "
            "from released.marts.lineage where lineage_id = ? and source_sha256 is not null",
            found,
        )
        names = [column[0] for column in rows.description or []]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


@pytest.mark.long
def test_rows_that_are_held_leave_a_gap_that_is_told(
    home: Home, recipe: Recipe, tmp_path: Path
) -> None:
    """Given a council's days of a month held, when built again, then that figure is missing, no sum
    of its quarter or year is short in silence, every test of the models holds, and the rest stays;
    released, nothing is held.
    """
    area, month = "E10000015", "2014-08-01"
    rows = cells_behind(home, area, month)
    assert rows
    with Catalogue(home.settings.catalogue) as catalogue:
        numbers = list(hold_rows(catalogue, rows, "stg_x.figure_is_whole", "misread", "Ada"))
    steps.read_files("night")
    assert len(pl.read_parquet(home.settings.lake / HELD)) == len(rows)
    (tmp_path / "held").mkdir()
    held = recipe.rebuild(home.settings.lake, tmp_path / "held")
    before = figures(home.released.marts, area)
    after = figures(held.path, area)
    assert before.keys() == after.keys()
    assert after["month", month] == (None, "missing")
    changed = {key: after[key] for key in after if after[key] != before[key]}
    assert changed.keys() == {
        *(("month", month), ("quarter", "2014-07-01"), ("financial_year", "2014-04-01")),
    }
    assert {value for value, _ in changed.values()} == {None}
    assert not [failure.node for failure in held.failures]
    with Catalogue(home.settings.catalogue) as catalogue:
        for number in numbers:
            release(catalogue, str(number), "it was right", "Ada")
    steps.read_files("next night")
    assert not (home.settings.lake / HELD).exists()


def figures(marts: Path, area: str) -> dict[tuple[str, str], tuple[float | None, str]]:
    """Give an area's delayed days by period, with the status of each."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{marts}' as warehouse (read_only)")
        rows = connection.execute(
            "select period_type, cast(period_start as varchar), value, value_status "
            "from warehouse.marts.metric_value where metric_id = 'delayed_days' "
            "and area_code = ? and boundary = 'as_reported'",
            [area],
        ).fetchall()
    return {(kind, start): (value, status) for kind, start, value, status in rows}


@pytest.mark.usefixtures("home")
def test_what_is_held_is_listed_and_a_refusal_is_said() -> None:
    """Given nothing held, a loss accepted and an unknown id, then each command says what came."""
    assert joinedup("held").text == "Nothing is held.\n"
    day = ("--until", "2099-12-31")
    done = joinedup("accept-loss", "delayed_days", "--because", "withdrawn", *day)
    assert done.code == 0, done.text
    listed = joinedup("held").text
    assert "lost figures of delayed_days accepted, until 2099-12-31" in listed
    refused = joinedup("release", "77", "--because", "why not")
    assert (refused.code, "joinedup quality held" in refused.text) == (1, True)
    assert joinedup("release", "1", "--because", "it came back").code == 0
    assert joinedup("held").text == "Nothing is held.\n"


def test_rows_that_are_no_cells_cannot_be_held(home: Home) -> None:
    """Given a warning about marts, when its rows are to be held, then the command says what can."""
    warned = next(
        one
        for one in read_audit(home.released.path / "quality").checks
        if one.outcome == "bad_data" and one.table.startswith("marts.") and not one.is_dbt
    )
    done = joinedup("hold-rows", warned.name, "--because", "they are odd")
    assert done.code == 1
    assert "do not say which cells" in done.text
