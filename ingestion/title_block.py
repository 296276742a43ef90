"""What a file says of itself outside its tables: period, dates of publication, status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from ingestion.definition import Definition, KnownError
from ingestion.headings import LocatedTable
from ingestion.layouts import PeriodRule, Said
from ingestion.patterns import fits, read
from ingestion.period import PARSERS, Period, parse_publication_date
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import normalise
from ingestion.workbook import Place, Sheet, Workbook


@dataclass(frozen=True)
class Publication:
    """When this edition was published, as far as the file says; `status` in its own words."""

    first_published_on: date | None
    revised_on: date | None
    status: str | None


@dataclass(frozen=True)
class _Words:
    """Words that a file says of itself, and where: sheet and cell, or '' for its name."""

    text: str
    sheet: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Slips:
    """The slips beside labels that a definition lists for a file, and those that were found."""

    listed: list[KnownError]
    found: list[KnownError] = field(default_factory=list)

    def corrected(self, place: Said, text: str) -> str:
        """Return what stands beside a label, as it is read if it is a known slip."""
        for error in self.listed:
            if (error.label, error.says) == (place.beside, text):
                self.found.append(error)
                return error.read_as
        return text


def read_period(
    definition: Definition,
    layout_id: str,
    workbook: Workbook,
    tables: Sequence[LocatedTable],
    slips: Slips,
) -> Period | None:
    """Return the period of a file, on which every sheet has to agree.

    None when the rows or the columns name their own and the file says none. Raises
    `UntrustedFileError` when it cannot be read or lies outside the return's cadence.
    """
    rule = definition.period_rule(layout_id)
    if not (rule.beside or rule.text or rule.file_name):
        return None
    sheets = [table.sheet for table in tables]
    if rule.optional and not _is_said(rule, workbook):
        return None
    words = _said(rule, workbook, sheets, rule.as_ == "days")
    try:
        period = _period(rule, slips.corrected(rule, words.text))
    except ValueError as error:
        raise UntrustedFileError(
            f"The period cannot be read: {error}.", sheet=words.sheet, cell=words.cell
        ) from error
    refuse_outside_cadence(definition, period, words.sheet, words.cell)
    _refuse_second_period(rule, period, sheets)
    _refuse_other_name(rule, workbook, period)
    return period


def _refuse_second_period(rule: PeriodRule, period: Period, sheets: Sequence[Sheet]) -> None:
    """A label may head a column as well; beside it stands no period then."""
    for sheet in sheets if rule.beside else ():
        for place in sheet.all_beside(rule.beside or ""):
            other = _period_or_none(rule, place.text)
            if other is not None and other != period and rule.as_ != "days":
                raise UntrustedFileError(
                    f"'{rule.beside}' stands twice: the file is of {period}, and beside this one "
                    f"stands {other}.",
                    sheet=sheet.name,
                    cell=place.cell,
                )


def _period_or_none(rule: PeriodRule, text: str) -> Period | None:
    try:
        return PARSERS[rule.as_](text)
    except ValueError:
        return None


def _is_said(place: Said, workbook: Workbook) -> bool:
    if place.file_name:
        return fits(workbook.file_name, place.file_name)
    return any(True for _ in _in_cells(place, workbook.sheets, whole_row=False))


def _refuse_other_name(rule: PeriodRule, workbook: Workbook, period: Period) -> None:
    """A file named after another period than it holds may be the wrong file, or half of two."""
    said = read(workbook.file_name, rule.name_agrees) if rule.name_agrees else None
    if said is not None and said.period is not None and not period.holds(said.period):
        raise UntrustedFileError(
            f"The file is named after {said.period} ('{workbook.file_name}') and holds {period}.",
            mend="Find out which of the two it is; if only the name is wrong, rename it.",
        )


def refuse_outside_cadence(
    definition: Definition, period: Period, sheet: str = "", cell: str = ""
) -> None:
    """Refuse a period for which the return was never published."""
    first, last = definition.cadence.first_day, definition.cadence.last_day
    if period.start < first or (last is not None and period.end > last):
        until = f" to {last:%B %Y}" if last else ""
        raise UntrustedFileError(
            f"The period {period} lies outside the return, which runs from {first:%B %Y}{until}.",
            sheet=sheet,
            cell=cell,
            mend="If the return really has this period, change `cadence` in the definition.",
        )


def _period(rule: PeriodRule, text: str) -> Period:
    if rule.beside:
        return PARSERS[rule.as_](text)
    said = read(text, rule.text or rule.file_name or "")
    if said is None or said.period is None:
        raise ValueError(f"'{text}' is not like '{rule.text or rule.file_name}'")
    return said.period


def read_publication(
    definition: Definition,
    layout_id: str,
    workbook: Workbook,
    tables: Sequence[LocatedTable],
    period: Period | None,
    slips: Slips,
    today: date | None = None,
) -> Publication:
    """Return the dates of publication, on which every sheet has to agree.

    They decide which vintage counts, so a label that is gone and a date that cannot be
    read, lies before the end of the period or in the future, are `UntrustedFileError`s.
    """
    rule = definition.published_rule(layout_id)
    today = today or datetime.now(UTC).date()
    sheets = [table.sheet for table in tables]
    dates = [
        _date(definition, place, workbook, sheets, period, slips, today) if place else None
        for place in (rule.published, rule.revised)
    ]
    said = _said(rule.status, workbook, sheets).text if rule.status else ""
    status = slips.corrected(rule.status, said) if rule.status else ""
    return Publication(dates[0], dates[1], status or None)


def _date(
    definition: Definition,
    place: Said,
    workbook: Workbook,
    sheets: Sequence[Sheet],
    period: Period | None,
    slips: Slips,
    today: date,
) -> date | None:
    words = _said(place, workbook, sheets)
    text = slips.corrected(place, words.text)
    try:
        day = parse_publication_date(text) if place.beside else _day(place, text)
    except ValueError as error:
        raise UntrustedFileError(
            f"The date {place.place} cannot be read: {error}.",
            sheet=words.sheet,
            cell=words.cell,
            mend="If it is the publisher's slip, list it in `known_errors` of the definition.",
        ) from error
    end = period.end if period is not None else definition.cadence.first_day
    if day is not None and not end < day <= today:
        raise UntrustedFileError(
            f"The date {place.place}, {day}, cannot be: the period ends on {end} "
            f"and today is {today}.",
            sheet=words.sheet,
            cell=words.cell,
        )
    return day


def _day(place: Said, text: str) -> date | None:
    said = read(text, place.text or place.file_name or "")
    return said.period.start if said is not None and said.period is not None else None


def _said(
    place: Said, workbook: Workbook, sheets: Sequence[Sheet], whole_row: bool = False
) -> _Words:
    """Return what a file says of itself in a place, and where; it may not say two things."""
    if place.file_name:
        if not fits(workbook.file_name, place.file_name):
            raise UntrustedFileError(
                f"The file is named '{workbook.file_name}', and nothing but its name would say "
                f"this; a name like '{place.file_name}' was expected."
            )
        return _Words(workbook.file_name)
    found = list(_in_cells(place, sheets, whole_row))
    if not found:
        # A title block may stand on a cover of its own.
        found = list(_in_cells(place, _others(workbook, sheets), whole_row))
    elif place.beside:
        _refuse_lost_label(place, sheets, {words.sheet for words in found})
    if not found:
        missing = f"no '{place.beside}'" if place.beside else f"no cell like '{place.text}'"
        raise UntrustedFileError(
            f"The title block has {missing}.",
            sheet=sheets[0].name if sheets else "",
            mend="If the publisher renamed the line, change the label in the definition.",
        )
    return _agreed(place, found)


def _others(workbook: Workbook, sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    names = {sheet.name for sheet in sheets}
    return (sheet for sheet in workbook.sheets if sheet.name not in names)


def _in_cells(
    place: Said, sheets: Iterator[Sheet] | Sequence[Sheet], whole_row: bool
) -> Iterator[_Words]:
    for sheet in sheets:
        if place.beside:
            found = sheet.beside(place.beside)
            if found is not None:
                text = sheet.row_from(found) if whole_row else found.text
                yield _Words(text, sheet.name, found.cell)
            continue
        for text, places in sheet.texts.items():
            for row, column in places:
                if fits(text, place.text or "") or fits(sheet.top[row][column], place.text or ""):
                    where = Place(sheet.cell(row, column).strip(), row, column)
                    yield _Words(where.text, sheet.name, where.cell)


def _refuse_lost_label(place: Said, sheets: Sequence[Sheet], having: set[str]) -> None:
    for sheet in sheets:
        if sheet.name not in having:
            raise UntrustedFileError(
                f"The title block has no '{place.beside}'.",
                sheet=sheet.name,
                mend="If the publisher renamed the line, change the label in the definition.",
            )


def _agreed(place: Said, found: Sequence[_Words]) -> _Words:
    first = found[0]
    for other in found[1:]:
        if normalise(other.text) != normalise(first.text) and _differs(place, first, other):
            raise UntrustedFileError(
                f"The sheets contradict each other {place.place}: '{first.sheet}' says "
                f"'{first.text}', '{other.sheet}' says '{other.text}'.",
                sheet=other.sheet,
                cell=other.cell,
            )
    return first


def _differs(place: Said, one: _Words, other: _Words) -> bool:
    """Words around a period may differ; the period may not."""
    if place.beside or not place.text:
        return True
    both = [read(words.text, place.text) for words in (one, other)]
    return both[0] != both[1]
