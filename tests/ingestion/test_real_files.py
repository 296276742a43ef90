"""The publishers' own files: the same bytes in any order, every cell where it says, and totals."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, load_definitions
from ingestion.folder import Fetched, fetch_folder
from ingestion.lake import INDEX, OBSERVATIONS, RECORDS
from ingestion.read import Limits, ReadSummary, read_landed
from ingestion.record_reader import PROVENANCE
from ingestion.register import load_register
from ingestion.wording import place_of
from joinedup.settings import PROJECT_ROOT

pytestmark = pytest.mark.long

SHOWN = 20
FILE = ("file_name", "return_id", "lake_path")
PLACE = ("source_sheet", "source_row", "source_column", "raw_text", "value", "value_status")
Grid = list[list[object]]


@dataclass(frozen=True)
class Home:
    """A landing, a lake and a catalogue, and the two steps on them."""

    path: Path

    @property
    def lake(self) -> Path:
        """The lake's folder."""
        return self.path / "lake"

    def fetch(self, folder: Path) -> Fetched:
        """Land a folder."""
        with Catalogue(self.path / "catalogue.sqlite") as catalogue:
            return fetch_folder(
                folder, self.path / "landing", catalogue, run_id="test", max_file_mb=200
            )

    def read(self, workers: int) -> ReadSummary:
        """Read what is due."""
        with Catalogue(self.path / "catalogue.sqlite") as catalogue:
            return read_landed(
                self.path / "landing",
                self.lake,
                catalogue,
                load_definitions(),
                run_id="test",
                limits=Limits(workers, timeout_seconds=240, memory_mb=1024),
                register=load_register(PROJECT_ROOT / "dbt_project" / "seeds"),
            )

    def index(self) -> pl.DataFrame:
        """Return the lake's index."""
        return pl.read_parquet(self.lake / INDEX)

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of each file of the lake, the index too."""
        return {
            path.relative_to(self.lake).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.lake.rglob("*"))
            if path.is_file()
        }

    def count(self, kind: str) -> int:
        """Return how many observations, or records, the index says there are."""
        of_kind = pl.col("lake_path").str.starts_with(f"{kind}/")
        return int(self.index().filter(of_kind)["observations"].sum())

    def files(self, kind: str, return_id: str = "*") -> Iterator[tuple[str, str, pl.DataFrame]]:
        """Yield name, return and rows of each file that was read, of observations or records."""
        index = self.index().filter(pl.col("lake_path").str.starts_with(f"{kind}/"))
        read = index.filter((pl.col("return_id") == return_id) | (return_id == "*"))
        for name, own, path in read.sort("file_name").select(FILE).iter_rows():
            frame = pl.read_parquet(self.lake / path)
            lists = [column for column, kind in frame.schema.items() if isinstance(kind, pl.Enum)]
            yield name, own, frame.cast(dict.fromkeys(lists, pl.String))

    def figures(self, return_id: str) -> pl.DataFrame:
        """Return all observations of a return, with the names of their files."""
        own = self.files(OBSERVATIONS, return_id)
        return pl.concat(frame.with_columns(file_name=pl.lit(name)) for name, _, frame in own)


@pytest.fixture(scope="session")
def in_order(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """All files, landed in the order of their names and read by one worker in one run."""
    home = Home(tmp_path_factory.mktemp("in_order"))
    home.fetch(real_returns)
    home.read(workers=1)
    return home


@pytest.fixture(scope="session")
def shuffled(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same files, landed one by one in another order, read by two workers in two runs."""
    base = tmp_path_factory.mktemp("shuffled")
    home = Home(base / "home")
    paths = sorted(path for path in real_returns.rglob("*") if path.is_file())
    random.Random(2017).shuffle(paths)  # noqa: S311
    for number, path in enumerate(paths, 1):
        alone = base / str(number)
        copy = alone / path.relative_to(real_returns)
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
        home.fetch(alone)
        shutil.rmtree(alone)
        if number in (len(paths) // 2, len(paths)):
            home.read(workers=2)
    return home


def test_order_workers_and_runs_change_no_byte(in_order: Home, shuffled: Home) -> None:
    """Given all files in two orders, by one worker and two, then the lake files are the same."""
    one, other = in_order.hashes(), shuffled.hashes()
    del one[INDEX], other[INDEX]
    assert len(one) > 200
    assert one == other
    # Of the index only the order of landing differs, which is what it is there to say.
    left, right = (home.index().drop("landed_seq") for home in (in_order, shuffled))
    assert left.sort("source_sha256").equals(right.sort("source_sha256"))


def test_another_run_changes_nothing(real_returns: Path, in_order: Home) -> None:
    """Given all files read, when fetched and read again, then no file of the lake is another."""
    before = in_order.hashes()
    fetched = in_order.fetch(real_returns)
    again = in_order.read(workers=2)
    assert (fetched.landed, again.newly_read, again.newly_quarantined) == (0, 0, [])
    assert in_order.hashes() == before


class PublishersFile:
    """A publisher's file opened without any of the reader: cells by sheet, row and column."""

    def __init__(self, path: Path, definition: Definition) -> None:
        is_text = path.suffix.lower() == ".csv"
        self._book = None if is_text else CalamineWorkbook.from_path(path)
        self._text = _text_rows(path, definition) if is_text else []

    def sheet(self, name: str) -> Grid:
        """Return the rows of a sheet from cell A1 on."""
        if self._book is None:
            return self._text
        rows: Grid = self._book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        return rows


def _text_rows(path: Path, definition: Definition) -> Grid:
    for encoding in definition.text.encodings:
        try:
            text = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=definition.text.delimiter))
    raise AssertionError(path)


def test_every_figure_says_what_its_cell_holds(real_returns: Path, in_order: Home) -> None:
    """Given each figure of all files, when its cell is opened again, then it says the same."""
    definitions = load_definitions()
    wrong: list[str] = []
    seen = 0
    for name, return_id, frame in in_order.files(OBSERVATIONS):
        opened = PublishersFile(real_returns / name, definitions[return_id])
        for (sheet,), figures in frame.select(PLACE).group_by("source_sheet", maintain_order=True):
            grid = opened.sheet(str(sheet))
            for _, row, column, raw, value, status in figures.iter_rows():
                seen += 1
                held = at(grid, row, column)
                if not says(held, raw, value, status):
                    wrong.append(f"{name} {sheet} {column}{row}: {held!r} {raw!r} {value!r}")
    assert wrong[:SHOWN] == []
    assert seen == in_order.count(OBSERVATIONS) > 1_000_000


def at(grid: Grid, row: int, column: str) -> object:
    """Return a cell; beyond the last filled one it is blank."""
    index = place_of(f"{column}{row}")[1]
    return grid[row - 1][index] if row <= len(grid) and index < len(grid[row - 1]) else ""


def says(cell: object, raw: str, value: float | None, status: str) -> bool:
    """Tell whether a figure says what a cell holds; numbers are compared as numbers."""
    number = number_in(cell)
    if number is None:
        # The second reader gives an error such as #DIV/0! as a blank cell.
        return str(cell).strip() == raw or (cell == "" and raw.startswith("#"))
    return number_in(raw) == number and (value == number or status == "not_collected")


def number_in(cell: object) -> float | None:
    """Return the number that a cell or a text is, or None."""
    try:
        return float(str(cell))
    except ValueError:
        return None


def test_every_record_says_what_its_row_holds(real_returns: Path, in_order: Home) -> None:
    """Given each record of all files, when its row is opened again, then it has those words."""
    definitions = load_definitions()
    wrong: list[str] = []
    seen = 0
    for name, return_id, frame in in_order.files(RECORDS):
        opened = PublishersFile(real_returns / name, definitions[return_id])
        grids = {sheet: opened.sheet(sheet) for sheet in frame["source_sheet"].unique()}
        own = [column for column in frame.columns if column not in PROVENANCE]
        for record in frame.iter_rows(named=True):
            seen += 1
            grid, row = grids[record["source_sheet"]], record["source_row"]
            held = {words(cell) for cell in grid[row - 1]}
            if not all(held & one for column in own if (one := spellings(record[column]))):
                wrong.append(f"{name} row {row}: {record}")
    assert wrong[:SHOWN] == []
    assert seen == in_order.count(RECORDS) > 1_000


def words(cell: object) -> str:
    """Return a cell as a text without double spaces, a whole number without its fraction."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def spellings(value: object) -> set[str]:
    """Return how a value of a record may be written in the file; nothing for one not given."""
    if value is None or isinstance(value, bool):
        return set()
    if isinstance(value, date):
        return {f"{value:{form}}" for form in ("%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d")}
    return {words(value)}


LINE = ("file_name", "table_id", "source_sheet", "period_start", "measure", "breakdown")


def totals(figures: pl.DataFrame) -> pl.DataFrame:
    """Set the total of each sheet, period, measure and breakdown against the sum of its rows."""
    is_total, value = pl.col("is_control_total"), pl.col("value")
    return figures.group_by(LINE).agg(
        totals=is_total.sum(),
        total=value.filter(is_total).sum(),
        rows=(~is_total).sum(),
        added=value.filter(~is_total).sum(),
    )


def assert_adds_up(lines: pl.DataFrame) -> None:
    """Assert that there is one total in each line, that it has rows, and that they add up to it."""
    assert set(lines["totals"]) == {1}
    apart = (pl.col("total") - pl.col("added")).abs() > 1e-9 * pl.col("total").abs()
    assert lines.filter(apart | (pl.col("rows") == 0)).rows() == []


def test_councils_add_up_to_england_in_every_delayed_transfer_sheet(in_order: Home) -> None:
    """Given 80 months, then in each of the three sheets the councils add up to England."""
    lines = totals(in_order.figures("delayed_transfers_la"))
    sheets = lines.group_by("file_name").agg(pl.col("source_sheet").n_unique())
    assert (sheets.height, set(sheets["source_sheet"])) == (80, {3})
    assert lines["rows"].min() == 153
    assert_adds_up(lines)


def test_commissioners_add_up_to_england_in_every_monthly_activity_file(in_order: Home) -> None:
    """Given 69 months, then commissioners' non-elective admissions add up to England's."""
    figures = in_order.figures("monthly_activity_commissioner")
    lines = totals(
        figures.filter(
            (pl.col("measure") == "nonelective_admissions") & (pl.col("table_id") == "commissioner")
        )
    )
    assert lines.height == lines["file_name"].n_unique() == 69
    assert_adds_up(lines)


def test_providers_add_up_to_england_in_every_monthly_activity_file(in_order: Home) -> None:
    """Given 8 months by provider, then all 14 measures add up to England's."""
    figures = in_order.figures("monthly_activity_provider")
    lines = totals(figures.filter(pl.col("table_id") == "provider"))
    assert (lines["file_name"].n_unique(), lines["measure"].n_unique()) == (8, 14)
    assert_adds_up(lines)


def test_providers_add_up_to_the_total_of_accident_and_emergency(in_order: Home) -> None:
    """Given 35 files of A&E attendances, then providers add up to the total in every count."""
    figures = in_order.figures("ae_monthly")
    tables = ["text", "provider", "non_booked", "booked"]
    counts = figures.filter(pl.col("table_id").is_in(tables) & (pl.col("unit") != "proportion"))
    lines = totals(counts)
    assert lines["file_name"].n_unique() == 35
    assert lines["rows"].min() == 190
    assert counts.filter("is_control_total")["value"].null_count() == 0
    assert_adds_up(lines)


def test_regions_add_up_to_england_in_acute_discharges(in_order: Home) -> None:
    """Given 16 months of acute discharges, then the seven regions add up to England."""
    lines = totals(_regions(in_order.figures("acute_discharge_sitrep")))
    assert (lines["file_name"].n_unique(), set(lines["rows"])) == (16, {7})
    assert_adds_up(lines)


def test_regions_add_up_to_england_in_community_discharges_but_on_two_days(in_order: Home) -> None:
    """Given the two days with a region printed as 0, then England is more by 238 and by 271."""
    lines = totals(_regions(in_order.figures("community_discharge_sitrep")))
    apart = lines.filter((pl.col("total") - pl.col("added")).abs() > 1e-6).sort("period_start")
    more = apart.select("period_start", pl.col("total") - pl.col("added")).rows()
    assert more == [(date(2023, 7, 31), 238), (date(2023, 8, 31), 271)]
    assert_adds_up(lines.join(apart, on=LINE, how="anti"))


def _regions(figures: pl.DataFrame) -> pl.DataFrame:
    return figures.filter(pl.col("table_id").str.ends_with("_regions"))


def test_boards_add_up_to_england_in_virtual_wards(in_order: Home) -> None:
    """Given 10 months of virtual wards, then 42 boards add up to England where people count."""
    figures = in_order.figures("virtual_wards")
    people = ["virtual_ward_capacity", "virtual_ward_patients"]
    counts = figures.filter(pl.col("measure").is_in(people) | (pl.col("unit") == "people"))
    lines = totals(counts)
    assert (lines["file_name"].n_unique(), set(lines["rows"])) == (10, {42})
    assert set(people) < set(lines["measure"])
    assert_adds_up(lines)


@pytest.mark.parametrize(
    ("return_id", "code", "measure", "england", "councils", "withheld"),
    [
        ("ascof_open", "2a2;disaggregation=total", "ascof_numerator", 52_133, 52_067, 1),
        ("ascof", "2d_2", "ascof_denominator", 2_092_425, 2_078_148, 15),
    ],
)
def test_councils_fall_short_of_england_where_their_own_figure_is_withheld(
    in_order: Home,
    return_id: str,
    code: str,
    measure: str,
    england: int,
    councils: int,
    withheld: int,
) -> None:
    """Given ASCOF, then England includes councils whose own figure is not given."""
    figures = in_order.figures(return_id).filter(
        (pl.col("measure") == measure)
        & pl.col("breakdown").str.ends_with(f"={code}")
        & (pl.col("period_start") >= date(2020, 4, 1))
    )
    country = figures.filter(pl.col("subject_type") == "country")
    own = figures.filter(pl.col("subject_type") == "council")
    assert country["value"].to_list() == [england]
    assert own["value"].sum() == councils
    assert own["value"].null_count() == withheld


@pytest.mark.parametrize(
    ("file_name", "england", "councils", "not_returned"),
    [
        ("RS_2017-18_data_by_LA_PRENOV.xlsx", 15_348_884, 15_133_389, 6),
        ("RS_2017-18_data_by_LA.xlsx", 15_330_170, 15_330_170, 1),
    ],
)
def test_provisional_outturn_falls_short_of_england(
    in_order: Home, file_name: str, england: int, councils: int, not_returned: int
) -> None:
    """Given the provisional and the final edition, then only in the former councils fall short."""
    figures = in_order.figures("revenue_outturn").filter(
        pl.col("file_name").str.ends_with(f"/{file_name}")
        & (pl.col("breakdown") == "line=adult_social_care")
    )
    own = figures.filter(pl.col("subject_type") == "authority")
    country = figures.filter(pl.col("subject_type") == "country")
    assert [round(value) for value in country["value"]] == [england]
    assert round(own["value"].sum()) == councils
    assert own["value"].null_count() == not_returned
