"""The page of downloads: every file of the release, how to cite it and how to query it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from publishing.manifest import MANIFEST_NAME
from publishing.mart_tables import quoted
from publishing.pointer import MARTS_NAME
from publishing.scorecard import words
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.site import Site
from publishing.scorecard.sources import size

PATH = "downloads.html"

_WHOLE: Mapping[str, str] = {
    MARTS_NAME: "Every table in one DuckDB database; any DuckDB since 1.0 opens it",
    "datapackage.json": "What each file holds, as a Frictionless Data Package",
    "csv-metadata.json": "What each CSV holds, as CSV on the Web (W3C)",
    "dcat.jsonld": "The release as a data set of a catalogue (DCAT 3)",
    "docs/index.html": "How each table is made from the others, to look through",
    "quality/index.html": "The report of the audit",
    "quality/checks.csv": "Every check of the audit and how it came out",
    "quality/processing.json": "The record of processing: why each return is held, and its licence",
}

QUERY = """\
import duckdb
marts = duckdb.connect("marts.duckdb", read_only=True)
marts.sql("SELECT * FROM marts.marts.metric_value WHERE area_code = 'E92000001'").show()
"""
"""A first query, as the page shows it; a test runs it."""


@dataclass(frozen=True)
class File:
    """A file of the release, by its path in it."""

    path: str
    says: str
    bytes: int
    sha256: str


def pages(site: Site) -> Iterator[Page]:
    """Give the page of downloads. It links to what lies in the release when the pages are made."""
    whole = [
        _file(site.release, path, says) for path, says in _WHOLE.items() if _is_there(site, path)
    ]
    body = site.render(
        "downloads.html",
        PATH,
        whole=_files_table(site, whole),
        tables=_tables(site),
        manifest=f"../{MANIFEST_NAME}",
        cite=citation(site),
        query=QUERY,
    )
    yield Page(
        PATH,
        "Downloads",
        "The whole release to download, with sizes, rows and hashes; how to cite and query it.",
        "downloads",
        body,
        (("England", "index.html"),),
    )


def citation(site: Site) -> str:
    """Return how to name this release as a source."""
    facts = site.facts
    said = f"joinedup, release {facts.release_id}, made on {words.day(facts.made_at.date())}"
    if facts.as_at:
        said += f", of what was known on {words.day(facts.as_at)}"
    if facts.is_synthetic:
        return f"{said}. SYNTHETIC: no figure of it is real."
    return (
        f"{said}. Contains public sector information licensed under the Open Government Licence "
        "v3.0."
    )


def _is_there(site: Site, path: str) -> bool:
    return (site.release / path).is_file()


def _file(release: Path, path: str, says: str) -> File:
    with (release / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path, says, (release / path).stat().st_size, digest)


def _files_table(site: Site, files: Sequence[File]) -> Table:
    return site.with_csv(
        Table(
            "files",
            "The release as a whole",
            (
                Column("file", "File"),
                Column("says", "What it is", is_prose=True),
                Column("bytes", "Size", is_number=True),
                Column("sha256", "sha256"),
            ),
            [
                (
                    Cell(file.path, file.path, href=f"../{file.path}"),
                    Cell(file.says, file.says),
                    Cell(size(file.bytes), file.bytes),
                    Cell(Markup('<code class="hash">{}</code>').format(file.sha256), file.sha256),
                )
                for file in files
            ],
            csv="data/downloads-files.csv",
        )
    )


def _tables(site: Site) -> Table:
    """Return each table of the release with its files, as far as they are there."""
    names = site.rows(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() "
        "AND schema_name = current_schema() ORDER BY 1"
    )
    kinds = [
        (kind, ending)
        for kind, ending in (("csv", "CSV"), ("parquet", "Parquet"))
        if (site.release / kind).is_dir()
    ]
    return site.with_csv(
        Table(
            "tables",
            "Table by table",
            (
                Column("table", "Table"),
                Column("rows", "Rows", is_number=True),
                *(Column(f"{kind}_bytes", heading, is_number=True) for kind, heading in kinds),
                *(Column(f"{kind}_sha256", f"sha256 of the {heading}") for kind, heading in kinds),
            ),
            [
                _table_row(site, str(row["table_name"]), [kind for kind, _ in kinds])
                for row in names
            ],
            csv="data/downloads-tables.csv",
        )
    )


def _table_row(site: Site, name: str, kinds: Sequence[str]) -> tuple[Cell, ...]:
    sql = f"SELECT count(*) AS rows FROM {quoted(name)}"  # noqa: S608 - a table of the release
    rows = int(str(site.rows(sql)[0]["rows"]))
    files = [
        _file(site.release, path, "") if _is_there(site, path) else None
        for path in (f"{kind}/{name}.{kind}" for kind in kinds)
    ]
    return (
        Cell(name, name, href=f"dictionary/{name}.html"),
        Cell(words.number(rows), rows),
        *(
            Cell(size(file.bytes), file.bytes, href=f"../{file.path}") if file else Cell("")
            for file in files
        ),
        *(
            Cell(Markup('<code class="hash">{}</code>').format(file.sha256), file.sha256)
            if file
            else Cell("")
            for file in files
        ),
    )
