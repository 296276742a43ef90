"""The register of bodies that file returns, and the check of a file's codes against it.

A wrong code is one file's fault, so it is found when that file is read: it sends the file
to quarantine, and the rest of the night goes on.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingestion.definition import Definition
from ingestion.figures import Figures
from ingestion.layouts import Subject as SubjectRule
from ingestion.patterns import fits
from ingestion.period import Period
from ingestion.subjects import Subject
from ingestion.table import TableCells
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import normalise

FILES = ("areas.csv", "commissioners.csv", "reporting_exceptions.csv")
COUNCILS = {"council", "outside_england"}
NO_NAME = {
    "and",
    "the",
    "of",
    "ua",
    "county",
    "city",
    "council",
    "borough",
    "royal",
    "towns",
    "mbc",
}
"""Words that some returns leave out of a council's name, or add to it."""
MEND = "If the file is right, mend the register in dbt_project/seeds, or `besides` of the subject."
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
    councils: list[Body] = field(default_factory=list)

    @cached_property
    def by_any_code(self) -> Mapping[str, list[Body]]:
        """Councils by each code that returns give them: of the NHS, and of the ONS."""
        found: dict[str, list[Body]] = defaultdict(list)
        for body in self.councils:
            for code in filter(None, (body.code, body.area_code)):
                found[code].append(body)
        return found

    @cached_property
    def by_name(self) -> Mapping[str, list[Body]]:
        """Councils by the core of each of their names."""
        found: dict[str, list[Body]] = defaultdict(list)
        for body in self.councils:
            for name in {core_of(one) for one in (body.name, *body.names_in_returns)}:
                found[name].append(body)
        return found

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


def core_of(name: str) -> str:
    """Return the words of a council's name that all returns have: `Bristol, City of` is bristol."""
    words = re.sub(r"[^a-z0-9]+", " ", normalise(name).replace("'", "")).split()
    return " ".join(word for word in words if word not in NO_NAME)


def load_register(folder: Path) -> Register:
    """Read the register from the CSV files that the warehouse uses as seeds."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in FILES]
    areas, commissioners, exceptions = (list(csv.DictReader(text.splitlines())) for text in texts)
    councils = [row for row in areas if row["area_type"] in COUNCILS]
    with_code = [row for row in councils if row["nhs_code"]]
    bodies = [body for of_code in _by_code(councils).values() for body in of_code]
    return Register(
        {"council": _by_code(with_code), "commissioner": _by_code(commissioners)},
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
        bodies,
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
        if rule.registered:
            _check_councils(rule, register, table)
        if rule.complete:
            named = _named(definition, register, table, period)
            for kind in sorted(rule.kinds & register.bodies.keys()):
                _refuse_missing(definition, register, kind, table.sheet, named, period)


def _check_councils(rule: SubjectRule, register: Register, table: TableCells) -> None:
    """Check the councils that rows and headings name, whatever codes or names a return uses."""
    rows = table.rows
    said: dict[tuple[Subject, str], str] = {}
    parents = len(rows.parent.facts)
    pairs, first = np.unique(rows.subject.at * parents + rows.parent.at, return_index=True)
    for pair, place in sorted(zip(pairs, first, strict=True), key=lambda one: one[1]):
        ons_code = rows.parent.facts[pair % parents].ons_code or ""
        where = f"row {int(rows.number[place]) + 1}"
        said.setdefault((rows.subject.facts[pair // parents], ons_code), where)
    for column in table.columns:
        said.setdefault((column.subject, ""), f"column {column.letters}")
    for (subject, ons_code), where in said.items():
        if subject.kind == "council" and not subject.is_control_total:
            problem = _of_council(rule, register, subject, ons_code)
            if problem:
                raise UntrustedFileError(problem, sheet=table.sheet, cell=where, mend=MEND)


def _of_council(
    rule: SubjectRule, register: Register, subject: Subject, ons_code: str
) -> str | None:
    """Return in words what is wrong with a council's code or name."""
    code, name = subject.code or "", subject.name or ""
    core = core_of(name)
    besides = next((name for one, name in rule.besides.items() if fits(code, one)), None)
    if besides is not None and (not name or besides == "*" or core == core_of(besides)):
        return None
    known = register.by_any_code.get(code, [])
    if rule.identified_by == "name" and not known:
        known = register.by_name.get(core_of(name or code), [])
    if not known:
        is_told = f"is {besides}, and is named '{name}'" if besides else "is no council"
        return f"'{code}'{'' if besides else _also(name, code)} {is_told}."
    cores = {core_of(one) for body in known for one in (body.name, *body.names_in_returns)}
    if name and core not in cores:
        return f"'{code}' is {known[0].name}, and is named '{name}'."
    named = [body for body in register.by_any_code.get(ons_code, []) if core_of(body.name) in cores]
    if ons_code and not named:
        return f"'{code}' is {known[0].name}; its ONS code says {ons_code}."
    return None


def _also(name: str, code: str) -> str:
    return f" ({name})" if name and name != code else ""


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
