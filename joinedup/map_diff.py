"""`joinedup map-diff`: what a file has that its definition lacks, and the other way round."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, DefinitionError, load_definitions
from ingestion.differences import Drift, Known, Strange, TableDrift
from ingestion.drift import compare, near_returns, open_whole
from ingestion.proposals import loaded, with_rewordings, with_the_rest
from ingestion.reader import ReadFile, open_file, read_file
from ingestion.register import load_register
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import nearest

RETURNS = "ingestion/returns"
SHOWN_TABLES = 8
LANDED = re.compile(r"[0-9a-f]{64}")


class MapDiffError(Exception):
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
        """The definitions of the project."""
        return load_definitions(self.project / RETURNS)


def published_name(path: Path, catalogue: Callable[[], Path]) -> str:
    """Return the name a landed file was found under; any other file keeps its own."""
    if not LANDED.fullmatch(path.name) or not catalogue().is_file():
        return path.name
    with Catalogue(catalogue()) as known:
        names = {file.sha256: file.file_name for file in known.landed()}
    return Path(names.get(path.name, path.name)).name


def map_diff(asked: Asked, *, write: bool = False) -> tuple[list[str], bool]:
    """Return what is to be printed, and whether anything differs (after writing, if asked)."""
    definitions = asked.definitions
    try:
        read = _read(asked, definitions)
        refused = "" if read else "No definition knows this file."
        return_id = read.return_id if read else ""
    except UntrustedFileError as error:
        read, refused, return_id = None, error.reason, error.return_id
    if read is not None and asked.return_id in (None, read.return_id) and not asked.layout_id:
        return [_is_read(asked, read)], False
    name = asked.return_id or return_id or _recognised(asked, definitions)
    definition = definitions[_known("return", name, definitions)]
    if asked.layout_id:
        _known("layout", asked.layout_id, definition.layouts or definition.records)
    return _compared(asked, definition, refused, write=write)


def _known(what: str, name: str, known: Iterable[str]) -> str:
    """Return a name that is known; raises MapDiffError for another one."""
    names = sorted(known)
    if name in names:
        return name
    near = nearest(name, names)
    hint = f" Is it '{near}'?" if near else f" There are: {', '.join(names)}."
    raise MapDiffError(f"There is no {what} '{name}'.{hint}")


def _read(asked: Asked, definitions: Mapping[str, Definition]) -> ReadFile | None:
    sha256 = hashlib.sha256(asked.path.read_bytes()).hexdigest()
    register = load_register(asked.project / "dbt_project" / "seeds")
    throw_away = secrets.token_bytes(32)
    return read_file(asked.path, sha256, asked.file_name, definitions, register, throw_away)


def _is_read(asked: Asked, read: ReadFile) -> str:
    figures = f"{read.observations.height:,} {'records' if read.is_record else 'figures'}"
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


def _compared(
    asked: Asked, definition: Definition, refused: str, *, write: bool
) -> tuple[list[str], bool]:
    workbook = open_whole(asked.path, asked.file_name, definition)
    if workbook is None:
        raise MapDiffError(f"{asked.file_name} is neither a workbook nor a text file.")
    path = asked.project / RETURNS / f"{definition.return_id}.yml"
    text = path.read_text(encoding="utf-8")
    drift = compare(definition, workbook, asked.layout_id)
    lines = [f"{asked.file_name}: return {definition.return_id}, nearest layout {drift.layout_id}"]
    lines += _listed(drift)
    if not drift.differs and not refused:
        return [*lines, "Nothing differs."], False
    clear = with_rewordings(text, drift)
    again = definition if clear.text == text else loaded(clear.text, definition.return_id)
    rest = with_the_rest(clear.text, again, compare(again, workbook, asked.layout_id))
    if clear.changes:
        lines += ["", "Clear, one line each:", *_diff(path, asked.project, text, clear.text)]
    if rest.changes:
        lines += ["", "To be decided by a person:"]
        lines += _diff(path, asked.project, clear.text, rest.text)
    lines += [f"By hand: {words}" for words in [*clear.by_hand, *rest.by_hand]]
    if write and clear.changes:
        path.write_text(clear.text, encoding="utf-8")
    outcome, is_read = _outcome(asked, again, refused)
    return [*lines, "", *_said(clear.changes, outcome, write=write)], not (write and is_read)


def _outcome(asked: Asked, definition: Definition, refused: str) -> tuple[str, bool]:
    """Say what reading comes to with the clear lines in the definition."""
    try:
        definitions = asked.definitions | {definition.return_id: definition}
        read = _read(asked, definitions)
    except UntrustedFileError as error:
        where = ", ".join(filter(None, [error.sheet and f"sheet '{error.sheet}'", error.cell]))
        return f"refused: {error.problem}{f' ({where})' if where else ''}", False
    if read is None:
        return f"not recognised as {definition.return_id}. {refused}", False
    return f"read: layout {read.layout_id}, {read.observations.height:,} figures.", True


def _said(changes: int, outcome: str, *, write: bool) -> Iterator[str]:
    if not changes:
        yield f"As it is, the file is {outcome}"
    elif write:
        verb = "is" if changes == 1 else "are"
        yield f"{_lines(changes)} {verb} written. Now the file is {outcome}"
    else:
        yield f"With {_lines(changes).lower()} the file is {outcome}"
        yield "To write: the same command with --write."


def _lines(changes: int) -> str:
    return "This line" if changes == 1 else f"These {changes} lines"


def _diff(path: Path, project: Path, before: str, after: str) -> list[str]:
    name = path.relative_to(project).as_posix()
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
    return f"{one.count:,} cell{'s' if one.count > 1 else ''}, first {one.cell}"


__all__ = ["Asked", "DefinitionError", "MapDiffError", "map_diff", "published_name"]
