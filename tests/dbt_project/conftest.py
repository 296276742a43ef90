"""A tiny lake, written with polars, and the candidate built from it once a session."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dbt_project.build import PROJECT, BuildResult
from ingestion.definition import load_definitions
from ingestion.lake import write_shapes
from ingestion.record_reader import record_schema
from tests.dbt_project.rebuilt import Recipe, build_and_record
from tests.made_once import made_once

OBSERVATION = {
    **dict.fromkeys(("return_id", "layout_id", "table_id", "period_type"), pl.String),
    **dict.fromkeys(("period_start", "period_end"), pl.Date),
    **dict.fromkeys(
        ("subject_type", "subject_code", "subject_name", "subject_ons_code"), pl.String
    ),
    **dict.fromkeys(("parent_code", "parent_name", "measure", "breakdown"), pl.String),
    "value": pl.Float64,
    **dict.fromkeys(("raw_text", "value_status", "unit"), pl.String),
    "is_control_total": pl.Boolean,
    **dict.fromkeys(("source_sha256", "source_sheet"), pl.String),
    "source_row": pl.Int32,
    "source_column": pl.String,
}
SOURCE_FILE = {
    **dict.fromkeys(("source_sha256", "file_name"), pl.String),
    "bytes": pl.Int64,
    **dict.fromkeys(("state", "return_id", "layout_id", "period_type"), pl.String),
    **dict.fromkeys(
        ("period_start", "period_end", "first_published_on", "revised_on", "published_on"), pl.Date
    ),
    **dict.fromkeys(("publisher_status", "reason", "sheet", "cell"), pl.String),
    "observations": pl.Int64,
    "is_synthetic": pl.Boolean,
    **dict.fromkeys(("definition_fingerprint", "lake_path"), pl.String),
    "landed_seq": pl.Int64,
    "known_on": pl.Date,
    **dict.fromkeys(("known_by", "url", "landing_page"), pl.String),
    "fetched_at": pl.Datetime("us", "UTC"),
}
LANDED_ON = dt.date(2026, 11, 21)
COUNCILS = "delayed_transfers_la"
SERIES = "delayed_transfers_england"
DARLINGTON = "E06000005"
ACTIVITY = "monthly_activity_commissioner"
BODIES = ("nhs", "social_care", "both")
REASONS = ("a", "b", "c", "di", "dii", "e", "f", "g", "h", "i")
SPLITS = {
    "responsible_body": [f"body={body}" for body in BODIES],
    "care_type": ["care_type=acute", "care_type=non_acute"],
    "reason": [f"reason={reason}" for reason in REASONS],
}


@cache
def record_shapes() -> dict[str, pl.Schema]:
    """The columns of each return of records, as the reading step leaves them in every lake."""
    definitions = load_definitions()
    return {name: record_schema(of) for name, of in definitions.items() if of.records}


def month_end(start: dt.date) -> dt.date:
    """The last day of a month."""
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def months(first: str, last: str) -> list[dt.date]:
    """First days of the months from one to another, both counted: `2014-04` to `2015-03`."""
    start, end = (dt.date.fromisoformat(f"{text}-01") for text in (first, last))
    span = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    return [dt.date(n // 12, n % 12 + 1, 1) for n in span]


@dataclass
class Lake:
    """A lake under construction: every `add_…` writes one landed file."""

    root: Path
    files: list[dict[str, Any]] = field(default_factory=list)

    def add(self, return_id: str, rows: list[dict[str, Any]], **about: Any) -> str:
        """Write one file's observations and note it; returns its sha256."""
        sha = f"{len(self.files):064x}"
        path = f"observations/{return_id}/{sha}-0123456789ab.parquet"
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        filled = [
            {"return_id": return_id, "layout_id": "v1", "period_type": "month"}
            | row
            | {"source_sha256": sha, "source_row": number + 14, "source_column": "F"}
            for number, row in enumerate(rows)
        ]
        pl.DataFrame(filled, schema=OBSERVATION).write_parquet(self.root / path)
        self.note(
            sha,
            return_id=return_id,
            observations=len(rows),
            lake_path=path,
            period_start=min(row["period_start"] for row in rows),
            period_end=max(row["period_end"] for row in rows),
            **about,
        )
        return sha

    def add_councils(self, start: dt.date, days: dict[str, int]) -> str:
        """Write a month's delayed days by council, published when the month was over."""
        return self.add(COUNCILS, council_file(start, days), first=month_end(start))

    def add_admissions(self, start: dt.date, admissions: dict[str, int]) -> str:
        """Write a month's admissions by commissioner, published when the month was over."""
        return self.add(ACTIVITY, activity_file(start, admissions), first=month_end(start))

    def note(self, sha: str, **about: Any) -> None:
        """Note a landed file in the register."""
        first, revised = about.pop("first", None), about.pop("revised", None)
        self.files.append(
            {
                "source_sha256": sha,
                "file_name": f"{sha[-4:]}.xls",
                "bytes": 1000,
                "state": "read",
                "layout_id": "v1",
                "period_type": "month",
                "first_published_on": first,
                "revised_on": revised,
                "published_on": revised or first,
                "observations": 0,
                "is_synthetic": False,
                "landed_seq": len(self.files) + 1,
                "known_on": revised or first or LANDED_ON,
                "known_by": "file" if revised or first else "landing",
            }
            | about
        )

    def close(self) -> Path:
        """Write the register of landed files."""
        self.root.mkdir(parents=True, exist_ok=True)
        register = pl.DataFrame(self.files, schema=SOURCE_FILE)
        register.write_parquet(self.root / "source_file.parquet")
        write_shapes(self.root, record_shapes())
        return self.root


def figure(
    table: str, start: dt.date, measure: str, breakdown: str, value: float | None, **about: Any
) -> dict[str, Any]:
    """One observation; a null value is missing unless a status is given."""
    return {
        "table_id": table,
        "period_start": start,
        "period_end": month_end(start),
        "measure": measure,
        "breakdown": breakdown,
        "value": value,
        "raw_text": "" if value is None else str(value),
        "value_status": "missing" if value is None else "reported",
        "unit": "days",
        "is_control_total": False,
        "source_sheet": table,
    } | about


def split_days(start: dt.date, parts: dict[str, float], **about: Any) -> list[dict[str, Any]]:
    """The three tables of one subject and month; `parts` are its days by responsible body."""
    total = sum(parts.values())
    values = {
        "responsible_body": list(parts.values()),
        "care_type": [total - 1, 1],
        "reason": [total - 9, *[1] * 9],
    }
    return [
        figure(table, start, "delayed_days", breakdown, value, **about)
        for table, members in SPLITS.items()
        for breakdown, value in [*zip(members, values[table], strict=True), ("", total)]
    ]


def council_file(start: dt.date, days: dict[str, int], *, more: int = 0) -> list[dict[str, Any]]:
    """A month file by council: `days` by NHS code, shared among the bodies, and the England row."""
    rows: list[dict[str, Any]] = []
    for code, total in days.items():
        parts = {"nhs": total - 20 + more, "social_care": 15, "both": 5}
        about = {"subject_type": "council", "subject_code": code, "subject_name": f"Council {code}"}
        rows += split_days(start, parts, **about)
    england = {"subject_type": "country", "subject_code": "", "subject_name": "England"}
    number = len(days)
    parts = {
        "nhs": sum(days.values()) + (more - 20) * number,
        "social_care": 15 * number,
        "both": 5 * number,
    }
    totals = split_days(start, parts, **england, is_control_total=True)
    for row in totals:
        if row["breakdown"]:
            same = [r for r in rows if (r["table_id"], r["breakdown"]) == key(row)]
            row["value"] = sum(r["value"] for r in same)
    return rows + totals


def key(row: dict[str, Any]) -> tuple[str, str]:
    """Table and breakdown of an observation."""
    return row["table_id"], row["breakdown"]


def activity_file(start: dt.date, admissions: dict[str, int]) -> list[dict[str, Any]]:
    """A month file by commissioner: both sheets, one measure."""
    measure = "nonelective_admissions"
    whole = sum(admissions.values())
    england = {"subject_type": "country", "subject_code": "", "subject_name": "England"}
    rows = [
        figure("commissioner", start, measure, "", value, unit="admissions")
        | {"subject_type": "commissioner", "subject_code": code, "subject_name": code}
        for code, value in admissions.items()
    ]
    rows.append(figure("commissioner", start, measure, "", whole, is_control_total=True) | england)
    rows.append(
        figure("parent", start, measure, "", whole)
        | {"subject_type": "region", "subject_code": "Y54", "subject_name": "North"}
    )
    rows.append(figure("parent", start, measure, "", whole, is_control_total=True) | england)
    return rows


def series_file(days: dict[dt.date, int]) -> list[dict[str, Any]]:
    """The national series: England's total of each month, in all three tables."""
    england = {
        "subject_type": "country",
        "subject_code": "E92000001",
        "subject_name": "England",
    }
    return [
        row
        for start, total in days.items()
        for row in split_days(start, {"nhs": total - 60, "social_care": 45, "both": 15}, **england)
    ]


def people(table: str, year: int, ages: dict[str, float]) -> list[dict[str, Any]]:
    """Darlington's persons in the middle of a year, by age."""
    about = {
        "subject_type": "council",
        "subject_code": DARLINGTON,
        "subject_name": "Darlington",
        "period_type": "snapshot",
        "unit": "people",
    }
    day = dt.date(year, 6, 1)
    rows = [figure(table, day, "population", age, n, **about) for age, n in ages.items()]
    return [row | {"period_start": row["period_end"]} for row in rows]


def write_tiny_lake(folder: Path) -> Path:
    """Two financial years of three councils, with every trap the marts must not fall into."""
    lake = Lake(folder)
    plain = {"507": 100, "506": 200, "9900": 50}
    published = {
        start: month_end(start) + dt.timedelta(40) for start in months("2014-04", "2019-05")
    }
    revised_late = dt.date(2016, 12, 8)
    series_day = dt.date(2016, 6, 9)
    for start in months("2014-04", "2016-03"):
        more = 0 if start < dt.date(2015, 4, 1) else 10
        rows = council_file(start, plain, more=more)
        about: dict[str, Any] = {"first": published[start]}
        if start == dt.date(2015, 5, 1):
            about["revised"] = revised_late
        if start == dt.date(2015, 6, 1):
            about["revised"] = series_day
        if start == dt.date(2015, 7, 1):
            rows = hide(rows, code="506")
        lake.add(COUNCILS, rows, **about)
    # An older vintage of May 2015 that lands last, and must not be used.
    may = dt.date(2015, 5, 1)
    lake.add(COUNCILS, council_file(may, plain, more=99), first=published[may])
    # One synthetic month; the older month it is compared with is not.
    november = dt.date(2016, 11, 1)
    lake.add(
        COUNCILS,
        council_file(november, plain, more=30),
        first=published[november],
        is_synthetic=True,
    )
    # April 2019: Bournemouth, Poole and the old Dorset after their end; then a code nobody knows.
    lake.add(
        COUNCILS,
        council_file(dt.date(2019, 4, 1), {"507": 90, "809": 80, "810": 70, "811": 60}),
        first=dt.date(2019, 6, 13),
    )
    lake.add(
        COUNCILS,
        council_file(dt.date(2019, 5, 1), {"507": 90, "809": 80, "738": 130, "123": 40}),
        first=dt.date(2019, 7, 11),
    )
    series = {start: 352 if start.year == 2014 else 381 for start in months("2014-04", "2016-02")}
    lake.add(SERIES, series_file(series), first=series_day)
    for start in months("2014-04", "2016-03"):
        more = 0 if start < dt.date(2015, 4, 1) else 7
        lake.add(
            ACTIVITY,
            activity_file(start, {"00C": 1000 + more, "09G": 2000, "X24": 300}),
            first=published[start],
        )
    lake.note(
        "f" * 64,
        state="quarantined",
        return_id=COUNCILS,
        reason="unknown marker",
        sheet="LA - by reason",
        cell="F20",
        is_synthetic=False,
    )
    lake.note("e" * 64, state="unrecognised", layout_id=None, is_synthetic=False)
    return lake.close()


def hide(rows: list[dict[str, Any]], *, code: str) -> list[dict[str, Any]]:
    """Suppress one council's NHS days and leave its total out."""
    hidden = {"body=nhs": "suppressed", "": "missing"}
    return [
        row | {"value": None, "raw_text": "*", "value_status": hidden[row["breakdown"]]}
        if (row["subject_code"], row["table_id"]) == (code, "responsible_body")
        and row["breakdown"] in hidden
        else row
        for row in rows
    ]


@dataclass(frozen=True)
class TinyBuild:
    """The candidate of the tiny lake, built through dbt, and what its building told and left.

    `left_behind` are paths in the dbt project that were not there before; `refused` says why the
    candidate could not be opened for writing when it was built, or nothing.
    """

    lake: Path
    result: BuildResult
    recipe: Recipe
    reported: list[tuple[str, int, int]]
    left_behind: set[Path]
    refused: str


def build_tiny(folder: Path) -> TinyBuild:
    """Build the candidate of the tiny lake, with dbt's unit tests run too."""
    before, reported = project_paths(), list[tuple[str, int, int]]()
    lake = write_tiny_lake(folder / "lake")
    candidate = folder / "2026-11-21T01-02.duckdb"
    result, recipe = build_and_record(
        lake, candidate, report=lambda *told: reported.append(told), unit_tests=True
    )
    left_behind = project_paths() - before
    return TinyBuild(lake, result, recipe, reported, left_behind, refused(candidate))


def project_paths() -> set[Path]:
    """Every path in the dbt project but Python's own caches."""
    return {path for path in PROJECT.rglob("*") if "__pycache__" not in path.parts}


def refused(candidate: Path) -> str:
    """Why DuckDB does not open a file for writing, or nothing."""
    try:
        with duckdb.connect(str(candidate)) as connection:
            connection.execute("select 1")
    except duckdb.Error as error:
        return str(error)
    return ""


def tiny_build_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> TinyBuild:
    """The one build of the tiny lake that all tests share, which none may change."""
    return made_once(tmp_path_factory, "tiny", build_tiny)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyBuild:
    """The build of the tiny lake, and all about it."""
    return tiny_build_of_this_run(tmp_path_factory)


@pytest.fixture(scope="session")
def built(tiny: TinyBuild) -> BuildResult:
    """The candidate of the tiny lake."""
    return tiny.result


@pytest.fixture(scope="session")
def recipe(tiny: TinyBuild) -> Recipe:
    """What dbt ran for it, to be run again for other lakes."""
    return tiny.recipe


@pytest.fixture
def marts(built: BuildResult) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the built candidate."""
    with duckdb.connect(str(built.path), read_only=True) as connection:
        yield connection


@pytest.fixture
def empty_lake(tmp_path: Path) -> Path:
    """A lake in which nothing has landed."""
    return Lake(tmp_path / "lake").close()
