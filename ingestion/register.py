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
from typing import Any

import polars as pl

from ingestion.definition import Definition
from ingestion.figures import Figures
from ingestion.period import Period
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
    key = ["kind", "code", "ons_code", "name"]
    known = figures.rows.filter(pl.col("kind").is_in(list(register.bodies)))
    if period is None or known.is_empty():
        return
    of_body = {
        (row["kind"], row["code"], row["ons_code"], row["name"]): _checked(
            definition, register, row, row["period_start"] or period.start
        ).area_code
        for row in known.unique(key, keep="first", maintain_order=True).iter_rows(named=True)
        if definition.tables[row["table_id"]].subject.is_registered
    }
    for table_id, table in definition.tables.items():
        if table.subject.complete:
            rows = known.filter(pl.col("table_id") == table_id)
            named = {of_body[row] for row in rows.select(key).unique().iter_rows()}
            kinds = table.subject.kinds & register.bodies.keys()
            for kind in sorted(kinds):
                _refuse_missing(definition, register, kind, rows, named, period)


def _checked(definition: Definition, register: Register, row: Mapping[str, Any], day: date) -> Body:
    kind, code = row["kind"], row["code"]
    name, ons = row["name"] or "", row["ons_code"] or ""
    body = register.body(definition.return_id, kind, code, day)
    if body is None:
        raise _fault(row, f"'{code}' ({name}) was the code of no {kind} in {day:%B %Y}.")
    if ons and ons != body.area_code:
        raise _fault(row, f"'{code}' is {body.name} ({body.area_code}); its ONS code says {ons}.")
    if body.names_in_returns and normalise(name) not in body.names_in_returns:
        raise _fault(row, f"'{code}' is {body.name}, and the row is named '{name}'.")
    return body


def _refuse_missing(
    definition: Definition,
    register: Register,
    kind: str,
    rows: pl.DataFrame,
    named: set[str],
    period: Period,
) -> None:
    due = register.due(definition.return_id, kind, period.start)
    missing = sorted(due[code].name for code in set(due) - named)
    if missing and rows.height:
        raise UntrustedFileError(
            f"{len(missing)} of {len(due)} {kind}s have no row: {', '.join(missing[:5])}.",
            sheet=rows["sheet"][0],
            mend="Compare the file with the publisher's copy; rows are lost.",
        )


def _fault(row: Mapping[str, Any], problem: str) -> UntrustedFileError:
    return UntrustedFileError(
        problem,
        sheet=row["sheet"],
        cell=f"row {row['number'] + 1}",
        mend="If the file is right, mend the register in dbt_project/seeds.",
    )
