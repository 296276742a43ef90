"""Pseudonyms: keyed hashes only, of a key that lies outside the warehouse."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import polars as pl
import pytest

from ingestion.catalogue import Catalogue, Reading
from ingestion.definition import Definition, DefinitionError, load_definition
from ingestion.landing import landed_path
from ingestion.pseudonyms import PseudonymKeyError, load_key
from ingestion.read import fingerprints, read_landed
from ingestion.reader import read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.test_read import LIMITS, Warehouse

EPISODES = """
return: episodes
title: Episodes, made up
publisher: A publisher
licence: none
classification: restricted
landing_page: https://www.example.org/
link: "episodes*"
cadence: {every: month, published_after_days: 0, first: 2024-04}
recognise: {text: [Episode, NHS number]}
records:
  episodes:
    key: [episode]
    columns:
      episode: {heading: Episode, is_required: true}
      person: {heading: NHS number, pseudonym: true, form: '\\d{3} ?\\d{3} ?\\d{4}'}
      days: {heading: Days, type: integer}
"""
ROWS = "Episode,NHS number,Days\nE1,9991234560,3\nE2,999 123 4560,4\nE3,9990000018,5\nE4,,1\n"
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def episodes(tmp_path: Path) -> Definition:
    """A return of records that names people."""
    path = tmp_path / "episodes.yml"
    path.write_text(EPISODES)
    return load_definition(path)


def read(folder: Path, definition: Definition, key: bytes | None, text: str = ROWS) -> pl.DataFrame:
    """Read the records of a file."""
    path = folder / "episodes.csv"
    path.write_text(text)
    found = read_file(path, "0" * 64, path.name, {"episodes": definition}, pseudonym_key=key)
    assert found is not None
    return found.observations


def test_f122_a_pseudonym_is_an_hmac(tmp_path: Path, episodes: Definition) -> None:
    """Given a column of NHS numbers, then each is its HMAC-SHA256; one number, one pseudonym."""
    people = read(tmp_path, episodes, KEY)["person"].to_list()
    expected = hmac.new(KEY, b"9991234560", hashlib.sha256).hexdigest()
    assert people[:2] == [expected, expected]
    assert people[2] not in (None, expected)
    assert people[3] is None


def test_f122_without_a_key_the_file_is_refused(tmp_path: Path, episodes: Definition) -> None:
    """Given no key, then no pseudonym is made in another way, and the message says what to set."""
    with pytest.raises(UntrustedFileError, match="JOINEDUP_PSEUDONYM_KEY") as caught:
        read(tmp_path, episodes, None)
    assert "999" not in caught.value.reason


def test_f130_a_return_with_a_pseudonym_is_restricted(tmp_path: Path) -> None:
    """Given records that name people, then their definition has to call them restricted."""
    path = tmp_path / "episodes.yml"
    for said in ("", "classification: public\n"):
        path.write_text(EPISODES.replace("classification: restricted\n", said))
        with pytest.raises(DefinitionError, match="say `classification: restricted`"):
            load_definition(path)


@pytest.mark.parametrize("text", [ROWS.replace("9990000018", "Jane"), ROWS + "E1,9990000018,2\n"])
def test_f122_a_message_never_repeats_what_a_pseudonym_hides(
    tmp_path: Path, episodes: Definition, text: str
) -> None:
    """Given a wrong value or a record twice, then the cell is named and the value is not."""
    with pytest.raises(UntrustedFileError) as caught:
        read(tmp_path, episodes, KEY, text)
    assert caught.value.cell
    assert not any(said in str(caught.value) for said in ("Jane", "9990000018", "9991234560"))


def test_f122_another_key_reads_again_and_gives_other_pseudonyms(
    tmp_path: Path, episodes: Definition
) -> None:
    """Given none, one and another key in turn, then refused, read, and read again.

    No lake file has a number, or a hash of one that needs no key.
    """
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "episodes.csv").write_text(ROWS)
    warehouse = Warehouse(tmp_path / "home")
    warehouse.fetch(folder)
    assert _load(warehouse, episodes, None).state == "quarantined"
    first = _load(warehouse, episodes, KEY)
    second = _load(warehouse, episodes, OTHER)
    assert (first.state, second.state) == ("read", "read")
    assert first.lake_path != second.lake_path
    one, other = (_people(warehouse, reading) for reading in (first, second))
    assert one.isdisjoint(other)
    unkeyed = {
        make(number.encode()).hexdigest()
        for make in (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.sha512)
        for number in ("9991234560", "999 123 4560", "9990000018")
    }
    assert unkeyed.isdisjoint(one | other)
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file() and path != landed_path(warehouse.landing, first.sha256):
            assert b"9991234560" not in path.read_bytes(), path.name


def test_f120_f128_a_refused_file_leaves_nothing_behind_but_itself(tmp_path: Path) -> None:
    """Given NHS numbers that nobody declared, then catalogue, lake and logs have none of them."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "episodes.csv").write_text(ROWS.replace("9991234560", "9991234519"))
    (tmp_path / "episodes.yml").write_text(EPISODES.replace("pseudonym: true, ", ""))
    warehouse = Warehouse(tmp_path / "home")
    warehouse.fetch(folder)
    refused = _load(warehouse, load_definition(tmp_path / "episodes.yml"), None)
    assert refused.state == "quarantined"
    assert "an NHS number" in (refused.reason or "")
    landed = landed_path(warehouse.landing, refused.sha256)
    others = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path != landed]
    assert others
    for path in others:
        content = path.read_bytes()
        assert b"9991234519" not in content, path.name
        assert b"9990000018" not in content, path.name


def _load(warehouse: Warehouse, definition: Definition, key: bytes | None) -> Reading:
    with Catalogue(warehouse.catalogue_path) as catalogue:
        read_landed(
            warehouse.landing,
            warehouse.lake,
            catalogue,
            {"episodes": definition},
            run_id="test",
            limits=LIMITS,
            pseudonym_key=key,
        )
        (reading,) = catalogue.readings().values()
    return reading


def _people(warehouse: Warehouse, reading: Reading) -> set[str]:
    assert reading.lake_path is not None
    return set(pl.read_parquet(warehouse.lake / reading.lake_path)["person"].drop_nulls())


def test_f122_the_key_changes_no_other_return(tmp_path: Path, episodes: Definition) -> None:
    """Given another key, then only returns with pseudonyms are read again, and no mark tells it."""
    plain_text = EPISODES.replace("return: episodes", "return: plain").replace(
        "pseudonym: true, ", ""
    )
    (tmp_path / "plain.yml").write_text(plain_text)
    both = {"episodes": episodes, "plain": load_definition(tmp_path / "plain.yml")}
    none, one, other = (fingerprints(both, pseudonym_key=key) for key in (None, KEY, OTHER))
    assert none["plain"] == one["plain"] == other["plain"]
    assert len({none["episodes"], one["episodes"], other["episodes"]}) == 3


def test_a_pseudonym_is_a_text(tmp_path: Path) -> None:
    """Given a pseudonym that is to be a number, then the definition is refused."""
    path = tmp_path / "episodes.yml"
    path.write_text(EPISODES.replace("pseudonym: true,", "pseudonym: true, type: integer,"))
    with pytest.raises(DefinitionError, match="is a text"):
        load_definition(path)


@pytest.mark.parametrize(
    ("content", "mode", "place", "said"),
    [
        (b"k" * 31, 0o600, "", "31 bytes"),
        (b"k" * 40, 0o640, "", "chmod 600"),
        (b"k" * 40, 0o600, "home", "lies within"),
        (None, 0o600, "", "cannot be read"),
    ],
)
def test_f122_a_key_that_is_no_secret_is_refused(
    tmp_path: Path, content: bytes | None, mode: int, place: str, said: str
) -> None:
    """Given a key that is short, open to others, in the warehouse or not there, then no load."""
    (tmp_path / "home").mkdir()
    path = tmp_path / place / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(PseudonymKeyError, match=said) as caught:
        load_key(path, tmp_path / "home")
    assert "kkkk" not in str(caught.value)


def test_a_good_key_is_read_without_its_line_end(tmp_path: Path) -> None:
    """Given a file of 32 bytes and a line end that only its owner reads, then that is the key."""
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    path.chmod(0o600)
    assert load_key(path, tmp_path / "home") == KEY
    assert load_key(None, tmp_path) is None
