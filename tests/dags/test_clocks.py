"""F100: when runs begin, in the nights in which London's clocks change, wherever the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

LONDON = ZoneInfo("Europe/London")
SCHEDULED = {"nightly_load": (4, 30), "refresh_returns": (10, 15), "housekeeping": (9, 30)}
CHANGES = [
    datetime(2025, 3, 30, 1, 30, tzinfo=LONDON),
    datetime(2025, 10, 26, 1, 30, tzinfo=LONDON),
]
"""Half an hour that never comes, and one that comes twice."""


@pytest.fixture(params=["UTC", "Europe/London", "Pacific/Auckland", "America/Los_Angeles"])
def machine(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine's own clock."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Say what time it is when the timetable asks."""

    def set_to(moment: datetime) -> None:
        now = moment.astimezone(UTC)
        monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: now)

    return set_to


def restriction() -> Any:
    """The DAGs begin before these nights, and none catches up."""
    from airflow.timetables.base import TimeRestriction

    return TimeRestriction(earliest=datetime(2025, 1, 1, tzinfo=LONDON), latest=None, catchup=False)


def timetable(dag_bag: Any, dag_id: str) -> Any:
    """Give the timetable of a DAG as the scheduler has it."""
    from airflow.serialization.encoders import coerce_to_core_timetable

    return coerce_to_core_timetable(dag_bag.dags[dag_id].timetable)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("dag_id", sorted(SCHEDULED))
@pytest.mark.parametrize("change", CHANGES, ids=["spring", "autumn"])
def test_f100_no_run_is_skipped_or_doubled(
    dag_bag: Any, dag_id: str, change: datetime, set_clock: Callable[[datetime], None]
) -> None:
    """Given a scheduler that looks every quarter of an hour over six days
    When London's clocks change in the middle of them
    Then each day, or each working day, has one run, at its time by London's clock; the first is
    the one that was due when the scheduler began.
    """
    clock, last, runs = change.astimezone(UTC) - timedelta(days=3), None, []
    end = clock + timedelta(days=6)
    set_clock(clock)
    coming = timetable(dag_bag, dag_id).next_dagrun_info(
        last_automated_data_interval=last, restriction=restriction()
    )
    while clock < end:
        set_clock(clock)
        if coming.run_after <= clock:
            runs.append(coming.run_after.astimezone(LONDON))
            coming = timetable(dag_bag, dag_id).next_dagrun_info(
                last_automated_data_interval=coming.data_interval, restriction=restriction()
            )
        clock += timedelta(minutes=15)
    assert runs == _slots(change.astimezone(UTC) - timedelta(days=3), end, dag_id)
    assert len(runs) >= 4


def _slots(begin: datetime, end: datetime, dag_id: str) -> list[datetime]:
    """List a DAG's times by London's clock: the last before `begin`, then those up to `end`."""
    hour, minute = SCHEDULED[dag_id]
    days = [begin.date() + timedelta(days=number) for number in range(-4, 8)]
    slots = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)
        for day in days
        if day.weekday() < 5 or dag_id != "refresh_returns"
    ]
    before = [slot for slot in slots if slot <= begin]
    return [*before[-1:], *(slot for slot in slots if begin < slot < end)]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("moment", CHANGES, ids=["spring", "autumn"])
@pytest.mark.parametrize("fold", [0, 1])
def test_f100_at_half_past_one_the_night_is_still_to_come(
    dag_bag: Any, moment: datetime, fold: int, set_clock: Callable[[datetime], None]
) -> None:
    """Given the load of the day before, when asked at 01:30, then the next is at 04:30 that day."""
    from airflow.timetables.base import DataInterval

    set_clock(moment.replace(fold=fold))
    before = datetime.combine(moment.date() - timedelta(days=1), moment.time(), LONDON)
    done = before.replace(hour=4, minute=30).astimezone(UTC)
    coming = timetable(dag_bag, "nightly_load").next_dagrun_info(
        last_automated_data_interval=DataInterval.exact(done), restriction=restriction()
    )
    assert coming.run_after.astimezone(LONDON) == moment.replace(hour=4, minute=30, fold=0)
    hours = {3: 23, 10: 25}[moment.month]
    assert coming.run_after - done == timedelta(hours=hours)
