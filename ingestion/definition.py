"""A return's definition: one YAML file under `ingestion/returns`, validated strictly."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from ingestion.cadence import Cadence
from ingestion.collected import Collected
from ingestion.file_checks import Check
from ingestion.layouts import (
    FIXED_ROLES,
    ColumnHeadings,
    Dimension,
    Layout,
    Meaning,
    Measure,
    PeriodRule,
    PublishedRule,
    RowHeadings,
    Strict,
    Table,
    TableLayout,
    Wording,
    every_block,
    read_dimension,
)
from ingestion.patterns import PART, has_parts
from ingestion.records import RecordLayout
from ingestion.wording import slug

PROVENANCE = frozenset({"source_sheet", "source_row", "layout_id", "source_sha256", "return_id"})
"""What the reader adds to each record."""

READ_OF_CADENCE = tuple(Collected.model_fields)
"""What a file is read by: one of a period outside is refused."""

SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader in C, where it is built in: definitions are long."""

DEFINITIONS = Path(__file__).parent / "returns"

TODO = "TODO"
"""In the place of a value that a person has to decide on."""
WEB_PAGE = r"^https://([A-Za-z0-9-]+\.)+[A-Za-z]{2,}(/\S*)?$"
"""A page of a host that has a name: no number, no port, no user, nothing but https."""
STAND_INS: dict[str, object] = {
    "marker": "missing",
    "unit": "count",
    "landing_page": "https://www.gov.uk/",
    "every": "month",
    "published_after_days": 30,
    "first": "1990-01",
}
"""What stands in for it while a draft is tried on its file."""


class DefinitionError(Exception):
    """A definition file is not valid; the text says which file, which key and why."""


class UndecidedError(DefinitionError):
    """A definition says `TODO` where a person has to decide; nothing is read by it until then."""


class Recognise(Strict):
    """How a file says that it is this return.

    Every line of the title block in `title` has to fit, every wording of `text` has to stand
    in some cell of the first rows, and the name of the file has to fit if `file_name` is
    given; then the file is *known*, and one that is known but fits no layout is quarantined
    rather than passed over. `sheets` (any one of them) tells returns with the same title
    block apart; so does `not_text`.
    """

    title: dict[str, Wording] = Field(default_factory=dict)
    text: list[Wording] = Field(default_factory=list)
    not_text: list[Wording] = Field(default_factory=list)
    file_name: Wording | None = None
    sheets: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _looks_inside(self) -> Recognise:
        if not self.title and not self.text and not self.sheets:
            raise ValueError("give `title`, `text` or `sheets`: a file's name is not enough")
        return self


class KnownError(Strict):
    """A publisher's slip, what it is read as, and until when it is expected.

    It stands in a descriptive column (its role as `heading`, on `sheet`), in the `cell` of a
    heading, or beside a `label` of the title block. With `sha256` it holds for those bytes
    only; without, for every file of the return. A correction that finds nothing to correct
    refuses the file: the publisher has mended it, and the correction has to go. After
    `expires` a note asks to look at it again. Figures are never corrected.
    """

    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    sheet: str | None = None
    heading: str | None = None
    cell: str | None = Field(None, pattern=r"^[A-Z]{1,3}[1-9]\d*$", description="Of a heading.")
    label: str | None = None
    says: str
    read_as: str
    reason: str
    source: str = Field("", description="Where the slip is proved, if not in the file itself.")
    expires: date | None = None

    @model_validator(mode="after")
    def _has_one_place(self) -> KnownError:
        places = [self.heading, self.cell, self.label]
        if sum(place is not None for place in places) != 1:
            raise ValueError("give one of `heading`, `cell` and `label`")
        if self.label is None and self.sheet is None:
            raise ValueError("say on which `sheet`")
        if self.cell is not None and self.sha256 is None:
            raise ValueError("a `cell` is one file's: give its `sha256`")
        return self


class KnownDifference(Strict):
    """A total that a publisher printed wrong, in one file: the check that fails there is let be.

    It holds for exactly these two figures; when they no longer differ so, the file is refused:
    the publisher has mended it, and the entry has to go. The figures stay as published.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    sheet: str
    cell: str
    says: float
    adds_up_to: float
    reason: str
    source: str = ""
    expires: date | None = None


class Text(Strict):
    """How a return that is published as text files is written."""

    encodings: list[Literal["utf-8", "cp1252", "mac_roman", "utf-16"]] = Field(
        default=["utf-8"],
        min_length=1,
        description="Tried in this order, strictly; a byte order mark decides first.",
    )
    delimiter: Literal[",", "\t", ";", "|"] = ","


class Definition(Strict):
    """One return: identity, how it is recognised, its layouts, measures and checks.

    A statistical return has `tables` and `layouts`; a record return has `records`.
    """

    return_id: str = Field(alias="return", pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    publisher: str
    licence: str
    classification: Literal["public", "restricted"] = Field(
        "public", description="No figure of a restricted return may be in a public mart."
    )
    landing_page: str = Field(
        pattern=WEB_PAGE, description="Where the files are linked from, by https."
    )
    link: str = Field(description="Pattern of the file names linked from the landing page.")
    evidence: Literal["files", "described"] = "files"
    described_by: str = Field("", description="What a described return was described by.")
    may_have_macros: bool = Field(False, description="Files with macros are read, never run.")
    cadence: Cadence
    recognise: Recognise
    text: Text = Text()
    period: PeriodRule | None = None
    published_on: PublishedRule = PublishedRule()
    markers: dict[str, Meaning] = Field(default_factory=dict)
    number_forms: list[Wording] = Field(
        default_factory=list, description="How a figure may be written besides as a plain number."
    )
    dimensions: dict[str, Annotated[Dimension, BeforeValidator(read_dimension)]] = Field(
        default_factory=dict
    )
    measures: dict[str, Measure] = Field(default_factory=dict)
    tables: dict[str, Table] = Field(default_factory=dict)
    row_headings: dict[str, RowHeadings] = Field(default_factory=dict)
    column_headings: dict[str, ColumnHeadings] = Field(default_factory=dict)
    layouts: dict[str, Layout] = Field(default_factory=dict)
    records: dict[str, RecordLayout] = Field(default_factory=dict)
    checks: list[Check] = Field(default_factory=list)
    own_contacts: list[Wording] = Field(
        default_factory=list,
        description="Cells in which the publisher gives an address of its own.",
    )
    known_errors: list[KnownError] = Field(default_factory=list)
    known_differences: list[KnownDifference] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Definition:
        """Refuse a name that points at nothing: table, heading set, dimension, measure."""
        problems = [
            *self._kind_problems(),
            *self._layout_problems(),
            *self._heading_problems(),
            *self._check_problems(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def period_rule(self, layout_id: str) -> PeriodRule:
        """Return how the period of a layout's files is known."""
        layout = self.layouts.get(layout_id)
        rule = (layout.period if layout else None) or self.period
        assert rule is not None  # noqa: S101 - checked when the definition was loaded
        return rule

    def published_rule(self, layout_id: str) -> PublishedRule:
        """Return how the dates of publication of a layout's files are known."""
        layout = self.layouts.get(layout_id)
        return (layout.published_on if layout else None) or self.published_on

    def _kind_problems(self) -> Iterator[str]:
        if bool(self.layouts) == bool(self.records):
            yield "give either `layouts` (a statistical return) or `records`"
        if self.evidence == "described" and not self.described_by:
            yield "a described return says in `described_by` what it was described by"
        for layout_id, layout in self.layouts.items():
            if layout.period is None and self.period is None:
                yield f"layouts.{layout_id}: no `period`, neither here nor for the return"
        yield from self._record_problems()
        for table_id, table in self.tables.items():
            if table.says is not None and _fits_anything(table.says):
                yield f"tables.{table_id}: `says` has no words"
            if table.measure is not None and table.measure not in self.measures:
                yield f"tables.{table_id}: measure '{table.measure}' is not declared"
            for dimension, member in table.members.items():
                if not self._has_member(dimension, member):
                    yield f"tables.{table_id}: '{dimension}: {member}' is not declared"

    def _record_problems(self) -> Iterator[str]:
        types: dict[str, str] = {}
        for layout_id, layout in self.records.items():
            for name, column in layout.columns.items():
                if column.pseudonym and self.classification != "restricted":
                    yield (
                        f"records.{layout_id}.{name}: a return with a `pseudonym` is about people: "
                        "say `classification: restricted`"
                    )
                if name in PROVENANCE:
                    yield f"records.{layout_id}.{name}: that name is the reader's own"
                if types.setdefault(name, column.type) != column.type:
                    yield f"records.{layout_id}.{name}: another layout says {types[name]}"

    def _layout_problems(self) -> Iterator[str]:
        for layout_id, layout in self.layouts.items():
            for table_id, table in layout.tables.items():
                where = f"layouts.{layout_id}.{table_id}"
                if table_id not in self.tables:
                    yield f"{where}: no such table"
                    continue
                yield from self._table_layout_problems(where, table)

    def _table_layout_problems(self, where: str, table: TableLayout) -> Iterator[str]:
        sets = [table.rows, *([table.starts_below] if table.starts_below else [])]
        for name in sets:
            if name not in self.row_headings:
                yield f"{where}: no row headings '{name}'"
        for name in [name for block in every_block(table) for name in block]:
            if name not in self.column_headings:
                yield f"{where}: no column headings '{name}'"
        yield from self._swallowing(where, table)

    def _swallowing(self, where: str, table: TableLayout) -> Iterator[str]:
        """Name patterns by which a column of figures that was reworded would vanish."""
        for block in every_block(table):
            levels = [self.column_headings.get(name, {}) for name in block]
            under = any(of.ignore for level in levels[:-1] for of in level.values())
            is_left_out = under or block in table.ignored
            for heading, of in levels[-1].items():
                if (of.ignore or is_left_out) and any(
                    map(_fits_anything, [heading, *of.also_written])
                ):
                    yield f"{where}: '{heading}' would leave out any column; name those not kept"
        for heading, row in self.row_headings.get(table.rows, {}).items():
            if row.is_ == "ignore" and any(map(_fits_anything, [heading, *row.also_written])):
                yield f"{where}: '{heading}' would leave out any column; name those not kept"

    def _heading_problems(self) -> Iterator[str]:
        for set_name, rows in self.row_headings.items():
            for heading, row in rows.items():
                if row.is_ not in FIXED_ROLES and row.is_ not in self.dimensions:
                    yield (
                        f"row_headings.{set_name}.{heading}: '{row.is_}' is neither a role "
                        f"({', '.join(sorted(FIXED_ROLES))}) nor a dimension"
                    )
        for set_name, headings in self.column_headings.items():
            for heading, stands_for in headings.items():
                where = f"column_headings.{set_name}.{heading}"
                if stands_for.measure is not None and stands_for.measure not in self.measures:
                    yield f"{where}: measure '{stands_for.measure}' is not declared"
                for dimension, member in stands_for.members.items():
                    if not self._has_member(dimension, member):
                        yield f"{where}: '{dimension}: {member}' is not declared"

    def _has_member(self, dimension: str, member: str) -> bool:
        declared = self.dimensions.get(dimension)
        return declared is not None and (
            declared.form is not None or not declared.members or slug(member) in declared.slugs
        )

    def _check_problems(self) -> Iterator[str]:
        for check in self.checks:
            for name in check.of_tables:
                if name not in self.tables:
                    yield f"checks: no such table '{name}'"

    @cached_property
    def _fingerprint(self) -> str:
        said = self.model_dump(mode="json", by_alias=True)
        said["cadence"] = {name: said["cadence"][name] for name in READ_OF_CADENCE}
        canonical = json.dumps(said, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def fingerprint(self) -> str:
        """Return 12 hex digits that change whenever its files may be read otherwise.

        When they are published is no part of it: an announced day has no file read again.
        """
        return self._fingerprint


def _fits_anything(wording: str) -> bool:
    """Tell whether a wording has no word of its own."""
    return has_parts(wording) and not re.search(r"\w", PART.sub("", wording))


def load_definition(path: Path, *, as_draft: bool = False) -> Definition:
    """Read and validate one definition; raises `DefinitionError` naming file and key.

    One that says `TODO` in the place of a value is refused, unless it is read `as_draft`: then
    something that is valid stands in for it, so that its file can be tried.
    """
    definition = read_definition(definition_text(path), path.name, as_draft=as_draft)
    if definition.return_id != path.stem:
        raise DefinitionError(f"{path.name}: return '{definition.return_id}' is not the file name")
    return definition


def load_definitions(folder: Path = DEFINITIONS, *, drafts: bool = False) -> dict[str, Definition]:
    """Read every definition of a folder, keyed by return id, in alphabetical order.

    Those in which something is not decided yet are left out, unless `drafts` are wanted too.
    """
    found = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            found[path.stem] = load_definition(path, as_draft=drafts)
        except UndecidedError:
            continue
    return found


def undecided_definitions(folder: Path = DEFINITIONS) -> dict[str, str]:
    """Say of each definition of a folder that is left out for a `TODO` where it says so."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        raw = _raw(definition_text(path), path.name)
        if places := todos(raw):
            found[path.stem] = _undecided(path.name, places)
    return found


def definition_text(path: Path) -> str:
    """Return the text of a definition as it stands; raises `DefinitionError`."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DefinitionError(f"{path} is not UTF-8 (line {line}); save it as UTF-8.") from error


def read_definition(text: str, name: str, *, as_draft: bool = False) -> Definition:
    """Validate the text of a definition; raises `DefinitionError` naming file and key."""
    raw = _raw(text, name)
    if places := todos(raw):
        if not as_draft:
            raise UndecidedError(_undecided(name, places))
        raw = _stood_in(raw)
    try:
        return Definition.model_validate(raw)
    except ValidationError as error:
        problems = dict.fromkeys(_in_words(one) for one in error.errors())
        separator = "\n  " if len(problems) > 1 else " "
        raise DefinitionError(f"{name}:{separator}{separator.join(problems)}") from error


def todos(raw: object, place: str = "") -> list[str]:
    """Return the places of a definition that say `TODO` instead of a value."""
    if isinstance(raw, dict):
        return [at for key, value in raw.items() for at in todos(value, f"{place}.{key}")]
    if isinstance(raw, list):
        return [at for value in raw for at in todos(value, place)]
    return [place.removeprefix(".")] if raw == TODO else []


def _undecided(name: str, places: list[str]) -> str:
    return f"{name} still says {TODO}: {', '.join(dict.fromkeys(places))}. Decide, then it is read."


def _stood_in(raw: object, key: str = "") -> object:
    """Put something valid in the place of each `TODO`."""
    if isinstance(raw, dict):
        is_markers = key == "markers"
        return {k: _stood_in(v, "marker" if is_markers else k) for k, v in raw.items()}
    if isinstance(raw, list):
        return [_stood_in(value, key) for value in raw]
    return STAND_INS.get(key, TODO) if raw == TODO else raw


def _raw(text: str, name: str) -> object:
    """Parse the YAML of a definition; a key that is given twice is an error."""
    loader = SAFE_LOADER(text)
    try:
        node = loader.get_single_node()
        _refuse_repeats(node, set())
        return _as_text(loader.construct_document(node)) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise DefinitionError(f"{name}:{line} {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        words = " ".join(str(error).split())
        raise DefinitionError(f"{name}: it is not valid YAML: {words}.") from error
    finally:
        loader.dispose()


def _refuse_repeats(node: yaml.Node | None, seen: set[int]) -> None:
    """Raise a YAML error for a key that stands twice in a mapping: the last would win silently."""
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeats(value, seen)
        return
    keys = set()
    for key, value in node.value:
        if key.value in keys:
            raise yaml.MarkedYAMLError(
                problem=f"'{key.value}' is given twice", problem_mark=key.start_mark
            )
        keys.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        _refuse_repeats(value, seen)


def _in_words(error: ErrorDetails) -> str:
    """Say in a line which key of a definition is wrong, and why."""
    parts = [str(part) for part in error["loc"]]
    place = ".".join(part for part in parts if not re.search(r"^(?:function|\w+)[-\[].*\]$", part))
    what = {"extra_forbidden": "there is no such key", "missing": "this key is missing"}
    says = what.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{place}: {says}" if place else says


def _as_text(node: object) -> object:
    """Give back as text what YAML took for a date (`2011-04-01`) or a month, and all keys."""
    if isinstance(node, dict):
        return {str(key): _as_text(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_text(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node
