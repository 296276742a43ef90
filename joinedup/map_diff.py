"""`joinedup map-diff`: what a file has that its definition lacks, and the other way round."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from ingestion.catalogue import Catalogue
from ingestion.definition import (
    Definition,
    definition_text,
    load_definitions,
    undecided_definitions,
)
from ingestion.differences import Drift, Known, Strange, TableDrift
from ingestion.drift import compare, near_returns, open_whole
from ingestion.landing import landed_path
from ingestion.proposals import loaded, with_rewordings, with_the_rest
from ingestion.reader import ReadFile, open_file, read_file
from ingestion.register import load_register
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import nearest
from joinedup.landed_files import UnknownFileError, landed_file
from joinedup.project import RETURNS, SEEDS, AuthoringError, counted
from joinedup.settings import Settings

SHOWN_TABLES = 8
LANDED = re.compile(r"[0-9a-f]{64}")


class MapDiffError(AuthoringError):
    """There is nothing to compare; the text says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """What is to be compared: a file under the name it was published, and with what."""

    path: Path
    file_name: str
    project: Path
    return_id: str | None = None
    layout_id: str | None = None

    @property
    def definitions(self) -> dict[str, Definition]:
        """The definitions of the project, drafts too."""
        return load_definitions(self.project / RETURNS, drafts=True)


@dataclass(frozen=True)
class MapDiff:
    """What is to be printed, whether anything differs, and what is to be written, by its path."""

    lines: list[str]
    differs: bool
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Outcome:
    """What reading a file came to, in words, and of which return it is; '' for none."""

    words: str
    return_id: str = ""
    read: ReadFile | None = None

    def as_said_of(self, return_id: str) -> str:
        """Return the words; another return than the one that was asked about is named."""
        if self.return_id in ("", return_id):
            return self.words
        return f"{self.words} That is return {self.return_id}, not {return_id}."


def find_file(said: str, settings: Settings) -> tuple[Path, str]:
    """Return where a file lies, on disk or landed, and the name it was published under.

    What is no path is a landed file's name, or the beginning of its sha256. Raises MapDiffError
    where there is none, or it cannot be read.
    """
    path = Path(said)
    if path.exists():
        name = _published_name(path, settings.catalogue)
    elif settings.catalogue.is_file():
        path, name = _landed(said, settings)
    else:
        raise MapDiffError(f"There is no file '{said}', and none has landed.")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise MapDiffError(f"{path} is not a file that can be read.")
    return path, name


def _published_name(path: Path, catalogue: Path) -> str:
    """Return the name a landed file was found under; any other file keeps its own."""
    if not LANDED.fullmatch(path.name) or not catalogue.is_file():
        return path.name
    with Catalogue(catalogue) as known:
        names = {file.sha256: file.file_name for file in known.landed()}
    return Path(names.get(path.name, path.name)).name


def _landed(said: str, settings: Settings) -> tuple[Path, str]:
    with Catalogue(settings.catalogue) as catalogue:
        try:
            file = landed_file(catalogue, said)
        except UnknownFileError as error:
            raise MapDiffError(f"There is no file '{said}' on disk. {error}") from error
    return landed_path(settings.landing, file.sha256), Path(file.file_name).name


def map_diff(asked: Asked, *, write: bool = False) -> MapDiff:
    """Compare a file with its definition; what is clear is to be written if asked."""
    definitions = asked.definitions
    if asked.return_id is not None:
        _known("return", asked.return_id, definitions)
    now = _outcome(asked, definitions)
    if now.read is not None and asked.return_id in (None, now.return_id) and not asked.layout_id:
        return MapDiff([_is_read(asked, now.read), *_undecided(asked, now.return_id)], False)
    name = asked.return_id or now.return_id or _recognised(asked, definitions)
    definition = definitions[name]
    if asked.layout_id:
        _known("layout", asked.layout_id, definition.layouts or definition.records)
    if write and now.read is not None and now.return_id != name:
        raise MapDiffError(
            f"Nothing was written. {asked.file_name} is read as {now.return_id}, "
            f"layout {now.read.layout_id}; if {name} could read it too, neither would."
        )
    return _compared(asked, definition, now, write=write)


def _known(what: str, name: str, known: Iterable[str]) -> str:
    """Return a name that is known; raises MapDiffError for another one."""
    names = sorted(known, key=lambda one: (-SequenceMatcher(None, name, one).ratio(), one))
    if name in names:
        return name
    near = nearest(name, names)
    hint = f" Is it '{near}'?" if near else ""
    listed = textwrap.fill(", ".join(names), 100, initial_indent="  ", subsequent_indent="  ")
    raise MapDiffError(f"There is no {what} '{name}'.{hint} There are, nearest first:\n{listed}")


def _outcome(asked: Asked, definitions: Mapping[str, Definition]) -> _Outcome:
    """Read a file and say what that comes to."""
    sha256 = hashlib.sha256(asked.path.read_bytes()).hexdigest()
    register = load_register(asked.project / SEEDS)
    try:
        read = read_file(
            asked.path, sha256, asked.file_name, definitions, register, secrets.token_bytes(32)
        )  # thrown away
    except UntrustedFileError as error:
        return _Outcome(f"refused: {error.told}", error.return_id)
    if read is None:
        return _Outcome("not recognised as any return.")
    figures = counted(read.observations.height, "record" if read.is_record else "figure")
    return _Outcome(f"read: layout {read.layout_id}, {figures}.", read.return_id, read)


def _undecided(asked: Asked, return_id: str) -> list[str]:
    """Say what is still to be decided in a definition, which the load leaves out until then."""
    said = undecided_definitions(asked.project / RETURNS).get(return_id)
    return [said] if said else []


def _is_read(asked: Asked, read: ReadFile) -> str:
    figures = counted(read.observations.height, "record" if read.is_record else "figure")
    return (
        f"{asked.file_name} is read as {read.return_id}, layout {read.layout_id}: {figures}. "
        "Nothing differs."
    )


def _recognised(asked: Asked, definitions: Mapping[str, Definition]) -> str:
    """Say which returns are near, as none was recognised; raises MapDiffError."""
    workbook = open_file(asked.path, asked.file_name)
    if workbook is None:
        raise MapDiffError(f"{asked.file_name} is neither a workbook nor a text file.")
    near = near_returns(workbook, definitions)
    if not near:
        raise MapDiffError(
            f"{asked.file_name} is not recognised, and no return is near. "
            "For a new return: joinedup new-return."
        )
    listed = "\n".join(f"  {name:<32}{share:.0%} of its headings" for name, share in near)
    raise MapDiffError(
        f"{asked.file_name} is not recognised. The nearest returns:\n{listed}\n"
        f"Compare it with one: joinedup map-diff {asked.path} --return {near[0][0]}\n"
        "For a new return: joinedup new-return."
    )


def _compared(asked: Asked, definition: Definition, now: _Outcome, *, write: bool) -> MapDiff:
    workbook = open_whole(asked.path, asked.file_name, definition)
    if workbook is None:
        raise MapDiffError(f"{asked.file_name} is neither a workbook nor a text file.")
    name = f"{RETURNS}/{definition.return_id}.yml"
    stands = definition_text(asked.project / name)
    text = stands.replace("\r\n", "\n")
    drift = compare(definition, workbook, asked.layout_id)
    lines = [f"{asked.file_name}: return {definition.return_id}, nearest layout {drift.layout_id}"]
    lines += _listed(drift)
    clear = with_rewordings(text, drift)
    again = definition if clear.text == text else loaded(clear.text, definition.return_id)
    rest = with_the_rest(clear.text, again, compare(again, workbook, asked.layout_id))
    if clear.changes:
        lines += ["", "Clear, one line each:", *_diff(name, text, clear.text)]
    if rest.changes:
        lines += ["", "To be decided by a person:", *_diff(name, clear.text, rest.text)]
    lines += [f"By hand: {words}" for words in [*clear.by_hand, *rest.by_hand]]
    then = now
    if clear.changes:
        then = _outcome(asked, asked.definitions | {definition.return_id: again})
    is_its_own = then.return_id == definition.return_id
    is_written = write and bool(clear.changes) and is_its_own
    said = _said(clear.changes, then.as_said_of(definition.return_id), write, is_written)
    files = {name: clear.text if "\r\n" not in stands else clear.text.replace("\n", "\r\n")}
    is_mended = is_written and then.read is not None
    return MapDiff([*lines, "", *said], not is_mended, files if is_written else {})


def _said(changes: int, outcome: str, write: bool, is_written: bool) -> Iterator[str]:
    if not changes:
        yield f"As it is, the file is {outcome}"
    elif is_written:
        verb = "is" if changes == 1 else "are"
        yield f"{_lines(changes)} {verb} written. Now the file is {outcome}"
    else:
        yield f"With {_lines(changes).lower()} the file is {outcome}"
        yield "Nothing was written." if write else "To write: the same command with --write."


def _lines(changes: int) -> str:
    return "This line" if changes == 1 else f"These {changes} lines"


def _diff(name: str, before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
    return list(lines)


def _listed(drift: Drift) -> Iterator[str]:
    """List what differs: `+` the file has, `-` the layout has, `?` nobody knows."""
    if drift.title:
        yield "Title block"
        yield from (f"  ? {words}" for words in drift.title)
    differing = [table for table in drift.tables if table.differs]
    for table in differing[:SHOWN_TABLES]:
        yield from _table(table)
    if len(differing) > SHOWN_TABLES:
        yield f"and {len(differing) - SHOWN_TABLES} more sheets that differ"
    if drift.sheets_lacking or drift.sheets_over:
        yield "Sheets"
        yield from (f"  - '{name}' is not there" for name in drift.sheets_lacking)
        yield from (f"  + '{name}' is not read" for name in drift.sheets_over)


def _table(table: TableDrift) -> Iterator[str]:
    yield f"Table {table.table_id}" + (f", sheet '{table.sheet}'" if table.sheet else "")
    if table.renamed_sheet is not None:
        yield f"  ? no sheet '{table.renamed_sheet}'; this one is the nearest"
    yield from (f"  ? {words}" for words in table.other)
    yield from (f"  + {one.cell} '{one.words}'{_near(one)}" for one in table.over)
    yield from (f"  - '{one.words}' ({'.'.join(one.keys[:2])})" for one in table.lacking)
    for one in table.markers:
        says = f"'{one.words}'" if one.words else "a blank cell"
        yield f"  ? marker {says}: {_cells(one)}"
    for one in table.members:
        says = "measure" if one.keys == ("measures",) else f"member of {one.keys[1]}"
        yield f"  ? {says} '{one.words}': {_cells(one)}{_near(one)}"


def _near(one: Strange) -> str:
    if one.near is None:
        return ": nothing near"
    place = _place(one.near)
    return f" {'is clearly' if one.is_clear else 'is nearest to'} '{one.near.words}'{place}"


def _place(known: Known) -> str:
    return f" ({'.'.join(known.keys[:2])})"


def _cells(one: Strange) -> str:
    return f"{counted(one.count, 'cell')}, first {one.cell}"
