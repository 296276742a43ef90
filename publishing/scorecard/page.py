"""A page, a table and a chart, as the sections give them and the site writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup

from publishing.scorecard import words

UNRECOGNISED = "unrecognised"
"""What the page of the files is called that no return knows."""

CellValue = str | int | float | bool | None


@dataclass(frozen=True)
class Page:
    """One HTML page: `path` below `scorecard/`, `section` the entry of the navigation it is in.

    `body` is what `Site.render` gave; `crumbs` are (title, path below `scorecard/`) from the
    overview down to the page's parent; `description` is one sentence for search and sharing.
    """

    path: str
    title: str
    description: str
    section: str
    body: Markup
    crumbs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a table on a page: `key` names it in the CSV.

    `is_number` aligns it right; `is_prose` gives room to whole sentences.
    """

    key: str
    heading: str
    is_number: bool = False
    is_prose: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what is shown, and what the CSV holds (exact, unrounded).

    `status` is the value status of a figure, which the CSV has beside it; `href` is relative to
    the page; `sort` orders the column by script where `raw` does not.
    """

    shown: str | Markup
    raw: CellValue = None
    href: str | None = None
    status: str | None = None
    sort: CellValue = None


def figure_cell(value: float | None, status: str, unit: str | None) -> Cell:
    """Return the cell of a figure: its number, or the sign of why there is none."""
    return Cell(words.shown(value, status, unit), value, status=status)


@dataclass(frozen=True)
class Table:
    """A table on a page. The first cell of a row is its heading. `csv` is its file's path.

    `id` is unique on the page; `can_search` gives it a search field by script; `row_ids` are the
    rows' own, to which other pages lead, None for one without.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    csv: str | None = None
    can_search: bool = False
    row_ids: Sequence[str | None] = ()

    @cached_property
    def _has_status(self) -> tuple[bool, ...]:
        """Say of each column whether its cells are figures, which have a status."""
        places = range(len(self.columns))
        return tuple(any(row[place].status is not None for row in self.rows) for place in places)

    def csv_header(self) -> list[str]:
        """Return the names of the CSV's columns: one of figures has their statuses after it."""
        return [
            name
            for column, has_status in zip(self.columns, self._has_status, strict=True)
            for name in (column.key, f"{column.key}_status")[: 2 if has_status else 1]
        ]

    def csv_rows(self) -> Iterator[list[CellValue]]:
        """Give the rows as the CSV has them."""
        for row in self.rows:
            yield [
                said
                for cell, has_status in zip(row, self._has_status, strict=True)
                for said in (cell.raw, cell.status)[: 2 if has_status else 1]
            ]


@dataclass(frozen=True)
class SourceCell:
    """A publisher's cell that a figure rests on, with the text that stands in it.

    `return_id` is the file's, as `marts.source_file` has it: the link to the file needs it.
    Without `source_sha256` it is a publication that no landed file holds, named by `file_name`.
    """

    figure: str
    file_name: str
    source_sha256: str | None
    sheet: str | None
    cell: str | None
    raw_text: str | None
    operation: str | None
    return_id: str | None = None

    @property
    def href(self) -> str | None:
        """Where the file is told of, below `scorecard/`: on its return's page of the sources."""
        if self.source_sha256 is None:
            return None
        return source_path(self.return_id, self.source_sha256)


def source_path(return_id: str | None, source_sha256: str) -> str:
    """Return the place of a landed file below `scorecard/`; None is a file no return knows."""
    return f"sources/{return_id or UNRECOGNISED}.html#f-{source_sha256[:12]}"


@dataclass(frozen=True)
class Chart:
    """A chart: its title says the finding, `description` says in words what the picture shows.

    `svg` is a whole `<svg>` element with `role="img"`, without a script or a reference to outside.
    `table` has its figures, `cells` the publishers' cells that they rest on: the first ones of
    `cells_count`. The file `cells_csv` lists all of them, or `cells_listed` where that is given.
    """

    id: str
    title: str
    description: str
    svg: Markup
    table: Table
    cells: Sequence[SourceCell] = field(default_factory=tuple)
    cells_csv: str | None = None
    cells_count: int = 0
    cells_listed: int | None = None
    note: str | Markup | None = None
