"""What a file says of itself above its tables: period, dates of publication, status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ingestion.definition import Definition
from ingestion.headings import LocatedTable
from ingestion.period import Period, parse_month, parse_months, parse_publication_date
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import Cell, as_text, normalise


@dataclass(frozen=True)
class Publication:
    """When this edition was published, as far as the file says; `status` in its own words."""

    first_published_on: date | None
    revised_on: date | None
    status: str | None


def read_period(definition: Definition, tables: Sequence[LocatedTable]) -> Period:
    """Return the period of a file, on which every sheet has to agree.

    Raises `UntrustedFileError` when it cannot be read or lies outside the return's cadence.
    """
    rule = definition.period
    text, sheet, cell = _said(tables, rule.beside)
    try:
        as_words = as_text(text)
        period = parse_month(as_words) if rule.as_ == "month" else parse_months(as_words)
    except ValueError as error:
        raise UntrustedFileError(
            f"The period cannot be read: {error}.", sheet=sheet, cell=cell
        ) from error
    first, last = definition.cadence.first_day, definition.cadence.last_day
    if period.start < first or (last is not None and period.end > last):
        until = f" to {last:%B %Y}" if last else ""
        raise UntrustedFileError(
            f"The period {period} lies outside the return, which runs from {first:%B %Y}{until}.",
            sheet=sheet,
            cell=cell,
            mend="If the return really has this period, change `cadence` in the definition.",
        )
    return period


def read_publication(
    definition: Definition,
    tables: Sequence[LocatedTable],
    period: Period,
    sha256: str,
    today: date | None = None,
) -> Publication:
    """Return the dates of publication, on which every sheet has to agree.

    They decide which vintage counts, so a label that is gone and a date that cannot be
    read, lies before the end of the period or in the future, are `UntrustedFileError`s.
    """
    rule = definition.published_on
    today = today or datetime.now(UTC).date()
    dates = [
        _date(definition, tables, label, period, sha256, today)
        for label in (rule.published, rule.revised)
    ]
    status = as_text(_said(tables, rule.status)[0]) if rule.status else ""
    return Publication(dates[0], dates[1], status or None)


def _date(
    definition: Definition,
    tables: Sequence[LocatedTable],
    label: str,
    period: Period,
    sha256: str,
    today: date,
) -> date | None:
    said, sheet, cell = _said(tables, label)
    for error in definition.known_errors:
        if (error.sha256, error.label, error.says) == (sha256, label, as_text(said)):
            said = error.read_as
    try:
        day = parse_publication_date(said)
    except ValueError as error:
        raise UntrustedFileError(
            f"The date beside '{label}' cannot be read: {error}.",
            sheet=sheet,
            cell=cell,
            mend="If it is the publisher's slip, list it in `known_errors` of the definition.",
        ) from error
    if day is not None and not period.end < day <= today:
        raise UntrustedFileError(
            f"The date beside '{label}', {day}, cannot be: the period ends on {period.end} "
            f"and today is {today}.",
            sheet=sheet,
            cell=cell,
        )
    return day


def _said(tables: Sequence[LocatedTable], label: str) -> tuple[Cell, str, str]:
    """Return what stands beside a label, and where; every table's sheet has to say the same."""
    said: dict[str, tuple[Cell, str, str]] = {}
    for table in tables:
        found = table.sheet.beside(label)
        if found is None:
            raise UntrustedFileError(
                f"The title block has no '{label}'.",
                sheet=table.sheet.name,
                mend="If the publisher renamed the line, change the label in the definition.",
            )
        said.setdefault(normalise(as_text(found[0])), (found[0], table.sheet.name, found[1]))
        if len(said) > 1:
            one, other = said.values()
            raise UntrustedFileError(
                f"The sheets contradict each other beside '{label}': '{one[1]}' says "
                f"'{one[0]}', '{other[1]}' says '{other[0]}'.",
                sheet=other[1],
                cell=other[2],
            )
    return next(iter(said.values()))
