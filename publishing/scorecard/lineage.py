"""The way back of figures: mart `lineage` as the pages look it up, thousands of times.

The mart is ordered by a hash, so that the parts of one chart lie all over it: in DuckDB each level
of a way back would cost a look through the whole mart. It is copied once into an indexed SQLite
file that nobody else sees; from there a way back takes microseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from publishing.scorecard.page import SourceCell

_OF_ANOTHER_KIND = {
    "population": "population",
    "deflator": "deflator",
    "the metric divided by": "divided by",
}
"""Operations of parts that are no part of the sum, with what the label of their cells adds."""

_SOURCES = """
    SELECT row_number() OVER (ORDER BY source_sha256, source_sheet, operation) AS source_id, *
    FROM (SELECT DISTINCT source_sha256, source_sheet, operation FROM lineage)
"""
_LINEAGE = f"""
    WITH source AS ({_SOURCES})
    SELECT ('0x' || lineage_id)::BIGINT, part, ('0x' || child_lineage_id)::BIGINT, source_id,
        source_row, source_column, raw_text
    FROM lineage
    JOIN source ON lineage.operation = source.operation
        AND lineage.source_sha256 IS NOT DISTINCT FROM source.source_sha256
        AND lineage.source_sheet IS NOT DISTINCT FROM source.source_sheet
"""  # noqa: S608 - both are ours
_FILES = "SELECT source_sha256, file_name, return_id FROM source_file"
_CELLS = """
    SELECT source_id, line, col, raw_text FROM part
    WHERE lineage_id = ? AND child_id IS NULL ORDER BY part
"""
_CHILDREN = """
    SELECT child_id, source_id FROM part
    WHERE lineage_id = ? AND child_id IS NOT NULL ORDER BY part DESC
"""
_COUNT = "SELECT count(*) FROM part WHERE lineage_id = ? AND child_id IS NULL"


@dataclass(frozen=True)
class Lineage:
    """The mart of that name in SQLite, by figure.

    `sources` are (sha256, sheet, operation), `files` by sha256 are (file name, return).
    """

    connection: sqlite3.Connection
    sources: Mapping[int, tuple[str | None, str | None, str]]
    files: Mapping[str, tuple[str, str | None]]


def copy_lineage(marts: duckdb.DuckDBPyConnection) -> Lineage:
    """Copy mart `lineage` into an unnamed SQLite file, which is gone with its connection.

    `marts` has schema `marts` as its default. Keys are kept as the numbers that their digits are.
    """
    # An empty name is a file of SQLite's own that it deletes; it holds 2 MB of it in memory.
    copy = sqlite3.connect("")
    copy.executescript("""
        PRAGMA journal_mode = off;
        PRAGMA synchronous = off;
        PRAGMA cache_size = -2000;
        CREATE TABLE part (
            lineage_id INTEGER, part INTEGER, child_id INTEGER, source_id INTEGER,
            line INTEGER, col TEXT, raw_text TEXT,
            PRIMARY KEY (lineage_id, part)
        ) WITHOUT ROWID;
    """)
    marts.execute(_LINEAGE)
    while batch := marts.fetchmany(5000):
        copy.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", batch)
    sources = {row[0]: row[1:] for row in marts.execute(_SOURCES).fetchall()}
    files = marts.execute(_FILES).fetchall()
    return Lineage(copy, sources, {row[0]: row[1:] for row in files})


def cells_of(lineage: Lineage, figures: Mapping[str, str]) -> Iterator[SourceCell]:
    """Give the cells that figures rest on, figure by figure and each once.

    `figures` leads from `lineage_id` to label. The cells of a denominator say so in theirs.
    """
    for label, node in _nodes(lineage, figures):
        for source, line, column, raw_text in lineage.connection.execute(_CELLS, [node]):
            sha256, sheet, operation = lineage.sources[source]
            if sha256 is None:  # a publication that no landed file holds
                yield SourceCell(label, raw_text, None, None, None, None, operation)
                continue
            name, return_id = lineage.files[sha256]
            where = (sha256, sheet, f"{column}{line}")
            yield SourceCell(label, name, *where, raw_text, operation, return_id)


def count_cells(lineage: Lineage, figures: Mapping[str, str]) -> int:
    """Count the cells of figures without reading what stands in them."""
    counted = (
        lineage.connection.execute(_COUNT, [node]).fetchone()[0]
        for _, node in _nodes(lineage, figures)
    )
    return sum(counted)


def _nodes(lineage: Lineage, figures: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Give the figures, and those that they were worked out from, each once, with a label.

    What figures were divided by comes after all of them, for it has far more cells.
    """
    seen: set[int] = set()
    later: list[tuple[str, int]] = []
    for label, node in ((label, int(key, 16)) for key, label in figures.items()):
        yield from _below(lineage, [(label, node)], seen, later)
    while later:
        yield from _below(lineage, [later.pop(0)], seen, later)


def _below(
    lineage: Lineage,
    waiting: list[tuple[str, int]],
    seen: set[int],
    later: list[tuple[str, int]],
) -> Iterator[tuple[str, int]]:
    """Give what waits and all below it, in order; parts of another kind are put off to `later`."""
    while waiting:
        label, node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        yield label, node
        for child, source in lineage.connection.execute(_CHILDREN, [node]).fetchall():
            kind = _OF_ANOTHER_KIND.get(lineage.sources[source][2])
            if kind:
                later.append((f"{label} ({kind})", child))
            else:
                waiting.append((label, child))
