"""Whose figures they are: councils, commissioners, with codes, names and months of validity."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from demonstration.months import parse_month


@dataclass(frozen=True)
class Subject:
    """A body with figures of its own. `words` are its columns in the CSV, for templates."""

    code: str
    weight: float
    first: date | None
    last: date | None
    words: dict[str, str]

    def holds(self, month: date) -> bool:
        """Say whether the subject reports in a month."""
        return (self.first is None or self.first <= month) and (
            self.last is None or month <= self.last
        )


def read_subjects(path: Path) -> tuple[Subject, ...]:
    """Read a subject list; ValueError when a weight is not above zero."""
    with path.open(encoding="utf-8", newline="") as stream:
        subjects = tuple(_subject(row) for row in csv.DictReader(stream))
    if any(subject.weight <= 0 for subject in subjects):
        raise ValueError(f"{path.name}: every weight must be above zero")
    return subjects


def _subject(row: dict[str, str]) -> Subject:
    first, last = row.pop("first"), row.pop("last")
    weight = float(row.pop("weight"))
    return Subject(row["code"], weight, _month(first), _month(last), row)


def _month(text: str) -> date | None:
    month = parse_month(text) if text else None
    return month if isinstance(month, date) else None
