"""The ledger of a back-fill: for each period of its range, whether it was read, and if not, why."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from itertools import pairwise, takewhile
from typing import Any, Literal
from urllib.parse import unquote

from ingestion.cadence import Cadence
from ingestion.calendar import periods
from ingestion.catalogue import SWAPPED, Catalogue, Reading
from ingestion.links import file_name
from ingestion.period import MONTHS, SHORT_MONTHS, Period, month, months

State = Literal["read", "missing", "quarantined"]

TOLD = "told"
"""The step of a back-fill that says which release's manifest first told of it."""


class BadRangeError(ValueError):
    """A range of periods that is none, or in which the return had no figures."""


@dataclass(frozen=True)
class Line:
    """One period: its state, the files that it was read from or failed in, and why it failed."""

    period: str
    state: State
    files: tuple[str, ...] = ()
    reason: str = ""


def periods_between(cadence: Cadence, first: str, last: str) -> tuple[Period, ...]:
    """Give the periods of a return that touch the months from `first` to `last`, as `2015-04`.

    Those that its publisher skipped are none of them. Raises BadRangeError.
    """
    wanted = _range(first, last)
    begun = takewhile(lambda one: one.start <= wanted.end, periods(cadence))
    found = tuple(
        one
        for one in begun
        if _overlap(one, wanted)
        and not any(skip.holds(f"{one.end:%Y-%m}") for skip in cadence.skipped)
    )
    if not found:
        ends = f" and end in {cadence.last}" if cadence.last else ""
        raise BadRangeError(
            f"The return has no period from {first} to {last}: its figures begin in "
            f"{cadence.first}{ends}."
        )
    return found


def _range(first: str, last: str) -> Period:
    try:
        begin, end = (date.fromisoformat(f"{text.strip()}-01") for text in (first, last))
        return months(begin, end)
    except ValueError as error:
        raise BadRangeError(
            f"'{first}' to '{last}' is no range of months; write it as 2015-04 to 2016-03 ({error})"
        ) from error


def _overlap(one: Period, other: Period) -> bool:
    return one.start <= other.end and other.start <= one.end


def month_in_name(name: str) -> Period | None:
    """Give the one month that a file's name speaks of, None where it names none, or several.

    A name is no proof: it tells where a file that cannot be read belongs, never a figure's period.
    """
    words = re.findall(r"[a-z]+|\d+", name.rpartition("/")[2].casefold())
    found = {
        (int(year), number)
        for left, right in pairwise(words)
        for year, number in (_year_and_month(left, right), _year_and_month(right, left))
        if number
    }
    if len(found) != 1:
        return None
    ((year, number),) = found
    return month(date(year, number, 1))


def _year_and_month(year: str, named: str) -> tuple[str, int]:
    """Read two words as a year and a month; the month is 0 where they are none."""
    if not re.fullmatch(r"(19|20)\d\d", year):
        return "0", 0
    if named.isdecimal():
        return year, int(named) if len(named) == 2 and 1 <= int(named) <= 12 else 0
    return year, MONTHS.get(named) or SHORT_MONTHS.get(named) or 0


def is_of(
    reading: Reading,
    name: str,
    return_id: str,
    wanted: Sequence[Period],
    *,
    is_likely: bool = False,
) -> bool:
    """Tell whether a file is one of a return and of some of these periods.

    One that was read says so itself; of a quarantined one only its return may be known, or only
    the month that its name speaks of. Such a month alone says nothing of the return, so it counts
    only where something else makes the return likely.
    """
    if reading.state == "read":
        return reading.return_id == return_id and _is_within(_period_of(reading), wanted)
    if reading.state != "quarantined":
        return False
    named = month_in_name(name)
    if reading.return_id is None:
        return is_likely and named is not None and _is_within(named, wanted)
    return reading.return_id == return_id and _is_within(named, wanted)


def likely(names: Mapping[str, str], link: str) -> frozenset[str]:
    """Give the files, by sha256, whose names fit the pattern of those that a return links to."""
    wanted = unquote(link).casefold()
    return frozenset(
        sha256 for sha256, name in names.items() if fnmatchcase(file_name(name).casefold(), wanted)
    )


def _period_of(reading: Reading) -> Period | None:
    if reading.period_start is None or reading.period_end is None:
        return None
    return Period(reading.period_start, reading.period_end)


def _is_within(period: Period | None, wanted: Sequence[Period]) -> bool:
    return period is None or any(_overlap(period, one) for one in wanted)


def ledger_of(
    return_id: str,
    wanted: Sequence[Period],
    readings: Sequence[Reading],
    names: Mapping[str, str],
    found: frozenset[str] = frozenset(),
    likely_of: frozenset[str] = frozenset(),
) -> tuple[Line, ...]:
    """Give a line for each period.

    `readings` are how the files stand, `names` is what each is called by its sha256, and `found`
    holds those that the back-fill was given: a period is a gap when one of these was refused and
    none of these was read, even though an older file of it was. `likely_of` holds those whose
    names are as this return's are.
    """
    mine = [
        one
        for one in readings
        if is_of(
            one,
            names[one.sha256],
            return_id,
            wanted,
            is_likely=one.sha256 in found | likely_of,
        )
    ]
    return tuple(_line(period, mine, names, found) for period in wanted)


def _line(
    period: Period,
    readings: Sequence[Reading],
    names: Mapping[str, str],
    found: frozenset[str],
) -> Line:
    read = [one for one in readings if one.state == "read" and _covers(one, period)]
    refused = [
        one
        for one in readings
        if one.state == "quarantined"
        and (named := month_in_name(names[one.sha256])) is not None
        and _overlap(named, period)
    ]
    is_replaced = any(one.sha256 in found for one in read)
    if refused and not is_replaced and (not read or any(one.sha256 in found for one in refused)):
        reasons = "; ".join(dict.fromkeys(one.reason or "" for one in refused))
        return Line(str(period), "quarantined", _names(refused, names), reasons)
    if read:
        return Line(str(period), "read", _names(read, names))
    unplaced = [
        f"{names[one.sha256]} was refused and may be it: {one.reason}"
        for one in readings
        if one.state == "quarantined" and month_in_name(names[one.sha256]) is None
    ]
    return Line(str(period), "missing", reason="; ".join(unplaced) or "No file of it was found.")


def _covers(reading: Reading, period: Period) -> bool:
    """Tell whether a file that was read has something of a period; one of all periods has."""
    own = _period_of(reading)
    return own is None or _overlap(own, period)


def _names(readings: Sequence[Reading], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(names[one.sha256] for one in readings))


def untold(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """Give, by run, what is to be told of back-fills whose files are in the lake, and is not yet.

    That is so when one was ended after its swap, or made a look back only.
    """
    told = catalogue.results_of(TOLD)
    return {
        run: swapped["about"]
        for run, swapped in catalogue.results_of(SWAPPED).items()
        if told.get(run, {}).get("token") != swapped["token"]
    }


def note_told(catalogue: Catalogue, runs: Collection[str], release_id: str) -> None:
    """Note that the manifest of a release tells of these back-fills."""
    swapped = catalogue.results_of(SWAPPED)
    for run in runs:
        token = swapped[run]["token"]
        catalogue.set_step(run, TOLD, {"release_id": release_id, "token": token})
