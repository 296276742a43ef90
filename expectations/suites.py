"""Suites as data: strict models of `suites/*.yml` and the list of suites that must be there.

A suite may take over the checks of a base (`suites/base/*.yml`) and add its own. The suite of a
staging model is named after it and stands in no list: the models say which have to be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Dimension = Literal[
    "completeness", "uniqueness", "validity", "consistency", "timeliness", "accuracy"
]
Severity = Literal["block", "warn"]

SQL_EXPECTATION = "unexpected_rows_expectation"
INDEX = "index.yml"
BASES = "base"
STAGING = "staging."

_SLUG = r"^[a-z][a-z0-9_]*$"
_TABLE = r"^[a-z_]+\.[a-z0-9_]+$"


def rows_query(query: str, table: str) -> str:
    """Give SQL for the rows that a check's query finds in a table; `{batch}` may have an alias."""
    named = f"WITH audited AS NOT MATERIALIZED (SELECT * FROM {table})"  # noqa: S608  # our suites
    found = query.rstrip().rstrip(";").replace("{batch}", "audited")
    return f"{named} SELECT * FROM ({found}) AS unexpected"  # noqa: S608


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Check(_Strict):
    """One expectation and what hangs on it."""

    name: str = Field(pattern=_SLUG, description="Unique within the suite.")
    says: str = Field(min_length=10, description="What is expected, in plain words.")
    expectation: str = Field(pattern=_SLUG, description="Great Expectations' name of it.")
    kwargs: dict[str, Any]
    dimension: Dimension
    severity: Severity
    poisons: list[str] = Field(
        default=[], description="Marts nobody should read when it fails; empty: the suite's."
    )
    owner: str = Field(default="", description="Who is asked about a failure; empty: the suite's.")
    examines: str = Field(
        default="",
        description="SQL that counts the rows it is about; it did not pass where there are none.",
    )

    @model_validator(mode="after")
    def _query_reads_the_batch(self) -> Check:
        """A query has one placeholder, `{batch}`; any other brace has to be doubled."""
        if self.expectation != SQL_EXPECTATION:
            return self
        query = self.kwargs.get("unexpected_rows_query")
        if not isinstance(query, str):
            msg = f"{self.name}: unexpected_rows_query is missing"
            raise ValueError(msg)  # pydantic reports ValueError only
        fields = {field for _, field, _, _ in Formatter().parse(query) if field is not None}
        if fields != {"batch"}:
            msg = f"{self.name}: the query's placeholders are {sorted(fields)}, not ['batch']"
            raise ValueError(msg)
        return self


class Emptiness(_Strict):
    """When a table is rightly empty."""

    says: str = Field(min_length=10, description="Why it is empty then, in plain words.")
    when: str = Field(
        min_length=8, description="SQL that gives a row when it is right, and none otherwise."
    )
    excuses: bool = Field(
        default=True, description="Whether what is made of it may then be empty too."
    )


class Suite(_Strict):
    """The checks of one table, or of one table against others."""

    table: str = Field(pattern=_TABLE, description="`schema.table`; `{batch}` in its queries.")
    reads: list[Annotated[str, Field(pattern=_TABLE)]] = Field(
        default=[], description="Other tables its queries read."
    )
    needs_a_return: list[str] = Field(
        default=[], description="Runs only when a file of one of these was read; empty: always."
    )
    needs_a_last_release: bool = Field(
        default=False, description="Runs only where the candidate is compared with a release."
    )
    base: str = Field(default="", description="The base whose checks it takes over.")
    rows: int = Field(
        default=1, ge=0, description="Fewest rows; 0 for a table that may rightly be empty."
    )
    empty_when: Emptiness | None = Field(
        default=None, description="When it may be empty; its checks then do not run."
    )
    checks_expected: int = Field(ge=1, description="Number of checks, pinned by hand.")
    owner: str = Field(min_length=1)
    poisons: list[str] = Field(min_length=1)
    checks: list[Check]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Suite:
        repeated = [n for n, times in Counter(c.name for c in self.checks).items() if times > 1]
        if repeated:
            msg = f"checks with the same name: {repeated}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _emptiness_has_a_reason(self) -> Suite:
        if (self.rows == 0) != (self.empty_when is not None):
            msg = "rows: 0 and empty_when go together"
            raise ValueError(msg)
        return self

    @property
    def is_staging(self) -> bool:
        """Whether it is the suite of a staging model, which a return without files leaves empty."""
        return self.table.startswith(STAGING)

    def owner_of(self, check: Check) -> str:
        """Who is asked about this check."""
        return check.owner or self.owner

    def poisoned_by(self, check: Check) -> list[str]:
        """Marts nobody should read when this check fails."""
        return check.poisons or self.poisons


class Base(_Strict):
    """Checks that many suites share, and how many they are."""

    checks_expected: int = Field(ge=1)
    reads: list[Annotated[str, Field(pattern=_TABLE)]] = Field(
        default=[], description="Tables that its queries read beside the suite's own."
    )
    checks: list[Check]


class SuiteIndex(_Strict):
    """Every suite that has to run: a suite that is merely lost must not go unnoticed."""

    suites: list[str] = Field(min_length=1)
    checks_expected_in_all: int = Field(
        default=0,
        ge=0,
        description="Checks of all listed suites together; 0: not pinned. "
        "A check that is lost together with its number is seen by this.",
    )
    may_be_empty: dict[Annotated[str, Field(pattern=_TABLE)], Emptiness] = Field(
        default={}, description="Tables without a suite that may be empty: all are looked at."
    )


@dataclass(frozen=True)
class LoadedSuites:
    """What a folder of suites holds and what is wrong with it."""

    suites: dict[str, Suite]
    missing: dict[str, str]
    """Suite → why it cannot be counted on, though something should be there."""
    unreadable: dict[str, str]
    """Suite → why its file was refused."""
    may_be_empty: Mapping[str, Emptiness] = field(default_factory=dict)
    """Table → when it is rightly empty."""


def load_suites(folder: Path) -> LoadedSuites:
    """Read every suite of a folder and compare it with `index.yml`, both ways."""
    suites: dict[str, Suite] = {}
    unreadable: dict[str, str] = {}
    bases: dict[str, Base] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == INDEX:
            continue
        try:
            raw = yaml.safe_load(path.read_text("utf-8"))
            suites[path.stem] = Suite.model_validate(_on_its_base(raw, folder / BASES, bases))
        except (OSError, ValidationError, yaml.YAMLError) as error:
            unreadable[path.stem] = str(error)
    index = _index(folder)
    if isinstance(index, str):
        return LoadedSuites(suites, {"index": index}, unreadable)
    listed = {name: suite for name, suite in suites.items() if not suite.is_staging}
    missing = _missing(index, set(listed), {*suites, *unreadable})
    pinned, there = index.checks_expected_in_all, sum(len(s.checks) for s in listed.values())
    if pinned and not missing and not unreadable and pinned != there:
        missing["index"] = f"the listed suites have {there} checks, {pinned} are pinned"
    of_suites = {s.table: s.empty_when for s in suites.values() if s.empty_when}
    return LoadedSuites(suites, missing, unreadable, {**index.may_be_empty, **of_suites})


def _on_its_base(raw: object, folder: Path, bases: dict[str, Base]) -> object:
    """Put the checks of a suite's base before its own; a base is read once."""
    if not isinstance(raw, dict) or "base" not in raw:
        return raw
    name = str(raw["base"])
    if name not in bases:
        text = (folder / f"{name}.yml").read_text("utf-8")
        bases[name] = Base.model_validate(yaml.safe_load(text))
    base = bases[name]
    return raw | {
        "reads": [*base.reads, *raw.get("reads", [])],
        "checks": [*(check.model_dump() for check in base.checks), *raw.get("checks", [])],
        "checks_expected": base.checks_expected + raw.get("checks_expected", 0),
    }


def _index(folder: Path) -> SuiteIndex | str:
    """The index of a folder of suites, or why it cannot be read."""
    try:
        return SuiteIndex.model_validate(yaml.safe_load((folder / INDEX).read_text("utf-8")))
    except (OSError, ValidationError, yaml.YAMLError) as error:
        return f"{INDEX} cannot be read: {error}"


def _missing(index: SuiteIndex, to_be_listed: set[str], found: set[str]) -> dict[str, str]:
    """Suites the index promises and the folder lacks, or the other way round."""
    wanted = set(index.suites)
    lost = {name: f"{name}.yml is listed in {INDEX} but absent" for name in sorted(wanted - found)}
    strange = sorted(to_be_listed - wanted)
    unlisted = {name: f"{name}.yml is not listed in {INDEX}" for name in strange}
    return lost | unlisted
