"""Suites as data: strict models of `suites/*.yml` and the list of suites that must be there.

A suite may take over the checks of a base (`suites/base/*.yml`) and add its own. The suite of a
staging model is named after it and stands in no list: the models say which have to be there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
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


class Suite(_Strict):
    """The checks of one table, or of one table against others."""

    table: str = Field(pattern=_TABLE, description="`schema.table`; `{batch}` in its queries.")
    reads: list[Annotated[str, Field(pattern=_TABLE)]] = Field(
        default=[], description="Other tables its queries read."
    )
    needs_a_return: list[str] = Field(
        default=[], description="Runs only when a file of one of these was read; empty: always."
    )
    base: str = Field(default="", description="The base whose checks it takes over.")
    rows: int = Field(
        default=1, ge=0, description="Fewest rows; 0 for a table that may rightly be empty."
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
    checks: list[Check]


class SuiteIndex(_Strict):
    """Every suite that has to run: a suite that is merely lost must not go unnoticed."""

    suites: list[str] = Field(min_length=1)


@dataclass(frozen=True)
class LoadedSuites:
    """What a folder of suites holds and what is wrong with it."""

    suites: dict[str, Suite]
    missing: dict[str, str]
    """Suite → why it cannot be counted on, though something should be there."""
    unreadable: dict[str, str]
    """Suite → why its file was refused."""


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
    to_be_listed = {name for name, suite in suites.items() if not suite.is_staging}
    return LoadedSuites(suites, _missing(folder, to_be_listed, {*suites, *unreadable}), unreadable)


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
        "checks": [*(check.model_dump() for check in base.checks), *raw.get("checks", [])],
        "checks_expected": base.checks_expected + raw.get("checks_expected", 0),
    }


def _missing(folder: Path, to_be_listed: set[str], found: set[str]) -> dict[str, str]:
    """Suites the index promises and the folder lacks, or the other way round."""
    index = folder / INDEX
    try:
        wanted = set(SuiteIndex.model_validate(yaml.safe_load(index.read_text("utf-8"))).suites)
    except (OSError, ValidationError, yaml.YAMLError) as error:
        return {"index": f"{INDEX} cannot be read: {error}"}
    lost = {name: f"{name}.yml is listed in {INDEX} but absent" for name in sorted(wanted - found)}
    strange = sorted(to_be_listed - wanted)
    unlisted = {name: f"{name}.yml is not listed in {INDEX}" for name in strange}
    return lost | unlisted
