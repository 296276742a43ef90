"""Real files corrupted in many ways: whatever changes a figure is stopped, or told of."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from joinedup.settings import PROJECT_ROOT
from tests.dbt_project.conftest import tiny_build_of_this_run
from tests.mutations.books import Book
from tests.mutations.mutations import FAMILIES, MUTATIONS
from tests.mutations.outcomes import Bench, Outcome, other_figures, try_all
from tests.mutations.table import page, where
from tests.mutations.warehouse import Lake, Landed

BY_ID = {mutation.id: mutation for mutation in MUTATIONS}
REFUSED = (
    "V01",
    "V04",
    "V08",
    "R01",
    "R05",
    "R07",
    "C02",
    "C09",
    "P02",
    "K01",
    "T03",
    "U03",
    "D09",
)
"""Mutations of small files that end at the reader, of each family."""

KINDS = (
    "delayed_transfers_la/LA-Type-B_2014-05.xls",
    "delayed_transfers_la/LA-Type-B_2018-12.xls",
    "delayed_transfers_england/DTOC-England-timeseries_Aug10-Feb20_rev-2020-09-10.xls",
    "monthly_activity_commissioner/MAR_Comm_2014-05.xls",
    "virtual_wards/VW202309.xlsx",
    "ae_monthly/AE_England_data.xls",
    "ae_monthly/Monthly-AE-July-2024-revised.csv",
    "hes_monthly_open/HES_M13_2021_OPEN_DATA_AGE_BANDS.csv",
)
"""A file of each of the small layouts that are changed."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that files are read into."""
    return Lake(tmp_path_factory.mktemp("mutations") / "lake")


def figures(lake: Lake, path: Path, folder: Path) -> tuple[object, pl.DataFrame]:
    """Read a file: what it says of itself, and its figures to 12 digits, as xlsx keeps them."""
    reading = lake.read(Landed.of(path, folder))
    assert reading.lake_path is not None, reading.reason
    frame = pl.read_parquet(lake.path / reading.lake_path).drop("source_sha256", "raw_text")
    about = (reading.layout_id, reading.period_start, reading.period_end, reading.revised_on)
    return about, frame.with_columns(pl.col("value").round_sig_figs(12))


@pytest.mark.parametrize("name", KINDS)
def test_an_unchanged_copy_reads_the_same(
    name: str, lake: Lake, real_returns: Path, tmp_path: Path
) -> None:
    """Given a real file saved again with the same cells, then every figure is where it was."""
    copy = Book.open(real_returns / name).save(tmp_path)
    good, again = figures(lake, real_returns / name, real_returns), figures(lake, copy, tmp_path)
    assert good[0] == again[0]
    assert good[1].equals(again[1])
    assert len(good[1]) > 200


@pytest.mark.parametrize("name", REFUSED)
def test_a_corrupted_file_is_refused(
    name: str, lake: Lake, real_returns: Path, tmp_path: Path
) -> None:
    """Given a real file with one thing wrong, then the file is set aside."""
    mutation = BY_ID[name]
    good, book = (Book.open(real_returns / mutation.path) for _ in range(2))
    mutation.change(book)
    assert other_figures(good, book) > 0
    reading = lake.read(Landed.of(book.save(tmp_path), tmp_path))
    assert (reading.state, reading.is_final) == ("quarantined", True)
    assert reading.return_id == mutation.path.split("/")[0]
    assert reading.reason


def test_there_are_sixty_distinct_mutations() -> None:
    """Given the mutations, then each has an id and an aim of its own, in all eight families."""
    assert len(BY_ID) == len(MUTATIONS) >= 80
    assert len({(m.path, m.what) for m in MUTATIONS}) == len(MUTATIONS)
    by_family = Counter(m.family for m in MUTATIONS)
    assert by_family.keys() == FAMILIES.keys()
    assert min(by_family.values()) >= 10
    assert {m.id[0] for m in MUTATIONS} == set("VRCPKTUD")


@pytest.fixture(scope="module")
def outcomes(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Every mutation, tried on the real files."""
    recipe = tiny_build_of_this_run(tmp_path_factory).recipe
    return try_all(Bench(real_returns, tmp_path_factory.mktemp("tried"), recipe), MUTATIONS)


def at_a_glance(text: str) -> dict[str, str]:
    """Return where the page says that each mutation is caught."""
    rows = re.findall(r"^\| ([VRCPKTUD]\d\d) .*$", text, re.MULTILINE)
    lines = [line for line in text.splitlines() if re.match(r"\| [VRCPKTUD]\d\d ", line)]
    return {one: re.split(r"(?<!\\) \| ", line)[4] for one, line in zip(rows, lines, strict=True)}


@pytest.mark.long
def test_every_mutation_that_changes_a_figure_is_caught(outcomes: list[Outcome]) -> None:
    """Given each mutation in a load of its kind, then none that changes a figure gets through."""
    wrong = [one for one in outcomes if one.changes_figures]
    assert len(wrong) >= 60
    assert [f"{o.mutation.id}: {o.mutation.what}" for o in wrong if not o.is_caught] == []


@pytest.mark.long
def test_the_page_says_where_each_is_caught(outcomes: list[Outcome]) -> None:
    """Given the page of the documentation, then it is that of these mutations and checks."""
    kept = (PROJECT_ROOT / "docs" / "mutations.md").read_text(encoding="utf-8")
    assert at_a_glance(kept) == at_a_glance(page(outcomes, 0))
    assert at_a_glance(kept) == {one.mutation.id: where(one) for one in outcomes}
