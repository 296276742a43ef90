"""Whom a row or a column is about: code, name, kind, and whether it is a control total."""

from __future__ import annotations

from typing import NamedTuple

from ingestion.headings import LocatedTable, ValueColumn
from ingestion.layouts import Table
from ingestion.patterns import fits, read
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, normalise

BLANK_CODES = frozenset({"", "-"})

Roles = dict[str, tuple[int, str]]
"""What a row says by role: the column, and its text."""


class Subject(NamedTuple):
    """Whom a row or a column is about; the code of a control total is ''."""

    kind: str | None
    code: str | None
    name: str | None
    is_control_total: bool | None = False


NOBODY = Subject(None, None, None, None)
"""What a row says where the columns name the subject, and the other way round."""


def fault(
    located: LocatedTable, problem: str, row: int, column: int, mend: str = ""
) -> UntrustedFileError:
    """Return the refusal of a table for what stands in one cell, counted from 0."""
    cell = cell_name(row, column)
    return UntrustedFileError(problem, sheet=located.sheet.name, cell=cell, mend=mend)


def subject_of_row(table: Table, located: LocatedTable, said: Roles, number: int) -> Subject:
    """Return whom a row is about; raises `UntrustedFileError` when it does not say."""
    code, name = said.get("code", (0, ""))[1], said.get("name", (0, ""))[1]
    for role in ("code", "name"):
        index, text = said.get(role, (0, ""))
        pattern = located.roles[index].as_ if role in said else None
        if pattern and (found := read(text, pattern)):
            code, name = found.code or code, (found.name or "").strip() or name
    name = located.corrections.get(("name", name), name)
    control = table.control_total
    if control is not None and _is_control(control.name, control.code, code, name):
        return Subject(control.kind, "", name, is_control_total=True)
    if code in BLANK_CODES and located.subject.identified_by == "name":
        code = name
    if code in BLANK_CODES and located.subject.blank_code:
        code = said.get(located.subject.blank_code, (0, ""))[1]
        if control is not None and control.code and normalise(code) == normalise(control.code):
            return Subject(control.kind, "", name, is_control_total=True)
    if code in BLANK_CODES:
        code = next((c for n, c in table.unnamed_code.items() if fits(name, n)), "")
    if not code:
        raise fault(
            located,
            f"The row of '{name}' has figures and no code.",
            number,
            said.get("code", said.get("name", (0, "")))[0],
            "If the publisher leaves this code out, give it in `unnamed_code`.",
        )
    return Subject(_kind(located, code, said, number), code, name)


def plain_kind(table: Table, located: LocatedTable) -> str | None:
    """Return the kind of every row that has a code, if its code alone tells that."""
    has_code_of_total = table.control_total is not None and table.control_total.code is not None
    if has_code_of_total or any(row.as_ for row in located.roles.values()):
        return None
    return located.subject.kind


def subject_of_column(table: Table, located: LocatedTable, column: ValueColumn) -> Subject:
    """Return whom a column's heading names; `NOBODY` when the rows do."""
    code, name = column.said.code or "", (column.said.name or "").strip()
    if not code and not name:
        return NOBODY
    control = table.control_total
    if control is not None and _is_control(control.name, control.code, code, name):
        return Subject(control.kind, "", name, is_control_total=True)
    if not code:
        code = next((c for n, c in table.unnamed_code.items() if fits(name, n)), "")
    if not code and located.subject.identified_by == "name":
        code = name
    if not code:
        raise fault(
            located,
            f"The heading '{column.heading}' names a subject without a code.",
            located.header_row,
            column.index,
            "Say `identified_by: name` if the publisher gives none.",
        )
    said = {"code": (column.index, code)}
    return Subject(_kind(located, code, said, located.header_row), code, name)


def given_subject(table: Table, located: LocatedTable) -> Subject:
    """Return the one subject of a sheet, as the definition or the sheet itself names it."""
    subject, sheet = located.subject, located.sheet
    code, name = subject.code or "", subject.name or ""
    for label, is_code in ((subject.code_beside, True), (subject.name_beside, False)):
        if label is None:
            continue
        place = sheet.beside(label)
        if place is None or not place.text:
            raise fault(located, f"Nothing stands beside '{label}'.", 0, 0)
        code, name = (place.text, name) if is_code else (code, place.text)
    if subject.sheet_is_name:
        name = sheet.name.strip()
    control = table.control_total
    if control is not None and _is_control(control.name, control.code, code, name):
        return Subject(control.kind, "", name, is_control_total=True)
    if not code and subject.identified_by == "name":
        code = name
    return Subject(_kind(located, code, {}, 0), code, name)


def _is_control(wording: str, wanted: str | None, code: str, name: str) -> bool:
    if code not in BLANK_CODES:
        return wanted is not None and normalise(code) == normalise(wanted)
    is_told_by_code = wanted is not None and wording == "*"
    return not is_told_by_code and fits(name, wording)


def _kind(located: LocatedTable, code: str, said: Roles, number: int) -> str:
    subject = located.subject
    if subject.kind is not None:
        return subject.kind
    level = said.get("level", (0, ""))[1]
    by, text = (subject.by_level, level) if subject.by_level else (subject.by_code, code)
    for wording, kind in by.items():
        if fits(text, wording):
            return kind
    what = "level" if subject.by_level else "code"
    raise fault(
        located,
        f"'{text}' is not a {what} that this table is known to have ({', '.join(by)}).",
        number,
        said.get("level", said.get("code", (0, "")))[0],
        f"If the publisher added it, add it to `by_{what}` of the table's subject.",
    )
