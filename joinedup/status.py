"""What is on time, due or late: the publication calendar held against what this home has read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.calendar import STATES, Held, ReturnStatus, expected
from ingestion.catalogue import SET_ASIDE, Catalogue, Reading
from ingestion.definition import load_definitions
from ingestion.evidence import LONDON, Evidence, known_on
from ingestion.period import Period, later
from joinedup.settings import Settings
from publishing.period_names import Period as NamedPeriod
from publishing.status_page import StatusPage, StatusRow, render_status

if TYPE_CHECKING:
    from joinedup.alert_causes import Alert

PAGE = Path("status") / "index.html"
"""The page of it, in JOINEDUP_HOME."""

MEANINGS = {
    "late": "The publisher’s own date for this period is past, with the days that it may be later, "
    "and the period is not held. It counts in days from that date. If the return has ended "
    "or is paused, its definition has to say so.",
    "due": "It was expected by today, and may still come without being called late.",
    "paused": "The publisher says that nothing is published until further notice.",
    "on time": "All that should be out is held.",
    "irregular": "There is no rule, and no announced day is ahead or missed.",
    "never loaded": "No file of it was ever read here, so that none is missed.",
    "ended": "It is not published any more.",
    "published": "How much later or earlier than expected the newest held was first published. "
    "Where no file says its day, it is not known.",
    "came here": "How many days after its first publication the newest held came here.",
}


def status_of(settings: Settings, today: date) -> tuple[ReturnStatus, ...]:
    """Return how every return stands on a day, what asks for something first."""
    held = _held(settings.catalogue)
    found = (
        expected(definition, held.get(return_id), today)
        for return_id, definition in load_definitions().items()
    )
    return tuple(sorted(found, key=lambda one: (STATES.index(one.state), -one.days_late)))


def late_alerts(settings: Settings, today: date) -> tuple[Alert, ...]:
    """Write the page of the day, and return an alert for each return that is late.

    Made-up files are never late: their publisher is a program.
    """
    from joinedup.alert_causes import of_late

    found = status_of(settings, today)
    write_status_page(settings, found, today)
    return tuple(
        of_late(
            one.return_id,
            one.definition.title,
            period_name(one.next.period),
            one.next.day,
            one.days_late,
            one.definition.landing_page,
        )
        for one in found
        if one.state == "late" and one.next and one.held and not one.held.is_synthetic
    )


def write_status_page(settings: Settings, found: Sequence[ReturnStatus], today: date) -> Path:
    """Write the page into the home, whole or not at all; returns its path."""
    from joinedup.project import write_whole

    path = settings.home / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    counts = Counter(one.state for one in found)
    page = StatusPage(
        today.isoformat(),
        [(state, counts[state]) for state in STATES],
        [row_of(one) for one in found],
        list(MEANINGS.items()),
        is_synthetic(found),
    )
    write_whole(path.parent, {path.name: render_status(page)})
    return path


def is_synthetic(found: Iterable[ReturnStatus]) -> bool:
    """Tell whether anything held is made up."""
    return any(one.held is not None and one.held.is_synthetic for one in found)


def _held(catalogue: Path) -> dict[str, Held]:
    if not catalogue.exists():
        return {}
    with Catalogue(catalogue) as opened:
        return held_of(opened.readings().values(), opened.evidence())


def held_of(readings: Iterable[Reading], evidence: Mapping[str, Evidence]) -> dict[str, Held]:
    """Return the newest that is held of each return.

    Made-up files count only for a return that has no others.
    """
    read: dict[str, list[Reading]] = {}
    refused: Counter[str] = Counter()
    for one in readings:
        if one.return_id is None:
            continue
        if one.state == "read":
            read.setdefault(one.return_id, []).append(one)
        elif one.state == "quarantined" and one.fingerprint != SET_ASIDE:
            refused[one.return_id] += 1
    return {
        return_id: _newest(files, evidence, refused[return_id]) for return_id, files in read.items()
    }


def _newest(files: Sequence[Reading], evidence: Mapping[str, Evidence], refused: int) -> Held:
    counted = [one for one in files if not one.is_synthetic] or list(files)
    through = max((one.period_end for one in counted if one.period_end), default=None)
    newest = [one for one in counted if one.period_end == through]
    first = [one.first_published_on for one in newest if one.first_published_on is not None]
    return Held(
        through,
        min(first, default=None),
        min(_day(evidence[one.sha256].landed_at) for one in newest),
        max(_known_on(one, evidence[one.sha256]) for one in counted),
        counted[0].is_synthetic,
        refused,
    )


def _known_on(reading: Reading, evidence: Evidence) -> date:
    return known_on(later(reading.first_published_on, reading.revised_on), evidence)[0]


def _day(moment: datetime) -> date:
    """Return the day of a moment on the publishers' clocks."""
    return moment.astimezone(LONDON).date()


def today_in_london(now: datetime | None = None) -> date:
    """Return the day it is where returns are published."""
    return _day(now or datetime.now(UTC))


def period_name(period: Period) -> str:
    """Name a period as the marts do; those that they do not have by their days."""
    if period.period_type in ("month", "quarter", "financial_year"):
        return NamedPeriod(period.period_type, period.start).name
    if period.period_type == "calendar_year":
        return str(period.start.year)
    return str(period)


def row_of(one: ReturnStatus) -> StatusRow:
    """Put how a return stands into words."""
    return StatusRow(
        one.return_id,
        one.definition.title,
        one.definition.landing_page,
        one.state,
        by=_by(one),
        held=_held_words(one),
        published=_published_words(one),
        coming=("issue of " if _is_issue(one) else "") + period_name(one.next.period)
        if one.next
        else "",
        day=_expected_words(one),
        publisher=_publisher_words(one.publisher_days),
        ours="" if one.our_days is None else _our_words(one.our_days),
        note="; ".join(_notes(one)),
    )


def _by(one: ReturnStatus) -> str:
    if one.state != "late":
        return ""
    return f"by {_days(one.days_late)}"


def _held_words(one: ReturnStatus) -> str:
    if one.held is None:
        return ""
    if _is_issue(one):
        return "an issue"
    newest = one.newest
    if newest is not None and newest.end == one.held.through:
        return period_name(newest)
    return f"to {one.held.through}"


def _published_words(one: ReturnStatus) -> str:
    if one.held is None:
        return ""
    if _is_issue(one):
        return f"out by {one.held.known_on}"
    return f"published {one.held.published_on}" if one.held.published_on else ""


def _is_issue(one: ReturnStatus) -> bool:
    """Tell whether files say no period, or one that tells nothing of when the next is to come."""
    return one.definition.cadence.covers == "issue" or bool(one.held and one.held.through is None)


def _expected_words(one: ReturnStatus) -> str:
    if one.next is None:
        return ""
    return f"on {one.next.day}{', as announced' if one.next.source else ''}"


def _notes(one: ReturnStatus) -> Iterator[str]:
    if one.note:
        yield one.note
    if one.periods_late > 1:
        yield f"{one.periods_late} periods"
    if one.held is not None and one.held.refused:
        yield f"{one.held.refused} of its files in quarantine"
    if one.held is not None and one.held.is_synthetic:
        yield "made-up files"


def _publisher_words(days: int | None) -> str:
    if days is None:
        return ""
    if days == 0:
        return "on its day"
    return f"{_days(abs(days))} {'late' if days > 0 else 'early'}"


def _our_words(days: int) -> str:
    return f"{_days(days)} after" if days else "the same day"


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def as_document(found: Sequence[ReturnStatus], today: date) -> dict[str, Any]:
    """Return how every return stands for programs; days are ISO dates, lengths are in days."""
    return {"day": today.isoformat(), "returns": [_entry(one) for one in found]}


def _entry(one: ReturnStatus) -> dict[str, Any]:
    held, coming = one.held, one.next
    return {
        "return": one.return_id,
        "title": one.definition.title,
        "publisher": one.definition.publisher,
        "landing_page": one.definition.landing_page,
        "state": one.state,
        "is_synthetic": bool(held and held.is_synthetic),
        "held_through": _iso(held.through if held else None),
        "held_published_on": _iso(held.published_on if held else None),
        "held_came_on": _iso(held.came_on if held else None),
        "files_in_quarantine": held.refused if held else 0,
        "next_period": period_name(coming.period) if coming else None,
        "next_period_end": _iso(coming.period.end if coming else None),
        "expected_on": _iso(coming.day if coming else None),
        "late_from": _iso(coming.late_from if coming else None),
        "announced_at": coming.source or None if coming else None,
        "days_late": one.days_late,
        "periods_late": one.periods_late,
        "publisher_days_late": one.publisher_days,
        "our_days_late": one.our_days,
        "note": one.note or None,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
