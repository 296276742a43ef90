"""The publication calendar: which period of a return is expected next, and on which day.

Nothing here looks at the age of figures. A return is late while a period that its publisher should
have published is not held; once it is held, it is not late any more, however late it came.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Literal, get_args

from ingestion.cadence import Cadence, Skipped, Weekday, Weekdays, Which
from ingestion.definition import Definition
from ingestion.period import Period, PeriodType, financial_year, month, months, snapshot

State = Literal["late", "due", "paused", "on time", "irregular", "never loaded", "made up", "ended"]
STATES: tuple[State, ...] = get_args(State)
"""In the order in which they ask for something."""

ANNOUNCED_GIVE = 1
"""Days after an announced day: what came out in the morning is here after the next night."""

NOT_WAITED_FOR = timedelta(days=366)
"""An ended return of which a period is not held so long after its day is no longer waited for."""

LOOKED_BACK = timedelta(days=366)
"""How long a period is missed that is not held although a later one is."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_TYPES: dict[str, PeriodType] = {"day": "day", "week": "week", "quarter": "quarter"}
_WEEKDAYS = get_args(Weekday)
_WHICH = get_args(Which)


@dataclass(frozen=True)
class Expected:
    """A period and the day that its publisher should publish it on.

    `give` are the days that it may come later; `source` is given for an announced day.
    """

    period: Period
    day: date
    give: int
    source: str = ""

    @property
    def late_from(self) -> date:
        """The first day on which it is late."""
        return self.day + timedelta(days=self.give + 1)


@dataclass(frozen=True)
class Held:
    """The newest that is held of a return.

    `through` is the last day that its files have figures for; None where they say no period.
    `published_on` is when that was first published, as the files say; `came_on` when the first
    file of it landed here; `known_on` the newest day by which any file was out. `spans` are the
    first and last day of each file; without them nothing is known of periods in between.
    """

    through: date | None
    published_on: date | None
    came_on: date
    known_on: date
    is_synthetic: bool = False
    spans: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class ReturnStatus:
    """How a return stands on a day.

    `next` is the first period that is expected and not held, `late` are all that are late;
    `days_late` counts from the publisher's own day. `publisher_days` is by how many days the
    publisher was later than its own day with the newest held (less than 0: earlier), `our_days` how
    many days later it came here; None where no file says when it was published. `refused` are files
    of the return that are in quarantine.
    """

    definition: Definition
    state: State
    held: Held | None
    newest: Period | None
    next: Expected | None
    days_late: int = 0
    late: tuple[Expected, ...] = ()
    publisher_days: int | None = None
    our_days: int | None = None
    note: str = ""
    refused: int = 0

    @property
    def return_id(self) -> str:
        """The return."""
        return self.definition.return_id

    @property
    def is_awaited(self) -> bool:
        """Whether its publisher may have something that is not held: worth a look tonight."""
        return self.state in ("late", "due", "irregular", "never loaded", "made up")


def expected(definition: Definition, held: Held | None, today: date) -> ReturnStatus:
    """Return how a return stands on a day, by its publisher's dates and what is held of it."""
    cadence = definition.cadence
    newest = None if held is None else newest_held(cadence, held)
    if held is None:
        coming = _next_published(cadence, today)
        if coming is None and cadence.last is not None:
            return ReturnStatus(definition, "ended", None, None, None, note="never loaded")
        return ReturnStatus(definition, "never loaded", None, None, coming)
    if held.is_synthetic:
        return ReturnStatus(definition, "made up", held, newest, None)
    after = [] if cadence.every == "once" else list(_awaited(cadence, held, newest, today))
    coming = after[0] if after else None
    late = tuple(one for one in after if one.late_from <= today)
    state, note = _state(cadence, newest, coming, today)
    is_late = state == "late" and coming is not None
    publisher, ours = _delays(cadence, held, newest)
    return ReturnStatus(
        definition,
        state,
        held,
        newest,
        None if state in ("ended", "paused") else coming,
        days_late=(today - coming.day).days if is_late and coming else 0,
        late=late if is_late else (),
        publisher_days=publisher,
        our_days=ours,
        note=note,
    )


def _state(
    cadence: Cadence, newest: Period | None, coming: Expected | None, today: date
) -> tuple[State, str]:
    if coming is None:
        if (pause := _pause(cadence, newest)) is not None:
            return "paused", f"{pause.reason} ({pause.source})"
        return ("irregular", "") if cadence.every == "irregular" else ("ended", "")
    if coming.late_from <= today:
        if cadence.last is not None and _last(cadence).late_from + NOT_WAITED_FOR <= today:
            return "ended", f"not held to its end, {cadence.last}"
        return "late", ""
    return ("due" if coming.day <= today else "on time"), ""


def _delays(cadence: Cadence, held: Held, newest: Period | None) -> tuple[int | None, int | None]:
    """Return by how many days the publisher was late with the newest held, and by how many we."""
    if held.published_on is None:
        return None, None
    day = expected_day(cadence, newest).day if newest and cadence.every != "once" else None
    publisher = (held.published_on - day).days if day else None
    return publisher, max(0, (held.came_on - held.published_on).days)


@dataclass(frozen=True)
class Kept:
    """By how many days a period was published after its expected day; less than 0: before it."""

    period: Period
    days: int


def kept_to(cadence: Cadence, published: Mapping[date, date]) -> list[Kept]:
    """Hold the calendar against days of first publication, by the last day of their periods.

    Periods before the rule in force, and days that are the last of no whole period, are left out.
    """
    newest = max(published, default=date.min)
    return [
        Kept(period, (published[period.end] - expected_day(cadence, period).day).days)
        for period in takewhile(lambda one: one.start <= newest, periods(cadence))
        if period.end in published and follows_rule(cadence, period)
    ]


def newest_held(cadence: Cadence, held: Held) -> Period | None:
    """Return the newest whole period that is held; of issues, the one that was out by then."""
    if cadence.covers == "issue" or held.through is None:
        return _newest_issue(cadence, held.known_on)
    through = held.through
    newest = None
    for newest in takewhile(lambda period: period.end <= through, periods(cadence)):  # noqa: B007
        pass
    return newest


def _newest_issue(cadence: Cadence, known_on: date) -> Period | None:
    """An issue that came out a little before its day is that day's, not the one before."""
    newest = None
    for period in periods(cadence):
        one = expected_day(cadence, period)
        if one.day - timedelta(days=one.give) > known_on:
            return newest
        newest = period
    return newest


def _awaited(
    cadence: Cadence, held: Held, newest: Period | None, today: date
) -> Iterator[Expected]:
    """Yield what is expected and not held: all that is late, and then the next one."""
    for period in periods(cadence):
        is_before = newest is not None and period.end <= newest.end
        if is_before and not _is_hole(cadence, held, period, today):
            continue
        skip = _skip(cadence, period)
        if skip is not None:
            if skip.to is None:
                return
            continue
        one = expected_day(cadence, period)
        yield one
        if one.late_from > today:
            return


def _is_hole(cadence: Cadence, held: Held, period: Period, today: date) -> bool:
    """Tell whether a period should be held between others: it is not, and was due of late.

    What was published before the first file here was never awaited, and of an issue the newest
    has all.
    """
    if cadence.covers == "issue" or not held.spans or period.end < min(held.spans)[0]:
        return False
    first = period.end.replace(day=1) if cadence.covers == "snapshot" else period.start
    if any(start <= period.end and first <= end for start, end in held.spans):
        return False
    return expected_day(cadence, period).late_from + LOOKED_BACK > today


def _next_published(cadence: Cadence, today: date) -> Expected | None:
    """Return the first period that is still to be published, of a return that has no file."""
    for period in periods(cadence):
        skip = _skip(cadence, period)
        if skip is not None and skip.to is None:
            return None
        one = expected_day(cadence, period)
        if skip is None and one.day >= today:
            return one
    return None


def _skip(cadence: Cadence, period: Period) -> Skipped | None:
    name = f"{period.end:%Y-%m}"
    return next((skip for skip in cadence.skipped if skip.holds(name)), None)


def _pause(cadence: Cadence, newest: Period | None) -> Skipped | None:
    """Return the pause without an end that comes after what is held."""
    last = cadence.last_day
    for skip in cadence.skipped:
        if skip.to is None and (newest is None or last is None or newest.end < last):
            return skip
    return None


def _last(cadence: Cadence) -> Expected:
    """Return the last period of a return that ended, and when it was to be published."""
    *_, last = periods(cadence)
    return expected_day(cadence, last)


def expected_day(cadence: Cadence, period: Period) -> Expected:
    """Return when the publisher should publish a period: as announced, else by its rule."""
    name = f"{period.end:%Y-%m}"
    for one in cadence.announced:
        if one.period == name:
            return Expected(period, one.day, ANNOUNCED_GIVE, one.source)
    if cadence.comes_on is not None and follows_rule(cadence, period):
        return Expected(period, _weekday(cadence.comes_on, period.end), cadence.usual_give)
    after = timedelta(days=cadence.published_after_days)
    return Expected(period, period.end + after, cadence.usual_give)


def follows_rule(cadence: Cadence, period: Period) -> bool:
    """Tell whether a period is of the rule in force, and not of the time before it."""
    rule = cadence.comes_on
    return rule is None or rule.since is None or rule.since <= f"{period.end:%Y-%m}"


def _weekday(rule: Weekdays, end: date) -> date:
    """Return the day of a rule for a period that ends on a day."""
    first = _months_later(end.replace(day=1), rule.months_after)
    wanted = _WEEKDAYS.index(rule.weekday)
    days = [
        first + timedelta(days=number)
        for number in range(monthrange(first.year, first.month)[1])
        if (first + timedelta(days=number)).weekday() == wanted
    ]
    return days[-1] if rule.which == "last" else days[_WHICH.index(rule.which)]


def periods(cadence: Cadence) -> Iterator[Period]:
    """Yield the periods of a return, the oldest first: to its last, or without an end."""
    if cadence.every == "once":
        whole = months(cadence.first_day, cadence.last_day or cadence.first_day)
        year = financial_year(whole.start.year)
        yield year if (whole.start, whole.end) == (year.start, year.end) else whole
    elif cadence.every == "irregular":
        for name in sorted(one.period for one in cadence.announced):
            yield month(date.fromisoformat(f"{name}-01"))
    else:
        last = cadence.last_day
        yield from takewhile(lambda one: last is None or one.end <= last, _regular(cadence))


def _regular(cadence: Cadence) -> Iterator[Period]:
    start = cadence.first_day
    while True:
        if cadence.every in _DAYS:
            following = start + timedelta(days=_DAYS[cadence.every])
        else:
            following = _months_later(start, _MONTHS[cadence.every])
        yield _period(cadence, start, following - timedelta(days=1))
        start = following


def _period(cadence: Cadence, start: date, end: date) -> Period:
    if cadence.covers == "snapshot":
        return snapshot(month(start).end)
    if cadence.every == "month":
        return month(start)
    if cadence.every == "year" and start.month == 4:
        return financial_year(start.year)
    if cadence.every == "year" and start.month == 1:
        return Period(start, end, "calendar_year")
    return Period(start, end, _TYPES.get(cadence.every, "span"))


def _months_later(first: date, count: int) -> date:
    """Return the first of a month so many months later."""
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)
