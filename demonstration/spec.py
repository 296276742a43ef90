"""The strict models of a return's data file: what a publisher's file looks like, and since when."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from demonstration.months import Month


class Strict(BaseModel):
    """A model that refuses keys it does not know and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spell(Strict):
    """Something that holds from `since` to `until`, both included; open where left out."""

    since: Month | None = None
    until: Month | None = None

    def holds(self, month: date) -> bool:
        """Say whether it holds in a month."""
        return (self.since is None or self.since <= month) and (
            self.until is None or month <= self.until
        )


class Wording(Spell):
    """One wording of a text, and when the publisher used it."""

    text: str


def _always(text: object) -> object:
    """Let a plain text stand for a wording that always holds."""
    return ({"text": text},) if isinstance(text, str) else text


Dated = Annotated[tuple[Wording, ...], BeforeValidator(_always)]
"""A text, or a list of wordings with the months in which each holds."""


def worded(dated: Dated, month: date) -> str | None:
    """Give the first wording that holds in a month; None when there was none then."""
    return next((wording.text for wording in dated if wording.holds(month)), None)


class Publication(Spell):
    """The day a month's figures come out: the nth weekday, some months after the period ends."""

    months_after: int = Field(ge=0)
    weekday: int = Field(ge=0, le=6, description="Monday is 0.")
    which: int = Field(ge=1, le=4)


class Files(Strict):
    """How figures are spread over files, and what a file is called."""

    name: str = Field(pattern="SYNTHETIC", description="A template; says what the file is.")
    each: Literal["month", "quarter", "financial_year", "series"]
    format: Literal["xlsx", "csv"] = "xlsx"
    encoding: str = "utf-8"


class Revision(Strict):
    """A later vintage: figures of the last months differ a little from the first issue."""

    last_months: int = Field(ge=1)
    subjects_share: float = Field(gt=0, le=1, description="Share of subjects that resubmit.")
    change: float = Field(gt=0, lt=0.5, description="Largest relative change of a figure.")


class TitleLine(Strict):
    """A line of the title block: a label in column B, its text in column C."""

    row: int = Field(ge=1)
    label: str
    text: Dated


class Column(Spell):
    """A column: a label (`cells`), figures (`of`), or a spacer when it has neither.

    `headings` go from the top level to the lowest; `for_each` makes one column for each member of
    each dimension, named by a label set, and adds a heading level for each dimension.
    """

    headings: tuple[Dated, ...] = ()
    cells: Dated | None = None
    total: Dated = ()
    if_empty: str = ""
    of: tuple[str, ...] = ()
    where: dict[str, str] = {}
    for_each: dict[str, str] = {}
    per_day: bool = False
    if_total_zero: Dated = ()
    if_impossible: Dated = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.of and self.cells is not None:
            raise ValueError("a column has either `cells` or `of`, not both")
        return self


class Rows(Spell):
    """A run of rows: the control total, blank rows, or one row for each of something."""

    kind: Literal["total", "blank", "subjects", "groups", "months", "members"]
    count: int = Field(1, ge=1, description="How many, for blank rows.")
    order: Dated = ()
    for_each: dict[str, str] = {}
    words: dict[str, str] = {}


class Table(Strict):
    """A table: its lowest heading row (1-based), first column, columns and rows."""

    header_row: int = Field(ge=1)
    first_column: int = Field(2, ge=1)
    columns: tuple[Column, ...]
    rows: tuple[Rows, ...]
    notes: tuple[Dated, ...] = ()


class Cell(Strict):
    """A cell of its own: a heading, a remark, a stray helper number."""

    at: str = Field(pattern=r"^[A-Z]{1,2}[1-9][0-9]*$")
    text: Dated = ()
    number: float | None = None


class Sheet(Spell):
    """A sheet; `words` fill the title block, `marker` says where SYNTHETIC stands."""

    name: Dated
    hidden: bool = False
    marker: str = Field("B1", pattern=r"^[A-Z]{1,2}[1-5]$")
    titled: bool = True
    words: dict[str, Dated] = {}
    cells: tuple[Cell, ...] = ()
    table: Table | None = None


class ReturnSpec(Strict):
    """A return: which figures it shows, in which months, and how its files look in each era."""

    id: str = Field(alias="return")
    publisher: str
    figures: str
    files: Files
    first: Month
    last: Month
    eras: dict[str, Month] = Field(description="Each layout and the first month that has it.")
    also: tuple[Month, ...] = ()
    published: tuple[Publication, ...]
    revised: Revision | None = None
    labels: dict[str, dict[str, Dated]] = {}
    title_block: tuple[TitleLine, ...] = ()
    sheets: tuple[Sheet, ...]

    @model_validator(mode="after")
    def _labels_exist(self) -> Self:
        """Refuse a label set that is used and not defined."""
        tables = [sheet.table for sheet in self.sheets if sheet.table]
        used = [column.for_each for table in tables for column in table.columns]
        used += [rows.for_each for table in tables for rows in table.rows]
        unknown = {name for sets in used for name in sets.values()} - set(self.labels)
        if unknown:
            raise ValueError(f"unknown label sets: {', '.join(sorted(unknown))}")
        return self


def read_return(path: Path) -> ReturnSpec:
    """Read and validate one return's data file; ValidationError names what is wrong."""
    return ReturnSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def cell_position(reference: str) -> tuple[int, int]:
    """Turn `B1` into (row, column), both from 0."""
    match = re.fullmatch(r"([A-Z]+)([0-9]+)", reference)
    if match is None:
        raise ValueError(f"{reference!r} is not a cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1
