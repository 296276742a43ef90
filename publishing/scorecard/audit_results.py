"""What the audit of a release found, and its record of returns, read from `quality/`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = "quality"
AUDIT_FILE, RECORD_FILE = "quality.json", "processing.json"

_Model = TypeVar("_Model", bound=BaseModel)


class ResultsError(Exception):
    """A file of the audit's results that is not as the audit writes it."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Check(_Said):
    """A check and how it came out; `unexpected_count` of `examined` rows are not as it says."""

    suite: str
    table: str | None = None
    check: str = ""
    expected: str = ""
    dimension: str | None = None
    severity: str = ""
    outcome: str = ""
    unexpected_count: int | None = None
    examined: int | None = None
    detail: str = ""
    return_ids: tuple[str, ...] = ()
    is_known: bool = False
    known_until: date | None = None


class Audit(_Said):
    """The audit of a release: its verdict, how many checks came out how, and each of them."""

    outcome: str
    checks_run: int = 0
    passed: int = 0
    failed: int = 0
    warned: int = 0
    checks: tuple[Check, ...] = ()


class Held(_Said):
    """How many files of a return landed, and how many of them were set aside."""

    files: int = 0
    quarantined: int = 0


class Return(_Said):
    """A return as the record of processing tells it.

    `first` and `last` are the months it began and ended (`2010-08`); `late_from` is the day from
    which what is not held of it is late by its publisher's own dates.
    """

    return_id: str = Field(alias="return")
    title: str
    publisher: str
    landing_page: str | None = None
    licence: str | None = None
    classification: str = "public"
    every: str = ""
    first: str | None = None
    last: str | None = None
    people: str = ""
    held: Held = Held()
    late_from: date | None = None


class Record(_Said):
    """The record of processing: every return that may be held. `has_dates`: it says lateness."""

    returns: tuple[Return, ...] = ()
    has_dates: bool = False


def read_audit(release: Path) -> Audit | None:
    """Return the audit's results of a release; None where it has none.

    Raises ResultsError for a file that is not as the audit writes it.
    """
    return _read(release / FOLDER / AUDIT_FILE, Audit)


def read_record(release: Path) -> Record:
    """Return the record of processing of a release; an empty one where it has none.

    Raises ResultsError for a file that is not as the audit writes it.
    """
    found = _read(release / FOLDER / RECORD_FILE, Record)
    if found is None:
        return Record()
    has_dates = any("late_from" in one.model_fields_set for one in found.returns)
    return found.model_copy(update={"has_dates": has_dates})


def _read(path: Path, model: type[_Model]) -> _Model | None:
    if not path.is_file():
        return None
    try:
        return model.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ResultsError(
            f"{path.parent.name}/{path.name} is not as the audit writes it: {error}"
        ) from error
