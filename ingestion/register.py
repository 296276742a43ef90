"""The register of bodies that file returns, and the check of a file's codes against it.

A wrong code is one file's fault, so it is found when that file is read: it sends the file
to quarantine, and the rest of the night goes on.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingestion.definition import Definition
from ingestion.figures import Figures
from ingestion.period import Period
from ingestion.subjects import Subject
from ingestion.table import TableCells
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import normalise

FILES = ("areas.csv", "commissioners.csv", "reporting_exceptions.csv")
LATE, NOT_YET = "reports_after_its_end", "does_not_report_yet"


@dataclass(frozen=True)
class Body:
    """A council or commissioner: its code in returns, area code, names and days of validity."""

    code: str
    area_code: str
    name: str
    names_in_returns: frozenset[str]
    valid_from: date
    valid_to: date

    def is_valid(self, day: date) -> bool:
        """Tell whether the body existed on a day."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True)
class ReportingException:
    """A body that a return still names after its end, or does not name yet, on purpose."""

    return_id: str
    kind: str
    code: str
    area_code: str
    first: date
    last: date


@dataclass(frozen=True)
class Register:
    """All bodies by kind (`council`, `commissioner`) and code, and the exceptions."""

    bodies: Mapping[str, Mapping[str, list[Body]]]
    exceptions: list[ReportingException] = field(default_factory=list)
    fingerprint: str = ""

    def body(self, return_id: str, kind: str, code: str, day: date) -> Body | None:
        """Return the body that a code stands for in a return on a day."""
        entries = self.bodies[kind].get(code, [])
        late = {e.area_code for e in self._excepted(return_id, LATE, day) if e.code == code}
        for body in entries:
            if body.area_code in late:
                return body
        return next((body for body in entries if body.is_valid(day)), None)

    def due(self, return_id: str, kind: str, day: date) -> dict[str, Body]:
        """Return the bodies, by area code, that a return has to name on a day."""
        waiting = {e.area_code for e in self._excepted(return_id, NOT_YET, day)}
        late = {e.area_code for e in self._excepted(return_id, LATE, day)}
        return {
            body.area_code: body
            for entries in self.bodies[kind].values()
            for body in entries
            if (body.is_valid(day) and body.area_code not in waiting) or body.area_code in late
        }

    def _excepted(self, return_id: str, kind: str, day: date) -> Iterator[ReportingException]:
        for exception in self.exceptions:
            same = (exception.return_id, exception.kind) == (return_id, kind)
            if same and exception.first <= day <= exception.last:
                yield exception


def load_register(folder: Path) -> Register:
    """Read the register from the CSV files that the warehouse uses as seeds."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in FILES]
    areas, commissioners, exceptions = (list(csv.DictReader(text.splitlines())) for text in texts)
    councils = [row for row in areas if row["nhs_code"] and row["area_type"] != "region"]
    return Register(
        {"council": _by_code(councils), "commissioner": _by_code(commissioners)},
        [
            ReportingException(
                row["return_id"],
                row["kind"],
                row["subject_code"],
                row["area_code"],
                date.fromisoformat(row["period_start"]),
                date.fromisoformat(row["period_end"]),
            )
            for row in exceptions
        ],
        hashlib.sha256("".join(texts).encode()).hexdigest(),
    )


def _by_code(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Body]]:
    bodies: dict[str, list[Body]] = defaultdict(list)
    for row in rows:
        names = filter(None, (row.get("names_in_returns") or "").split("|"))
        bodies[row["nhs_code"]].append(
            Body(
                row["nhs_code"],
                row["area_code"],
                row["name"],
                frozenset(normalise(name) for name in names),
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"] or "9999-12-31"),
            )
        )
    return bodies


def check_subjects(
    definition: Definition, register: Register, figures: Figures, period: Period | None
) -> None:
    """Check each code, its ONS code and its name against the register.

    Raises `UntrustedFileError` for a code that no body had in the period, an ONS code or
    a name that is another body's, and for a body that is missing from a table that has
    to be complete.
    """
    if period is None:
        return
    for table in figures.tables:
        rule = definition.tables[table.table_id].subject
        if rule.is_registered:
            named = _named(definition, register, table, period)
            for kind in sorted(rule.kinds & register.bodies.keys()) if rule.complete else []:
                _refuse_missing(definition, register, kind, table.sheet, named, period)


def _named(
    definition: Definition, register: Register, table: TableCells, period: Period
) -> set[str]:
    """Return the area codes of the bodies that a table has rows of."""
    rows = table.rows
    parents = len(rows.parent.facts)
    pairs, first = np.unique(rows.subject.at * parents + rows.parent.at, return_index=True)
    found: set[str] = set()
    for pair, place in zip(pairs, first, strict=True):
        subject, parent = rows.subject.facts[pair // parents], rows.parent.facts[pair % parents]
        if subject.kind in register.bodies:
            own = rows.period.facts[rows.period.at[place]] or period
            row = _Row(subject, parent.ons_code or "", table.sheet, int(rows.number[place]) + 1)
            found.add(_checked(definition, register, row, own.start).area_code)
    return found


class _Row(NamedTuple):
    """A row of a table that names a body; `number` counts from 1."""

    subject: Subject
    ons_code: str
    sheet: str
    number: int


def _checked(definition: Definition, register: Register, row: _Row, day: date) -> Body:
    kind, code, name = row.subject.kind or "", row.subject.code or "", row.subject.name or ""
    body = register.body(definition.return_id, kind, code, day)
    if body is None:
        raise _fault(row, f"'{code}' ({name}) was the code of no {kind} in {day:%B %Y}.")
    if row.ons_code and row.ons_code != body.area_code:
        said = f"its ONS code says {row.ons_code}"
        raise _fault(row, f"'{code}' is {body.name} ({body.area_code}); {said}.")
    if body.names_in_returns and normalise(name) not in body.names_in_returns:
        raise _fault(row, f"'{code}' is {body.name}, and the row is named '{name}'.")
    return body


def _refuse_missing(
    definition: Definition,
    register: Register,
    kind: str,
    sheet: str,
    named: set[str],
    period: Period,
) -> None:
    due = register.due(definition.return_id, kind, period.start)
    missing = sorted(f"{due[area].name} ({due[area].code})" for area in set(due) - named)
    if missing:
        raise UntrustedFileError(
            f"{len(missing)} of {len(due)} {kind}s have no row: {', '.join(missing[:5])}.",
            sheet=sheet,
            mend="Compare the file with the publisher's copy; rows are lost.",
        )


def _fault(row: _Row, problem: str) -> UntrustedFileError:
    return UntrustedFileError(
        problem,
        sheet=row.sheet,
        cell=f"row {row.number}",
        mend="If the file is right, mend the register in dbt_project/seeds.",
    )
