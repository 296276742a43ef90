"""A look back: the warehouse as it was known at the end of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

LONDON = ZoneInfo("Europe/London")


class BadDateError(ValueError):
    """A text that is no day to look back to; the message says why."""


@dataclass(frozen=True)
class Known:
    """Which files that can be read were known on a day.

    `known` and `later` count those known by then and those that came later; `undated` names
    those of the latter of which only the day they landed is known: when they were published
    nobody can prove, so they are left out, and are not said to be later.
    """

    known: int
    later: int
    undated: tuple[str, ...]
    first_day: date | None


def parse_as_at(text: str, today: date | None = None) -> date:
    """Read a day, `2017-02-08`. Raises BadDateError for what is none, and for one to come."""
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  (a day has none)
    except ValueError:
        raise BadDateError(f"'{text}' is not a date; write one as 2017-02-08.") from None
    today = today or datetime.now(LONDON).date()
    if day > today:
        raise BadDateError(f"{day} is in the future; what will be known then is not known today.")
    return day


def known_at(index: Path, as_at: date) -> Known:
    """Say which files of the lake's index were known at the end of a day."""
    read = pl.read_parquet(index).filter(pl.col("state") == "read").sort("landed_seq")
    later = read.filter(pl.col("known_on") > as_at)
    undated = later.filter(pl.col("known_by") == "landing")
    first = read.get_column("known_on").min()
    return Known(
        known=read.height - later.height,
        later=later.height - undated.height,
        undated=tuple(undated.get_column("file_name")),
        first_day=first if isinstance(first, date) else None,
    )
