"""When a return is published: how often, on which day, and what its publisher has said of it.

No file is read by any of it, so it may change without a file being read again.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from ingestion.collected import Collected, Month
from ingestion.layouts import Strict

Every = Literal["day", "week", "month", "quarter", "year", "once", "irregular"]
Which = Literal["first", "second", "third", "fourth", "last"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
USUAL_GIVE = {"day": 2, "week": 3, "month": 7, "quarter": 14, "year": 60}
"""Days that a publication may come after its expected day, where no file shows how it is."""


class Weekdays(Strict):
    """A rule such as the second Thursday of the month after: `months_after` that of the period.

    `since` is the first period (by the month that it ends in) that was published so, where
    earlier ones were published otherwise.
    """

    which: Which
    weekday: Weekday
    months_after: int = Field(ge=-12, le=36)
    since: Month | None = None


class Announced(Strict):
    """The day that the publisher announced for a period. It goes before any rule."""

    period: Month
    day: date
    source: str = Field(min_length=1, description="Where the publisher says so.")


class Skipped(Strict):
    """Periods that are not published, as the publisher says: from one to another.

    Without `to` the collection is paused until further notice.
    """

    start: Month = Field(alias="from")
    to: Month | None = None
    reason: str = Field(min_length=1)
    source: str = Field(min_length=1, description="Where the publisher says so.")

    def holds(self, period_month: str) -> bool:
        """Tell whether the period that ends in a month is one of these."""
        return self.start <= period_month and (self.to is None or period_month <= self.to)


class Cadence(Collected):
    """How often a return appears, how long after its period or on which day, and until when.

    A file `covers` a period; or a `snapshot`, a stock of one day, the last of the month that
    `first` names; or it is an `issue`, the whole list or series anew, of which only the day that it
    came out tells whether there should be a newer one. An `irregular` return has no rule, and only
    announced days are expected. `give` are the days by which a publication may be later than
    expected before it is called late; docs/calendar.md shows what files bear it out.
    """

    every: Every
    published_after_days: int = Field(ge=0, description="Days after the end of the period.")
    covers: Literal["period", "snapshot", "issue"] = "period"
    comes_on: Weekdays | None = Field(None, description="It goes before `published_after_days`.")
    give: int | None = Field(None, ge=0, le=366)
    announced: list[Announced] = Field(default_factory=list)
    skipped: list[Skipped] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_said_once(self) -> Cadence:
        months = [one.period for one in self.announced]
        if len(set(months)) < len(months):
            raise ValueError("`announced` has two days for one period")
        if any(skip.to is not None and skip.to < skip.start for skip in self.skipped):
            raise ValueError("`skipped` ends before it begins")
        if any(skip.holds(name) for skip in self.skipped for name in months):
            raise ValueError("a period is both `announced` and `skipped`")
        return self

    @property
    def usual_give(self) -> int:
        """Days after the expected day from which a publication is late."""
        return self.give if self.give is not None else USUAL_GIVE.get(self.every, 0)
