"""`joinedup new-return`: a definition and all that goes with it, from one example file."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.definition import Definition, load_definition, load_definitions
from ingestion.draft import NoTableError, Wanted, draft
from ingestion.proposals import loaded
from ingestion.reader import open_file, read_file
from ingestion.text_file import read_text
from ingestion.untrusted import UntrustedFileError
from ingestion.workbook import Loaded, Sheet, Workbook
from joinedup.scaffold import files_beside, write_files

RETURNS = "ingestion/returns"
OF_THE_LAKE = {"observation", "source_file", "file_period"}
"""Views of the lake that are no return's."""
ENCODINGS = ((), ("utf-8", "cp1252"), ("utf-16",))


CADENCES = ("day", "week", "month", "quarter", "year", "once")


class NewReturnError(Exception):
    """No return can be made of this; the text says why."""


@dataclass(frozen=True)
class Made:
    """A new return: its files with their lines, and what reading the example comes to."""

    files: dict[str, int]
    todos: int
    outcome: str

    @property
    def lines(self) -> list[str]:
        """What is printed."""
        listed = [f"  {name:<60}{lines:>4} lines" for name, lines in self.files.items()]
        return [
            *listed,
            f"{len(self.files)} files, {sum(self.files.values())} lines; "
            f"{self.todos} to decide on are marked TODO in the first.",
            self.outcome,
        ]


def new_return(path: Path, wanted: Wanted, project: Path) -> Made:
    """Write the files of a new return; raises NewReturnError if one of them is there already."""
    name = f"{RETURNS}/{wanted.return_id}.yml"
    if not re.fullmatch("[a-z][a-z0-9_]*", wanted.return_id):
        raise NewReturnError(f"'{wanted.return_id}' is no short name such as home_care_waits.")
    if wanted.every not in ("", *CADENCES):
        raise NewReturnError(f"'{wanted.every}' is none of {', '.join(CADENCES)}.")
    if wanted.return_id in OF_THE_LAKE or (project / name).exists():
        raise NewReturnError(
            f"There is a return or a view of the name '{wanted.return_id}' already."
        )
    workbook, encodings = _opened(path)
    try:
        text = draft(replace(wanted, encodings=encodings), workbook)
    except NoTableError as error:
        raise NewReturnError(f"{path.name}: {error}") from error
    definition = loaded(text, wanted.return_id)
    files = {name: text} | files_beside(definition)
    if taken := [one for one in files if (project / one).exists()]:
        raise NewReturnError(f"There is already: {', '.join(taken)}.")
    write_files(project, files)
    lines = {one: len(text.splitlines()) for one, text in files.items()}
    return Made(lines, text.count("TODO"), _outcome(path, definition, project))


def staging_files(project: Path, return_ids: list[str]) -> list[str]:
    """Write anew what goes with definitions, of all for none; a suite that is there stays.

    Returns the paths of the files that changed.
    """
    folder = project / RETURNS
    paths = [folder / f"{one}.yml" for one in return_ids] or sorted(folder.glob("*.yml"))
    if lost := [path.stem for path in paths if not path.is_file()]:
        raise NewReturnError(f"No such return: {', '.join(lost)}.")
    return [name for path in paths for name in _written(project, load_definition(path))]


def _written(project: Path, definition: Definition) -> Iterator[str]:
    files = files_beside(definition)
    suites = {name: text for name, text in files.items() if name.startswith("expectations/")}
    models = {name: text for name, text in files.items() if name not in suites}
    yield from write_files(project, models, anew=True)
    yield from write_files(project, suites)


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
    for encodings in ENCODINGS:
        try:
            grid = read_text(path, encodings or ("utf-8",), ",").grid
        except UntrustedFileError as error:
            refused = error
        else:
            return replace(workbook, sheets=[Sheet("", Loaded.of(grid))]), encodings
    raise refused


def _outcome(path: Path, definition: Definition, project: Path) -> str:
    """Say whether the example is read by the draft, and whether other returns claim it."""
    others = load_definitions(project / RETURNS)
    try:
        read = read_file(
            path,
            "",
            path.name,
            others | {definition.return_id: definition},
            pseudonym_key=secrets.token_bytes(32),  # what is read here is thrown away
        )
    except UntrustedFileError as error:
        where = ", ".join(filter(None, [error.sheet and f"sheet '{error.sheet}'", error.cell]))
        return (
            f"The draft does not read the file yet: {error.problem}{f' ({where})' if where else ''}"
        )
    if read is None:
        return "The draft does not recognise the file yet; look at `recognise`."
    return f"The draft reads the file: {read.observations.height:,} figures."
