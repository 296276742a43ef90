"""Trace on publishers' own files: the named cells hold the values that the release shows."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from ingestion.catalogue import Catalogue
from ingestion.definition import load_definitions
from ingestion.folder import fetch_folder
from ingestion.read import Limits, read_landed
from publishing.pointer import Release
from publishing.release import release_marts
from publishing.trace import Cell, Trace, cells, render_trace, trace
from tests.dbt_project.conftest import tiny_build_of_this_run
from tests.joinedup.conftest import write_first_history
from tests.publishing.few_marts import write_quality

pytestmark = pytest.mark.long

FILES = (
    *(f"delayed_transfers_la/LA-Type-B_2015-{month:02d}.xls" for month in (4, 5, 6)),
    "delayed_transfers_england/*.xls",
    "monthly_activity_commissioner/MAR_Comm_2015-06.xls",
)


@pytest.fixture(scope="module")
def returns(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with five of the publishers' files."""
    folder = tmp_path_factory.mktemp("returns")
    for pattern in FILES:
        (found,) = real_returns.glob(pattern)
        shutil.copyfile(found, folder / found.name)
    return folder


@pytest.fixture(scope="module")
def release(returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """What is released from them; the audit is not what is tested here."""
    home = tmp_path_factory.mktemp("home")
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        fetch_folder(returns, home / "landing", catalogue, run_id="run", max_file_mb=50)
        read_landed(
            home / "landing",
            home / "lake",
            catalogue,
            load_definitions(),
            run_id="run",
            limits=Limits(workers=2, timeout_seconds=120, memory_mb=1024),
        )
    recipe = tiny_build_of_this_run(tmp_path_factory).recipe
    built = recipe.rebuild(home / "lake", home)
    write_first_history(built.path, home / "releases")
    write_quality(home / "quality")
    return release_marts(
        built.path,
        home / "quality",
        home / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=datetime(2026, 6, 9, tzinfo=UTC),
    )


def _number_in(returns: Path, cell: Cell) -> float:
    """Open the file with calamine, as anybody could, and read the one cell."""
    sheet = CalamineWorkbook.from_path(str(returns / cell.file_name)).get_sheet_by_name(cell.sheet)
    letters = cell.cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    rows = sheet.to_python(skip_empty_area=False)
    return float(rows[int(cell.cell[len(letters) :]) - 1][column - 1])


def _sum_of_cells(returns: Path, found: Trace) -> float:
    total = 0.0
    for cell in cells(found.parts):
        number = _number_in(returns, cell)
        assert float(cell.raw_text.replace(",", "")) == number
        total += number
    return total


@pytest.mark.parametrize(
    ("metric", "area", "period", "count", "return_id"),
    [
        ("delayed_days", "E10000003", "2015-06", 1, "delayed_transfers_la"),
        ("delayed_days_social_care", "E10000003", "2015-06", 1, "delayed_transfers_la"),
        ("delayed_days", "E10000003", "2015-16 Q1", 3, "delayed_transfers_la"),
        ("delayed_days", "E92000001", "2015-16", 12, "delayed_transfers_england"),
        ("nonelective_admissions", "E92000001", "2015-06", 1, "monthly_activity_commissioner"),
    ],
)
def test_the_named_cells_hold_the_figure(
    release: Release,
    returns: Path,
    metric: str,
    area: str,
    period: str,
    count: int,
    return_id: str,
) -> None:
    """Given a release of publishers' files
    When a figure is traced and the named cells are read from the files
    Then they hold the raw texts, and add up to the figure.
    """
    found = trace(release, metric, area, period)

    assert _sum_of_cells(returns, found) == found.value
    named = list(cells(found.parts))
    assert len(named) == count
    assert {cell.return_id for cell in named} == {return_id}


def test_a_ratio_leads_to_the_cells_of_its_numerator(release: Release, returns: Path) -> None:
    """Given beds per calendar day for a year
    When they are traced
    Then the cells add up to the delayed days, and the text says what was done with them.
    """
    found = trace(release, "delayed_transfer_beds", "E92000001", "2015-16")

    assert found.value == _sum_of_cells(returns, found) / 366
    assert "divided by calendar days" in render_trace(found)
