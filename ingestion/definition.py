"""A return's definition: one YAML file under `ingestion/returns`, validated strictly."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingestion.period import month

DEFINITIONS = Path(__file__).parent / "returns"

Role = Literal[
    "code", "name", "ons_code", "parent_code", "parent_name", "financial_year", "month_name"
]
"""What a descriptive column of a table says about its row."""

Meaning = Literal["zero", "suppressed", "missing", "not_applicable", "not_collected"]
"""What a marker in the place of a number says."""

RESERVED = {"measure", "also_written"}


class DefinitionError(Exception):
    """A definition file is not valid; the text says which file, which key and why."""


class Strict(BaseModel):
    """Unknown keys are refused: a misspelt key would otherwise be a silent change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cadence(Strict):
    """How often a return appears and how long after its period."""

    every: Literal["month", "quarter", "year", "once"]
    published_after_days: int = Field(ge=0)
    first: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="First month.")
    last: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="Last month.")

    @property
    def first_day(self) -> date:
        """The first day that the return has figures for."""
        return date.fromisoformat(f"{self.first}-01")

    @property
    def last_day(self) -> date | None:
        """The last day that it has figures for; None while it goes on."""
        return month(date.fromisoformat(f"{self.last}-01")).end if self.last else None


class Recognise(Strict):
    """How a file says that it is this return.

    Every line of the title block in `title` has to fit; then the file is *known*, and
    one that is known but fits no layout is quarantined rather than passed over.
    `sheets` (any one of them) tells returns with the same title block apart.
    """

    title: dict[str, str] = Field(min_length=1)
    sheets: list[str] = Field(default_factory=list)


class PeriodRule(Strict):
    """Where the period stands. `months`: each row names its own month within the span."""

    beside: str
    as_: Literal["month", "months"] = Field(alias="as")


class PublishedRule(Strict):
    """Labels of the title block that give the date of first publication and of revision."""

    published: str
    revised: str
    status: str | None = None


class Subject(Strict):
    """Whom the rows of a table are about; `code` and `name` are given where it is one place."""

    kind: Literal["council", "commissioner", "sha", "area_team", "region", "country"]
    code: str | None = None
    name: str | None = None
    complete: bool = Field(False, description="Every body valid in the period has a row.")


class ControlTotal(Strict):
    """The row that repeats the total of the others, told by its name; whom it is about."""

    name: str
    kind: Literal["country"] = "country"


class Measure(Strict):
    """What is counted. A value under `minimum` is an error."""

    unit: str
    minimum: float | None = 0.0
    is_whole: bool = Field(False, description="Whether a fraction would be an error.")


class Table(Strict):
    """One table of the return: the sheet it stands on (a pattern) and what it counts."""

    sheet: str | None = None
    subject: Subject
    measure: str | None = None
    control_total: ControlTotal | None = None
    unnamed_code: dict[str, str] = Field(
        default_factory=dict,
        description="Code of a row that has a name and no code in the file.",
    )


class TableLayout(Strict):
    """How one table is headed in one layout; the names point into `headings`."""

    rows: str
    columns: list[str] = Field(min_length=1, description="Heading levels, topmost first.")
    absent: list[list[str]] = Field(default_factory=list, description="Combinations not printed.")
    single: str | None = Field(None, description="Headings that stand outside the levels.")
    sheet: str | None = Field(None, description="Sheet in this layout, if the table's differs.")
    subject: Subject | None = Field(None, description="Whom the rows are about, if they differ.")


class Layout(Strict):
    """One layout in which the return was published."""

    tables: dict[str, TableLayout] = Field(min_length=1)
    other_sheets: list[str] = Field(default_factory=list)


class PartsAddUp(Strict):
    """In each row the column without a breakdown equals the sum of the others."""

    check: Literal["parts_add_up"]
    tables: list[str]


class RowsAddUp(Strict):
    """In each column the control total equals the sum of the rows."""

    check: Literal["rows_add_up_to_control_total"]
    tables: list[str]


class SameRows(Strict):
    """The tables list the same subjects and the same totals for each."""

    check: Literal["same_rows_and_totals"]
    tables: list[str] = Field(min_length=2)


class PerCalendarDay(Strict):
    """Where the file prints it, one measure is another divided by the days of the period."""

    check: Literal["per_calendar_day"]
    tables: list[str]
    measure: str
    of: str


class ChildrenAddUp(Strict):
    """Rows of `children` add up, by their parent, to the rows of `parents`."""

    check: Literal["children_add_up_to_parents"]
    children: str
    parents: str


Check = Annotated[
    PartsAddUp | RowsAddUp | SameRows | PerCalendarDay | ChildrenAddUp,
    Field(discriminator="check"),
]


class KnownError(Strict):
    """A publisher's slip in one file, and what it is read as.

    It stands in a descriptive column (`heading`, on `sheet`) or beside a `label` of the
    title block. It holds for those bytes only: a corrected re-issue is another file.
    Figures are never corrected.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    sheet: str | None = None
    heading: Role | None = None
    label: str | None = None
    says: str
    read_as: str
    reason: str

    @model_validator(mode="after")
    def _has_one_place(self) -> KnownError:
        in_column = self.sheet is not None and self.heading is not None
        if in_column == (self.label is not None):
            raise ValueError("give either `sheet` and `heading`, or `label`")
        return self


Heading = dict[str, str | list[str]]
"""What a heading stands for: `dimension: member` pairs, and `measure` or `also_written`."""


class Definition(Strict):
    """One return: identity, how it is recognised, its layouts, measures and checks."""

    return_id: str = Field(alias="return", pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    publisher: str
    licence: str
    landing_page: str = Field(pattern=r"^https://")
    link: str = Field(description="Pattern of the file names linked from the landing page.")
    evidence: Literal["files", "described"] = "files"
    may_have_macros: bool = Field(False, description="Files with macros are read, never run.")
    cadence: Cadence
    recognise: Recognise
    period: PeriodRule
    published_on: PublishedRule
    markers: dict[str, Meaning] = Field(default_factory=dict)
    dimensions: dict[str, list[str]] = Field(default_factory=dict)
    measures: dict[str, Measure] = Field(min_length=1)
    tables: dict[str, Table] = Field(min_length=1)
    row_headings: dict[str, dict[str, Role]]
    column_headings: dict[str, dict[str, Heading]]
    layouts: dict[str, Layout] = Field(min_length=1)
    checks: list[Check] = Field(default_factory=list)
    known_errors: list[KnownError] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Definition:
        """Refuse a name that points at nothing: table, heading set, dimension, measure."""
        problems = [*self._layout_problems(), *self._heading_problems(), *self._check_problems()]
        for table_id, table in self.tables.items():
            if table.measure is not None and table.measure not in self.measures:
                problems.append(f"tables.{table_id}: measure '{table.measure}' is not declared")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _layout_problems(self) -> list[str]:
        problems: list[str] = []
        for layout_id, layout in self.layouts.items():
            for table_id, table in layout.tables.items():
                where = f"layouts.{layout_id}.{table_id}"
                if table_id not in self.tables:
                    problems.append(f"{where}: no such table")
                    continue
                if table.sheet is None and self.tables[table_id].sheet is None:
                    problems.append(f"{where}: no sheet")
                if table.rows not in self.row_headings:
                    problems.append(f"{where}: no row headings '{table.rows}'")
                wanted = [*table.columns, *([table.single] if table.single else [])]
                problems += [
                    f"{where}: no column headings '{name}'"
                    for name in wanted
                    if name not in self.column_headings
                ]
        return problems

    def _heading_problems(self) -> list[str]:
        problems: list[str] = []
        for set_name, headings in self.column_headings.items():
            for heading, stands_for in headings.items():
                where = f"column_headings.{set_name}.{heading}"
                measure = stands_for.get("measure")
                if measure is not None and measure not in self.measures:
                    problems.append(f"{where}: measure '{measure}' is not declared")
                for dimension, member in stands_for.items():
                    if dimension in RESERVED:
                        continue
                    if member not in self.dimensions.get(dimension, []):
                        problems.append(f"{where}: '{dimension}: {member}' is not declared")
        return problems

    def _check_problems(self) -> list[str]:
        named: list[str] = []
        for check in self.checks:
            if isinstance(check, ChildrenAddUp):
                named += [check.children, check.parents]
            else:
                named += check.tables
        return [f"checks: no such table '{name}'" for name in named if name not in self.tables]

    def fingerprint(self) -> str:
        """Return 12 hex digits that change whenever the definition's meaning changes."""
        canonical = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def load_definition(path: Path) -> Definition:
    """Read and validate one definition; raises `DefinitionError` naming file and key."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        definition = Definition.model_validate(_without_dates(raw))
    except (ValidationError, yaml.YAMLError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error
    if definition.return_id != path.stem:
        raise DefinitionError(f"{path.name}: return '{definition.return_id}' is not the file name")
    return definition


def load_definitions(folder: Path = DEFINITIONS) -> dict[str, Definition]:
    """Read every definition of a folder, keyed by return id, in alphabetical order."""
    loaded = (load_definition(path) for path in sorted(folder.glob("*.yml")))
    return {definition.return_id: definition for definition in loaded}


def _without_dates(node: object) -> object:
    """Give back as text what YAML took for a date (`2011-04-01`) or a month."""
    if isinstance(node, dict):
        return {str(key): _without_dates(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_dates(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node
