"""`joinedup releases diff` on two small releases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from ingestion.catalogue import Catalogue, Decision
from joinedup.releases_diff import decided, diff, diff_command
from joinedup.settings import Settings
from publishing.manifest import FileEntry, Manifest, manifest_text, seal, sha256_of
from publishing.pointer import Release, load_release

NOW = datetime(2026, 6, 9, 1, 2, 3, tzinfo=UTC)
FIRST, SECOND = "20260609T010203Z-00c0ffee", "20260610T010203Z-00c0ffee"
MARTS = {
    "metric_value": "select 'beds' as metric_id, area_code, 'as_reported' as boundary, "
    "'month' as period_type, date '2015-04-01' as period_start, date '2015-04-30' as period_end, "
    "value::double as value, 'beds' as unit, value_status, 'revised' as maturity, "
    "date '2015-06-01' as published_on, "
    "area_code as lineage_id from (values {rows}) as v(area_code, value, "
    "value_status)",
    "metric": "select 'beds' as metric_id, 'Beds' as title, 'a_return' as source_returns",
    "area": "select 'E1' as area_code, 'Oxford' as name",
    "source_file": "select 'ab' as source_sha256, 'a_return' as return_id, null::varchar as "
    "subject_code, date '2015-04-01' as period_start, date '2015-04-30' as period_end, "
    "'read' as state, date '2015-06-01' as published_on",
    "lineage": "select 'E1' as lineage_id, null::varchar as child_lineage_id, "
    "'ab' as source_sha256, 'LA' as source_sheet, 'D' as source_column, 7 as source_row",
}
runner = CliRunner()
app = typer.Typer()
app.command()(diff_command)


def made(releases: Path, name: str, made_at: datetime, rows: str) -> Release:
    """Write a release of nothing but the marts that a comparison reads."""
    folder = releases / name / "parquet"
    folder.mkdir(parents=True)
    files = {}
    for mart, query in MARTS.items():
        path = folder / f"{mart}.parquet"
        query = query.replace("{rows}", rows)
        with duckdb.connect() as connection:
            connection.execute(f"copy ({query}) to '{path}'")
        entry = FileEntry(sha256=sha256_of(path), bytes=path.stat().st_size, rows=1)
        files[f"parquet/{mart}.parquet"] = entry
    manifest = Manifest(
        release_id=name,
        made_at=made_at,
        run_id="run",
        inputs_fingerprint="00c0ffee",
        previous=None,
        is_synthetic=False,
        storage_version="v1.0.0",
        versions={},
        returns={},
        tables={},
        files=files,
    )
    (releases / name / "manifest.json").write_text(manifest_text(seal(manifest)))
    return load_release(releases, name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with two releases: a figure revised, one gone, one withheld."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    settings = Settings()
    made(
        settings.releases,
        FIRST,
        NOW,
        "('E1', 10.0, 'reported'), ('E2', 5.0, 'reported'), ('E3', 2.0, 'reported')",
    )
    made(
        settings.releases,
        SECOND,
        NOW + timedelta(days=1),
        "('E1', 12.0, 'reported'), ('E3', null, 'suppressed')",
    )
    return settings


def test_two_releases_are_compared_and_shown(home: Settings) -> None:
    """Given two releases, then their difference is printed, given as JSON, and made a page."""
    page = home.home / "page.html"
    shown = runner.invoke(app, [FIRST, SECOND, "--page", str(page)])
    assert shown.exit_code == 0, shown.output
    assert "3 figures differ: 1 removed, 1 revised, 1 re-statused." in shown.output
    assert "beds: Oxford April 2015, beds: not shown -> 12" in shown.output
    assert "Oxford" in page.read_text()
    given = runner.invoke(app, [FIRST, SECOND, "--json", "--area", "E2"])
    (row,) = json.loads(given.output)["changes"]
    assert (row["area_code"], row["change"], row["new_value"]) == ("E2", "removed", None)
    assert "No figure differs." in runner.invoke(app, [FIRST, FIRST]).output
    only = runner.invoke(app, [FIRST, SECOND, "--metric", "another"])
    assert "No figure differs." in only.output


def test_what_the_later_one_withholds_is_told_in_neither_direction(home: Settings) -> None:
    """Given a figure withheld in the later release, then asking backwards does not give it."""
    for names in ((FIRST, SECOND), (SECOND, FIRST)):
        sides = [load_release(home.releases, name) for name in names]
        found = diff(home, *sides)
        assert (found.old, found.new) == names
        (withheld,) = [row for row in found.rows if row.area_code == "E3"]
        assert (withheld.old_value, withheld.new_value) == (None, None)
        assert 2.0 not in {row.old_value for row in found.rows}


def test_a_release_that_is_not_there_or_damaged_is_said(home: Settings) -> None:
    """Given a wrong id, or a damaged release, then it is named and nothing is compared."""
    unknown = runner.invoke(app, [FIRST, "elsewhere"])
    assert unknown.exit_code == 1
    assert "There is no release 'elsewhere'" in unknown.output
    (home.releases / SECOND / "parquet" / "lineage.parquet").write_bytes(b"")
    damaged = runner.invoke(app, [FIRST, SECOND])
    assert damaged.exit_code == 1
    assert f"{SECOND} is damaged" in damaged.output


def test_decisions_are_read_from_the_catalogue(home: Settings) -> None:
    """Given a loss that a person accepted between the two, then that is what explains it."""
    assert decided(home, NOW) == []
    with Catalogue(home.catalogue) as catalogue:
        made_at = NOW + timedelta(hours=3)
        catalogue.add_decision(
            Decision("accept_loss", "beds", "Closed", "A. Person", made_at, date(2027, 1, 1))
        )
    sides = [load_release(home.releases, name) for name in (FIRST, SECOND)]
    assert diff(home, *sides).explanations == {"accepted by decision": 2, "withheld now": 1}
