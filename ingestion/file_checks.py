"""The arithmetic that a file has to hold by itself, as a definition declares it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ingestion.layouts import Strict, SubjectKind

ValueStatus = Literal["suppressed", "missing", "not_applicable", "not_collected"]


class OfTables(Strict):
    """A check of some of a return's tables."""

    tables: list[str]

    @property
    def of_tables(self) -> list[str]:
        """The tables that the check looks at."""
        return self.tables


class PartsAddUp(OfTables):
    """In each row the column without a breakdown equals the sum of the others.

    With `dimension` the total is the figure whose other members are the same and that has
    none of this dimension (or the member `total`).
    """

    check: Literal["parts_add_up"]
    dimension: str | None = None
    total: str | None = None
    measures: list[str] = Field(default_factory=list, description="All of them if not given.")
    tolerance: float = Field(0.0, ge=0, description="How far rounding may take them apart.")


class RowsAddUp(OfTables):
    """In each column the control total equals the sum of the rows (of one kind, if given)."""

    check: Literal["rows_add_up_to_control_total"]
    measures: list[str] = Field(default_factory=list, description="All of them if not given.")
    of_kind: SubjectKind | None = None
    left_out: list[ValueStatus] = Field(
        default_factory=list, description="Parts with such a status count as none."
    )
    tolerance: float = Field(0.0, ge=0, description="How far rounding may take them apart.")


class SameRows(OfTables):
    """The tables list the same subjects and the same totals for each."""

    check: Literal["same_rows_and_totals"]
    tables: list[str] = Field(min_length=2)


class NotAhead(OfTables):
    """Figures of these members, such as `basis: actual`, are of no time after the file's period."""

    check: Literal["not_ahead"]
    members: dict[str, str] = Field(min_length=1)


class PerCalendarDay(OfTables):
    """Where the file prints it, one measure is another divided by the days of the period."""

    check: Literal["per_calendar_day"]
    measure: str
    of: str


class ChildrenAddUp(Strict):
    """Rows of `children` add up, by their parent, to the rows of `parents`."""

    check: Literal["children_add_up_to_parents"]
    children: str
    parents: str
    by: Literal["code", "name"] = "code"

    @property
    def of_tables(self) -> list[str]:
        """The tables that the check looks at."""
        return [self.children, self.parents]


class TablesAddUp(Strict):
    """Row by row, one table is the sum of others; `dimension` is what tells them apart."""

    check: Literal["tables_add_up"]
    total: str
    parts: list[str] = Field(min_length=2)
    dimension: str | None = None
    measures: list[str] = Field(default_factory=list, description="All of them if not given.")

    @property
    def of_tables(self) -> list[str]:
        """The tables that the check looks at."""
        return [self.total, *self.parts]


class Difference(OfTables):
    """One measure is another less a third."""

    check: Literal["difference"]
    measure: str
    of: str
    less: str
    tolerance: float = Field(0.0, ge=0)


class Quotient(OfTables):
    """One measure is another divided by a third, `times` so many (100 for a percent)."""

    check: Literal["quotient"]
    measure: str
    of: str
    by: str
    times: float = Field(1.0, gt=0)
    tolerance: float = Field(0.0, ge=0, description="How far rounding may take them apart.")


Check = Annotated[
    PartsAddUp
    | RowsAddUp
    | SameRows
    | NotAhead
    | PerCalendarDay
    | ChildrenAddUp
    | TablesAddUp
    | Difference
    | Quotient,
    Field(discriminator="check"),
]
