"""Record returns: wide files with a row for each body, place or event, kept as they are.

A statistical return becomes long observations; a record return keeps its columns, typed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ingestion.layouts import Strict, Wording

RecordType = Literal["text", "integer", "number", "day", "compact_day", "day_month_first", "yes_no"]


class RecordColumn(Strict):
    """One column: the name it is kept under, its type, and how it is found.

    `heading` (in files with headings) or `position` (counted from 1, in files without).
    """

    heading: Wording | None = None
    also_written: list[Wording] = Field(default_factory=list)
    position: int | None = Field(None, ge=1)
    type: RecordType = "text"
    is_required: bool = False
    form: str | None = Field(None, description="Regular expression of the whole text.")
    optional: bool = Field(False, description="The column may be absent from a file.")
    pseudonym: bool = Field(
        False, description="Names a person: kept as a keyed hash of what the file says, only."
    )
    organisations_own: bool = Field(
        False, description="Addresses of organisations, which are no personal data."
    )

    @property
    def wordings(self) -> list[str]:
        """All wordings of its heading."""
        return [*([self.heading] if self.heading else []), *self.also_written]

    @model_validator(mode="after")
    def _pseudonym_is_text(self) -> RecordColumn:
        if self.pseudonym and self.type != "text":
            raise ValueError("a `pseudonym` is a text: leave `type` out")
        return self


class RecordLayout(Strict):
    """One layout of a record return: its sheet (if a workbook) and its columns."""

    sheet: str | None = None
    columns: dict[str, RecordColumn] = Field(min_length=1)
    column_counts: list[int] = Field(
        default_factory=list, description="How many columns a file without headings may have."
    )
    ignored: list[Wording] = Field(default_factory=list, description="Headings that are not kept.")
    key: list[str] = Field(default_factory=list, description="No two rows have the same.")

    @property
    def is_headed(self) -> bool:
        """Tell whether the files have a row of headings."""
        return not self.column_counts

    @model_validator(mode="after")
    def _finds_its_columns(self) -> RecordLayout:
        for name, column in self.columns.items():
            if self.is_headed == (column.heading is None):
                wanted = "`heading`" if self.is_headed else "`position`"
                raise ValueError(f"columns.{name}: {wanted} is needed")
            if not self.is_headed and column.position is None:
                raise ValueError(f"columns.{name}: `position` is needed")
        missing = [name for name in self.key if name not in self.columns]
        if missing:
            raise ValueError(f"key: no such column {missing}")
        return self
