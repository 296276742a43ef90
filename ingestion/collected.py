"""From when to when a return has figures: all of its cadence that a file is read by."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from ingestion.layouts import Strict
from ingestion.period import month

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A month as `2026-09`; of a period, the month that it ends in."""


class Collected(Strict):
    """The first month that a return has figures for, and the last once it has ended."""

    first: Month = Field(description="First month.")
    last: Month | None = Field(None, description="Last month.")

    @property
    def first_day(self) -> date:
        """The first day that the return has figures for."""
        return date.fromisoformat(f"{self.first}-01")

    @property
    def last_day(self) -> date | None:
        """The last day that it has figures for; None while it goes on."""
        return month(date.fromisoformat(f"{self.last}-01")).end if self.last else None
