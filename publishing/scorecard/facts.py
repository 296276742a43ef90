"""What the pages say of the release that they belong to, handed to the process that makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class ReleaseFacts:
    """A release as its pages name it; `made_at` is in UTC, `as_at` is set for a look back."""

    release_id: str
    made_at: datetime
    previous: str | None
    as_at: date | None
    is_synthetic: bool
    versions: Mapping[str, str]


def facts_text(facts: ReleaseFacts) -> str:
    """Write facts as JSON, for the command line of the process that makes the pages."""
    return json.dumps(asdict(facts), default=lambda day: day.isoformat(), sort_keys=True)


def facts_from(text: str) -> ReleaseFacts:
    """Read facts that `facts_text` wrote. Raises KeyError and ValueError for anything else."""
    said = json.loads(text)
    return ReleaseFacts(
        release_id=said["release_id"],
        made_at=datetime.fromisoformat(said["made_at"]),
        previous=said["previous"],
        as_at=date.fromisoformat(said["as_at"]) if said["as_at"] else None,
        is_synthetic=said["is_synthetic"],
        versions=said["versions"],
    )
