"""The written files add up, say what they are, and are the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demonstration import write_demonstration
from demonstration.figures import MonthFigures
from demonstration.files import write_csv
from demonstration.generate import HERE, file_months
from demonstration.layout import MARKER, FileView, sheet_cells
from demonstration.months import month_words, months_between
from demonstration.spec import read_return

Grid = list[list[object]]
Read = Callable[[str], dict[str, Grid]]
APRIL = date(2014, 4, 1)
TWO_YEARS = [f"{m:%Y-%m}" for m in months_between(APRIL, date(2016, 3, 1))]
OTHERS = ["2011-04", "2013-04", "2017-04", "2018-01", "2018-11", "2019-04", "2019-05"]


def number(cell: object) -> float:
    """Read a figure: a dash is a nought."""
    return float(cell) if isinstance(cell, (int, float)) else 0.0


def figures(row: list[object], first: int, last: int) -> list[float]:
    """Read the figures of some columns."""
    return [number(cell) for cell in row[first:last]]


def test_every_layout_is_written(demonstration: Path) -> None:
    """Given the returns. When the defaults are written. Then each era has its first month."""
    for path in sorted((HERE / "returns").glob("*.yml")):
        spec = read_return(path)
        written = {file.name for file in (demonstration / spec.id).iterdir()}
        assert all(any(f"{m:%Y-%m}" in n for n in written) for m in spec.eras.values()) or (
            spec.files.each == "series" and len(written) == 1
        )
    assert 50 <= len(list(demonstration.rglob("*.xlsx"))) <= 65


def test_every_sheet_and_file_says_synthetic(demonstration: Path) -> None:
    """Given every file. When its name and first rows are read. Then each sheet says so."""
    for path in demonstration.rglob("*.*"):
        assert path.name.startswith("SYNTHETIC")
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            top = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)[:5]
            cells = [cell for row in top for cell in row]
            assert any(str(cell).startswith("SYNTHETIC") for cell in cells), (path.name, name)


@pytest.mark.parametrize("month", [*TWO_YEARS, *OTHERS])
def test_councils_add_up_to_england_and_components_to_totals(sheets: Read, month: str) -> None:
    """Given a council file. When its sheets are summed. Then every total is met."""
    totals = set()
    for name, grid in sheets(f"LA-Type-B_{month}").items():
        if not name.startswith("LA - by"):
            continue
        header = grid[13]
        first = header.index("Name") + 1
        last = next(i for i, h in enumerate(header) if str(h).upper() == "TOTAL") + 1
        england = figures(grid[14], first, last)
        councils = [figures(row, first, last) for row in grid[16:170] if row[first - 1]]
        assert len(councils) == (153 if month >= "2019-05" else 154)
        assert [sum(column) for column in zip(*councils, strict=True)] == england
        assert all(sum(row[:-1]) == row[-1] for row in [england, *councils])
        totals.add(england[-1])
    england_sheet = sheets(f"LA-Type-B_{month}")["England"]
    totals.add(sum(sum(figures(row, 3, 6)) for row in england_sheet[14:16]))
    totals.add(sum(sum(figures(row, 3, 6)) for row in england_sheet[17:]))
    assert len(totals) == 1


def test_beds_are_days_divided_by_the_days_of_the_month(sheets: Read) -> None:
    """Given April 2017. When the second block is read. Then it is the first over thirty."""
    grid = sheets("LA-Type-B_2017-04")["LA - by responsible org"]
    for row in [grid[14], *grid[16:]]:
        days, beds = figures(row, 5, 9), figures(row, 10, 14)
        assert beds == pytest.approx([value / 30 for value in days])


@pytest.mark.parametrize("month", [*TWO_YEARS, "2012-04", "2012-05", "2013-04", "2018-09"])
def test_commissioners_add_up_to_parents_and_england(sheets: Read, month: str) -> None:
    """Given an activity file. When commissioners and parents are summed. Then all agree."""
    commissioners, parents = list(sheets(f"MAR_Comm_{month}").values())[:2]
    england = figures(commissioners[14], 7, 21)
    rows = [row for row in commissioners[16:] if row[5]]
    assert [sum(c) for c in zip(*(figures(r, 7, 21) for r in rows), strict=True)] == england
    assert figures(parents[14], 5, 19) == england
    for parent in (row for row in parents[16:] if row[3]):
        own = [figures(r, 7, 21) for r in rows if (r[3] or r[5]) == parent[3]]
        assert [sum(c) for c in zip(*own, strict=True)] == figures(parent, 5, 19)
    for row in rows:
        ordinary, daycase, total = figures(row, 7, 10)
        assert ordinary + daycase == total


def series_totals(sheets: Read) -> dict[str, dict[tuple[object, object], float]]:
    """Give the England series' totals by sheet and (year, month)."""
    found: dict[str, dict[tuple[object, object], float]] = {}
    for name, grid in sheets("DTOC-England-timeseries_Aug10-Feb20").items():
        at = next(i for i, row in enumerate(grid) if row[1] == "Year")
        rows = [row for row in grid[at + 1 :] if len(str(row[1])) == 7 and row[2]]
        upper = grid[at] if "Total" in grid[at] else grid[at - 2]
        column = upper.index("Total")
        for row in rows:
            assert sum(figures(row, 3, column)) == number(row[column])
        found[name] = {(row[1], row[2]): number(row[column]) for row in rows}
    return found


def test_the_england_series_agrees_with_itself_and_the_council_files(sheets: Read) -> None:
    """Given the series. When compared with council files. Then all agree, 2019 nearly."""
    totals = series_totals(sheets)
    by_type = totals["Delayed Days by type"]
    assert len(by_type) == 115
    assert all(other == by_type for other in totals.values())
    for month in [*TWO_YEARS, *OTHERS]:
        words = month_words(date.fromisoformat(f"{month}-01"))
        in_series = by_type[words["financial_year"], words["month"]]
        in_file = number(sheets(f"LA-Type-B_{month}")["LA - by reason"][14][-1])
        assert (in_series != in_file) == (month >= "2019-04")
        assert in_series == pytest.approx(in_file, rel=0.01)


@pytest.mark.parametrize(("year", "published"), [("2014-15", 1_624_977), ("2015-16", 1_809_587)])
def test_delayed_days_are_near_the_published_year(sheets: Read, year: str, published: int) -> None:
    """Given a year. When its months are summed. Then it is near the published total, not it."""
    months = series_totals(sheets)["Delayed Days by type"]
    total = sum(value for (of, _), value in months.items() if of == year)
    assert total == pytest.approx(published, rel=0.02)
    assert total != published


@pytest.mark.parametrize(("year", "published"), [(2014, 5_691_577), (2015, 5_885_604)])
def test_admissions_are_near_the_published_year(sheets: Read, year: int, published: int) -> None:
    """Given a year. When its months are summed. Then it is near the published total, not it."""
    months = months_between(date(year, 4, 1), date(year + 1, 3, 1))
    rows = [sheets(f"MAR_Comm_{month:%Y-%m}")["Commissioner"][14] for month in months]
    total = sum(number(row[14]) for row in rows)
    assert total == pytest.approx(published, rel=0.02)
    assert total != published


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    """Given one month. When written twice with a seed, once with another. Then as promised.

    A board's own workbooks are written out, so that a plan and its outturn always belong together.
    """
    runs = []
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        paths = write_demonstration(tmp_path / name, seed=seed, first=APRIL, last=APRIL)
        runs.append({path.name: path.read_bytes() for path in paths})
    assert runs[0] == runs[1]
    assert runs[0].keys() == runs[2].keys()
    alike = {name for name in runs[0] if runs[0][name] == runs[2][name]}
    assert {name.split("-")[1].split("_")[0] for name in alike} == {"Derby"}


def test_progress_is_reported(tmp_path: Path) -> None:
    """Given a report. When files are written. Then it ends with all of them."""
    calls: list[tuple[str, int, int]] = []
    written = write_demonstration(
        tmp_path, first=APRIL, last=APRIL, report=lambda *call: calls.append(call)
    )
    assert calls[0][1:] == (0, len(written))
    assert calls[-1][1:] == (len(written), len(written))


def test_months_that_end_before_they_begin_are_refused(tmp_path: Path) -> None:
    """Given a last month before the first. When written. Then ValueError and no file."""
    with pytest.raises(ValueError, match="before first month"):
        write_demonstration(tmp_path, first=date(2015, 1, 1), last=APRIL)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("each", "files"), [("quarter", 2), ("financial_year", 1), ("series", 1)])
def test_files_may_hold_more_than_a_month(each: str, files: int) -> None:
    """Given a return by quarter, year or whole. When six months are asked. Then whole files."""
    spec = read_return(HERE / "returns" / "delayed_transfers_la.yml")
    whole = spec.model_copy(
        update={"files": spec.files.model_copy(update={"each": each}), "eras": {}, "also": ()}
    )
    groups = file_months(whole, date(2015, 4, 1), date(2015, 9, 1))
    assert len(groups) == files
    assert len(groups[0]) == {"quarter": 3, "financial_year": 12, "series": 115}[each]


def test_a_sheet_can_be_written_as_csv(tmp_path: Path) -> None:
    """Given cells with gaps. When written as CSV. Then blank rows and columns are kept."""
    path = tmp_path / "SYNTHETIC_x.csv"
    write_csv(path, {(0, 1): MARKER, (2, 0): "Code", (2, 2): 5}, "utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == [f",{MARKER},", ",,", "Code,,5"]


def no_figures(month: date) -> MonthFigures:
    """A sheet without a table asks for no figures."""
    raise AssertionError(month)


def test_a_marker_never_hides_a_cell() -> None:
    """Given a marker where the title stands. When laid out. Then ValueError, not a lost cell."""
    spec = read_return(HERE / "returns" / "delayed_transfers_england.yml")
    sheet = spec.sheets[0].model_copy(update={"marker": "B2", "table": None})
    view = FileView((APRIL,), {"period": "", "published": ""}, no_figures)
    with pytest.raises(ValueError, match="B2 is taken"):
        sheet_cells(spec, sheet, view)
