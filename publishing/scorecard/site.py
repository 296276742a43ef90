"""The site: what every section makes its pages from, and writes the files of its tables with."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from publishing.exports.csv_files import guarded
from publishing.mart_tables import quoted
from publishing.scorecard import words
from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.lineage import Lineage, copy_lineage
from publishing.scorecard.page import CellValue, Table

FOLDER = "scorecard"
"""Where the pages lie in a release."""

Row = Mapping[str, object]
Parameters = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True)
class Site:
    """What a section makes its pages from: the marts (read-only), the release, the templates."""

    connection: duckdb.DuckDBPyConnection
    release: Path
    facts: ReleaseFacts

    @property
    def out(self) -> Path:
        """The folder of the pages."""
        return self.release / FOLDER

    @cached_property
    def lineage(self) -> Lineage:
        """Mart `lineage`, copied so that the cells of a chart are found at once."""
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(self._use)
            return copy_lineage(cursor)

    @cached_property
    def templates(self) -> Environment:
        """Jinja's environment: everything is escaped, an unknown name is an error."""
        environment = Environment(
            loader=PackageLoader("publishing.scorecard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(words.FILTERS)
        environment.globals["facts"] = self.facts
        return environment

    @cached_property
    def _use(self) -> str:
        """The statement that gives a cursor its connection's schema: it does not inherit it."""
        found = self.connection.execute("SELECT current_database(), current_schema()").fetchone()
        database, schema = found or ("memory", "main")
        return f"USE {quoted(database)}.{quoted(schema)}"

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, object]]:
        """Return the rows of a query as dicts; for what fits a page."""
        return list(self.each(sql, parameters))

    def each(self, sql: str, parameters: Parameters = ()) -> Iterator[dict[str, object]]:
        """Give the rows of a query one by one, on a cursor of its own.

        `parameters` are in the order of `?`, or by name for `$name`.
        """
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(self._use)
            if isinstance(parameters, Mapping):
                cursor.execute(sql, dict(parameters))
            else:
                cursor.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description or ()]
            while batch := cursor.fetchmany(1000):
                for values in batch:
                    yield dict(zip(names, values, strict=True))

    def render(self, template: str, path: str, **data: object) -> Markup:
        """Render the body of a page; `path` is the page's, from which links are relative."""
        return Markup(  # noqa: S704 - Jinja has escaped it
            self.templates.get_template(template).render(root=root_of(path), path=path, **data)
        )

    def write_csv(
        self, path: str, header: Sequence[str], rows: Iterable[Sequence[CellValue]]
    ) -> str:
        """Write a CSV file (UTF-8 with a mark, for spreadsheets) and return its path.

        A text that a spreadsheet would calculate is guarded as those of the marts are.
        """
        target = self.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(map(_written, header))
            writer.writerows(map(_written, row) for row in rows)
        return path

    def write_table_csv(self, table: Table) -> str:
        """Write the CSV of a table that a page shows. Raises ValueError for one without a path."""
        if table.csv is None:
            raise ValueError(f"table {table.id} has no CSV")
        return self.write_csv(table.csv, table.csv_header(), table.csv_rows())

    def with_csv(self, table: Table) -> Table:
        """Write the CSV of a table and return the table."""
        self.write_table_csv(table)
        return table


def root_of(path: str) -> str:
    """Return the way from a page up to the folder of the pages: '' or '../'."""
    return "../" * (len(PurePosixPath(path).parts) - 1)


def _written(value: CellValue) -> CellValue:
    return guarded(value) if isinstance(value, str) else value
