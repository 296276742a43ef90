"""The publishers' own files: the figures and claims that the warehouse has to give."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from ingestion.catalogue import Catalogue
from publishing.pointer import Release
from publishing.trace import cells, trace
from tests.joinedup.conftest import Load

pytestmark = pytest.mark.long


@pytest.fixture
def release(real_release: Release) -> Release:
    """The release of the publishers' files."""
    return real_release


@pytest.fixture
def marts(real_marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The released marts, read-only."""
    return real_marts


def figure(marts: duckdb.DuckDBPyConnection, metric: str, period_type: str, start: str) -> float:
    """Return England's figure."""
    row = marts.execute(
        "select value from metric_value where metric_id = ? and period_type = ?"
        " and period_start = cast(? as date) and area_code = 'E92000001'",
        [metric, period_type, start],
    ).fetchone()
    assert row is not None
    return float(row[0])


def test_the_real_folder_is_released_with_nothing_quarantined(real_load: Load) -> None:
    """Given all real files, when loaded, then the known ones are read and the rest listed."""
    assert real_load.finished.code == 0, real_load.finished.text
    with Catalogue(real_load.home / "catalogue.sqlite") as catalogue:
        states = [reading.state for reading in catalogue.readings().values()]
    assert states.count("read") == 288
    assert states.count("quarantined") == 0


@pytest.mark.parametrize(
    ("metric", "period_type", "start", "expected"),
    [
        ("delayed_days", "financial_year", "2014-04-01", 1_624_977),
        ("delayed_days", "financial_year", "2015-04-01", 1_809_587),
        ("delayed_days", "month", "2014-11-01", 140_949),
        ("delayed_days", "month", "2016-11-01", 193_206),
        ("nonelective_admissions", "financial_year", "2014-04-01", 5_691_577),
        ("nonelective_admissions", "financial_year", "2015-04-01", 5_885_604),
    ],
)
def test_england_has_the_published_figures(
    marts: duckdb.DuckDBPyConnection, metric: str, period_type: str, start: str, expected: int
) -> None:
    """Given the real files, when loaded, then England's figures are the publisher's."""
    assert figure(marts, metric, period_type, start) == expected


@pytest.mark.parametrize(
    ("claim", "published", "computed", "open_figure", "verdict"),
    [
        ("C008", 185_000, 184_610, None, "reproduced"),
        ("C031", 37, pytest.approx(37.075, abs=0.001), None, "reproduced"),
        ("C004", 87_000, None, 194_027, "not open data"),
        ("C011", 146, pytest.approx(146.826, abs=0.001), None, "within rounding"),
        ("C051", 25, 25, None, "reproduced"),
        ("C096", 106_000, -106_000, None, "differs"),
        ("C101", -5.3, None, pytest.approx(-6.72, abs=0.01), "not testable"),
    ],
)
def test_claims_are_judged(
    marts: duckdb.DuckDBPyConnection,
    claim: str,
    published: float,
    computed: float | None,
    open_figure: float | None,
    verdict: str,
) -> None:
    """Given a published claim, when judged, then verdict and figure are as computed, with why."""
    row = marts.execute(
        "select published_value, computed_value, open_figure, verdict, why from claim"
        " where claim_id = ?",
        [claim],
    ).fetchone()
    assert row is not None
    assert row[:4] == (published, computed, open_figure, verdict)
    assert len(row[4]) > 20


def test_published_figures_come_out(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the real files, then every published figure that has to match and is there does."""
    found = dict(
        marts.execute(
            "select verdict, count(*) from reconciliation where must_match group by verdict"
        ).fetchall()
    )
    assert found["reproduced"] >= 106
    assert not {"differs", "no such metric"} & set(found)
    lost = marts.execute(
        "select figure_id from reconciliation "
        "where must_match and is_expected and verdict = 'no figure'"
    ).fetchall()
    assert lost == []


def test_two_reasons_are_found_for_the_growth_of_delays(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the real files, then care at home and nursing homes are the two main reasons."""
    found = marts.execute(
        "select status, status_basis, status_why from commitment "
        "where commitment_id = 'finding_reasons_for_delays'"
    ).fetchall()
    ((status, basis, why),) = found
    assert (status, basis) == ("borne_out", "open returns")
    assert "21394 of people waiting for a package of care at home" in why
    assert "11699 for a nursing home" in why


@pytest.mark.parametrize(
    ("metric", "area", "period"),
    [
        ("delayed_days", "E10000003", "2015-06"),
        ("delayed_days_both", "E06000015", "2018-11"),
        ("delayed_days", "E92000001", "2015-16"),
        ("nonelective_admissions", "E92000001", "2014-15"),
        ("nonelective_admissions", "E38000210", "2015-10"),
        ("delayed_transfer_beds", "E10000003", "2011-12"),
    ],
)
def test_traced_cells_hold_the_figure(
    release: Release, real_returns: Path, metric: str, area: str, period: str
) -> None:
    """Given a figure, when traced, then its cells in the publishers' files add up to it."""
    found = trace(release, metric, area, period)
    total = 0.0
    for part in cells(found.parts):
        held = cell_of(real_returns / part.file_name, part.sheet, part.cell)
        assert part.raw_text in (str(held), str(held).removesuffix(".0"))
        total += 0.0 if held == "-" else float(held)
    days = (found.period_end - found.period_start).days + 1
    assert found.value is not None
    value = found.value * days if metric == "delayed_transfer_beds" else found.value
    assert total == pytest.approx(value)


def cell_of(path: Path, sheet: str, cell: str) -> str | float:
    """Return what a cell of a publisher's workbook holds, read without our own reader."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet)
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    held = rows.to_python(skip_empty_area=False)[int(cell[len(letters) :]) - 1][column - 1]
    assert isinstance(held, str | float)
    return held


def test_councils_and_commissioners_add_up_to_england(marts: duckdb.DuckDBPyConnection) -> None:
    """Given each month before the series' later revisions, then councils (with those outside
    England) and commissioners add up to England exactly, and regions to their councils.
    """
    rows = marts.execute(
        """
        select figure.metric_id, figure.period_start,
               sum(figure.value) filter (area.area_type in
                   (if(figure.metric_id = 'nonelective_admissions', 'commissioner', 'council'),
                    'outside_england')) as areas,
               max(figure.value) filter (area.area_type = 'country') as england,
               sum(figure.value) filter (area.area_type = 'region') as regions,
               sum(figure.value) filter (area.area_type = 'council') as councils
        from metric_value as figure inner join area using (area_code)
        where figure.period_type = 'month' and figure.boundary = 'as_reported'
          and figure.unit in ('days', 'admissions') and figure.period_start < date '2018-11-01'
        group by figure.metric_id, figure.period_start having areas is not null
        """
    ).fetchall()
    assert len(rows) == 72 * 4 + 67
    for metric, start, areas, england, regions, councils in rows:
        assert areas == pytest.approx(england, rel=1e-9), (metric, start)
        assert regions == pytest.approx(councils, rel=1e-9), (metric, start)
