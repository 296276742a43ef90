"""What the descriptions of a release tell of: its marts, their files, and what they came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from publishing.exports.csv_files import csv_path
from publishing.manifest import FileEntry
from publishing.mart_keys import KEYS
from publishing.mart_tables import MartError, Table
from publishing.scorecard.facts import ReleaseFacts

TITLE = "Measures of how health and social care work together in England"
ABOUT = (
    "Plans, outturns and delays of councils, NHS bodies and England, each led back to the cell of "
    "a publisher's return. A withheld figure is empty with its reason beside it, and never zero. "
    "In the CSV files an empty cell is no value, and a text that a spreadsheet would calculate "
    "(one that begins with =, +, -, @, a tab or a line break) has an apostrophe before it."
)
SYNTHETIC = "SYNTHETIC: made of demonstration returns, no figure is real. "

STATED_LICENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "OGL-UK-3.0": (
            "Open Government Licence v3.0",
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        )
    }
)
"""Title and address of the licences that definitions name; any other text is none."""

KEYED_BY_EMPTY_TEXT = frozenset({"revision"})
"""Marts with an empty text in their key, which a CSV file cannot tell from no value."""

FOREIGN_KEYS: Mapping[str, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        "bcf_money": (("area_code", "area", "area_code"),),
        "bcf_outturn": (("area_code", "area", "area_code"),),
        "claim": (
            ("programme_id", "programme", "programme_id"),
            ("metric_id", "metric", "metric_id"),
            ("area_code", "area", "area_code"),
            ("restates_claim_id", "claim", "claim_id"),
        ),
        "commitment": (
            ("programme_id", "programme", "programme_id"),
            ("target_claim_id", "claim", "claim_id"),
            ("outturn_claim_id", "claim", "claim_id"),
        ),
        "control_limit": (
            ("metric_id", "metric", "metric_id"),
            ("area_code", "area", "area_code"),
        ),
        "delayed_days": (("area_code", "area", "area_code"),),
        "metric_plan": (
            ("metric_id", "metric", "metric_id"),
            ("area_code", "area", "area_code"),
            ("claim_id", "claim", "claim_id"),
        ),
        "metric_value": (
            ("metric_id", "metric", "metric_id"),
            ("area_code", "area", "area_code"),
        ),
        "peer": (("area_code", "area", "area_code"), ("peer_code", "area", "area_code")),
        "peer_feature": (("area_code", "area", "area_code"),),
        "population": (("area_code", "area", "area_code"),),
        "scorecard": (
            ("metric_id", "metric", "metric_id"),
            ("area_code", "area", "area_code"),
        ),
        "spending_change": (("area_code", "area", "area_code"),),
    }
)
"""Column, mart and column that each of its values is in: those that the models' tests hold to."""


class Source(BaseModel):
    """A return that the release was made from, as its definition says."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    return_id: str = Field(alias="return")
    title: str
    publisher: str
    landing_page: str
    licence: str
    held: Held


class Held(BaseModel):
    """How many files of a return the warehouse has."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    files: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Mart:
    """A released mart and its two files."""

    table: Table
    rows: int
    csv: FileEntry
    parquet: FileEntry

    @property
    def name(self) -> str:
        """Its name, which its files have too."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that no two of its rows share, none of them empty; () where none is promised."""
        names = {column.name for column in self.table.columns}
        key = () if self.name in KEYED_BY_EMPTY_TEXT else KEYS.get(self.name, ())
        return key if names.issuperset(key) else ()

    def links(self, marts: Sequence[Mart]) -> list[tuple[str, str, str]]:
        """Give column, mart and column of each link to a mart of this release."""
        has = {(mart.name, column.name) for mart in marts for column in mart.table.columns}
        return [
            (column, other, key)
            for column, other, key in FOREIGN_KEYS.get(self.name, ())
            if {(self.name, column), (other, key)} <= has
        ]


@dataclass(frozen=True)
class Released:
    """A release as its descriptions have it; `database` is `marts.duckdb`."""

    facts: ReleaseFacts
    marts: Sequence[Mart]
    database: FileEntry
    sources: Sequence[Source]

    @property
    def title(self) -> str:
        """What it is called, with SYNTHETIC first where it is."""
        return f"{SYNTHETIC if self.facts.is_synthetic else ''}{TITLE}"


def csv_name(mart: Mart) -> str:
    """Give the path of a mart's CSV file in the release."""
    return csv_path(Path(), mart.name).as_posix()


def parquet_name(mart: Mart) -> str:
    """Give the path of a mart's Parquet file in the release."""
    return f"parquet/{mart.name}.parquet"


def sources_of(processing: Path) -> list[Source]:
    """Give the returns of which the warehouse holds files; none where nothing says which.

    `processing` is the record of processing beside the audit's results. Raises MartError for one
    that cannot be read.
    """
    if not processing.is_file():
        return []
    try:
        told = json.loads(processing.read_text(encoding="utf-8"))["returns"]
        sources = TypeAdapter(list[Source]).validate_python(told)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise MartError(f"{processing.name} does not say what was processed: {error}") from error
    return sorted((one for one in sources if one.held.files), key=lambda one: one.return_id)
