"""The data dictionary: every table of the release, every column, and the words of the field."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from publishing.mart_keys import KEYS
from publishing.mart_tables import Column as MartColumn
from publishing.mart_tables import Table as MartTable
from publishing.mart_tables import describe, quoted
from publishing.scorecard import words
from publishing.scorecard.links import Links, links_of
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.site import Site

PATH = "dictionary.html"
GLOSSARY = Path(__file__).parent / "glossary.csv"
"""Words and their meanings, `docs/glossary.md` for those who have the pages only."""

_TYPES: Mapping[str, str] = {
    "VARCHAR": "text",
    "DOUBLE": "number",
    "BIGINT": "whole number",
    "INTEGER": "whole number",
    "BOOLEAN": "true or false",
    "DATE": "date",
    "TIMESTAMP": "date and time (UTC)",
}


@dataclass(frozen=True)
class Term:
    """A word of the field and what it means here."""

    term: str
    meaning: str


def pages(site: Site) -> Iterator[Page]:
    """Give the page of all tables with the glossary, and one page for each table."""
    found = site.connection.execute("SELECT current_database()").fetchone()
    tables = describe(site.connection, str(found[0]) if found else "")
    rows = {table.name: _count(site, table.name) for table in tables}
    links = links_of(site)
    yield _overview(site, links, tables, rows)
    for table in tables:
        yield _page(site, links, table, rows[table.name])


def read_glossary(path: Path = GLOSSARY) -> list[Term]:
    """Read the words of the field; see `docs/glossary.md`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Term(row["term"], row["meaning"]) for row in csv.DictReader(file)]


def type_in_words(type_: str) -> str:
    """Say what a column of a DuckDB type holds."""
    return _TYPES.get(type_, type_.lower())


def _count(site: Site, name: str) -> int:
    sql = f"SELECT count(*) AS rows FROM {quoted(name)}"  # noqa: S608 - a table of the release
    return int(str(site.rows(sql)[0]["rows"]))


def _overview(
    site: Site, links: Links, tables: Sequence[MartTable], rows: Mapping[str, int]
) -> Page:
    listed = Table(
        "tables",
        "Tables of this release",
        (
            Column("table", "Table"),
            Column("row", "One row", is_prose=True),
            Column("rows", "Rows", is_number=True),
            Column("columns", "Columns", is_number=True),
        ),
        [
            (
                Cell(table.name, table.name, href=f"dictionary/{table.name}.html"),
                Cell(links.told(_first_sentence(table.comment), ""), table.comment),
                Cell(words.number(rows[table.name]), rows[table.name]),
                Cell(str(len(table.columns)), len(table.columns)),
            )
            for table in tables
        ],
        csv="data/dictionary-tables.csv",
    )
    site.write_table_csv(listed)
    every = site.write_csv(
        "data/dictionary-columns.csv",
        ("table", "column", "type", "is_key", "meaning"),
        (
            (
                table.name,
                column.name,
                column.type,
                column.name in KEYS.get(table.name, ()),
                column.comment,
            )
            for table in tables
            for column in table.columns
        ),
    )
    body = site.render(
        "dictionary.html",
        PATH,
        tables=listed,
        every=every,
        columns=sum(len(table.columns) for table in tables),
        glossary=read_glossary(),
    )
    return Page(
        PATH,
        "Data dictionary",
        "Every table and column of this release, and the words of the field.",
        "dictionary",
        body,
        (("England", "index.html"),),
    )


def _first_sentence(text: str | None) -> str | None:
    if text is None:
        return None
    head, mark, _ = text.partition(". ")
    return head + "." if mark else text


def _page(site: Site, links: Links, table: MartTable, rows: int) -> Page:
    path, root = f"dictionary/{table.name}.html", "../"
    key = KEYS.get(table.name, ())
    listed = Table(
        "columns",
        f"Columns of {table.name}",
        (
            Column("column", "Column"),
            Column("type", "Holds"),
            Column("is_key", "Key"),
            Column("filled", "Filled", is_number=True),
            Column("meaning", "Meaning", is_prose=True),
        ),
        [
            _column(links, column, root, is_key=column.name in key, filled=count, rows=rows)
            for column, count in zip(table.columns, _filled(site, table), strict=True)
        ],
        csv=f"data/dictionary/{table.name}-columns.csv",
    )
    site.write_table_csv(listed)
    body = site.render(
        "dictionary_table.html",
        path,
        name=table.name,
        says=links.told(table.comment, root),
        rows=rows,
        key=key,
        columns=listed,
        files=[
            (kind, f"../{folder}/{table.name}.{ending}")
            for kind, folder, ending in (("CSV", "csv", "csv"), ("Parquet", "parquet", "parquet"))
            if (site.release / folder / f"{table.name}.{ending}").is_file()
        ],
    )
    return Page(
        path,
        f"Table {table.name}",
        f"Columns, key and rows of table {table.name}.",
        "dictionary",
        body,
        (("England", "index.html"), ("Dictionary", PATH)),
    )


def _filled(site: Site, table: MartTable) -> list[int]:
    """Return how many rows have a value in each column."""
    counts = ", ".join(
        f"count({quoted(column.name)}) AS c{number}" for number, column in enumerate(table.columns)
    )
    (row,) = site.rows(f"SELECT {counts} FROM {quoted(table.name)}")  # noqa: S608 - names of ours
    return [int(str(count)) for count in row.values()]


def _column(
    links: Links, column: MartColumn, root: str, *, is_key: bool, filled: int, rows: int
) -> tuple[Cell, ...]:
    return (
        Cell(Markup("<code>{}</code>").format(column.name), column.name),
        Cell(type_in_words(column.type), column.type),
        Cell("key" if is_key else "", is_key),
        Cell(share(filled, rows), filled),
        Cell(links.told(column.comment, root), column.comment),
    )


def share(filled: int, rows: int) -> str:
    """Say how many of the rows have a value; neither all nor none is said of nearly so."""
    if rows == 0 or filled in (0, rows):
        return "no rows" if rows == 0 else "all" if filled else "none"
    return f"{min(max(filled / rows * 100, 0.1), 99.9):.1f}%"
