"""F107, F108: what stands in a file, or is its name, stays data all the way to the warehouse."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dbt_project.build import lay_foundation
from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, load_definitions
from ingestion.folder import fetch_folder
from ingestion.lake import INDEX
from ingestion.read import Limits, read_landed
from ingestion.reader import ReadFile, read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import delayed_transfers, find, write
from tests.ingestion.small_texts import DERBY, HEADINGS, ROWS, TITLE, defined, with_cell, written
from tests.ingestion.small_zips import pack

HOSTILE = [
    'x"; drop table keep; --',
    "x'); drop table keep; --",
    "{{ env_var('HOME') }}",
    "${jndi:ldap://x}",
    "=cmd|' /C calc'!A0",
    "../../dags/evil.py",
    "a`b$(touch evil)",
]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.sampled_from("'\";-{}%$()\\/.,|= abc\t"), min_size=1, max_size=30),
)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
LIMITS = Limits(workers=1, timeout_seconds=60, memory_mb=1024)


@pytest.fixture(scope="module")
def beds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Definition]:
    """The definition of a small return."""
    return defined(tmp_path_factory.mktemp("beds"))


def _read(
    folder: Path, beds: dict[str, Definition], headings: list[str], rows: Any, name: str
) -> ReadFile | None:
    path = folder / "bytes"
    path.write_text(written([(TITLE,), headings, *rows]), encoding="utf-8", newline="")
    return read_file(path, "0" * 64, name, beds)


@few
@given(hostile=TEXTS, place=st.sampled_from(["heading", "cell", "code", "name"]))
@example(hostile='x"; drop table keep; --', place="heading")
def test_f108_hostile_words_are_data_or_refused(
    tmp_path: Path, beds: dict[str, Definition], hostile: str, place: str
) -> None:
    """Given a file with any words as a heading, in a cell, as a code, or as its name
    When it is read
    Then it is refused in words, or its columns are the program's own and the words are a value.
    """
    assume(hostile.strip())
    headings, rows, name = list(HEADINGS), [list(row) for row in ROWS], "beds.csv"
    if place == "heading":
        headings[2] = hostile
    elif place == "name":
        name = hostile
    else:
        rows = with_cell("Region" if place == "cell" else "Code", hostile, of=DERBY)
    try:
        found = _read(tmp_path, beds, headings, rows, name)
    except UntrustedFileError:
        return
    assert found is not None
    plain = _read(tmp_path, beds, HEADINGS, ROWS, "beds.csv")
    assert plain is not None
    assert found.observations.columns == plain.observations.columns
    figures = ["subject_name", "measure", "value"]
    assert found.observations.select(figures).equals(plain.observations.select(figures))


def _hostile_folder(folder: Path) -> Path:
    """Returns whose names, sheet names, cells and headings are hostile."""
    folder.mkdir()
    for number, words in enumerate(HOSTILE):
        month = ["April", "May", "June", "July", "August", "September", "October"][number]
        book = delayed_transfers(f"{month} 2011")
        book[words.translate(str.maketrans("", "", "[]:*?/\\"))[:31]] = [["", words], [words]]
        rows = book["LA - by reason"]
        at, column = find(rows, "Derby UA")
        rows[at][column] = words
        name = words.replace("/", "_")
        write(book, folder / f"n{name}.xlsx")
    book = delayed_transfers("November 2011")
    at, column = find(book["LA - by reason"], "Total")
    book["LA - by reason"][at][column] = HOSTILE[0]
    write(book, folder / "a heading.xlsx")
    return folder


def test_f108_hostile_names_reach_the_warehouse_as_texts(tmp_path: Path) -> None:
    """Given returns whose names, sheets, cells and headings are SQL, templates and commands
    When they are landed, read, and laid as the foundation of a warehouse
    Then the warehouse has its own views and no others, and the names are there letter for letter.
    """
    folder, lake = _hostile_folder(tmp_path / "returns"), tmp_path / "lake"
    with Catalogue(tmp_path / "catalogue.sqlite") as catalogue:
        fetch_folder(folder, tmp_path / "landing", catalogue, run_id="test", max_file_mb=10)
        read = read_landed(
            tmp_path / "landing",
            lake,
            catalogue,
            load_definitions(),
            run_id="test",
            limits=LIMITS,
        )
        assert catalogue.landed()
    assert read.read + read.quarantined == len(HOSTILE) + 1
    assert read.quarantined
    index = pl.read_parquet(lake / INDEX)
    assert set(index["file_name"]) == {path.name for path in folder.iterdir()}
    plain = _views_of_nothing(tmp_path, index)
    candidate = tmp_path / "candidate.duckdb"
    lay_foundation(lake, candidate, memory="300MB")
    with duckdb.connect(str(candidate)) as connection:
        assert _views(connection) == plain
        names = connection.execute("select file_name from lake.source_file").fetchall()
        assert {name for (name,) in names} == set(index["file_name"])
        assert connection.execute("select count(*) from lake.observation").fetchone() != (0,)
    assert not list(tmp_path.rglob("evil*"))


def _views(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    found = connection.execute(
        "select schema_name, view_name from duckdb_views() where not internal"
    )
    return set(found.fetchall())


def _views_of_nothing(folder: Path, index: pl.DataFrame) -> set[tuple[str, str]]:
    """Give the views of a warehouse that no file was read for."""
    empty = folder / "empty"
    empty.mkdir()
    index.clear().write_parquet(empty / INDEX)
    lay_foundation(empty, empty / "candidate.duckdb", memory="300MB")
    with duckdb.connect(str(empty / "candidate.duckdb")) as connection:
        return _views(connection)


OUTSIDE = ["../../dags/evil.csv", "/etc/evil.csv", "..\\..\\dags\\evil.csv", "C:\\evil.csv"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_f107_a_zip_that_names_a_part_outside_is_refused(
    tmp_path: Path, beds: dict[str, Definition], name: str
) -> None:
    """Given a zipped text whose one part is named outside the zip
    When it is read
    Then it is refused, and nothing is written under that name or any other.
    """
    text = written([(TITLE,), HEADINGS, *ROWS]).encode()
    path = pack(tmp_path / "beds.zip", [(name, text)])
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 1
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UntrustedFileError, match="outside itself"):
        read_file(path, "0" * 64, "beds.zip", beds)
    assert sorted(tmp_path.rglob("*")) == before


def test_f107_files_of_a_folder_are_landed_under_names_of_our_own(tmp_path: Path) -> None:
    """Given files named as devices, with a hostile, a very long or a foreign name
    When they are landed
    Then each lies under its sha256 in landing, and nothing lies outside.
    """
    folder, landing = tmp_path / "returns", tmp_path / "home" / "landing"
    folder.mkdir()
    names = ["CON", "nul.xlsx", "%2F..%2Fevil.py", "a" * 250, "x\ny.csv", "\udcff.csv", "-rf"]
    for number, name in enumerate(names):
        (folder / name).write_bytes(b"%d" % number)
    with Catalogue(tmp_path / "catalogue.sqlite") as catalogue:
        fetched = fetch_folder(folder, landing, catalogue, run_id="test", max_file_mb=1)
    assert fetched.landed == len(names)
    found = [path for path in landing.rglob("*") if path.is_file()]
    assert len(found) == len(names)
    for path in found:
        assert path.relative_to(landing).as_posix() == f"{path.name[:2]}/{path.name}"
        assert len(path.name) == 64
