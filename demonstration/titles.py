"""What a synthetic file says of itself above its tables: title, period, days of publication."""

from __future__ import annotations

from datetime import date, timedelta

from demonstration.months import spelt_day
from demonstration.sheets import TitleLine
from demonstration.spans import rule_placeholder
from demonstration.spelling import PERIODS, Parts, spell
from ingestion.definition import Definition
from ingestion.layouts import PeriodRule, PublishedRule, Said
from ingestion.period import Period
from ingestion.wording import normalise

REVISED_AFTER_DAYS = 28
Rules = tuple[PeriodRule | None, PublishedRule]
"""How a file says its period and its days of publication."""


def published_day(definition: Definition, end: date) -> date:
    """Return the day on which figures for a period that ends then are first published."""
    return end + timedelta(days=max(1, definition.cadence.published_after_days))


def title_lines(
    definition: Definition,
    rules: Rules,
    period: Period | None,
    day: date,
    edition: int,
) -> list[TitleLine]:
    """Return the lines above the tables: title, period, days of publication, status."""
    lines: dict[str, TitleLine] = {}
    for label, wording in definition.recognise.title.items():
        add_line(lines, label, spell(wording))
    rule, published = rules
    placeholder = rule_placeholder(rule) if rule else None
    if rule is not None and period is not None and placeholder is not None:
        if rule.beside:
            add_line(lines, rule.beside, PERIODS[placeholder](period))
        elif rule.text:
            add_line(lines, "", spell(rule.text, Parts(period)))
    revised = day + timedelta(days=REVISED_AFTER_DAYS * (edition - 1))
    for place, said in ((published.published, day), (published.revised, revised)):
        is_unsaid = place is published.revised and edition == 1
        _add_day(lines, place, said, is_unsaid=is_unsaid)
    if published.status is not None:
        add_line(lines, published.status.beside or "", spell(published.status.text or "Published"))
    return list(lines.values())


def add_line(lines: dict[str, TitleLine], label: str, text: str) -> None:
    """Add a line, unless one with its label (or its words) is there."""
    lines.setdefault(normalise(label or text), (label, text))


def _add_day(
    lines: dict[str, TitleLine], place: Said | None, day: date, *, is_unsaid: bool
) -> None:
    if place is None or place.file_name:
        return
    if place.beside:
        add_line(lines, place.beside, "-" if is_unsaid else spelt_day(day))
    else:
        add_line(lines, "", spell(place.text or "", Parts(Period(day, day, "day"))))
