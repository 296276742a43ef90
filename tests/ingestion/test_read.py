"""A folder of files in: landing, catalogue, lake and index, over several runs."""

from __future__ import annotations

import ast
import gc
import hashlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import ingestion
from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, load_definitions
from ingestion.folder import Fetched, fetch_folder
from ingestion.lake import INDEX
from ingestion.landing import landed_path
from ingestion.observations import SCHEMA
from ingestion.read import READER_FILES, Limits, ReadSummary, read_landed, set_aside, take_back
from ingestion.worker import MOST_YOUNG, Job, read_one
from tests.ingestion.small_returns import Book, delayed_transfers, find, monthly_activity, write

LIMITS = Limits(workers=1, timeout_seconds=60, memory_mb=1024)


class Warehouse:
    """The folders of one home, and the two steps on them."""

    def __init__(self, home: Path) -> None:
        self.landing, self.lake = home / "landing", home / "lake"
        self.catalogue_path = home / "catalogue.sqlite"

    def fetch(self, folder: Path, *, max_file_mb: int = 10) -> Fetched:
        """Fetch a folder."""
        with Catalogue(self.catalogue_path) as catalogue:
            return fetch_folder(
                folder, self.landing, catalogue, run_id="test", max_file_mb=max_file_mb
            )

    def read(
        self, definitions: dict[str, Definition] | None = None, limits: Limits = LIMITS
    ) -> ReadSummary:
        """Read what is due."""
        with Catalogue(self.catalogue_path) as catalogue:
            return read_landed(
                self.landing,
                self.lake,
                catalogue,
                definitions or load_definitions(),
                run_id="test",
                limits=limits,
            )

    def index(self) -> pl.DataFrame:
        """Return the index of the lake."""
        return pl.read_parquet(self.lake / INDEX)

    def observations(self) -> pl.DataFrame:
        """Return all observations, files in the order of their sha256."""
        paths = self.index().filter(pl.col("state") == "read").sort("source_sha256")["lake_path"]
        return pl.concat([pl.read_parquet(self.lake / path).cast(SCHEMA) for path in paths])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty home."""
    return Warehouse(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four files in a tree: two returns, one stranger, one web page named .xls."""
    root = tmp_path / "returns"
    (root / "a" / "b").mkdir(parents=True)
    write(delayed_transfers(), root / "a" / "b" / "one.xlsx")
    write(monthly_activity(), root / "two.xlsx")
    (root / "notes.txt").write_text("nothing of ours")
    (root / "page.xls").write_bytes(b"<html>Service unavailable</html>")
    return root


def real(book: Book) -> Book:
    """Take the SYNTHETIC marks off, as if a publisher had made the file."""
    return {
        name: [
            ["" if isinstance(c, str) and c.startswith("SYNTHETIC") else c for c in row]
            for row in rows
        ]
        for name, rows in book.items()
    }


def test_a_bad_file_is_set_aside_and_the_others_load(warehouse: Warehouse, folder: Path) -> None:
    """Given good, bad and unknown files, when loaded, then each has its own state and reason."""
    assert warehouse.fetch(folder).landed == 4
    summary = warehouse.read()
    assert (summary.read, summary.quarantined, summary.unrecognised) == (2, 1, 1)
    states = dict(warehouse.index().select("file_name", "state").iter_rows())
    assert states == {
        "a/b/one.xlsx": "read",
        "two.xlsx": "read",
        "notes.txt": "unrecognised",
        "page.xls": "quarantined",
    }
    page = warehouse.index().row(by_predicate=pl.col("file_name") == "page.xls", named=True)
    assert "web page" in page["reason"]


def test_landed_bytes_are_the_files_bytes(warehouse: Warehouse, folder: Path) -> None:
    """Given a folder, when fetched, then each file's bytes lie under their sha256, read-only."""
    warehouse.fetch(folder)
    for path in (p for p in folder.rglob("*") if p.is_file()):
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        landed = landed_path(warehouse.landing, sha256)
        assert landed.read_bytes() == path.read_bytes()
        assert landed.stat().st_mode & 0o222 == 0


def test_f032_the_same_bytes_twice_are_one_landed_file(warehouse: Warehouse, folder: Path) -> None:
    """Given the bytes again, and under other names, then nothing more is landed, read or counted.

    The other names are kept as sightings: they say of which file each is a copy.
    """
    shutil.copy(folder / "two.xlsx", folder / "a" / "as delivered.xlsx")
    first = warehouse.fetch(folder)
    assert (first.seen, first.landed, first.known) == (5, 4, 1)
    warehouse.read()
    index, observations = warehouse.index(), warehouse.observations()
    shutil.copy(folder / "two.xlsx", folder / "a" / "copy.xlsx")
    again = warehouse.fetch(folder)
    assert (again.seen, again.landed, again.known) == (6, 0, 6)
    assert warehouse.read().newly_read == 0
    assert warehouse.index().equals(index)
    assert warehouse.observations().equals(observations)
    sha256 = hashlib.sha256((folder / "two.xlsx").read_bytes()).hexdigest()
    with Catalogue(warehouse.catalogue_path) as catalogue:
        sightings = catalogue._connection.execute(
            "select found_at from sighting where sha256 = ? order by found_at", (sha256,)
        )
        names = [row["found_at"] for row in sightings]
    assert names == ["a/as delivered.xlsx", "a/copy.xlsx", "two.xlsx"]


@pytest.mark.parametrize("is_more", [False, True], ids=["f049_missing", "f050_more"])
def test_f049_f050_a_missing_or_unknown_column_stops_its_own_file_only(
    warehouse: Warehouse, folder: Path, is_more: bool
) -> None:
    """Given a column less, or one more, when loaded, then that file is set aside and named.

    The file that has all its columns is read as ever, and the one set aside stays landed: what
    it lacks, or has too much, is in the index with the cell.
    """
    book = delayed_transfers("May 2011")
    sheet = "LA - by responsible org"
    row, column = find(book[sheet], "Both")
    for line in filter(None, book[sheet][row:]):
        if is_more:
            line.insert(column, "Unknown body" if line is book[sheet][row] else 0)
        else:
            del line[column : column + 1]
    write(book, folder / "changed.xlsx")
    warehouse.fetch(folder)
    summary = warehouse.read()
    assert (summary.read, summary.quarantined) == (2, 2)
    aside = warehouse.index().row(by_predicate=pl.col("file_name") == "changed.xlsx", named=True)
    found = "'unknown body' is not known" if is_more else "'Both' is missing"
    assert found in aside["reason"]
    assert (aside["return_id"], aside["sheet"]) == ("delayed_transfers_la", sheet)
    assert landed_path(warehouse.landing, aside["source_sha256"]).exists()


def test_a_second_run_opens_nothing(warehouse: Warehouse, folder: Path) -> None:
    """Given nothing new, when read again, then no file is opened, even if its bytes were gone."""
    warehouse.fetch(folder)
    warehouse.read()
    first = warehouse.index()
    shutil.rmtree(warehouse.landing)
    summary = warehouse.read()
    assert (summary.newly_read, summary.newly_quarantined) == (0, [])
    assert warehouse.index().equals(first)


def test_a_changed_definition_reads_its_own_return_again(
    warehouse: Warehouse, folder: Path
) -> None:
    """Given one definition changed, when read, then only that return's files are opened."""
    warehouse.fetch(folder)
    warehouse.read()
    definitions = load_definitions()
    raw = definitions["delayed_transfers_la"].model_dump(by_alias=True)
    raw["measures"]["delayed_days"]["unit"] = "bed days"
    definitions["delayed_transfers_la"] = Definition.model_validate(raw)
    assert warehouse.read(definitions).newly_read == 1
    units = warehouse.observations().filter(pl.col("measure") == "delayed_days")["unit"]
    assert units.unique().to_list() == ["bed days"]


def test_a_lost_lake_file_is_made_again(warehouse: Warehouse, folder: Path) -> None:
    """Given a lake file deleted, when read, then it is read again and the same."""
    warehouse.fetch(folder)
    warehouse.read()
    before = warehouse.observations()
    lost = warehouse.index().filter(pl.col("state") == "read")["lake_path"][0]
    (warehouse.lake / lost).unlink()
    assert warehouse.read().newly_read == 1
    assert warehouse.observations().equals(before)


def test_order_and_number_of_workers_change_nothing(tmp_path: Path, folder: Path) -> None:
    """Given the same files fetched in other folders and orders, then the lake files are equal."""
    one, other = Warehouse(tmp_path / "one"), Warehouse(tmp_path / "other")
    one.fetch(folder)
    one.read()
    names = [path for path in folder.rglob("*") if path.is_file()]
    random.Random(3).shuffle(names)  # noqa: S311
    for number, path in enumerate(names):
        single = tmp_path / f"part{number}"
        single.mkdir()
        shutil.copy(path, single)
        other.fetch(single)
    other.read(limits=Limits(workers=2, timeout_seconds=60, memory_mb=500))
    assert one.observations().equals(other.observations())


def test_synthetic_and_real_returns_never_meet(warehouse: Warehouse, tmp_path: Path) -> None:
    """Given a home with a real return, when a synthetic one is read, then it is set aside."""
    folder = tmp_path / "real"
    folder.mkdir()
    write(real(delayed_transfers()), folder / "real.xlsx")
    warehouse.fetch(folder)
    warehouse.read()
    write(delayed_transfers("May 2011"), folder / "demonstration.xlsx")
    warehouse.fetch(folder)
    summary = warehouse.read()
    assert (summary.read, summary.quarantined, summary.newly_read) == (1, 1, 0)
    assert "JOINEDUP_HOME of its own" in (summary.newly_quarantined[0].reason or "")
    assert warehouse.index().filter(pl.col("state") == "read")["is_synthetic"].to_list() == [False]
    assert warehouse.read().newly_quarantined == []


def test_a_reader_that_dies_sets_only_its_file_aside(warehouse: Warehouse, folder: Path) -> None:
    """Given a file that takes more memory than there is, when read, then the others load."""
    with xlsxwriter.Workbook(folder / "a" / "sparse.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(9_998, 999, 1)
    warehouse.fetch(folder)
    small = Limits(workers=1, timeout_seconds=60, memory_mb=300)
    summary = warehouse.read(limits=small)
    assert (summary.read, summary.quarantined) == (2, 2)
    reasons = {r.sha256: r.reason or "" for r in summary.newly_quarantined}
    assert any("ended abruptly" in reason for reason in reasons.values())
    again = warehouse.read(limits=small)
    assert len(again.newly_quarantined) == 1, "a file whose reader died is tried again"


def test_a_later_re_issue_is_another_vintage(warehouse: Warehouse, folder: Path) -> None:
    """Given a month re-issued with other figures, when read, then both vintages are kept."""
    write(delayed_transfers(factor=2, revised="27th April 2012"), folder / "revised.xlsx")
    warehouse.fetch(folder)
    warehouse.read()
    vintages = warehouse.index().filter(pl.col("return_id") == "delayed_transfers_la")
    assert sorted(str(day) for day in vintages["published_on"]) == ["2011-05-27", "2012-04-27"]


def test_what_cannot_be_landed_is_named(warehouse: Warehouse, folder: Path, tmp_path: Path) -> None:
    """Given a large file, odd links and a pipe, when fetched, then each is left out by name."""
    (folder / "large.bin").write_bytes(b"0" * (1024 * 1024 + 1))
    (folder / ".hidden").write_text("x")
    (tmp_path / "outside.txt").write_text("x")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "gone.txt").symlink_to(folder / "nothing")
    (folder / "again").symlink_to(folder / "a")
    os.mkfifo(folder / "pipe")
    fetched = warehouse.fetch(folder, max_file_mb=1)
    assert fetched.seen == 4
    named = [line.split(":")[0] for line in fetched.left_out]
    assert sorted(named) == ["again", "gone.txt", "large.bin", "link.txt", "pipe"]
    with pytest.raises(FileNotFoundError, match="no folder"):
        warehouse.fetch(tmp_path / "nowhere")


def test_a_file_that_may_not_be_read_stops_no_other(
    warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a file without permission, when fetched, then it is named and the others land."""

    def refused(source: Path) -> str:
        if source.name == "two.xlsx":
            raise PermissionError(13, "Permission denied")
        return hashlib.sha256(source.read_bytes()).hexdigest()

    monkeypatch.setattr("ingestion.folder.sha256_of", refused)
    fetched = warehouse.fetch(folder)
    assert (fetched.seen, fetched.landed) == (3, 3)
    assert fetched.left_out == ["two.xlsx: may not be read"]


def test_landed_bytes_that_rotted_are_not_read_and_are_mended(
    warehouse: Warehouse, folder: Path
) -> None:
    """Given a landed copy with other bytes, when read, then it is set aside; fetched, it heals."""
    warehouse.fetch(folder)
    sha256 = hashlib.sha256((folder / "two.xlsx").read_bytes()).hexdigest()
    landed = landed_path(warehouse.landing, sha256)
    landed.chmod(0o644)
    landed.write_bytes((folder / "a" / "b" / "one.xlsx").read_bytes())
    summary = warehouse.read()
    assert summary.read == 1
    assert any("gone or damaged" in (r.reason or "") for r in summary.newly_quarantined)
    warehouse.fetch(folder)
    assert landed.read_bytes() == (folder / "two.xlsx").read_bytes()
    assert warehouse.read().read == 2


def test_a_file_set_aside_by_hand_stays_so_until_it_is_taken_back(
    warehouse: Warehouse, folder: Path
) -> None:
    """Given a good file set aside by a person, when read again, then it stays out, with why.

    Its name, which may be the reason, is not told to readers of the marts.
    """
    warehouse.fetch(folder)
    warehouse.read()
    sha256 = hashlib.sha256((folder / "two.xlsx").read_bytes()).hexdigest()
    with Catalogue(warehouse.catalogue_path) as catalogue:
        set_aside(catalogue, sha256, "figures of another month", "test")
    assert warehouse.read().read == 1
    row = warehouse.index().row(by_predicate=pl.col("source_sha256") == sha256, named=True)
    assert row["reason"] == "Set aside by hand: figures of another month"
    assert row["file_name"] == f"{sha256[:12]}.xlsx"
    with Catalogue(warehouse.catalogue_path) as catalogue:
        take_back(catalogue, sha256)
        with pytest.raises(KeyError):
            take_back(catalogue, "f" * 64)
    assert warehouse.read().read == 2
    assert "two.xlsx" in "".join(warehouse.index()["file_name"])


def test_the_reader_fingerprint_covers_all_that_reads() -> None:
    """Given the imports of the worker, followed, then each file counts for the fingerprint; when a
    return comes out is not among what reads.
    """
    due, seen = ["worker"], set()
    while due:
        name = due.pop()
        seen.add(f"{name}.py")
        tree = ast.parse((Path(ingestion.__file__).parent / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ingestion."):
                module = str(node.module).removeprefix("ingestion.")
                due += [module] if f"{module}.py" not in seen else []
    assert seen - {"cadence.py", "catalogue.py", "evidence.py", "landing.py"} == set(READER_FILES)


def test_a_catalogue_of_a_newer_program_is_not_touched(warehouse: Warehouse) -> None:
    """Given a catalogue with a later schema, when opened, then it says to upgrade."""
    with Catalogue(warehouse.catalogue_path) as catalogue:
        catalogue._connection.execute("pragma user_version = 99")
    with pytest.raises(RuntimeError, match="newer joinedup"):
        Catalogue(warehouse.catalogue_path)


def test_mending_a_quarantined_return_releases_it(warehouse: Warehouse, tmp_path: Path) -> None:
    """Given a reworded heading, when the definition learns it in one line, then it is read."""
    folder = tmp_path / "returns"
    folder.mkdir()
    book = delayed_transfers()
    row, column = find(book["LA - by responsible org"], "Social Care")
    book["LA - by responsible org"][row][column] = "Adult Social Care"
    write(book, folder / "reworded.xlsx")
    warehouse.fetch(folder)
    assert warehouse.read().quarantined == 1
    definitions = load_definitions()
    raw = definitions["delayed_transfers_la"].model_dump(by_alias=True)
    raw["column_headings"]["body"]["Social Care"]["also_written"] = ["adult social care"]
    definitions["delayed_transfers_la"] = Definition.model_validate(raw)
    mended = warehouse.read(definitions)
    assert (mended.read, mended.quarantined) == (1, 0)


def test_garbage_is_seldom_looked_for_while_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a reader that fails, then afterwards garbage is looked for as it was before."""
    before, while_reading = gc.get_threshold(), []

    def failing(_: Job) -> None:
        while_reading.append(gc.get_threshold()[0])
        raise RuntimeError

    monkeypatch.setattr("ingestion.worker._read_one", failing)
    with pytest.raises(RuntimeError):
        read_one(Job("0" * 64, "book.xlsx", tmp_path / "book.xlsx", tmp_path))
    assert (while_reading, gc.get_threshold()) == ([MOST_YOUNG], before)


def test_a_reader_keeps_the_memory_that_it_freed() -> None:
    """Given columns made and let go again and again, then their pages are asked for only once."""
    code = (
        "import resource\n"
        "from ingestion.worker import limit\n"
        "limit(1024)\n"
        "for _ in range(20):\n"
        "    columns = [b'x' * 2**23 for _ in range(4)]\n"
        "    del columns\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize())\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 5 * 4 * 2**23
