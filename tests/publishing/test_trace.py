"""Trace: from a figure to its cells, and what is said when there is no such figure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from publishing.pointer import Release
from publishing.release import release_marts
from publishing.trace import (
    BrokenLineageError,
    Cell,
    Figure,
    Source,
    TraceError,
    cells,
    latest_period,
    render_trace,
    trace,
    trace_as_json,
)
from tests.publishing.few_marts import write_quality

COUNCIL = "E10000003"


def _released(candidate: Path, quality: Path, now: datetime) -> Release:
    return release_marts(
        candidate,
        quality,
        candidate.parent / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


def _broken(candidate: Path, quality: Path, now: datetime, statement: str) -> Release:
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(statement)
    return _released(candidate, quality, now)


def test_a_month_leads_to_its_cell(small_release: Release) -> None:
    """Given a month's figure read from one cell
    When it is traced
    Then the trace has the file, its sha256, the sheet, the cell, the raw text and the return.
    """
    found = trace(small_release, "delayed_days", COUNCIL, "2015-06")

    assert found.value == 1006
    assert found.area_name == "Cambridgeshire"
    assert found.period_name == "June 2015"
    (cell,) = found.parts
    assert isinstance(cell, Cell)
    assert (cell.file_name, cell.sheet) == ("folder/June.xls", "LA - by responsible org")
    assert (cell.cell, cell.raw_text) == ("F23", "1,006")
    assert (cell.return_id, str(cell.published_on)) == ("a_return", "2015-08-13")
    assert len(cell.source_sha256) == 64


def test_a_quarter_leads_through_its_months(small_release: Release) -> None:
    """Given a quarter that sums three months
    When it is traced
    Then its parts are the months in order, each with its own cell, and they add up.
    """
    found = trace(small_release, "delayed_days", COUNCIL, "2015-16 Q1")

    months = [part for part in found.parts if isinstance(part, Figure)]
    assert [month.name for month in months] == [
        "Delayed days, April 2015",
        "Delayed days, May 2015",
        "Delayed days, June 2015",
    ]
    assert sum(month.value or 0 for month in months) == found.value
    assert [cell.cell for cell in cells(found.parts)] == ["D23", "E23", "F23"]


def test_a_trace_reads_as_plain_text(small_release: Release) -> None:
    """Given a month's figure
    When its trace is rendered
    Then every step is there in words, without colour codes, and nothing that is not known.
    """
    text = render_trace(trace(small_release, "delayed_days", COUNCIL, "2015-06"))

    assert text.startswith("Delayed days, Cambridgeshire (E10000003), June 2015: 1,006 days\n")
    assert '  cell F23 of sheet "LA - by responsible org" says "1,006"' in text
    assert "    file    folder/June.xls (a_return, published 2015-08-13)" in text
    assert "definition  Days of delay of all patients." in text
    assert small_release.id in text
    assert "\x1b" not in text
    assert "None" not in text
    assert "SYNTHETIC" not in text


def test_a_gap_is_traced_as_a_gap(small_release: Release) -> None:
    """Given a year that is missing because months are
    When it is traced
    Then its status is shown where the figure would be.
    """
    text = render_trace(trace(small_release, "delayed_days", "E92000001", "2016-17"))

    assert "2016-17: missing\n" in text
    assert "nothing: no file gave it" in text


def test_a_trace_as_json_says_the_same(small_release: Release) -> None:
    """Given a quarter's figure
    When its trace is given as JSON
    Then it nests as the trace does, with ISO dates.
    """
    document = json.loads(
        trace_as_json(trace(small_release, "delayed_days", COUNCIL, "2015-16 Q1"))
    )

    assert document["period_start"] == "2015-04-01"
    assert document["parts"][2]["parts"][0]["cell"] == "F23"


def test_synthetic_figures_say_so(build: Callable[..., Path], quality: Path, now: datetime) -> None:
    """Given a release of demonstration files
    When a figure is traced
    Then SYNTHETIC stands first, and at the file.
    """
    synthetic = _released(build("synthetic.duckdb", synthetic=True), quality, now)

    text = render_trace(trace(synthetic, "delayed_days", COUNCIL, "2015-06"))
    assert text.startswith("SYNTHETIC")
    assert "published 2015-08-13, SYNTHETIC)" in text


RATE = f"""
    INSERT INTO marts.area BY NAME SELECT 'E06000058' AS area_code, 'Newer' AS name;
    UPDATE marts.metric_value SET boundary = 'current', area_code = 'E06000058'
      WHERE lineage_id = 'quarter';
    UPDATE marts.metric_value SET numerator = 3015, denominator = 650000.5,
      denominator_id = 'E10000003 2015 all', apportioned_share = 0.25, parts = 4, parts_missing = 1
      WHERE lineage_id = 'quarter';
    UPDATE marts.lineage SET operation = 'apportioned 0.1234567891 (derived)'
      WHERE child_lineage_id = 'month-4';
    UPDATE marts.lineage SET part_kind = 'source', source_sha256 = NULL, operation = 'stated',
      raw_text = 'A yearbook, table 3' WHERE lineage_id = 'month-6';
    INSERT INTO marts.lineage BY NAME SELECT 'quarter' AS lineage_id, 4 AS part,
      'figure' AS part_kind, 'people' AS child_lineage_id, 'population' AS operation;
    INSERT INTO marts.lineage BY NAME SELECT 'people' AS lineage_id, * EXCLUDE lineage_id
      FROM marts.lineage WHERE lineage_id = 'month-5';
    INSERT INTO marts.population BY NAME SELECT 'E10000003 2015 all' AS population_id,
      '{COUNCIL}' AS area_code, 2015 AS mid_year, 'all' AS age_band, 650000.5 AS population,
      'estimated' AS value_status, 'interpolated' AS basis, 'people' AS lineage_id;
"""  # noqa: S608


@pytest.fixture(scope="module")
def rate(
    built: Callable[[float, bool], Path], tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> Release:
    """A release with a rate on today's boundaries, of a part of another area."""
    folder = tmp_path_factory.mktemp("rate")
    candidate = folder / "candidate.duckdb"
    candidate.write_bytes(built(0, False).read_bytes())
    write_quality(folder / "quality")
    return _broken(candidate, folder / "quality", now, RATE)


def test_a_rate_shows_its_denominator_and_its_parts_their_areas(rate: Release) -> None:
    """Given a rate with an apportioned part, a population and a publication that is no file
    When it is traced
    Then each is named, with area, weight, basis, value and source.
    """
    found = trace(rate, "delayed_days", "E06000058", "2015-16 Q1", "current")

    assert (found.numerator, found.denominator, found.segment) == (3015, 650000.5, "2010-2020")
    assert (found.apportioned_share, found.parts_needed, found.parts_missing) == (0.25, 4, 1)
    assert found.population is not None
    assert found.population.population_id == found.denominator_id == "E10000003 2015 all"
    assert (found.population.value, found.population.basis) == (650000.5, "interpolated")
    months = [part for part in found.parts if isinstance(part, Figure)]
    assert (months[0].weight, months[0].weight_basis) == (0.1234567891, "derived")
    assert (months[0].area_code, months[0].area_name) == (COUNCIL, "Cambridgeshire")
    assert (months[1].weight, months[3].name) == (None, "Population, all, mid-2015")
    assert months[2].parts == (Source("A yearbook, table 3", "stated"),)

    text = render_trace(found)
    assert "April 2015, Cambridgeshire (E10000003): 1,004 days  (apportioned 0.1234567891" in text
    assert "parts       4 published, 1 without a value; 25.0% of the figure was apportioned" in text
    assert "E10000003 2015 all: 650,000.5 people; interpolated" in text
    assert "segment     2010-2020" in text
    assert "A yearbook, table 3  (stated)" in text
    document = json.loads(trace_as_json(found))
    assert document["population"]["value_status"] == "estimated"
    assert document["parts"][0]["area_name"] == "Cambridgeshire"
    assert document["denominator_id"] == "E10000003 2015 all"


def test_the_other_boundary_is_named(rate: Release) -> None:
    """Given a figure on today's boundaries only
    When it is asked for as reported
    Then the error says where it is.
    """
    with pytest.raises(TraceError, match="Q1 2015-16 is there with --boundary current"):
        trace(rate, "delayed_days", "E06000058", "2015-16 Q1")


def test_the_period_to_suggest_is_one_that_is_there(small_release: Release) -> None:
    """Given a release, then the latest year with a figure is suggested, or the latest month."""
    year = latest_period(small_release, "delayed_days", "E92000001")
    assert year is not None
    assert year.typed == "2015-16"
    quarter = latest_period(small_release, "delayed_days", COUNCIL)
    assert quarter is not None
    assert quarter.typed == "Q1 2015-16"
    assert latest_period(small_release, "delayed_days", "E38000001") is None


@pytest.mark.parametrize(
    ("metric", "area", "period", "said"),
    [
        ("delayed_dayz", COUNCIL, "2015-06", "no metric 'delayed_dayz': there is delayed_days"),
        ("beds", COUNCIL, "2015-06", "there is delayed_days, nonelective_admissions"),
        ("delayed_days", "E10000033", "2015-06", "E10000003 (Cambridgeshire)"),
        ("delayed_days", "cambridgeshire", "2015-06", "E10000003 (Cambridgeshire)"),
        ("delayed_days", "Atlantis", "2015-06", "nearest: none like it"),
        ("delayed_days", "E38000001", "2015-06", "given for no period of E38000001"),
        ("delayed_days", COUNCIL, "2016-01", "nothing for 2016-01; nearest: 2015-04, 2015-05"),
        ("delayed_days", COUNCIL, "2015-16", "given by month, quarter only"),
        ("delayed_days", "E92000001", "2012-13", "nearest: 2014-15, 2015-16, 2016-17"),
        ("delayed_days", COUNCIL, "soon", "write 2015-06"),
    ],
)
def test_what_is_unknown_is_said_with_what_is_near(
    small_release: Release, metric: str, area: str, period: str, said: str
) -> None:
    """Given a metric, area or period that the release does not have
    When it is traced
    Then the error names it, and the nearest that exist.
    """
    with pytest.raises(TraceError) as error:
        trace(small_release, metric, area, period)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM marts.lineage WHERE lineage_id = 'quarter'", "nothing stands behind"),
        ("DELETE FROM marts.lineage WHERE lineage_id = 'month-5'", "ends at month-5"),
        (
            "UPDATE marts.lineage SET part_kind = 'figure', child_lineage_id = 'quarter' "
            "WHERE lineage_id = 'month-5'",
            "back to itself",
        ),
        ("UPDATE marts.lineage SET source_sha256 = 'gone'", "no file"),
    ],
)
def test_a_way_back_that_is_broken_is_said(
    candidate: Path, quality: Path, now: datetime, statement: str, said: str
) -> None:
    """Given marts whose lineage lacks a part, goes round in a circle, or names no file
    When a figure is traced
    Then that is an error, and no half of a trace.
    """
    release = _broken(candidate, quality, now, statement)

    with pytest.raises(BrokenLineageError, match=said):
        trace(release, "delayed_days", COUNCIL, "2015-16 Q1")


def test_a_month_that_could_be_a_year_is_noted(
    candidate: Path, quality: Path, now: datetime
) -> None:
    """Given a figure for December 2011
    When 2011-12 is asked for
    Then it is read as the month, and the text says how the financial year is written.
    """
    moved = (
        "UPDATE marts.metric_value SET period_start = '2011-12-01', period_end = '2011-12-31' "
        "WHERE lineage_id = 'month-6'"
    )
    release = _broken(candidate, quality, now, moved)

    text = render_trace(trace(release, "delayed_days", COUNCIL, "2011-12"))
    assert "December 2011" in text
    assert "the financial year is 2011/12" in text
