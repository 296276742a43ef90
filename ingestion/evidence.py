"""When a landed file was known, and from where: its own date, or what the catalogue can prove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""Days of publication are days of the publishers' clocks."""

BY_FILE, BY_SERVER, BY_LANDING = "file", "server", "landing"


@dataclass(frozen=True)
class Evidence:
    """What the catalogue knows of a file's coming: when it landed and, from the web, from where.

    `last_modified` is the earliest that a server said of these bytes. Times have a zone.
    """

    landed_at: datetime
    url: str | None = None
    landing_page: str | None = None
    fetched_at: datetime | None = None
    last_modified: datetime | None = None


def known_on(published_on: date | None, evidence: Evidence) -> tuple[date, str]:
    """Return the day from which a file can be proved to have been known, and by what.

    The file's own date decides. Without one, the day from which its server had the bytes; without
    that either, the day on which they landed here. None of it is guessed: each is a day on which
    the file was there, though an undated one may have been published earlier.
    """
    if published_on is not None:
        return published_on, BY_FILE
    if evidence.last_modified is not None and evidence.last_modified <= evidence.landed_at:
        return evidence.last_modified.astimezone(LONDON).date(), BY_SERVER
    return evidence.landed_at.astimezone(LONDON).date(), BY_LANDING


def http_time(text: str) -> datetime | None:
    """Read the time of a Last-Modified header; None for what is none."""
    try:
        time = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
