"""Demonstration returns written once for the tests of this folder, and readers for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demonstration import write_demonstration

Grid = list[list[object]]
REAL_RETURNS = Path(__file__).resolve().parents[3] / "shared" / "returns"


@cache
def read_sheets(path: Path) -> dict[str, Grid]:
    """Every sheet of a workbook by name, empty rows and columns kept."""
    workbook = CalamineWorkbook.from_path(str(path))
    return {
        name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in workbook.sheet_names
    }


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default demonstration returns."""
    folder = tmp_path_factory.mktemp("demonstration")
    write_demonstration(folder)
    return folder


@pytest.fixture(scope="session")
def sheets(demonstration: Path) -> Callable[[str], dict[str, Grid]]:
    """Read a demonstration file by the end of its name, `LA-Type-B_2015-07`."""

    def read(name: str) -> dict[str, Grid]:
        (path,) = demonstration.rglob(f"SYNTHETIC_{name}.xlsx")
        return read_sheets(path)

    return read


@pytest.fixture(scope="session")
def real() -> Callable[[str], dict[str, Grid]]:
    """Read a publisher's file by pattern; skip where the folder is absent."""

    def read(pattern: str) -> dict[str, Grid]:
        found = sorted(REAL_RETURNS.glob(pattern))
        if not found:
            pytest.skip(f"the publishers' files are not here: {pattern}")
        return read_sheets(found[0])

    return read
