"""Say of each file of a folder how it would be read; nothing is kept of it.

The folder is landed and read in a place of its own by the same steps as in a load, so what is
said here is what a load would do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from ingestion.catalogue import Catalogue, Reading
from ingestion.definition import Definition, DefinitionError
from ingestion.folder import Report, fetch_folder, silent
from ingestion.layouts import Strict, Wording
from ingestion.patterns import fits
from ingestion.read import Limits, read_landed
from ingestion.register import Register

NOT_RETURNS = Path(__file__).parent / "not_returns.yml"


class NotAReturn(Strict):
    """Files that come among returns and are none: a pattern of their names, and why."""

    file: Wording
    reason: str = Field(min_length=1)


@dataclass(frozen=True)
class SurveyedFile:
    """A file of the folder and how it was read; `names` are all it has there.

    `reason` says why it was refused or is of no return; it is empty where nobody said.
    """

    names: tuple[str, ...]
    reading: Reading
    reason: str

    @property
    def is_settled(self) -> bool:
        """Tell whether it was read, or a reason holds that another run would give too."""
        return self.reading.is_final and (self.reading.state == "read" or bool(self.reason))


@dataclass(frozen=True)
class Survey:
    """The files of a folder, in the order of their names, and what was passed over."""

    files: list[SurveyedFile]
    left_out: list[str]

    def of_state(self, state: str) -> list[SurveyedFile]:
        """Return the files that were read, quarantined or unrecognised."""
        return [file for file in self.files if file.reading.state == state]

    def unsettled(self) -> Iterator[str]:
        """Yield a line for each file of which nobody can say why it is not read."""
        for file in self.files:
            if not file.is_settled:
                why = file.reason or f"no definition knows it, and {NOT_RETURNS.name} has no reason"
                yield f"{file.names[0]}: {why}"


def load_not_returns(path: Path = NOT_RETURNS) -> list[NotAReturn]:
    """Read the reasons for files of no return; raises `DefinitionError` naming file and key."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[NotAReturn]).validate_python(raw)
    except (ValidationError, yaml.YAMLError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error


def survey_folder(
    folder: Path,
    work: Path,
    definitions: Mapping[str, Definition],
    not_returns: Sequence[NotAReturn],
    *,
    limits: Limits,
    max_file_mb: int,
    register: Register | None = None,
    report: Report = silent,
) -> Survey:
    """Land and read a folder in the empty folder `work`.

    Raises FileNotFoundError when there is no such folder.
    """
    with Catalogue(work / "catalogue.sqlite") as catalogue:
        landing = work / "landing"
        fetched = fetch_folder(folder, landing, catalogue, run_id="survey", max_file_mb=max_file_mb)
        read_landed(
            landing,
            work / "lake",
            catalogue,
            definitions,
            run_id="survey",
            limits=limits,
            register=register,
            # What is read here is thrown away, so any key will do.
            pseudonym_key=secrets.token_bytes(32),
            report=report,
        )
        return Survey(sorted(_files(catalogue, not_returns), key=_by_name), fetched.left_out)


def _by_name(file: SurveyedFile) -> tuple[str, ...]:
    return file.names


def _files(catalogue: Catalogue, not_returns: Sequence[NotAReturn]) -> Iterator[SurveyedFile]:
    readings = catalogue.readings()
    for sha256, names in catalogue.names().items():
        reading = readings[sha256]
        reason = reading.reason or ""
        if reading.state == "unrecognised":
            reason = _why_no_return(names, not_returns)
        yield SurveyedFile(tuple(names), reading, reason)


def _why_no_return(names: Sequence[str], not_returns: Sequence[NotAReturn]) -> str:
    """Return the reason that is given for a file under one of its names."""
    given = (one.reason for one in not_returns if any(fits(name, one.file) for name in names))
    return next(given, "")
