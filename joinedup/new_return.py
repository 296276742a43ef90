"""`joinedup new-return`: a definition and all that goes with it, from one example file."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import duckdb

from ingestion.cadence import Every
from ingestion.definition import TODO, Definition, load_definition, load_definitions
from ingestion.draft import NoTableError, Wanted, draft
from ingestion.proposals import loaded
from ingestion.reader import open_file, read_file
from ingestion.register import Register, load_register
from ingestion.text_file import read_text
from ingestion.untrusted import UntrustedFileError
from ingestion.workbook import Loaded, Sheet, Workbook
from joinedup.project import RETURNS, SEEDS, AuthoringError, counted, write_whole
from joinedup.scaffold import differing, files_beside

OF_THE_LAKE = {"observation", "source_file", "file_period"}
"""Views of the lake that are no return's."""
ENCODINGS = ((), ("utf-8", "cp1252"), ("utf-16",))
CADENCES: tuple[str, ...] = get_args(Every)
RESERVED = "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
LONGEST_ID = 50
PAGE = re.compile(r"https://[a-z0-9.-]+\.[a-z]+(?:/[^\s\"'<>]*)?")


class NewReturnError(AuthoringError):
    """No return can be made of this; the text says why."""


@dataclass(frozen=True)
class Made:
    """A new return: the text of its files, and what reading the example comes to."""

    files: dict[str, str]
    outcome: str

    @property
    def lines(self) -> list[str]:
        """What is printed."""
        counts = {name: len(text.splitlines()) for name, text in self.files.items()}
        todos = next(iter(self.files.values())).count(TODO)
        listed = [f"  {name:<60}{counted(n, 'line'):>10}" for name, n in counts.items()]
        return [
            *listed,
            f"{counted(len(counts), 'file')}, {counted(sum(counts.values()), 'line')}; "
            f"{todos} to decide on are marked TODO in the first.",
            self.outcome,
        ]


def new_return(path: Path, wanted: Wanted, project: Path) -> Made:
    """Draft the files of a new return, and try them; nothing is written.

    Raises NewReturnError if there is such a return already, or one that reads the file.
    """
    _refuse_wrong(wanted)
    name = f"{RETURNS}/{wanted.return_id}.yml"
    if wanted.return_id in OF_THE_LAKE or (project / name).exists():
        raise NewReturnError(
            f"There is a return or a view of the name '{wanted.return_id}' already."
        )
    others = load_definitions(project / RETURNS, drafts=True)
    register = load_register(project / SEEDS)
    _refuse_known(path, others, register)
    workbook, encodings = _opened(path)
    try:
        text = draft(replace(wanted, encodings=encodings), workbook)
    except NoTableError as error:
        raise NewReturnError(f"{path.name}: {error}") from error
    definition = loaded(text, wanted.return_id)
    files = {name: text} | files_beside(definition)
    if taken := [one for one in files if (project / one).exists()]:
        raise NewReturnError(f"There is already: {', '.join(taken)}.")
    return Made(files, _outcome(path, definition, others, register))


def _refuse_wrong(wanted: Wanted) -> None:
    """Raise NewReturnError for what cannot be said of a return."""
    if not re.fullmatch("[a-z][a-z0-9_]*", wanted.return_id):
        raise NewReturnError(f"'{wanted.return_id}' is no short name such as home_care_waits.")
    if len(wanted.return_id) > LONGEST_ID:
        raise NewReturnError(f"The --id is longer than {LONGEST_ID} letters; give a shorter one.")
    with duckdb.connect() as connection:
        reserved = connection.execute(RESERVED).fetchall()
    if (wanted.return_id,) in reserved:
        raise NewReturnError(f"'{wanted.return_id}' is a word of SQL; give another --id.")
    if wanted.every not in ("", *CADENCES):
        raise NewReturnError(f"'{wanted.every}' is none of {', '.join(CADENCES)}.")
    if wanted.landing_page and not PAGE.fullmatch(wanted.landing_page):
        raise NewReturnError(
            f"'{wanted.landing_page}' is no address of a page such as "
            "https://www.england.nhs.uk/statistics/."
        )


def _refuse_known(path: Path, others: Mapping[str, Definition], register: Register) -> None:
    """Raise NewReturnError for a file that a return knows: with a second, neither would read it."""
    try:
        read = read_file(path, "", path.name, others, register)
        return_id, how = (read.return_id, f"layout {read.layout_id}") if read else ("", "")
    except UntrustedFileError as error:
        return_id, how = error.return_id, f"though it is refused: {error.told}"
    if return_id:
        raise NewReturnError(
            f"{path.name} is a file of {return_id} already, {how.rstrip('.')}. "
            "To compare the two: joinedup map-diff."
        )


def staging_files(project: Path, return_ids: list[str]) -> list[str]:
    """Write anew what goes with definitions, of all for none; a suite that is there stays.

    Returns the paths of the files that changed.
    """
    folder = project / RETURNS
    paths = [folder / f"{one}.yml" for one in return_ids] or sorted(folder.glob("*.yml"))
    if lost := [path.stem for path in paths if not path.exists()]:
        raise NewReturnError(f"No such return: {', '.join(lost)}.")
    definitions = [load_definition(path, as_draft=True) for path in paths]
    files = {name: text for one in definitions for name, text in files_beside(one).items()}
    wanted = differing(project, files)
    write_whole(project, wanted)
    return list(wanted)


def _opened(path: Path) -> tuple[Workbook, tuple[str, ...]]:
    """Open an example, a text file in the first encoding that it is written in."""
    try:
        workbook = open_file(path, path.name)
        if workbook is None:
            raise NewReturnError(f"{path.name} is neither a workbook nor a text file.")
        return _decoded(path, workbook) if workbook.is_text else (workbook, ())
    except UntrustedFileError as error:
        raise NewReturnError(f"{path.name}: {error.reason}") from error


def _decoded(path: Path, workbook: Workbook) -> tuple[Workbook, tuple[str, ...]]:
    refused: list[UntrustedFileError] = []
    for encodings in ENCODINGS:
        try:
            grid = read_text(path, encodings or ("utf-8",), ",").grid
        except UntrustedFileError as error:
            refused.append(error)
        else:
            return replace(workbook, sheets=[Sheet("", Loaded.of(grid))]), encodings
    raise NewReturnError(
        f"{path.name} cannot be read as a text with commas, as UTF-8, Windows-1252 or UTF-16: "
        f"{refused[0].told}"
    )


def _outcome(
    path: Path, definition: Definition, others: Mapping[str, Definition], register: Register
) -> str:
    """Say whether the example is read by the draft."""
    known = {**others, definition.return_id: definition}
    try:
        # What is read here is thrown away, and so is the key of its pseudonyms.
        read = read_file(path, "", path.name, known, register, secrets.token_bytes(32))
    except UntrustedFileError as error:
        return f"The draft does not read the file yet: {error.told}"
    if read is None:
        return "The draft does not recognise the file yet; look at `recognise`."
    return f"The draft reads the file: {counted(read.observations.height, 'figure')}."
