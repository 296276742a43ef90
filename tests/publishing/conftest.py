"""A small candidate with every promised mart, built with DuckDB alone."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.pointer import Release
from publishing.release import release_marts

ENGLAND = "E92000001"
FINGERPRINT = "00c0ffee" * 8
COUNCIL = "E10000003"
FILE_SHA = hashlib.sha256(b"a council file").hexdigest()

SHAPES = {
    "metric": "metric_id VARCHAR NOT NULL, title VARCHAR, definition VARCHAR, numerator VARCHAR, "
    "denominator VARCHAR, unit VARCHAR, multiplier DOUBLE, polarity VARCHAR, period_type VARCHAR, "
    "rounding VARCHAR, interval_method VARCHAR, source_returns VARCHAR, caveats VARCHAR",
    "metric_value": "metric_id VARCHAR NOT NULL, area_code VARCHAR NOT NULL, boundary VARCHAR, "
    "period_type VARCHAR, period_start DATE, period_end DATE, value DOUBLE, lower DOUBLE, "
    "upper DOUBLE, numerator DOUBLE, denominator DOUBLE, denominator_id VARCHAR, unit VARCHAR, "
    "value_status VARCHAR, maturity VARCHAR, segment VARCHAR, apportioned_share DOUBLE, "
    "parts BIGINT, parts_missing BIGINT, is_partial BOOLEAN, published_on DATE, "
    "lineage_id VARCHAR",
    "metric_plan": "metric_id VARCHAR, area_code VARCHAR, period_type VARCHAR, period_start DATE, "
    "period_end DATE, plan_version VARCHAR, basis VARCHAR, value DOUBLE, step DOUBLE, "
    "unit VARCHAR, source VARCHAR, claim_id VARCHAR, is_synthetic BOOLEAN, lineage_id VARCHAR",
    "bcf_outturn": "area_code VARCHAR, measure VARCHAR, cost_over_plan DOUBLE",
    "bcf_money": "area_code VARCHAR, period_start DATE, value DOUBLE",
    "deflator": "deflator_id VARCHAR, period_start DATE, index_value DOUBLE",
    "spending_change": "claim_id VARCHAR, area_code VARCHAR, real_change_percent DOUBLE",
    "area": "area_code VARCHAR NOT NULL, area_type VARCHAR, name VARCHAR, nhs_code VARCHAR, "
    "parent_code VARCHAR, valid_from DATE, valid_to DATE, basis VARCHAR",
    "area_link": "link_kind VARCHAR, from_area_code VARCHAR, to_area_code VARCHAR, "
    "valid_from DATE, valid_to DATE, weight DOUBLE, basis VARCHAR, source VARCHAR",
    "population": "population_id VARCHAR, area_code VARCHAR, mid_year INTEGER, age_band VARCHAR, "
    "population DOUBLE, value_status VARCHAR, basis VARCHAR, lineage_id VARCHAR",
    "england_route": "metric_id VARCHAR, period_start DATE, route VARCHAR, value DOUBLE, "
    "released_value DOUBLE, difference DOUBLE, explanation VARCHAR",
    "period": "period_type VARCHAR, period_start DATE, period_end DATE, name VARCHAR, "
    "financial_year VARCHAR, calendar_days INTEGER",
    "delayed_days": "area_code VARCHAR, period_start DATE, period_end DATE, split VARCHAR, "
    "responsible_body VARCHAR, care_type VARCHAR, reason VARCHAR, delayed_days DOUBLE, "
    "value_status VARCHAR, published_on DATE, lineage_id VARCHAR",
    "claim": "claim_id VARCHAR, source VARCHAR, claim VARCHAR, kind VARCHAR, "
    "programme_id VARCHAR, basis VARCHAR, metric_id VARCHAR, "
    "area_code VARCHAR, period VARCHAR, base_period VARCHAR, comparison VARCHAR, "
    "published_value DOUBLE, published_unit VARCHAR, published_precision DOUBLE, "
    "computed_value DOUBLE, computed_lower DOUBLE, computed_upper DOUBLE, verdict VARCHAR, "
    "why VARCHAR, open_figure DOUBLE, restates_claim_id VARCHAR, is_synthetic BOOLEAN, "
    "lineage_id VARCHAR",
    "programme": "programme_id VARCHAR, title VARCHAR",
    "commitment": "commitment_id VARCHAR, programme_id VARCHAR, status VARCHAR",
    "reconciliation": "figure_id VARCHAR, kind VARCHAR, verdict VARCHAR",
    "source_file": "source_sha256 VARCHAR NOT NULL, file_name VARCHAR, bytes BIGINT, "
    "state VARCHAR, return_id VARCHAR, layout_id VARCHAR, period_start DATE, period_end DATE, "
    "first_published_on DATE, revised_on DATE, published_on DATE, publisher_status VARCHAR, "
    "is_synthetic BOOLEAN, is_current_vintage BOOLEAN, observations BIGINT, reason VARCHAR, "
    "sheet VARCHAR, cell VARCHAR, url VARCHAR, landing_page VARCHAR, fetched_at TIMESTAMP",
    "revision": "return_id VARCHAR, old_source_sha256 VARCHAR, new_source_sha256 VARCHAR",
    "lineage": "lineage_id VARCHAR NOT NULL, part INTEGER, part_kind VARCHAR, "
    "child_lineage_id VARCHAR, source_sha256 VARCHAR, source_sheet VARCHAR, source_row INTEGER, "
    "source_column VARCHAR, raw_text VARCHAR, operation VARCHAR",
    "control_limit": "metric_id VARCHAR, area_code VARCHAR, boundary VARCHAR, period_start DATE, "
    "value DOUBLE, mean DOUBLE, lower_limit DOUBLE, upper_limit DOUBLE, signals VARCHAR",
    "peer_feature": "vintage VARCHAR, area_code VARCHAR, feature VARCHAR, value DOUBLE",
    "peer": "vintage VARCHAR, area_code VARCHAR, peer_code VARCHAR, peer_rank INTEGER",
    "release_change": "metric_id VARCHAR, area_code VARCHAR, change VARCHAR",
    "scorecard": "metric_id VARCHAR, area_code VARCHAR, period_type VARCHAR, period_start DATE, "
    "value DOUBLE, peer_median DOUBLE",
}

Builder = Callable[..., Path]


@pytest.fixture(scope="session")
def now() -> datetime:
    """A time of release in summer, when London is not at UTC."""
    return datetime(2026, 6, 9, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def quality(tmp_path: Path) -> Path:
    """The results of an audit that passed."""
    return _passed(tmp_path / "quality")


def _passed(folder: Path) -> Path:
    from tests.publishing.few_marts import write_quality  # which takes the shapes from here

    return write_quality(folder)


@pytest.fixture(scope="session")
def small_release(
    built: Callable[[float, bool], Path], tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> Release:
    """A release of the small candidate, for tests that only read it."""
    folder = tmp_path_factory.mktemp("small")
    return release_marts(
        built(0, False),
        _passed(folder / "quality"),
        folder / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float, bool], Path]:
    """Give a function that builds each different candidate once; it must not be changed."""
    folder = tmp_path_factory.mktemp("candidates")

    def once(added: float, synthetic: bool) -> Path:
        path = folder / f"{added}-{synthetic}.duckdb"
        if not path.exists():
            with duckdb.connect(str(path)) as connection:
                connection.begin()
                _create(connection)
                _fill(connection, added, synthetic)
                connection.commit()
        return path

    return once


@pytest.fixture
def build(tmp_path: Path, built: Callable[[float, bool], Path]) -> Builder:
    """Give a function that puts a candidate in the test's folder; `added` shifts every figure."""

    def copied(
        name: str = "candidate.duckdb", *, added: float = 0, synthetic: bool = False
    ) -> Path:
        return Path(shutil.copyfile(built(added, synthetic), tmp_path / name))

    return copied


@pytest.fixture
def candidate(build: Builder) -> Path:
    """Give one candidate of real-looking figures."""
    return build()


@pytest.fixture
def call(candidate: Path, quality: Path, tmp_path: Path, now: datetime) -> dict[str, Any]:
    """The arguments of one release."""
    return {
        "candidate": candidate,
        "quality": quality,
        "releases": tmp_path / "releases",
        "inputs_fingerprint": FINGERPRINT,
        "run_id": "run-1",
        "now": now,
    }


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA marts")
    connection.execute("CREATE SCHEMA staging")
    connection.execute("CREATE TABLE staging.scratch AS SELECT 1 AS left_behind")
    for table, shape in SHAPES.items():
        connection.execute(f"CREATE TABLE marts.{table} ({shape})")
        connection.execute(f"COMMENT ON TABLE marts.{table} IS 'One {table}, it''s said'")
    connection.execute("COMMENT ON COLUMN marts.metric_value.value IS 'The figure; unit: unit'")


Row = dict[str, object]


def _fill(connection: duckdb.DuckDBPyConnection, added: float, synthetic: bool) -> None:
    contracts = (
        (
            "delayed_days",
            "Delayed days",
            "Days of delay of all patients.",
            "days",
            "Ended in 2020.",
        ),
        ("nonelective_admissions", "Non-elective admissions", "Unplanned.", "admissions", None),
    )
    keys = ("metric_id", "title", "definition", "unit", "caveats")
    _insert(connection, "metric", *(dict(zip(keys, one, strict=True)) for one in contracts))
    names = ((ENGLAND, "England"), (COUNCIL, "Cambridgeshire"), ("E38000001", "Airedale"))
    _insert(connection, "area", *({"area_code": code, "name": name} for code, name in names))
    _insert(
        connection,
        "source_file",
        {"source_sha256": FILE_SHA, "file_name": "folder/June.xls", "state": "read"}
        | {"return_id": "a_return", "is_synthetic": synthetic, "published_on": date(2015, 8, 13)},
    )
    figures = [*_council_figures(added), *_england_figures(added)]
    _insert(connection, "metric_value", *(figure for figure, _ in figures))
    _insert(connection, "lineage", *(part for _, parts in figures for part in parts))
    _fill_the_rest(connection)


def _council_figures(added: float) -> Iterator[tuple[Row, list[Row]]]:
    """Three months of a council read from cells, and the quarter that sums them."""
    for month, column in ((4, "D"), (5, "E"), (6, "F")):
        start = date(2015, month, 1)
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        figure = _figure("delayed_days", COUNCIL, "month", start, end, 1000 + month + added)
        yield figure | {"lineage_id": f"month-{month}"}, [_cell(f"month-{month}", column, month)]
    figure = _figure(
        "delayed_days", COUNCIL, "quarter", date(2015, 4, 1), date(2015, 6, 30), 3015 + 3 * added
    )
    parts: list[Row] = [
        {"lineage_id": "quarter", "part": part, "part_kind": "figure", "operation": "sum"}
        | {"child_lineage_id": f"month-{part + 3}"}
        for part in (1, 2, 3)
    ]
    yield figure | {"lineage_id": "quarter"}, parts


def _england_figures(added: float) -> Iterator[tuple[Row, list[Row]]]:
    """Two full financial years of two metrics, and for one of them a year with a gap."""
    figures = {
        "delayed_days": {2014: 1624977, 2015: 1809587},
        "nonelective_admissions": {2014: 5691577, 2015: 5885604},
    }
    for metric, years in figures.items():
        for year, value in years.items():
            start, end = date(year, 4, 1), date(year + 1, 3, 31)
            figure = _figure(metric, ENGLAND, "financial_year", start, end, value + added)
            name = f"{metric}-{year}"
            yield figure | {"lineage_id": name}, [_cell(name, "F", year)]
    start, end = date(2016, 4, 1), date(2017, 3, 31)
    figure = _figure("delayed_days", ENGLAND, "financial_year", start, end, None)
    yield figure | {"value_status": "missing"}, []


def _figure(
    metric: str, area: str, period_type: str, start: date, end: date, value: float | None
) -> Row:
    return {
        "metric_id": metric,
        "area_code": area,
        "boundary": "as_reported",
        "period_type": period_type,
        "period_start": start,
        "period_end": end,
        "value": value,
        "unit": "days" if metric == "delayed_days" else "admissions",
        "value_status": "reported",
        "maturity": "final",
        "segment": "2010-2020",
        "published_on": date(2015, 8, 13),
    }


def _cell(lineage_id: str, column: str, last: int) -> Row:
    return {
        "lineage_id": lineage_id,
        "part": 1,
        "part_kind": "cell",
        "source_sha256": FILE_SHA,
        "source_sheet": "LA - by responsible org",
        "source_row": 23,
        "source_column": column,
        "raw_text": f"1,00{last}",
        "operation": "read",
    }


def _fill_the_rest(connection: duckdb.DuckDBPyConnection) -> None:
    plan: Row = {"metric_id": "nonelective_admissions", "value": -106000, "unit": "admissions"}
    _insert(connection, "metric_plan", plan)
    _insert(connection, "bcf_outturn", {"area_code": COUNCIL, "measure": "delayed_days"})
    _insert(connection, "bcf_money", {"area_code": COUNCIL, "value": 1000.0})
    _insert(connection, "period", {"period_type": "month", "period_start": date(2015, 4, 1)})
    _insert(connection, "delayed_days", {"area_code": COUNCIL, "split": "total"})
    _insert(connection, "area_link", {"link_kind": "successor", "weight": 1.0})
    _insert(connection, "population", {"area_code": COUNCIL, "mid_year": 2015, "age_band": "all"})
    _insert(connection, "england_route", {"metric_id": "delayed_days", "route": "england_row"})
    _insert(connection, "peer_feature", {"area_code": COUNCIL, "feature": "log_population"})
    _insert(connection, "scorecard", {"metric_id": "delayed_days", "area_code": COUNCIL})
    verdicts = ("reproduced", "consistent", "not open data")
    bases = ("returns", "arithmetic", "none")
    claims: list[Row] = [
        {"claim_id": f"C{number}", "basis": bases[number], "verdict": verdict}
        | {"claim": f"Said {number}.", "published_value": 7.0, "published_unit": "GBP m"}
        | {"why": "Because.", "is_synthetic": False}
        for number, verdict in enumerate(verdicts)
    ]
    claims[0] |= {
        "claim_id": "C008",
        "period": "2015-16",
        "base_period": "2014-15",
        "computed_value": 184_610.0,
        "published_value": 185_000.0,
        "published_unit": "days",
    }
    _insert(connection, "claim", *claims)
    _insert(connection, "programme", {"programme_id": "better_care_fund"})
    _insert(connection, "commitment", {"commitment_id": "bcf_delayed_days", "status": "missed"})
    figure = {"figure_id": "F001", "kind": "figure", "verdict": "reproduced"}
    _insert(connection, "reconciliation", figure)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: Mapping[str, object]) -> None:
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO marts.{table} ({names}) VALUES ({marks})",  # noqa: S608
            list(row.values()),
        )
