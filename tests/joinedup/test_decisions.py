"""What people decide: held cells, released files, accepted losses, and that all of it is logged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import polars as pl
import pytest

import ingestion.read
from dbt_project.build import lay_foundation
from ingestion.catalogue import Catalogue, Reading
from ingestion.definition import Definition, load_definitions
from ingestion.held import HELD, held_cells, held_fingerprint, standing
from ingestion.lake import INDEX
from ingestion.read import Limits, ReadSummary, set_aside, take_back
from ingestion.worker import Context, Job, make_context, read_one
from joinedup.decisions import (
    NotDecidedError,
    accept_loss,
    decision_rows,
    decision_texts,
    held,
    hold_rows,
    release,
)
from joinedup.inputs import lake_fingerprint
from tests.ingestion.small_returns import Book, delayed_transfers, find, write
from tests.ingestion.test_read import LIMITS, Warehouse

CELLS = ("source_sha256", "source_sheet", "source_row", "source_column")
CHECK = "stg_x.figure_is_whole"
BODY = "LA - by responsible org"
RETURN = "delayed_transfers_la"

Rows = list[dict[str, Any]]


def read_here(jobs: list[Job], context: Context, _: Limits) -> Iterator[Reading]:
    """Read in this process: to start one takes longer than to read these small files."""
    make_context(context)
    yield from map(read_one, jobs)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestion.read, "_read_all", read_here)


class Home(Warehouse):
    """A home that knows one return, which is all that is read here."""

    known: ClassVar[dict[str, Definition]] = {}

    def read(
        self, definitions: dict[str, Definition] | None = None, limits: Limits = LIMITS
    ) -> ReadSummary:
        """Read what is due."""
        return super().read(definitions or self.known, limits)


@pytest.fixture(scope="module", autouse=True)
def _one_return() -> None:
    Home.known = {RETURN: load_definitions()[RETURN]}


@pytest.fixture
def warehouse(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one good file."""
    folder = tmp_path / "returns"
    folder.mkdir()
    write(delayed_transfers(), folder / "one.xlsx")
    return folder


@pytest.fixture
def catalogue(warehouse: Warehouse, folder: Path) -> Iterator[Catalogue]:
    """The catalogue of a home in which that file was read."""
    warehouse.fetch(folder)
    warehouse.read()
    with Catalogue(warehouse.catalogue_path) as opened:
        yield opened


def rows(warehouse: Warehouse, number: int) -> Rows:
    """Rows of a staging check: the first figures that have a value, and are no total."""
    given = pl.col("value").is_not_null() & ~pl.col("is_control_total")
    return warehouse.observations().filter(given).select(*CELLS, "value").head(number).to_dicts()


def seen(warehouse: Warehouse, tmp_path: Path) -> Rows:
    """Figures as the models see them."""
    candidate = tmp_path / "candidate.duckdb"
    candidate.unlink(missing_ok=True)
    lay_foundation(warehouse.lake, candidate, memory="200MB")
    with duckdb.connect(str(candidate), read_only=True) as connection:
        everything = _rows_of(connection, "observation")
        assert _rows_of(connection, str(everything[0]["return_id"])) == everything
    return everything


def _rows_of(connection: duckdb.DuckDBPyConnection, view: str) -> Rows:
    found = connection.execute(f"from lake.{view} order by {', '.join(CELLS)}")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_held_cells_are_missing_and_not_gone(
    warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Given two cells held, when built, then their rows are there, missing; released, as before."""
    before = seen(warehouse, tmp_path)
    wanted = rows(warehouse, 2)
    ((number, count),) = hold_rows(catalogue, wanted, CHECK, "misread", "me").items()
    assert count == 2
    warehouse.read()
    after = seen(warehouse, tmp_path)
    assert len(after) == len(before)
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    cells = {tuple(str(row[name]) for name in CELLS) for row in wanted}
    assert {tuple(str(b[name]) for name in CELLS) for _, b in changed} == cells
    for old, new in changed:
        assert (new["value"], new["value_status"]) == (None, "missing")
        assert new == old | {"value": None, "value_status": "missing"}
    assert "ended" in release(catalogue, str(number), "it was right", "me")
    warehouse.read()
    assert seen(warehouse, tmp_path) == before
    assert not (warehouse.lake / HELD).exists()


def test_a_hold_changes_what_the_next_night_is_made_from(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    """Given a hold, another and a release, then the fingerprint of what is held tells each."""
    marks = [held_fingerprint(warehouse.lake)]
    made_from = [lake_fingerprint(warehouse.lake / INDEX)]
    texts = [decision_texts(catalogue)]
    two = rows(warehouse, 2)
    for one in two:
        hold_rows(catalogue, [one], CHECK, "misread")
        warehouse.read()
        marks.append(held_fingerprint(warehouse.lake))
        made_from.append(lake_fingerprint(warehouse.lake / INDEX))
        texts.append(decision_texts(catalogue))
    assert len(set(marks)) == len(set(made_from)) == len({*map(tuple, texts)}) == 3
    release(catalogue, "2", "right after all")
    warehouse.read()
    assert held_fingerprint(warehouse.lake) == marks[1]
    assert decision_texts(catalogue) == texts[1]
    release(catalogue, "1", "right after all")
    warehouse.read()
    assert held_fingerprint(warehouse.lake) == marks[0] == ""


def test_a_suppressed_cell_that_is_held_stays_suppressed(
    warehouse: Warehouse, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Given a cell without a value, when held, then its own status stands: nothing is un-said."""
    (path,) = (warehouse.lake / name for name in warehouse.index()["lake_path"])
    frame = pl.read_parquet(path)
    status = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("suppressed"))
    value = pl.when(pl.int_range(pl.len()) > 0).then(pl.col("value"))
    frame = frame.with_columns(
        value, status.otherwise(pl.col("value_status").cast(pl.String)).alias("value_status")
    )
    frame.write_parquet(path)
    cell = frame.head(1).select(*CELLS).cast({"source_sheet": pl.String}).to_dicts()
    hold_rows(catalogue, cell, CHECK, "misread")
    warehouse.read()
    assert [r["value_status"] for r in seen(warehouse, tmp_path) if r["value"] is None] == [
        "suppressed"
    ]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda _: [], "finds no row"),
        (lambda _: [{"metric_id": "m"}], "do not say which cells"),
        (lambda found: [{**found[0], "source_row": None}], "do not say which cells"),
        (lambda found: [{**found[0], "source_sha256": "f" * 64}], "is not read now"),
        (
            lambda found: [{**found[0], "source_row": n} for n in range(10_001)],
            "Set the file aside",
        ),
    ],
)
def test_what_cannot_be_held_says_why(
    warehouse: Warehouse, catalogue: Catalogue, spoil: Callable[[Rows], Rows], said: str
) -> None:
    """Given rows without cells, of no file read, or too many, then nothing is written down."""
    with pytest.raises(NotDecidedError, match=said):
        hold_rows(catalogue, spoil(rows(warehouse, 1)), CHECK, "misread")
    assert catalogue.decisions() == []


def test_cells_are_held_once(warehouse: Warehouse, catalogue: Catalogue) -> None:
    """Given cells that are held, when held again, then only those that were not are added."""
    hold_rows(catalogue, rows(warehouse, 1), CHECK, "misread")
    assert list(hold_rows(catalogue, rows(warehouse, 3), CHECK, "misread").values()) == [2]
    with pytest.raises(NotDecidedError, match="held already"):
        hold_rows(catalogue, rows(warehouse, 3), CHECK, "misread")
    assert len(held_cells(catalogue.decisions())) == 3


def test_no_decision_is_made_without_a_reason(warehouse: Warehouse, catalogue: Catalogue) -> None:
    """Given no reason, then no decision."""
    for decide in (
        lambda: hold_rows(catalogue, rows(warehouse, 1), CHECK, " "),
        lambda: release(catalogue, "1", ""),
        lambda: accept_loss(catalogue, "delayed_days", ""),
    ):
        with pytest.raises(NotDecidedError, match="--because"):
            decide()


@pytest.mark.parametrize(
    ("metric", "until", "why"),
    [("no_such_metric", None, "no metric no_such_metric"), ("delayed_days", 2001, "is past")],
)
def test_no_loss_is_accepted_that_cannot_be(
    catalogue: Catalogue, metric: str, until: int | None, why: str
) -> None:
    """Given a metric that there is none of, or a last day long ago, then nothing is accepted."""
    last = None if until is None else date(until, 1, 1)
    with pytest.raises(NotDecidedError, match=why):
        accept_loss(catalogue, metric, "gone", until=last)
    assert catalogue.decisions() == []


def test_setting_aside_and_taking_back_are_logged(
    warehouse: Warehouse, catalogue: Catalogue, folder: Path
) -> None:
    """Given a file set aside, taken back, and set aside again, then each is in the log for good."""
    sha256 = hashlib.sha256((folder / "one.xlsx").read_bytes()).hexdigest()
    set_aside(catalogue, sha256, "of another month", "run", by="Ada")
    take_back(catalogue, sha256)
    set_aside(catalogue, sha256, "it was, after all", "run")
    kinds = [(one.kind, one.subject, one.decided_by != "") for one in catalogue.decisions()]
    assert kinds == [(kind, sha256, True) for kind in ("set_aside", "take_back", "set_aside")]
    assert [one.decision_id for one in standing(catalogue.decisions())] == [3]
    (listed,) = held(catalogue)
    assert (listed.id, listed.file, listed.can_be_released) == (sha256[:12], "one.xlsx", "yes")
    assert "released" in release(catalogue, "3", "the publisher confirmed it")
    assert held(catalogue) == []
    assert warehouse.read().read == 1


def quarantined(warehouse: Warehouse, path: Path, change: Callable[[Book], None]) -> str:
    """Put a file with a fault into the home; returns its sha256."""
    book = delayed_transfers()
    change(book)
    write(book, path)
    warehouse.fetch(path.parent)
    warehouse.read()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wrong_total(book: Book) -> None:
    """Print a total for England that its rows do not make."""
    row, column = find(book[BODY], "England")
    book[BODY][row][column + 1] += 1  # type: ignore[operator]


def unknown_heading(book: Book) -> None:
    """Name a body that nobody knows."""
    row, column = find(book[BODY], "NHS")
    book[BODY][row][column] = "Martians"


def test_totals_that_do_not_agree_may_be_accepted(
    warehouse: Warehouse, catalogue: Catalogue, folder: Path
) -> None:
    """Given a file refused for its totals, when accepted cell by cell, then it is read as it is,
    with a note; ended, it is refused as before. Its bytes stay the same all the while.
    """
    sha256 = quarantined(warehouse, folder / "wrong.xlsx", wrong_total)
    reason, before = catalogue.readings()[sha256].reason, catalogue.read_at()
    assert "Compare the file" in str(reason)
    said: list[str] = []
    while catalogue.readings()[sha256].state != "read" and len(said) < 3:
        said.append(release(catalogue, sha256[:12], "the publisher printed it so", "Ada"))
        warehouse.read()
    assert all("is accepted" in one for one in said)
    reading = catalogue.readings()[sha256]
    assert reading.state == "read"
    notes = [note for note in reading.notes if "Accepted by decision: the publisher" in note]
    assert len(notes) == len(said) == 2
    others = before.keys() - {sha256}
    assert {name: catalogue.read_at()[name] for name in others} == {
        name: before[name] for name in others
    }
    for accepted in held(catalogue):
        release(catalogue, accepted.id, "they corrected it")
    warehouse.read()
    assert catalogue.readings()[sha256].reason == reason


def test_what_is_no_matter_of_judgement_is_not_released(
    warehouse: Warehouse, catalogue: Catalogue, folder: Path
) -> None:
    """Given a file with an unknown heading, and one that is no workbook, then neither may pass."""
    heading = quarantined(warehouse, folder / "heading.xlsx", unknown_heading)
    page = folder / "page.xls"
    page.write_bytes(b"<html>Service unavailable</html>")
    warehouse.fetch(folder)
    warehouse.read()
    for sha256 in (heading, hashlib.sha256(page.read_bytes()).hexdigest()):
        with pytest.raises(NotDecidedError, match="map-diff"):
            release(catalogue, sha256, "we need it")
    assert catalogue.decisions() == []
    assert {one.can_be_released for one in held(catalogue)} == {
        "no: mend the file or the definition"
    }


@pytest.mark.parametrize("wanted", ["7", "abcdef", "f" * 64])
def test_an_unknown_id_is_refused(catalogue: Catalogue, wanted: str) -> None:
    """Given a number or a beginning that nothing has, then the error says where the ids are."""
    with pytest.raises(NotDecidedError, match="joinedup quality held"):
        release(catalogue, wanted, "because")


def test_a_release_tells_of_decisions_but_not_whose(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    """Given decisions of a person, then what a release carries has no name of theirs."""
    hold_rows(catalogue, rows(warehouse, 1), CHECK, "misread", "Ada Lovelace")
    accept_loss(catalogue, "delayed_days", "series withdrawn", "Ada Lovelace")
    told = decision_rows(catalogue)
    assert [one["kind"] for one in told] == ["hold rows", "accept loss"]
    assert "1 cell held" in told[0]["about"]
    assert "delayed_days" in told[1]["about"]
    assert "Lovelace" not in json.dumps(told)
    assert {one.by for one in held(catalogue)} == {"Ada Lovelace"}
