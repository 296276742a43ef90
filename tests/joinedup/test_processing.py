"""The record of processing: every return, its source, purpose, ground, retention and fields."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ingestion.catalogue import Catalogue, Reading
from ingestion.definition import Definition, load_definitions
from ingestion.processing import (
    COMMAND,
    PROCESSING,
    ProcessingError,
    load_grounds,
    processing_document,
    processing_page,
)
from joinedup.cli import app
from joinedup.processing import late_from_of, write_processing
from joinedup.public_scan import scan
from joinedup.settings import PROJECT_ROOT
from tests.joinedup.test_public_scan import release_folder

FIRST, SECOND, UNKNOWN = "a1" * 32, "b2" * 32, "c3" * 32


@pytest.fixture(scope="module")
def definitions() -> dict[str, Definition]:
    """All definitions of the project."""
    return load_definitions()


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, return_id: str) -> Path:
    """A home that holds two files of one return, one of them set aside, and one of none."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        for sha256, size in ((FIRST, 1000), (SECOND, 24), (UNKNOWN, 7)):
            catalogue.add_landed(sha256, size, f"folder/{sha256[:2]}.xls", "run")
        for sha256, state in ((FIRST, "read"), (SECOND, "quarantined")):
            catalogue.set_reading(Reading(sha256, "f", state, True, return_id), "run")
    return home


@pytest.fixture
def return_id(definitions: dict[str, Definition]) -> str:
    """Any return will do."""
    return next(iter(definitions))


def test_the_committed_page_is_what_the_command_gives(tmp_path: Path) -> None:
    """Given the definitions, when the record is written, then the page in docs is still right."""
    page = tmp_path / "page.md"
    done = CliRunner().invoke(app, ["processing", "--write", str(page)])
    assert done.exit_code == 0, done.output
    committed = PROJECT_ROOT / "docs" / "processing_record.md"
    assert page.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8"), (
        f"Make it again: {COMMAND}"
    )


def test_every_return_says_what_a_record_has_to(definitions: dict[str, Definition]) -> None:
    """Given the record, then each return has its source, licence, purpose, ground and fields."""
    entries = processing_document(definitions, load_grounds(definitions))["returns"]
    assert [entry["return"] for entry in entries] == list(definitions)
    for entry in entries:
        for name in (
            *("title", "publisher", "landing_page", "licence", "classification"),
            *("people", "purpose", "lawful_basis", "retention"),
        ):
            assert entry[name].strip(), (entry["return"], name)
        assert entry["measures"] or entry["columns"], entry["return"]


@pytest.mark.usefixtures("held")
def test_what_is_held_is_counted(return_id: str) -> None:
    """Given a home, then each return is told with its files, and what belongs to none as well."""
    done = CliRunner().invoke(app, ["processing", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    by_return = {entry["return"]: entry["held"] for entry in document["returns"]}
    mine = by_return.pop(return_id)
    assert {key: mine[key] for key in ("files", "quarantined", "bytes")} == {
        "files": 2,
        "quarantined": 1,
        "bytes": 1024,
    }
    assert mine["first_landed_at"] <= mine["last_landed_at"]
    assert {one["files"] for one in by_return.values()} == {0}
    assert document["of_no_return"] == {"files": 1, "bytes": 7}
    shown = CliRunner().invoke(app, ["processing"]).stdout.splitlines()
    assert shown[0].startswith(return_id)
    assert "2 files" in shown[0]
    assert shown[1].startswith("of no return: 1 files")


def test_a_release_has_the_record_and_it_may_be_published(held: Path, tmp_path: Path) -> None:
    """Given an audit's folder, then the record is written into it, and the last look lets it be."""
    folder = release_folder(tmp_path / "release")
    path = write_processing(held / "catalogue.sqlite", folder / "quality")
    assert path == folder / "quality" / "processing.json"
    assert len(json.loads(path.read_text(encoding="utf-8"))["returns"]) > 50
    assert scan(folder, definitions={}) == []


def test_the_record_says_from_which_day_a_return_is_late(
    held: Path, tmp_path: Path, return_id: str
) -> None:
    """Given a candidate that was audited, then the record has its days; a look back has none."""
    candidate = tmp_path / "candidate.duckdb"
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE SCHEMA history")
        connection.execute("CREATE TABLE history.cadence (return_id VARCHAR, late_from DATE)")
        connection.execute("INSERT INTO history.cadence VALUES (?, '2024-03-22')", [return_id])
    catalogue, quality = held / "catalogue.sqlite", tmp_path
    with_days = write_processing(catalogue, quality, late_from_of(candidate)).read_text("utf-8")
    looked_back = write_processing(catalogue, quality).read_text("utf-8")
    days = {entry["return"]: entry["late_from"] for entry in json.loads(with_days)["returns"]}
    assert days.pop(return_id) == "2024-03-22"
    assert set(days.values()) == {None}
    assert "late_from" not in looked_back


def test_a_return_of_records_needs_a_ground_of_its_own(
    definitions: dict[str, Definition], tmp_path: Path
) -> None:
    """Given no entry for records, one for no return, or none to the point, then each is refused."""
    path = tmp_path / "processing.yml"
    whole = PROCESSING.read_text(encoding="utf-8")
    (records, *_) = [name for name, of in definitions.items() if of.records]
    for text, said in (
        (whole.replace(f"  {records}:", "  another:"), "there is no return another"),
        (whole.split("returns:")[0], f"{records} has records"),
        (whole.replace("  retention: >-", "  kept: >-"), "retention"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ProcessingError, match=said):
            load_grounds(definitions, path)


def test_f130_a_restricted_return_says_on_what_ground_it_is_held(
    definitions: dict[str, Definition], return_id: str, tmp_path: Path
) -> None:
    """Given a restricted return, then it needs an entry with a lawful basis, and the page says so.

    A column that names people is told from the others.
    """
    restricted = definitions[return_id].model_copy(update={"classification": "restricted"})
    known = definitions | {return_id: restricted}
    with pytest.raises(ProcessingError, match=f"{return_id} has restricted figures"):
        load_grounds(known)
    path = tmp_path / "processing.yml"
    entry = f"  {return_id}:\n    people: Patients.\n    purpose: A study.\n"
    whole = PROCESSING.read_text(encoding="utf-8")
    path.write_text(whole + entry, encoding="utf-8")
    with pytest.raises(ProcessingError, match="say its lawful_basis"):
        load_grounds(known, path)
    path.write_text(f"{whole}{entry}    lawful_basis: A contract.\n", encoding="utf-8")
    page = processing_page(known, load_grounds(known, path))
    assert "54 returns, 1 of them restricted." in page.replace(str(len(known)), "54")
    assert "* **lawful basis:** A contract." in page
    (name, of) = next((name, of) for name, of in definitions.items() if of.records)
    layout = next(iter(of.records.values()))
    column = next(iter(layout.columns))
    secret = layout.columns[column].model_copy(update={"pseudonym": True})
    columns = layout.columns | {column: secret}
    records = {"only": layout.model_copy(update={"columns": columns})}
    page = processing_page(
        {name: of.model_copy(update={"records": records})}, load_grounds(definitions)
    )
    assert f"* **columns, pseudonym: kept as a keyed hash only:** `{column}`" in page
