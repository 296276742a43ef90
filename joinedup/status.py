"""What is on time, due or late: the publication calendar held against what this home has read."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.calendar import STATES, Held, ReturnStatus, expected
from ingestion.catalogue import SET_ASIDE, Catalogue, Reading
from ingestion.definition import load_definitions
from ingestion.evidence import LONDON, Evidence, known_on
from ingestion.period import Period, later
from joinedup.project import counted
from joinedup.settings import Settings
from publishing.period_names import Period as NamedPeriod
from publishing.status_page import StatusPage, StatusRow, render_status

if TYPE_CHECKING:
    from joinedup.alerting.causes import Alert

_log = logging.getLogger(__name__)

PAGE = Path("status") / "index.html"
"""The page of it, in JOINEDUP_HOME."""

_AUDIT_PAGE = Path("current") / "quality" / "index.html"
"""Among the releases; what knows the name of their pointer takes long to import."""

MEANINGS = {
    "late": "The publisher’s own date for this period is past, with the days that it may be later, "
    "and the period is not held. It counts in days from that date. If the return has ended "
    "or is paused, its definition has to say so.",
    "due": "It was expected by today, and may still come without being called late.",
    "paused": "The publisher says that nothing is published until further notice.",
    "on time": "All that should be out is held, but for gaps of more than a year ago.",
    "irregular": "There is no rule, and no announced day is ahead or missed.",
    "never loaded": "No file of it was ever read here, so that none is missed.",
    "made up": "All that was read of it was made by a program, which owes nothing.",
    "ended": "It is not published any more.",
    "first that lacks": "A period before the newest held that is not held, although it was due.",
    "published": "How much later or earlier than expected the newest held was first published. "
    "Where no file says its day, it is not known.",
    "came here": "How many days after its first publication the newest held came here.",
}


def status_of(settings: Settings, today: date) -> tuple[ReturnStatus, ...]:
    """Return how every return stands on a day, what asks for something first."""
    readings, evidence = _read(settings.catalogue)
    held, refused = held_of(readings, evidence), _refused(readings)
    found = (
        replace(expected(definition, held.get(return_id), today), refused=refused[return_id])
        for return_id, definition in load_definitions().items()
    )
    return tuple(sorted(found, key=lambda one: (STATES.index(one.state), -one.days_late)))


def late_from(found: Iterable[ReturnStatus]) -> dict[str, date]:
    """Return from which day each return is late, or was; those that never are have none."""
    return {
        one.return_id: one.next.late_from
        for one in found
        if one.next is not None and one.state in ("late", "due", "on time")
    }


def late_alerts(found: Iterable[ReturnStatus]) -> tuple[Alert, ...]:
    """Return an alert for each return that is late; another period that is late is told anew."""
    from joinedup.alerting.causes import of_late

    return tuple(
        of_late(
            one.return_id,
            one.definition.title,
            [period_name(late.period) for late in one.late],
            one.late[0].day,
            one.days_late,
            one.definition.landing_page,
        )
        for one in found
        if one.late
    )


def leave_status_page(settings: Settings, found: Sequence[ReturnStatus], today: date) -> None:
    """Write the page; that it cannot be written is logged, and keeps nobody from being told."""
    from joinedup.project import AuthoringError

    try:
        write_status_page(settings, found, today)
    except (AuthoringError, OSError) as error:
        _log.warning("The page of what is late is not written: %s", error)


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
        _quality_page(settings),
    )
    write_whole(path.parent, {path.name: render_status(page)})
    return path


def _quality_page(settings: Settings) -> str:
    """Give the way from the page to that of the current release's audit; blank without one."""
    page = settings.releases / _AUDIT_PAGE
    return f"../{page.relative_to(settings.home)}" if page.is_file() else ""


def is_synthetic(found: Iterable[ReturnStatus]) -> bool:
    """Tell whether anything held is made up."""
    return any(one.held is not None and one.held.is_synthetic for one in found)


def _read(catalogue: Path) -> tuple[list[Reading], dict[str, Evidence]]:
    if not catalogue.exists():
        return [], {}
    with Catalogue(catalogue) as opened:
        return [*opened.readings().values()], dict(opened.evidence())


def _refused(readings: Iterable[Reading]) -> Counter[str]:
    """Count the files of each return that are in quarantine and were not set aside by a person."""
    return Counter(
        one.return_id
        for one in readings
        if one.return_id and one.state == "quarantined" and one.fingerprint != SET_ASIDE
    )


def held_of(readings: Iterable[Reading], evidence: Mapping[str, Evidence]) -> dict[str, Held]:
    """Return the newest that is held of each return.

    Made-up files count only for a return that has no others.
    """
    read: dict[str, list[Reading]] = {}
    for one in readings:
        if one.return_id is not None and one.state == "read":
            read.setdefault(one.return_id, []).append(one)
    return {return_id: _newest(files, evidence) for return_id, files in read.items()}


def _newest(files: Sequence[Reading], evidence: Mapping[str, Evidence]) -> Held:
    whole = [one for one in files if not one.is_synthetic] or list(files)
    through = max((one.period_end for one in whole if one.period_end), default=None)
    newest = [one for one in whole if one.period_end == through]
    spans = {(one.period_start, one.period_end) for one in whole}
    first = [one.first_published_on for one in newest if one.first_published_on is not None]
    return Held(
        through,
        min(first, default=None),
        min(_day(evidence[one.sha256].landed_at) for one in newest),
        max(_known_on(one, evidence[one.sha256]) for one in whole),
        whole[0].is_synthetic,
        tuple(sorted((start, end) for start, end in spans if start and end)),
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
        coming=_coming_words(one),
        day=_expected_words(one),
        publisher=_publisher_words(one.publisher_days),
        ours="" if one.our_days is None else _our_words(one.our_days),
        note="; ".join(_notes(one)),
    )


def _by(one: ReturnStatus) -> str:
    if one.state != "late":
        return ""
    return f"by {counted(one.days_late, 'day')}"


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


def _coming_words(one: ReturnStatus) -> str:
    """Name the period that is waited for; one before the newest held is a gap, and not the next."""
    if one.next is None:
        return ""
    name = period_name(one.next.period)
    if _is_issue(one):
        return f"issue of {name}"
    is_gap = one.newest is not None and one.next.period.end < one.newest.end
    return f"first that lacks: {name}," if is_gap else name


def _expected_words(one: ReturnStatus) -> str:
    if one.next is None:
        return ""
    return f"on {one.next.day}{', as announced' if one.next.source else ''}"


def _notes(one: ReturnStatus) -> Iterator[str]:
    if one.note:
        yield one.note
    if len(one.late) > 1:
        yield f"{len(one.late)} periods"
    if one.refused:
        yield f"{one.refused} of its files in quarantine"
    if one.held is not None and one.held.is_synthetic:
        yield "made-up files"


def _publisher_words(days: int | None) -> str:
    if days is None:
        return ""
    if days == 0:
        return "on its day"
    return f"{counted(abs(days), 'day')} {'late' if days > 0 else 'early'}"


def _our_words(days: int) -> str:
    return f"{counted(days, 'day')} after" if days else "the same day"


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
        "files_in_quarantine": one.refused,
        "next_period": period_name(coming.period) if coming else None,
        "next_period_end": _iso(coming.period.end if coming else None),
        "expected_on": _iso(coming.day if coming else None),
        "late_from": _iso(coming.late_from if coming else None),
        "announced_at": coming.source or None if coming else None,
        "days_late": one.days_late,
        "periods_late": len(one.late),
        "publisher_days_late": one.publisher_days,
        "our_days_late": one.our_days,
        "note": one.note or None,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
