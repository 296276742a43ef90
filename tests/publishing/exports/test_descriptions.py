"""What a release says of itself in open formats, read by the libraries of those formats."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from frictionless import Package, system
from rdflib import DCAT, DCTERMS, RDF, Dataset, Literal, URIRef

from publishing.exports.descriptions import DESCRIPTIONS
from publishing.exports.released import FOREIGN_KEYS, KEYED_BY_EMPTY_TEXT, STATED_LICENCES
from publishing.keeping import roll_back
from publishing.manifest import manifest_text, seal
from publishing.mart_keys import KEYS
from publishing.pointer import Release, ReleaseError, load_release, verify
from publishing.release import release_marts
from tests.publishing.conftest import COUNCIL, Builder
from tests.publishing.few_marts import write_quality

MARTS = Path(__file__).parents[3] / "dbt_project" / "models" / "marts"
OGL = STATED_LICENCES["OGL-UK-3.0"][1]
SPDX = "http://spdx.org/rdf/terms#"
RETURNS = [
    {
        "return": "delays",
        "title": "Delays by council",
        "publisher": "A publisher",
        "landing_page": "https://example.org/delays",
        "licence": "OGL-UK-3.0",
        "held": {"files": 1, "bytes": 3},
    },
    {
        "return": "beds",
        "title": "Beds",
        "publisher": "Another",
        "landing_page": "https://example.org/beds",
        "licence": "none stated",
        "held": {"files": 2},
    },
    {
        "return": "not_held",
        "title": "Not held",
        "publisher": "A publisher",
        "landing_page": "https://example.org/not",
        "licence": "OGL-UK-3.0",
        "held": {"files": 0},
    },
]


@pytest.fixture(scope="module")
def release(built: Any, tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Release:
    """A synthetic release of two returns, of which one states a licence."""
    folder = tmp_path_factory.mktemp("described")
    quality = write_quality(folder / "quality")
    (quality / "processing.json").write_text(json.dumps({"returns": RETURNS}))
    return release_marts(
        with_keys(Path(shutil.copyfile(built(0, True), folder / "candidate.duckdb"))),
        quality,
        folder / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


def with_keys(candidate: Path) -> Path:
    """Give every row a whole key, as the audit would have required of it."""
    with duckdb.connect(str(candidate)) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = 'marts'"
        ).fetchall()
        for table, column, kind in columns:
            if column in KEYS.get(table, ()):
                text = COUNCIL if "area_code" in column else "some"
                value = {"DATE": "2015-04-01", "VARCHAR": text}.get(kind, "1")
                connection.execute(
                    f"UPDATE marts.{table} SET {column} = coalesce({column}, '{value}'::{kind})"  # noqa: S608
                )
    return candidate


def described(release: Release, name: str) -> Any:
    """Read one of the descriptions."""
    return json.loads((release.path / name).read_text(encoding="utf-8"))


@pytest.fixture
def _no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every request fail: a description is read without another one from elsewhere."""

    def refuse(*_: object) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def problems_of(package: dict[str, Any], folder: Path) -> list[str]:
    """Validate a package with the library: descriptor, sha256, bytes, cells, keys and links."""
    # It opens Parquet with a further library only; those files were compared with the database.
    package = package | {
        "resources": [one for one in package["resources"] if one["format"] != "parquet"]
    }
    with system.use_context(trusted=True):
        report = Package.from_descriptor(package, basepath=str(folder)).validate()
    return [" ".join(map(str, found)) for found in report.flatten(["type", "message"])]


@pytest.mark.usefixtures("_no_requests")
def test_the_package_and_every_row_of_it_are_valid(release: Release) -> None:
    """Given a small release
    When the library of Data Packages validates it, row by row
    Then its types, keys, links, sizes and sums all hold.
    """
    assert problems_of(described(release, "datapackage.json"), release.path) == []


@pytest.mark.usefixtures("_no_requests")
def test_the_library_would_find_what_does_not_fit(release: Release) -> None:
    """Given the package with another size, sum, type, key and link than are true
    When it is validated
    Then the library names each: all were looked at.
    """
    package = described(release, "datapackage.json")
    named = {one["name"]: one for one in package["resources"]}
    named["area"]["bytes"] = 1
    named["claim"]["hash"] = f"sha256:{'0' * 64}"
    named["metric"]["schema"]["fields"][0]["type"] = "number"
    named["metric_value"]["schema"]["primaryKey"] = ["metric_id"]
    named["scorecard"]["schema"]["foreignKeys"][0]["reference"]["fields"] = ["title"]
    found = {problem.split()[0] for problem in problems_of(package, release.path)}
    assert found == {"byte-count", "hash-count", "type-error", "primary-key", "foreign-key"}


def test_the_package_tells_files_columns_keys_and_sources(release: Release) -> None:
    """Given a release of demonstration files from two returns
    When its package is read
    Then it says SYNTHETIC, each file with sum and size, units, keys, and each source's licence.
    """
    package = described(release, "datapackage.json")
    assert package["title"].startswith("SYNTHETIC")
    assert package["version"] == package["id"] == release.id
    files = release.manifest.files
    told = {one["path"]: (f"{one['hash']}"[7:], one["bytes"]) for one in package["resources"]}
    promised = {
        name: (entry.sha256, entry.bytes)
        for name, entry in files.items()
        if name.startswith(("csv/", "parquet/", "marts."))
    }
    assert told == promised
    schemas = {one["name"]: one["schema"] for one in package["resources"] if "schema" in one}
    value = next(f for f in schemas["metric_value"]["fields"] if f["name"] == "value")
    assert value == {"name": "value", "type": "number", "description": "The figure; unit: unit"}
    assert schemas["area"]["primaryKey"] == ["area_code"]
    assert "primaryKey" not in schemas["revision"]
    link = {"fields": ["area_code"], "reference": {"resource": "area", "fields": ["area_code"]}}
    assert link in schemas["metric_value"]["foreignKeys"]
    assert [source["return"] for source in package["sources"]] == ["beds", "delays"]
    assert "licenses" not in package["sources"][0]
    assert package["sources"][0]["licence"] == "none stated"
    assert package["sources"][1]["licenses"][0]["path"] == OGL
    assert "licenses" not in package, "one source states none, so the whole has none"


def test_the_entry_for_catalogues_is_rdf(release: Release) -> None:
    """Given the entry for data catalogues
    When an RDF library reads it, without a request
    Then it is a data set of one for each mart, each with two files, their size, sum and licence.
    """
    graph = Dataset(default_union=True)
    graph.parse(
        data=(release.path / "dcat.jsonld").read_text(),
        format="json-ld",
        publicID="https://example.org/release/",
    )
    whole = URIRef("https://example.org/release/")
    assert (whole, RDF.type, DCAT.Dataset) in graph
    assert (whole, URIRef(f"{DCAT}version"), Literal(release.id)) in graph
    assert len(set(graph.objects(whole, DCTERMS.hasPart))) == len(release.manifest.tables)
    area = URIRef(f"{whole}csv/area.csv")
    (distribution,) = graph.subjects(DCAT.downloadURL, area)
    (size,) = graph.objects(distribution, DCAT.byteSize)
    assert int(str(size)) == release.manifest.files["csv/area.csv"].bytes
    (checksum,) = graph.objects(distribution, URIRef(f"{SPDX}checksum"))
    (told,) = graph.objects(checksum, URIRef(f"{SPDX}checksumValue"))
    assert str(told) == release.manifest.files["csv/area.csv"].sha256
    assert set(graph.subjects(DCTERMS.license, URIRef(OGL))) == {URIRef(f"{whole}#return-delays")}
    (of_beds,) = graph.objects(URIRef(f"{whole}#return-beds"), DCTERMS.rights)
    assert "none stated" in str(of_beds)


def test_csv_on_the_web_is_rdf_and_fits_the_files(release: Release) -> None:
    """Given the metadata of the CSV files
    When an RDF library reads it with the context of the standard
    Then each file is a table, whose columns are the heading, and each link leads to a table.
    """
    told = described(release, "csv-metadata.json")
    assert told["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en"}]
    csvw = "http://www.w3.org/ns/csvw#"
    lists = {"@container": "@list"}
    # What that context says of the terms used here; it is not fetched.
    told["@context"] = {
        "@vocab": csvw,
        "dc": str(DCTERMS),
        "url": {"@type": "@id"},
        "resource": {"@type": "@id"},
        "columns": {"@id": f"{csvw}column", **lists},
        "tables": {"@id": f"{csvw}table"},
        "@language": "en",
    }
    graph = Dataset(default_union=True)
    graph.parse(data=json.dumps(told), format="json-ld", publicID="https://example.org/release/")
    urls = {
        str(url).removeprefix("https://example.org/release/")
        for url in graph.objects(None, URIRef(f"{csvw}url"))
    }
    assert urls == {f"csv/{name}.csv" for name in release.manifest.tables}
    linked = set(graph.objects(None, URIRef(f"{csvw}resource")))
    assert linked <= set(graph.objects(None, URIRef(f"{csvw}url")))
    for table in described(release, "csv-metadata.json")["tables"]:
        heading = (release.path / table["url"]).open(encoding="utf-8-sig").readline().strip()
        assert heading.split(",") == [c["name"] for c in table["tableSchema"]["columns"]]


def test_links_are_those_that_the_models_are_tested_for() -> None:
    """Given the tests of the models
    When those of values that are in another mart are gathered
    Then they are the links that a release tells, no more and no fewer.
    """
    found: dict[str, list[tuple[str, str, str]]] = {}
    for file in sorted(MARTS.glob("*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            for column in model["columns"]:
                for test in column.get("data_tests", []):
                    if isinstance(test, dict) and "relationships" in test:
                        asked = test["relationships"]["arguments"]
                        other = asked["to"].removeprefix("ref('").removesuffix("')")
                        link = (column["name"], other, asked["field"])
                        found.setdefault(model["name"], []).append(link)
    assert {name: set(links) for name, links in found.items()} == {
        name: set(links) for name, links in FOREIGN_KEYS.items()
    }
    assert set(KEYS) >= KEYED_BY_EMPTY_TEXT


def test_the_same_release_has_the_same_descriptions(
    build: Builder, quality: Path, tmp_path: Path, now: datetime
) -> None:
    """Given one candidate, when released twice apart, then each description has the same bytes."""
    common: dict[str, Any] = {"inputs_fingerprint": "00c0ffee", "run_id": "run", "now": now}
    first, second = (
        release_marts(build(), quality, tmp_path / name, **common) for name in ("one", "two")
    )
    for name in (*DESCRIPTIONS, "csv/metric_value.csv"):
        assert first.manifest.files[name].sha256 == second.manifest.files[name].sha256


def test_a_record_of_processing_that_cannot_be_read_stops_a_release(
    build: Builder, quality: Path, tmp_path: Path, now: datetime
) -> None:
    """Given a record of processing without licences, when a release is asked for, it says so."""
    (quality / "processing.json").write_text('{"returns": [{"return": "delays"}]}')
    with pytest.raises(ReleaseError, match=r"processing\.json does not say"):
        release_marts(
            build(),
            quality,
            tmp_path / "releases",
            inputs_fingerprint="00c0ffee",
            run_id="run",
            now=now,
        )


def test_a_release_made_before_there_were_exports_is_still_whole(
    build: Builder, quality: Path, tmp_path: Path, now: datetime
) -> None:
    """Given a release without CSV, descriptions and pages, as they were made before
    When it is verified, followed by a new one, and gone back to
    Then it is whole, and readers get it again.
    """
    releases = tmp_path / "releases"
    first = release_marts(
        build(), quality, releases, inputs_fingerprint="0d0d0d0d", run_id="old", now=now
    )
    files = {
        name: entry
        for name, entry in first.manifest.files.items()
        if not name.startswith("csv/") and name not in DESCRIPTIONS
    }
    for name in first.manifest.files.keys() - files.keys():
        (first.path / name).unlink()
    (first.path / "csv").rmdir()
    manifest = seal(first.manifest.model_copy(update={"files": files}))
    (first.path / "manifest.json").chmod(0o644)
    (first.path / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")

    old = load_release(releases, first.id)
    assert verify(old) == []
    later = now + timedelta(days=1)
    second = release_marts(
        build("new.duckdb", added=5),
        quality,
        releases,
        inputs_fingerprint="edededed",
        run_id="new",
        now=later,
    )
    assert "csv/area.csv" in second.manifest.files
    assert roll_back(releases, None, because="a try", by="test", now=later).to == old.id
    assert verify(load_release(releases, old.id)) == []
