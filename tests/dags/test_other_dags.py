"""The refresh, the back-fill and the housekeeping: what a run of each does when things go wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from joinedup.embedded_airflow import EmbeddedRun
from joinedup.refusals import NotReleased
from joinedup.scheduling import AlreadyToldError
from tests.dags.conftest import FakeSteps

Run = Callable[..., EmbeddedRun]
StoodIn = Callable[[str], FakeSteps]
A_RANGE = {"return_id": "ae_monthly", "first_period": "2015-04", "last_period": "2016-03"}


# --- refresh_returns ---


def test_one_failing_publisher_keeps_none_waiting(
    run: Run, stood_in: StoodIn, asset_events: Any, told: list[tuple[str, str]]
) -> None:
    """Given three returns, one of which fails and one has nothing new
    When they are refreshed
    Then all are asked, one event is sent, and the failure is told.
    """
    refresh = stood_in("refresh")

    def fetch(return_id: str, **_: Any) -> dict[str, Any]:
        if return_id == "down":
            raise OSError("no answer")
        return {"return": return_id, "landed": int(return_id == "new")}

    refresh.answers = {"choose_returns": ["down", "new", "old"], "fetch_return": fetch}
    finished = run("refresh_returns")
    assert finished.state == "failed"
    fetched = [arguments["return_id"] for name, arguments in refresh.calls if name[0] == "f"]
    assert sorted(fetched) == ["down", "new", "old"]
    assert [failure.message for failure in finished.failures] == ["no answer"]
    assert asset_events(finished.run_id) == ["joinedup_landing"]
    assert told == [("failed", "fetch_return")]


def test_a_day_on_which_nothing_is_due_is_quiet(
    run: Run, stood_in: StoodIn, asset_events: Any
) -> None:
    """Given no return that is due, when refreshed, then none is asked, and the run succeeds."""
    refresh = stood_in("refresh")
    refresh.answers = {"choose_returns": []}
    finished = run("refresh_returns")
    assert finished.state == "success"
    assert refresh.calls == [("choose_returns", {"run_id": finished.run_id, "asked": []})]
    assert asset_events(finished.run_id) == []


def test_returns_may_be_asked_for(run: Run, stood_in: StoodIn) -> None:
    """Given returns in the param, when refreshed, then these are what is chosen from."""
    refresh = stood_in("refresh")
    refresh.answers = {"choose_returns": []}
    run("refresh_returns", returns=["ascof"])
    assert refresh.calls[0][1]["asked"] == ["ascof"]


# --- backfill ---


def test_the_range_goes_to_the_reading_only(run: Run, stood_in: StoodIn) -> None:
    """Given a range, and a word that is no param, when back-filled, then the reading gets the
    range, and the rest the run's id.
    """
    backfill = stood_in("backfill")
    backfill.answers = {"read_apart": {"anything_new": True}}
    finished = run("backfill", **A_RANGE, allow_gaps=True, retruns="a slip of the pen")
    (_, read), *others = backfill.calls
    assert read == {
        "run_id": finished.run_id,
        **A_RANGE,
        "returns": None,
        "as_at": None,
        "allow_gaps": True,
    }
    assert [arguments for _, arguments in others] == [{"run_id": finished.run_id}] * 3


def test_a_gap_ends_the_back_fill(
    run: Run, stood_in: StoodIn, asset_events: Any, told: list[tuple[str, str]]
) -> None:
    """Given a period that was not read, when back-filled, then nothing is built, and it is told."""
    backfill = stood_in("backfill")
    backfill.errors = {"read_apart": NotReleased("2015-08 is missing")}
    finished = run("backfill", **A_RANGE)
    assert finished.state == "failed"
    assert backfill.called == ["read_apart"]
    assert asset_events(finished.run_id) == []
    assert told == [("failed", "read_apart")]


def test_a_back_fill_of_what_is_there_ends_early(
    run: Run, stood_in: StoodIn, asset_events: Any
) -> None:
    """Given periods that were read as they are, when back-filled, then nothing is built."""
    backfill = stood_in("backfill")
    backfill.answers = {"read_apart": {"anything_new": False}}
    finished = run("backfill", **A_RANGE)
    assert finished.state == "success"
    assert backfill.called == ["read_apart"]
    assert asset_events(finished.run_id) == []


def test_a_look_back_tells_the_day(run: Run, stood_in: StoodIn, asset_extras: Any) -> None:
    """Given a day to look back to, when back-filled, then the event says it."""
    stood_in("backfill").answers = {"read_apart": {"anything_new": True}}
    finished = run("backfill", **A_RANGE, as_at="2017-02-08")
    assert asset_extras(finished.run_id) == [{"as_at": "2017-02-08"}]


# --- housekeeping ---


def test_nothing_is_removed_while_a_release_is_damaged(
    run: Run, stood_in: StoodIn, told: list[tuple[str, str]]
) -> None:
    """Given a damaged release, of which the step told people itself
    When the house is kept
    Then no release goes, the other tasks run, and nobody is told twice.
    """
    housekeeping = stood_in("housekeeping")
    housekeeping.errors = {"verify_releases": AlreadyToldError("marts.duckdb differs")}
    finished = run("housekeeping")
    assert finished.state == "failed"
    assert finished.tasks == {
        "verify_releases": "failed",
        "prune_releases": "upstream_failed",
        "sweep_leftovers": "success",
        "check_lateness": "success",
    }
    assert told == []


def test_a_check_that_breaks_is_told(
    run: Run, stood_in: StoodIn, told: list[tuple[str, str]]
) -> None:
    """Given releases that cannot be read at all, when the house is kept, then that is told."""
    stood_in("housekeeping").errors = {"verify_releases": OSError("input/output error")}
    run("housekeeping")
    assert told == [("failed", "verify_releases")]


# --- publish_postgres ---


def test_it_follows_each_release(dag_bag: Any) -> None:
    """Given the asset of the released marts, when it is new, then they are copied: no clock is."""
    sought = dag_bag.dags["publish_postgres"].timetable.asset_condition.objects
    assert [asset.name for asset in sought] == ["joinedup_marts"]


def test_without_a_database_nothing_is_copied(
    run: Run, stood_in: StoodIn, told: list[tuple[str, str]]
) -> None:
    """Given settings that name no database, when a release is made, then the task is skipped."""
    stood_in("postgres_marts").answers = {"copy_marts": {"copied": False}}
    finished = run("publish_postgres")
    assert finished.state == "success"
    assert finished.tasks == {"copy_marts": "skipped"}
    assert told == [("succeeded", "publish_postgres")]
