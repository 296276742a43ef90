"""The publication calendar: which period is expected when, and what is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ingestion.cadence import Cadence
from ingestion.calendar import Held, Kept, ReturnStatus, expected, expected_day, kept_to, periods
from ingestion.calendar_page import calendar_page, first_published, rule_words
from ingestion.catalogue import Reading
from ingestion.definition import DEFINITIONS, Definition, load_definition
from ingestion.period import month

SECOND_THURSDAY = {"which": "second", "weekday": "thursday", "months_after": 1}
SOURCE = "https://www.england.nhs.uk/statistics/12-months-statistics-calendar/"
ANNOUNCED = [{"period": "2026-09", "day": "2026-10-15", "source": SOURCE}]


@cache
def any_return() -> Definition:
    """Any return will do: only its cadence is looked at."""
    return load_definition(min(DEFINITIONS.glob("*.yml")))


@pytest.fixture
def definition() -> Definition:
    """Give a return whose cadence is changed."""
    return any_return()


def cadence(**others: object) -> Cadence:
    """Give a monthly cadence, on the second Thursday of the month after, with some keys changed."""
    monthly = {"every": "month", "published_after_days": 14, "first": "2020-01"}
    return Cadence.model_validate(monthly | {"comes_on": SECOND_THURSDAY} | others)


def held(through: date | None, published: date | None = None, came: date | None = None) -> Held:
    """Give what is held: figures through a day, published and landed on others."""
    came_on = came or published or date(2026, 9, 1)
    return Held(through, published, came_on, published or came_on)


def stands(
    definition: Definition, cadence: Cadence, newest: Held | None, today: date
) -> ReturnStatus:
    """Say how a return of this cadence stands."""
    return expected(definition.model_copy(update={"cadence": cadence}), newest, today)


AUGUST = held(date(2026, 8, 31), date(2026, 9, 10))


@pytest.mark.parametrize(
    ("today", "state", "days_late"),
    [
        (date(2026, 10, 7), "on time", 0),
        (date(2026, 10, 8), "due", 0),
        (date(2026, 10, 15), "due", 0),
        (date(2026, 10, 16), "late", 8),
        (date(2026, 11, 1), "late", 24),
    ],
)
def test_lateness_is_measured_from_the_publishers_own_day(
    definition: Definition, today: date, state: str, days_late: int
) -> None:
    """Given August held and the rule of the second Thursday, which is 8 October
    When days go by
    Then September is due on that day, late a week after it, and late by days since it.
    """
    found = stands(definition, cadence(), AUGUST, today)
    assert found.next is not None
    assert (found.next.period, found.next.day) == (month(date(2026, 9, 1)), date(2026, 10, 8))
    assert (found.state, found.days_late) == (state, days_late)


def test_what_came_late_once_is_not_late_afterwards(definition: Definition) -> None:
    """Given September published 20 days late and landed 2 days after
    When it is held
    Then the return is on time, and both delays are told.
    """
    newest = held(date(2026, 9, 30), date(2026, 10, 28), date(2026, 10, 30))
    found = stands(definition, cadence(), newest, date(2026, 10, 30))
    assert (found.state, found.days_late) == ("on time", 0)
    assert (found.publisher_days, found.our_days) == (20, 2)


def test_old_figures_are_not_late_while_nothing_newer_is_expected(definition: Definition) -> None:
    """Given a yearly return published a year after its period, when its figures are 18 months old
    and the next are not expected yet, then it is on time.
    """
    yearly = Cadence(every="year", published_after_days=365, first="2020-04")
    found = stands(definition, yearly, held(date(2025, 3, 31)), date(2026, 9, 30))
    assert found.state == "on time"
    assert found.next is not None
    assert found.next.day == date(2027, 3, 31)


def months_held(*names: str) -> Held:
    """Give what is held of some months, a file for each."""
    files = [month(date.fromisoformat(f"{name}-01")) for name in names]
    spans = tuple((one.start, one.end) for one in files)
    return replace(held(spans[-1][1]), spans=spans)


MAY_MISSING = ("2026-03", "2026-04", "2026-06", "2026-07", "2026-08")


def test_a_month_in_the_middle_that_is_not_held_is_late(definition: Definition) -> None:
    """Given May in quarantine and June to August read
    When all but September should be out
    Then the return is late by May; when May has come, it is on time.
    """
    today = date(2026, 9, 20)
    found = stands(definition, cadence(), months_held(*MAY_MISSING), today)
    assert found.next is not None
    assert (found.state, found.next.period) == ("late", month(date(2026, 5, 1)))
    assert [one.period.start for one in found.late] == [date(2026, 5, 1)]
    whole = months_held(*sorted({*MAY_MISSING, "2026-05"}))
    assert stands(definition, cadence(), whole, today).state == "on time"


def test_a_gap_and_what_is_new_are_late_both(definition: Definition) -> None:
    """Given May missing, when September does not come either, then both are late."""
    found = stands(definition, cadence(), months_held(*MAY_MISSING), date(2026, 10, 20))
    assert [one.period.start for one in found.late] == [date(2026, 5, 1), date(2026, 9, 1)]


@pytest.mark.parametrize(
    "others",
    [
        {"skipped": [{"from": "2026-05", "to": "2026-05", "reason": "None.", "source": SOURCE}]},
        {"covers": "issue", "comes_on": None},
    ],
)
def test_what_was_never_published_is_no_gap(
    definition: Definition, others: dict[str, object]
) -> None:
    """Given May skipped by the publisher, or a list that is issued anew, then nothing is missed."""
    found = stands(definition, cadence(**others), months_held(*MAY_MISSING), date(2026, 9, 20))
    assert found.state != "late"


def test_what_lies_before_the_first_file_or_long_ago_is_not_missed(definition: Definition) -> None:
    """Given no month before March, and May missing, then in the end nobody waits for May."""
    later = replace(months_held(*MAY_MISSING, "2027-08"), through=date(2027, 8, 31))
    spans = (*later.spans, (date(2026, 9, 1), date(2027, 7, 31)))
    found = stands(definition, cadence(), replace(later, spans=spans), date(2027, 9, 20))
    assert found.state == "on time"


def test_a_snapshot_of_another_day_of_its_month_is_held(definition: Definition) -> None:
    """Given stocks of the last working days of months, then none of them is missed."""
    days = tuple((day, day) for day in (date(2026, 4, 30), date(2026, 5, 29), date(2026, 6, 30)))
    stock = Cadence(every="month", published_after_days=14, first="2020-01", covers="snapshot")
    found = stands(definition, stock, replace(held(days[-1][1]), spans=days), date(2026, 7, 10))
    assert found.state == "on time"


def test_made_up_files_are_owed_nothing(definition: Definition) -> None:
    """Given made-up files of years ago, then they are called so and are not late."""
    old = replace(held(date(2020, 8, 31)), is_synthetic=True)
    found = stands(definition, cadence(), old, date(2026, 9, 20))
    assert (found.state, found.next, found.late) == ("made up", None, ())


def test_an_announced_day_goes_before_the_rule(definition: Definition) -> None:
    """Given September announced for 15 October
    When it does not come
    Then it is on time until then, and late from the second day after: no week is given.
    """
    told = cadence(announced=ANNOUNCED)
    states = [
        stands(definition, told, AUGUST, date(2026, 10, day)).state for day in (14, 15, 16, 17)
    ]
    assert states == ["on time", "due", "due", "late"]
    found = stands(definition, told, AUGUST, date(2026, 10, 17))
    assert found.days_late == 2
    assert found.next is not None
    assert found.next.source == SOURCE


def test_a_skipped_period_is_not_waited_for(definition: Definition) -> None:
    """Given September and October skipped by the publisher, then November is the next."""
    skipped = [{"from": "2026-09", "to": "2026-10", "reason": "Census.", "source": SOURCE}]
    found = stands(definition, cadence(skipped=skipped), AUGUST, date(2026, 12, 1))
    assert found.state == "on time"
    assert found.next is not None
    assert found.next.day == date(2026, 12, 10)


def test_a_paused_collection_is_never_late(definition: Definition) -> None:
    """Given a pause from September until further notice
    When August is held, years go by and nothing comes
    Then it is paused, with the publisher's reason; but without August, that is late.
    """
    skipped = [{"from": "2026-09", "reason": "Paused for the pandemic.", "source": SOURCE}]
    paused = cadence(skipped=skipped)
    found = stands(definition, paused, AUGUST, date(2029, 1, 1))
    assert (found.state, found.next) == ("paused", None)
    assert found.note == f"Paused for the pandemic. ({SOURCE})"
    july = stands(definition, paused, held(date(2026, 7, 31)), date(2029, 1, 1))
    assert (july.state, len(july.late)) == ("late", 1)


def test_an_ended_return_is_waited_for_until_its_last_period_is_held(
    definition: Definition,
) -> None:
    """Given a return that ends with September
    When September is not held, then is, or never comes within a year
    Then it is late, then ended, and in the end no longer waited for, which is told.
    """
    ends = cadence(last="2026-09")
    assert stands(definition, ends, AUGUST, date(2026, 11, 1)).state == "late"
    whole = stands(definition, ends, held(date(2026, 9, 30)), date(2026, 11, 1))
    assert (whole.state, whole.note, whole.next) == ("ended", "", None)
    never = stands(definition, ends, AUGUST, date(2027, 11, 1))
    assert (never.state, never.note) == ("ended", "not held to its end, 2026-09")
    assert stands(definition, ends, None, date(2027, 11, 1)).state == "ended"


def test_an_irregular_return_is_late_only_against_an_announced_day(definition: Definition) -> None:
    """Given a return without a rule, then nothing is expected but what is announced."""
    irregular = {"every": "irregular", "comes_on": None}
    newest = held(date(2019, 12, 31))
    found = stands(definition, cadence(**irregular), newest, date(2026, 11, 1))
    assert (found.state, found.next) == ("irregular", None)
    told = cadence(**irregular, announced=ANNOUNCED)
    assert stands(definition, told, newest, date(2026, 10, 1)).state == "on time"
    assert stands(definition, told, newest, date(2026, 11, 1)).days_late == 17
    came = held(date(2026, 12, 31))
    assert stands(definition, told, came, date(2026, 11, 1)).state == "irregular"


def test_a_whole_issue_is_held_by_the_day_it_came_out(definition: Definition) -> None:
    """Given a quarterly list whose files say no period, expected 31 days after the quarter
    When one came out a little before 31 October, or in summer
    Then the first is the autumn's issue, and after the second the autumn's is late.
    """
    issue = cadence(every="quarter", published_after_days=31, covers="issue", comes_on=None)
    autumn = stands(definition, issue, held(None, came=date(2026, 10, 25)), date(2026, 12, 1))
    assert autumn.state == "on time"
    assert autumn.next is not None
    assert autumn.next.day == date(2027, 1, 31)
    summer = stands(definition, issue, held(None, came=date(2026, 8, 1)), date(2026, 12, 1))
    assert (summer.state, summer.days_late) == ("late", 31)


def test_a_figure_of_the_future_does_not_make_an_issue_new(definition: Definition) -> None:
    """Given issues with forecasts to 2029, then the day they came out decides, not 2029."""
    issue = cadence(every="quarter", published_after_days=90, covers="issue", comes_on=None)
    newest = held(date(2029, 3, 31), date(2026, 3, 27))
    assert stands(definition, issue, newest, date(2026, 12, 1)).state == "late"


def test_a_return_never_loaded_is_not_late(definition: Definition) -> None:
    """Given no file, then the next publication is told, and nothing is late."""
    found = stands(definition, cadence(), None, date(2026, 11, 1))
    assert (found.state, found.days_late) == ("never loaded", 0)
    assert found.next is not None
    assert found.next.day == date(2026, 11, 12)
    assert found.is_awaited


def test_all_late_periods_are_counted_and_days_from_the_first(definition: Definition) -> None:
    """Given two months missing, then both count, and the days are those of the first."""
    found = stands(definition, cadence(), AUGUST, date(2026, 11, 22))
    assert (found.state, found.days_late, len(found.late)) == ("late", 45, 2)


@pytest.mark.parametrize(
    ("rule", "end", "day"),
    [
        ({"which": "second", "weekday": "thursday", "months_after": 2}, "2020-02", "2020-04-09"),
        ({"which": "last", "weekday": "friday", "months_after": 1}, "2026-01", "2026-02-27"),
        ({"which": "first", "weekday": "monday", "months_after": 0}, "2026-11", "2026-11-02"),
        ({"which": "third", "weekday": "thursday", "months_after": -9}, "2026-03", "2025-06-19"),
        ({"which": "second", "weekday": "thursday", "months_after": 1}, "2026-12", "2027-01-14"),
    ],
)
def test_a_weekday_of_a_month(rule: dict[str, object], end: str, day: str) -> None:
    """Given a rule, then it names the day that a wall calendar shows."""
    period = month(date.fromisoformat(f"{end}-01"))
    assert expected_day(cadence(comes_on=rule), period).day == date.fromisoformat(day)


def test_before_a_rule_held_the_days_count() -> None:
    """Given a rule since July 2017, then June 2017 was expected by the days after its end."""
    since = cadence(comes_on=SECOND_THURSDAY | {"since": "2017-07"})
    assert expected_day(since, month(date(2017, 6, 1))).day == date(2017, 7, 14)
    assert expected_day(since, month(date(2017, 7, 1))).day == date(2017, 8, 10)


@pytest.mark.parametrize(
    ("changes", "first_two"),
    [
        ({"every": "quarter"}, ["2020-01-01 to 2020-03-31", "2020-04-01 to 2020-06-30"]),
        (
            {"every": "year", "first": "2020-04"},
            ["2020-04-01 to 2021-03-31", "2021-04-01 to 2022-03-31"],
        ),
        (
            {"every": "year", "first": "2020-06", "covers": "snapshot"},
            ["2020-06-30", "2021-06-30"],
        ),
        ({"every": "week"}, ["2020-01-01 to 2020-01-07", "2020-01-08 to 2020-01-14"]),
        ({"every": "day"}, ["2020-01-01", "2020-01-02"]),
    ],
)
def test_the_periods_of_a_return(changes: dict[str, object], first_two: list[str]) -> None:
    """Given how often a return comes, then its periods follow from its first month."""
    assert [str(one) for one in islice(periods(cadence(**changes)), 2)] == first_two


@given(
    every=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    days=st.integers(0, 400),
    today=st.dates(date(2020, 2, 1), date(2024, 1, 1)),
    behind=st.integers(0, 900),
)
def test_holding_more_never_makes_a_return_later(
    every: str, days: int, today: date, behind: int
) -> None:
    """Given any cadence and what is held, when newer figures come in, then it is no later."""
    one = any_return()
    rule = cadence(every=every, published_after_days=days, comes_on=None)
    older = stands(one, rule, held(today - timedelta(days=behind)), today)
    newer = stands(one, rule, held(today), today)
    assert newer.days_late <= older.days_late
    assert len(newer.late) <= len(older.late)
    assert (older.state == "late") == (older.days_late > rule.usual_give)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"announced": [*ANNOUNCED, *ANNOUNCED]}, "two days for one period"),
        (
            {
                "announced": ANNOUNCED,
                "skipped": [{"from": "2026-08", "reason": "r", "source": "s"}],
            },
            "both `announced` and `skipped`",
        ),
        (
            {"skipped": [{"from": "2026-08", "to": "2026-07", "reason": "r", "source": "s"}]},
            "ends before it begins",
        ),
        ({"skipped": [{"from": "2026-08", "reason": "r"}]}, "source"),
        ({"announced": [{"period": "2026-09", "day": "2026-10-15"}]}, "source"),
        ({"comes_on": {"which": "fifth", "weekday": "thursday", "months_after": 1}}, "which"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(
    changes: dict[str, object], says: str
) -> None:
    """Given two answers to when a period comes, or one without a source, then it is refused."""
    with pytest.raises(ValidationError, match=says):
        cadence(**changes)


def test_an_announced_day_has_no_file_read_again(definition: Definition) -> None:
    """Given a day that is announced, when it is written into the definition, then its files are
    read by the same fingerprint; a last month, which refuses files, is another.
    """

    def fingerprint(**others: object) -> str:
        changed = cadence(**others)
        raw = definition.model_dump(by_alias=True, exclude={"cadence"})
        return Definition.model_validate(raw | {"cadence": changed}).fingerprint()

    assert fingerprint(announced=ANNOUNCED) == fingerprint()
    assert fingerprint(last="2026-09") != fingerprint()


def test_the_days_of_files_are_held_against_the_rule() -> None:
    """Given days of first publication, of which one is of the time before the rule
    When they are held against it
    Then each of the others says by how many days it missed it.
    """
    since = cadence(first="2017-01", comes_on=SECOND_THURSDAY | {"since": "2017-07"})
    published = {
        date(2017, 6, 30): date(2017, 8, 10),
        date(2017, 7, 31): date(2017, 8, 10),
        date(2017, 8, 31): date(2017, 9, 21),
        date(2017, 9, 30): date(2017, 10, 11),
        date(2017, 10, 15): date(2017, 10, 20),
    }
    assert kept_to(since, published) == [
        Kept(month(date(2017, 7, 1)), 0),
        Kept(month(date(2017, 8, 1)), 7),
        Kept(month(date(2017, 9, 1)), -1),
    ]


def test_the_page_tells_what_files_bear_out(definition: Definition) -> None:
    """Given a rule, a pause and three files of one return, one of them later than allowed
    When the page is made
    Then it counts them, names that one, and tells of the pause.
    """
    skipped = [{"from": "2026-09", "reason": "Paused | for now.", "source": SOURCE}]
    own = definition.model_copy(update={"cadence": cadence(skipped=skipped)})
    files = [
        Reading("a", "f", "read", True, own.return_id, period_end=end, first_published_on=day)
        for end, day in (
            (date(2026, 1, 31), date(2026, 2, 12)),
            (date(2026, 2, 28), date(2026, 3, 11)),
            (date(2026, 3, 31), date(2026, 4, 30)),
            (date(2026, 3, 31), date(2026, 5, 14)),
        )
    ]
    made_up = Reading(
        *("b", "f", "read", True, own.return_id),
        period_end=date(2026, 4, 30),
        first_published_on=date(2026, 9, 1),
        is_synthetic=True,
    )
    page = calendar_page({own.return_id: own}, first_published([*files, made_up]))
    rule = "second Thursday of the month after"
    assert rule_words(own.cadence) == rule
    row = f"| `{own.return_id}` | month | {rule} | 7 days | 2020-01 | – | 3 | 1 | -1 | 21 |"
    assert row in page
    assert f"* `{own.return_id}`: 2026-03, by 21 days" in page
    assert "nothing from 2026-09 until further notice: Paused \\| for now." in page
