"""What all DAGs share: owner, tags, pools, retries, alerts, and how a task calls its step.

The scheduler parses the DAG files all the time, so nothing heavy is imported here at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from importlib import import_module
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

OWNER = "data-team"
LONDON = "Europe/London"
"""Schedules follow the publishers' clocks, whatever the machine's zone is."""

START = datetime(2026, 1, 1, tzinfo=ZoneInfo(LONDON))
"""No DAG is scheduled for a day before it; none catches up, so it makes no run by itself."""


class Tag(StrEnum):
    """The only tags that a DAG may have, so that a filter in the UI finds all it should."""

    JOINEDUP = "joinedup"
    NIGHTLY = "nightly"
    WAREHOUSE = "warehouse"
    PUBLISHERS = "publishers"
    BACKFILL = "backfill"
    HOUSEKEEPING = "housekeeping"


class AlreadyToldError(Exception):
    """Something is amiss that the step itself told people of; a second message would say less."""


WRITER_POOL = "duckdb_writer"
PUBLISHERS_POOL = "publishers"
DEFAULT_POOL = "default_pool"
"""Airflow's own, for a task that writes nothing of the warehouse."""
POOLS = {
    WRITER_POOL: (1, "One writer at a time."),
    PUBLISHERS_POOL: (4, "Publishers that are fetched from side by side."),
}
"""Pools, their slots and what they are for; whoever prepares Airflow's database makes them."""


BUSY_WAITS = (60, 120, 240, 480)
"""Seconds that a task waits for a writer outside Airflow: a back-fill by command, or a back-up.

Its retries come on top, so an hour is waited before it fails.
"""

LONGEST_KEPT = 500
"""Characters of a text, and parts of a list, that the scheduler's database is given."""


def task_defaults(timeout: timedelta, pool: str | None = None) -> dict[str, Any]:
    """Give what every task of a DAG has: owner, time limit, retries ever later, and an alert."""
    return {
        "owner": OWNER,
        **({} if pool is None else {"pool": pool}),
        # One for a task that is lost, one for the scheduler, one for its database.
        "retries": 3,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "execution_timeout": timeout,
        "on_failure_callback": tell_of_failure,
    }


def tell_of_failure(context: Mapping[str, Any]) -> None:
    """Tell that a task failed for good; Airflow calls this with the task's context."""
    if isinstance(getattr(context.get("exception"), "__cause__", None), AlreadyToldError):
        return
    from joinedup.alerting.alerts import task_failed

    task_failed(context)


def tell_of_lost_run(context: Mapping[str, Any]) -> None:
    """Tell that a run was ended from outside; Airflow calls this with the run's context.

    Where it ended because a task failed, that task has told it: then nothing is said here.
    """
    if context.get("reason") == "task_failure":
        return
    from joinedup.alerting.alerts import run_lost

    run_lost(context)


def tell_of_success(context: Mapping[str, Any]) -> None:
    """Tell what a run that went well has to tell; Airflow calls this with the run's context."""
    from joinedup.alerting.alerts import run_succeeded

    run_succeeded(context)


def run_step(step: str, **arguments: Any) -> Any:
    """Call a step for the task's run, `steps.read_files` say, and return its ids, paths and counts.

    What running again cannot help (`NotReleased`, `AlreadyToldError`) fails for good; anything else
    may be retried.
    """
    from airflow.sdk import get_current_context
    from airflow.sdk.exceptions import AirflowFailException

    from joinedup.refusals import NotReleased

    module, _, name = step.rpartition(".")
    function = getattr(import_module(f"joinedup.{module}"), name)
    context = get_current_context()
    # Without retries somebody is waiting for the run, and is told at once.
    waits = BUSY_WAITS if context["task"].retries else ()
    try:
        result = _once_free(partial(function, run_id=context["run_id"], **arguments), waits)
    except (NotReleased, AlreadyToldError) as refusal:
        raise AirflowFailException(str(refusal)) from refusal
    return _for_the_scheduler(result) if isinstance(result, Mapping) else _cut(result)


def _once_free(step: Callable[[], Any], waits: Sequence[float]) -> Any:
    """Call a step; where another process writes, wait some seconds, each in turn, and call again.

    Raises WriterBusyError where the writer takes longer than all of them.
    """
    from joinedup.refusals import WriterBusyError

    for seconds in waits:
        try:
            return step()
        except WriterBusyError:
            sleep(seconds)
    return step()


def _for_the_scheduler(result: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what is small: of a list how long it is, of a text its beginning, of a table nothing.

    The scheduler's database keeps what a task returns, and is no place for names of files or for
    anything as long as a fetch may find. The catalogue has all of it.
    """
    return {
        name: len(value) if isinstance(value, (list, tuple)) else _cut(value)
        for name, value in result.items()
        if isinstance(value, (list, tuple, str, int, float, bool, type(None)))
    }


def _cut(value: Any) -> Any:
    """Cut a text or a list that is longer than any id, path or list of returns."""
    return value[:LONGEST_KEPT] if isinstance(value, (str, list)) else value
