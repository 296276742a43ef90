"""What a definition says of a return's tables: their headings, rows, subjects and layouts.

Wordings are compared without case and white space and may be patterns (`ingestion.patterns`):
`*` for any words, `{...}` for a part that is read.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ingestion.patterns import has_parts, regular_expression
from ingestion.wording import slug

SubjectKind = Literal[
    "country",
    "region",
    "council",
    "council_class",
    "district",
    "authority",
    "commissioner",
    "provider",
    "site",
    "sha",
    "area_team",
    "stp",
    "icb",
    "sub_icb",
]
"""Whom a figure is about. `authority` is any local authority of any class, fire and police too."""

FixedRole = Literal[
    "code",
    "name",
    "ons_code",
    "parent_code",
    "parent_name",
    "level",
    "financial_year",
    "month_name",
    "quarter_end_month",
    "period",
    "measure",
    "ignore",
]
"""What a descriptive column says about its row; a dimension's name is a role too."""

FIXED_ROLES = frozenset(FixedRole.__args__)  # type: ignore[attr-defined]

Meaning = Literal["zero", "suppressed", "missing", "not_applicable", "not_collected"]
"""What a marker in the place of a number says."""

RESERVED = frozenset({"measure", "also_written", "ignore", "optional", "markers"})
"""Keys of a column heading that are not dimensions."""


class Strict(BaseModel):
    """Unknown keys are refused: a misspelt key would otherwise be a silent change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_pattern(value: object) -> object:
    if isinstance(value, str) and has_parts(value):
        regular_expression(value)
    return value


Wording = Annotated[str, BeforeValidator(_checked_pattern)]
"""Words of a file, or a pattern of them."""


class Measure(Strict):
    """What is counted. A value under `minimum` or above `maximum` is an error.

    `maximum` is what a share cannot exceed: it tells 95.6 from 0.956 of the same column.
    `written` are the words that name it in a column of measures; `answers` gives words that
    stand for a number (`Yes: 1`); `markers` go before those of the return.
    """

    unit: str
    minimum: float | None = 0.0
    maximum: float | None = None
    is_whole: bool = Field(False, description="Whether a fraction would be an error.")
    written: list[str] = Field(default_factory=list)
    answers: dict[str, float] = Field(default_factory=dict)
    markers: dict[str, Meaning] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _keeps_answers_apart(self) -> Measure:
        said: dict[float, str] = {}
        for words, number in self.answers.items():
            if said.setdefault(number, slug(words)) != slug(words):
                raise ValueError(f"the answer '{words}' stands for {number:g}, as another does")
        return self


class Dimension(Strict):
    """The members of a dimension: words, as the publisher writes them or as slugs, or codes.

    With `form`, a regular expression of the whole text, a member is kept as it is written.
    """

    members: list[str] = Field(default_factory=list)
    form: str | None = None
    written: dict[str, str] = Field(
        default_factory=dict, description="Member of each wording, where that is not its slug."
    )

    @cached_property
    def slugs(self) -> dict[str, str]:
        """Map each member's slug to the member: what is kept is the slug."""
        return {slug(member): slug(member) for member in (*self.members, *self.written.values())}


def read_dimension(value: object) -> object:
    """Read a plain list of members as a dimension."""
    return {"members": [str(member) for member in value]} if isinstance(value, list) else value


class RowHeading(Strict):
    """A descriptive column: its role, other wordings of its heading, and how its cells are read.

    `as` is a pattern of the cells: `{financial_year}` for a period, `{code} - {name}` for a
    subject written in one cell. `fill_down` repeats a label that is written once for many rows.
    """

    is_: str = Field(alias="is")
    also_written: list[Wording] = Field(default_factory=list)
    as_: Wording | None = Field(None, alias="as")
    fill_down: bool = False
    optional: bool = False
    written: dict[str, str] = Field(
        default_factory=dict, description="Member of each wording, where that is not its slug."
    )
    under: list[str] = Field(
        default_factory=list, description="Dimensions whose members stand above, without figures."
    )
    under_ends: list[Wording] = Field(
        default_factory=list, description="Rows that are under nothing any more."
    )


def _row_heading(value: object) -> object:
    return {"is": value} if isinstance(value, str) else value


RowHeadings = dict[Wording, Annotated[RowHeading, BeforeValidator(_row_heading)]]
"""Headings of descriptive columns. `unheaded 1` is the first column without a heading left of
the figures, `unheaded right 1` the first right of them; `above ICB Name` is the column in which
that heading stands further down."""


class ColumnHeading(Strict):
    """What a heading above figures stands for: `dimension: member` pairs and a measure."""

    measure: str | None = None
    members: dict[str, str] = Field(default_factory=dict)
    also_written: list[Wording] = Field(default_factory=list)
    markers: dict[str, Meaning] = Field(default_factory=dict)
    ignore: bool = False
    optional: bool = False


def _column_heading(value: object) -> object:
    """Read `{measure: x, body: nhs}`: what is not a key of its own is a dimension."""
    if value == "ignore":
        return {"ignore": True}
    if value is None:
        return {}
    if not isinstance(value, dict) or "members" in value:
        return value
    known = {key: value[key] for key in RESERVED & value.keys()}
    return known | {"members": {k: str(v) for k, v in value.items() if k not in RESERVED}}


class ColumnList(Strict):
    """Many headings that are each a member of one dimension: `{each: line, headings: [...]}`.

    `besides` are headings of another kind in the same row, `ignored` ones that are not kept.
    """

    each: str = Field(description="The dimension; a member is the slug of its heading.")
    measure: str | None = None
    headings: list[Wording] = Field(min_length=1)
    optional: list[Wording] = Field(default_factory=list)
    ignored: list[Wording] = Field(default_factory=list)
    besides: dict[Wording, object] = Field(default_factory=dict)

    def as_headings(self) -> dict[str, object]:
        """Spell the list out as headings."""
        return (
            {
                heading: ColumnHeading(
                    measure=self.measure,
                    members={self.each: slug(heading)},
                    optional=heading in self.optional,
                )
                for heading in [*self.headings, *self.optional]
            }
            | dict.fromkeys(self.ignored, "ignore")
            | self.besides
        )


def _column_headings(value: object) -> object:
    if isinstance(value, dict) and "each" in value:
        return ColumnList.model_validate(value).as_headings()
    return value


ColumnHeadings = Annotated[
    dict[Wording, Annotated[ColumnHeading, BeforeValidator(_column_heading)]],
    BeforeValidator(_column_headings),
]


class Subject(Strict):
    """Whom the rows of a table are about.

    One kind for all rows, or `by_code` / `by_level` (patterns) where they are mixed. `code`
    and `name` are given where it is one place; `name_beside` and `code_beside` name a label
    of the sheet; `sheet_is_name` says that each sheet is about the subject it is named after.
    `identified_by: name` takes the publisher's name as the code where there is no other.
    """

    kind: SubjectKind | None = None
    by_code: dict[str, SubjectKind] = Field(default_factory=dict)
    by_level: dict[str, SubjectKind] = Field(default_factory=dict)
    code: str | None = None
    name: str | None = None
    code_beside: str | None = None
    name_beside: str | None = None
    sheet_is_name: bool = False
    identified_by: Literal["code", "name"] = "code"
    blank_code: Literal["parent_code"] | None = Field(
        None, description="What a row without a code is about."
    )
    registered: bool = Field(False, description="Codes and names are those of the register.")
    besides: dict[str, Wording] = Field(
        default_factory=dict,
        description="Codes (patterns) that the register does not have, or not by that name.",
    )
    complete: bool = Field(False, description="Every body valid in the period has a row.")

    @model_validator(mode="after")
    def _has_one_way_to_tell(self) -> Subject:
        ways = [self.kind is not None, bool(self.by_code), bool(self.by_level)]
        if sum(ways) != 1:
            raise ValueError("give one of `kind`, `by_code` and `by_level`")
        return self

    @property
    def kinds(self) -> set[SubjectKind]:
        """Every kind that a row may be about."""
        return ({self.kind} if self.kind else set()) | {
            *self.by_code.values(),
            *self.by_level.values(),
        }

    @property
    def is_given(self) -> bool:
        """Tell whether the subject is the same for all rows, so that no row names it."""
        return bool(self.code or self.name_beside or self.code_beside or self.sheet_is_name)


class ControlTotal(Strict):
    """The row that repeats the total of the others, told by its name (and its code, if any)."""

    name: Wording = "*"
    code: str | None = Field(None, description="Its code, if it is not `-` or blank.")
    kind: SubjectKind = "country"


class NotCollected(Strict):
    """Zeros that a publisher prints for the time before something was collected."""

    measure: str | None = None
    members: dict[str, str] = Field(default_factory=dict)
    before: date = Field(description="The first day for which it was collected.")
    reason: str


OF_FIGURES = frozenset({"sheet", "measure", "members", "says"})
"""What a table says of its figures and of nothing else."""


class Table(Strict):
    """One table of the return: the sheet it stands on (a pattern) and what it counts.

    `members` are those of every figure of the table, such as `sex: female`.
    """

    sheet: str | None = None
    each_sheet: bool = Field(False, description="Every sheet that fits is a part of the table.")
    subject: Subject
    measure: str | None = None
    members: dict[str, str] = Field(default_factory=dict)
    says: Wording | None = Field(
        None, description="What has to stand above the headings: the line that gives the unit."
    )
    control_total: ControlTotal | None = None
    blank_codes: list[str] = Field(
        default_factory=list,
        description="What stands in a code's or a parent's place where there is none.",
    )
    not_collected: list[NotCollected] = Field(default_factory=list)
    own_periods: bool = Field(False, description="Its periods may lie outside the file's.")
    unnamed_code: dict[str, str] = Field(
        default_factory=dict,
        description="Code of a row that has a name and no code in the file.",
    )
    ignore_rows: list[Wording] = Field(
        default_factory=list, description="Rows with such a cell in a descriptive column."
    )
    only_rows: list[Wording] = Field(
        default_factory=list, description="Only rows with such a cell in a descriptive column."
    )
    ends_at: list[Wording] = Field(
        default_factory=list, description="The table ends above the first row with such a cell."
    )
    rows_without_figures: Literal["refuse", "ignore", "read"] = Field(
        "refuse", description="`read`: a blank is a statement, as the markers say."
    )
    may_be_empty: bool = Field(False, description="No rows are no observations, and no fault.")
    may_be_hidden: bool = Field(False, description="Its sheet is read though it is hidden.")
    repeated_rows: Literal["refuse", "same_figures"] = Field(
        "refuse", description="`same_figures`: a row printed twice is kept once."
    )
    every_period: bool = Field(False, description="Each period of the file's span has figures.")

    @cached_property
    def of_rows(self) -> dict[str, object]:
        """What its rows are read by: all but where it stands and what its figures count."""
        return {name: value for name, value in self if name not in OF_FIGURES}


class TableLayout(Strict):
    """How one table is headed in one layout; the names point into the sets of headings."""

    rows: str
    columns: list[str] | list[list[str]] = Field(
        min_length=1,
        description="Heading levels, topmost first; or blocks of such levels, side by side.",
    )
    absent: list[list[str]] = Field(default_factory=list, description="Combinations not printed.")
    single: str | None = Field(None, description="Headings that stand outside the levels.")
    ignored: list[list[str]] = Field(
        default_factory=list, description="Blocks of headings that may be there and are not kept."
    )
    under: Wording | None = Field(
        None, description="Heading of the part of the sheet, of several side by side."
    )
    sheet: str | None = Field(None, description="Sheet in this layout, if the table's differs.")
    subject: Subject | None = Field(None, description="Whom the rows are about, if they differ.")
    says: Wording | None = Field(None, description="What stands above the headings, if it differs.")
    right_end: Wording | None = Field(
        None, description="Heading of the first column that is no longer of the table."
    )
    words_above: int = Field(
        0, ge=0, description="Rows above in which the words of a heading may be spread."
    )
    starts_below: str | None = Field(
        None, description="Set of row headings that stands again, lower down, above these rows."
    )


def blocks(layout: TableLayout) -> list[list[str]]:
    """Return the blocks of headings, each with its levels from the topmost down."""
    levels = [block for block in layout.columns if isinstance(block, list)]
    return levels or [[name for name in layout.columns if isinstance(name, str)]]


def every_block(layout: TableLayout) -> list[list[str]]:
    """Return the blocks of headings that a table may have: what is not kept comes last."""
    return [*blocks(layout), *([[layout.single]] if layout.single else []), *layout.ignored]


class Said(Strict):
    """Where a file says something of itself: beside a label, in a cell, in its name."""

    beside: str | None = None
    text: Wording | None = Field(None, description="A cell of the first rows that fits.")
    file_name: Wording | None = None

    @property
    def place(self) -> str:
        """Spell the place as an error message does."""
        if self.beside:
            return f"beside '{self.beside}'"
        return f"a cell like '{self.text}'" if self.text else f"a name like '{self.file_name}'"


class PeriodRule(Said):
    """Where the period stands. `as` says what stands beside a label.

    `from_rows` and `from_columns`: each row or heading names its own period; the file's own,
    where it is said too, has to hold them.
    """

    as_: str = Field("month", alias="as")
    from_: Literal["file", "rows", "columns"] = Field("file", alias="from")
    optional: bool = Field(False, description="A file of records need not say it.")
    name_agrees: Wording | None = Field(
        None, description="A file whose name is like this has to be named after its period."
    )

    @model_validator(mode="after")
    def _says_where(self) -> PeriodRule:
        said = [self.beside, self.text, self.file_name]
        if sum(one is not None for one in said) > 1:
            raise ValueError("give one of `beside`, `text` and `file_name`")
        if self.from_ == "file" and not any(said):
            raise ValueError("say where the period stands")
        return self


def _label(value: object) -> object:
    return {"beside": value} if isinstance(value, str) else value


Place = Annotated[Said, BeforeValidator(_label)]


class PublishedRule(Strict):
    """What gives the date of first publication, of revision and the status, in its own words."""

    published: Place | None = None
    revised: Place | None = None
    status: Place | None = None


class Layout(Strict):
    """One layout in which the return was published; period and dates if they differ in it."""

    tables: dict[str, TableLayout] = Field(min_length=1)
    other_sheets: list[str] = Field(default_factory=list)
    no_sheets: list[str] = Field(
        default_factory=list, description="A file with such a sheet is of another layout."
    )
    period: PeriodRule | None = None
    published_on: PublishedRule | None = None
