"""The nightly load as a person runs it: `joinedup run`, and what comes after."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from publishing.mart_tables import open_read_only
from publishing.pointer import current_release, verify
from tests.joinedup.conftest import Load, joinedup, planted, write_few_returns


def test_the_load_releases_and_says_so(demonstration_load: Load) -> None:
    """Given demonstration returns, when loaded, then there is a whole release and a summary."""
    text = demonstration_load.finished.text
    assert demonstration_load.finished.code == 0, text
    release = current_release(demonstration_load.home / "releases")
    assert release is not None
    assert verify(release) == []
    assert release.manifest.is_synthetic
    for words in ("65 found, 65 landed now", "0 quarantined", "0 failed", release.id, "SYNTHETIC"):
        assert words in text
    assert "Delayed days, England" in text


def test_the_terminal_shows_nothing_but_our_lines(demonstration_load: Load) -> None:
    """Given Airflow, dbt and Great Expectations at work, then their chatter is in the log only."""
    text = demonstration_load.finished.text
    for noise in ("Traceback", "leaked", "INFO", "WARNING", "Warning", "airflow.", "[2026"):
        assert noise not in text
    logs = list((demonstration_load.home / "logs").glob("load-*.log"))
    assert len(logs) == 1
    assert logs[0].stat().st_size > 0


def test_claims_of_synthetic_returns_do_not_pretend(demonstration_load: Load) -> None:
    """Given synthetic returns, when claims are judged by them, then each says so, no status is."""
    release = current_release(demonstration_load.home / "releases")
    assert release is not None
    with open_read_only(release.marts) as marts:
        rows = marts.sql(
            "select is_synthetic, why, coalesce(computed_value, open_figure) is null from claim "
            "where basis in ('returns', 'sites')"
        ).fetchall()
        computed = marts.sql("from commitment where status_basis like 'open returns%'").fetchall()
    assert [row for row in rows if not row[2]]
    for is_synthetic, why, is_empty in rows:
        assert is_synthetic or is_empty
        assert "synthetic" in why or not is_synthetic
    assert computed == []


def test_claims_are_printed_with_how_many_hold(demonstration_load: Load) -> None:
    """Given a release, when its claims are asked for, then each is there, and the counts."""
    printed = joinedup(demonstration_load.home, "claims")
    assert printed.code == 0, printed.text
    assert "SYNTHETIC" in printed.text
    for words in ("C096 Emergency admissions rose by 87,000", "without its minus sign", "(of 55)"):
        assert words in printed.text
    nothing = joinedup(demonstration_load.home, "claims", "--release", "lost")
    assert nothing.code == 1


def test_a_night_with_nothing_new_builds_nothing(demonstration_load: Load, tmp_path: Path) -> None:
    """Given nothing new, when loaded again, then it says so and starts neither dbt nor checks."""
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    before = current_release(home / "releases")
    again = joinedup(home, "run", "--returns", str(demonstration_load.returns))
    assert again.code == 0, again.text
    assert "Nothing new" in again.text
    assert "Building" not in again.text
    assert current_release(home / "releases") == before
    log = max((home / "logs").glob("*.log")).read_text()
    assert "Running with dbt" not in log
    assert "great_expectations" not in log


def test_a_board_has_its_plan_beside_its_outturn(demonstration_load: Load) -> None:
    """Given a board that planned 800 admissions fewer and had 400 more, and 500 days fewer and had
    720 more, when released, then the gap, its cost and the fund are there.
    """
    release = current_release(demonstration_load.home / "releases")
    assert release is not None
    with open_read_only(release.marts) as marts:
        outturn = marts.execute(
            "select measure, change_planned, change_made, gap, cost_over_plan "
            "from bcf_outturn where area_code = ? and scenario = 'planned' order by 1",
            ["E06000015"],
        ).fetchall()
        fund = marts.execute(
            "select member, value from bcf_money where area_code = ? "
            "and split_by in ('total', 'minimum', 'above_minimum') order by 1",
            ["E06000015"],
        ).fetchall()
    assert outturn == [
        ("both", None, None, None, 2_154_000),
        ("delayed_days", -500, 720, 1220, 366_000),
        ("nonelective_admissions", -800, 400, 1200, 1_788_000),
    ]
    assert fund == [
        ("above_minimum", 1_700_000),
        ("minimum", 17_300_000),
        ("total", 19_000_000),
        ("total", 19_000_000),
    ]


@pytest.mark.long
def test_the_whole_demonstration_is_released_but_for_a_bad_file(tmp_path: Path) -> None:
    """Given every demonstration return, which a new user loads first, and a damaged file more
    When loaded, with pages
    Then exit code 2, the file named, and all else is released whole, with its pages, as SYNTHETIC.
    """
    home, returns = tmp_path / "home", tmp_path / "returns"
    assert joinedup(home, "demo-returns", str(returns)).code == 0
    good = next((returns / "delayed_transfers_la").glob("*.xlsx"))
    (returns / "cut short.xlsx").write_bytes(good.read_bytes()[:5000])
    asked = planted() | {"JOINEDUP_SCORECARD": "true"}
    done = joinedup(home, "run", "--returns", str(returns), secrets=asked)
    assert done.code == 2, done.text
    for words in (", 0 failed, ", "Quarantined: cut short.xlsx", "joinedup open"):
        assert words in done.text
    release = current_release(home / "releases")
    assert release is not None
    assert verify(release) == []
    with open_read_only(release.marts) as marts:
        not_read = marts.sql("select file_name from source_file where state <> 'read'").fetchall()
    assert not_read == [("cut short.xlsx",)]
    assert {"scorecard/index.html", "docs/index.html"} <= release.manifest.files.keys()
    assert "SYNTHETIC" in (release.path / "scorecard" / "index.html").read_text(encoding="utf-8")
    listed = joinedup(home, "files", "--quarantined")
    for words in ("cut short.xlsx", "damaged or cut short"):
        assert words in listed.text


@pytest.mark.long
def test_a_failed_blocking_check_releases_nothing(demonstration_load: Load, tmp_path: Path) -> None:
    """Given a lake whose figures were changed, when audited, then exit code 1 and no release."""
    home = tmp_path / "home"
    shutil.copytree(demonstration_load.home, home, symlinks=True)
    before = current_release(home / "releases")
    lake_file = next((home / "lake" / "observations" / "delayed_transfers_la").glob("*.parquet"))
    frame = pl.read_parquet(lake_file).with_columns(
        value=pl.when(pl.col("subject_code") == "507")
        .then(pl.col("value") + 1000)
        .otherwise(pl.col("value"))
    )
    frame.write_parquet(lake_file)
    extra = tmp_path / "returns"
    shutil.copytree(demonstration_load.returns, extra)
    (extra / "new.xls").write_bytes(b"<html>")  # makes the night one with something new
    done = joinedup(home, "run", "--returns", str(extra))
    assert done.code == 1, done.text
    assert "The data failed the audit; nothing was released" in done.text
    assert current_release(home / "releases") == before
    assert before is not None
    assert verify(before) == []
    told = joinedup(home, "quality", "--failed")
    assert told.code == 1, told.text
    assert "bad data" in told.text.lower()
    assert "stg_delayed_transfers_la" in told.text or "delayed_days" in told.text


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Given a folder that does not exist, when loaded, then exit code 1 and a plain sentence.

    It is said at once: nothing is written for it.
    """
    done = joinedup(tmp_path / "home", "run", "--returns", str(tmp_path / "nowhere"))
    assert done.code == 1
    assert "Nothing was released. There is no folder" in done.text
    assert "Traceback" not in done.text
    assert not (tmp_path / "home").exists()


def test_a_folder_with_nothing_of_ours_releases_nothing(tmp_path: Path) -> None:
    """Given only strangers, one named with brackets, then nothing is released and all is said."""
    (tmp_path / "returns").mkdir()
    (tmp_path / "returns" / "notes.txt").write_text("hello")
    (tmp_path / "returns" / "report [final].xls").write_text("<html>gone</html>")
    done = joinedup(tmp_path / "home", "run", "--returns", str(tmp_path / "returns"))
    assert done.code == 1
    assert "No file could be read as a return" in done.text
    assert "Quarantined: report [final].xls" in done.text
    listed = joinedup(tmp_path / "home", "files", "--quarantined")
    assert listed.code == 0
    assert "report [final].xls" in listed.text


def test_no_folder_does_not_mean_this_folder(tmp_path: Path) -> None:
    """Given an empty --returns, or one that holds the home itself, then nothing is landed."""
    home = tmp_path / "home"
    for folder in ("", str(tmp_path)):
        done = joinedup(home, "run", "--returns", folder)
        assert done.code == 1
        assert "Nothing was released" in done.text
    assert not (home / "landing").exists()


def test_trace_leads_to_the_cell(demonstration_load: Load) -> None:
    """Given a released figure, when traced, then file, sheet and cell hold that figure."""
    done = joinedup(demonstration_load.home, "trace", "delayed_days", "E10000003", "2015-06")
    assert done.code == 0, done.text
    assert "SYNTHETIC" in done.text
    assert 'sheet "LA - by responsible org"' in done.text
    unknown = joinedup(demonstration_load.home, "trace", "delayed_dayz", "E10000003", "2015-06")
    assert unknown.code == 1
    assert "delayed_days" in unknown.text


@pytest.mark.long
def test_the_same_returns_give_the_same_marts(demonstration_load: Load, tmp_path: Path) -> None:
    """Given the same files in another order and place, then every table's content is equal."""
    returns = tmp_path / "elsewhere"
    for number, path in enumerate(sorted(write_few_returns(tmp_path / "again"), reverse=True)):
        folder = returns / f"{number:03}"
        folder.mkdir(parents=True)
        path.rename(folder / path.name)
    home = tmp_path / "home"
    assert joinedup(home, "run", "--returns", str(returns)).code == 0
    one = current_release(demonstration_load.home / "releases")
    other = current_release(home / "releases")
    assert one is not None
    assert other is not None
    for table, entry in one.manifest.tables.items():
        if table not in ("source_file", "run"):  # where a file was found, and when it was read
            assert entry == other.manifest.tables[table], table
