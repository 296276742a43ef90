"""What all DAGs share: owner, tags, pools, retries, alerts, and how a task calls its step.

The scheduler parses the DAG files all the time, so nothing heavy is imported here at the top.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import import_module
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
    from joinedup.alerts import task_failed

    task_failed(context)


def tell_of_success(context: Mapping[str, Any]) -> None:
    """Tell what a run that went well has to tell; Airflow calls this with the run's context."""
    from joinedup.alerts import run_succeeded

    run_succeeded(context)


def run_step(step: str, **arguments: Any) -> Any:
    """Call a step for the task's run, `steps.read_files` say, and return its ids, paths and counts.

    What running again cannot help (`NotReleased`, `AlreadyToldError`) fails for good; anything else
    may be retried.
    """
    from airflow.sdk import get_current_context
    from airflow.sdk.exceptions import AirflowFailException

    module, _, name = step.rpartition(".")
    function = getattr(import_module(f"joinedup.{module}"), name)
    from joinedup.steps import NotReleased

    try:
        result = function(run_id=get_current_context()["run_id"], **arguments)
    except (NotReleased, AlreadyToldError) as refusal:
        raise AirflowFailException(str(refusal)) from refusal
    return _for_the_scheduler(result) if isinstance(result, Mapping) else result


def _for_the_scheduler(result: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what is small: of a list how long it is, of a table nothing.

    The scheduler's database keeps what a task returns, and is no place for names of files or for
    anything as long as a fetch may find. The catalogue has all of it.
    """
    return {
        name: len(value) if isinstance(value, (list, tuple)) else value
        for name, value in result.items()
        if isinstance(value, (list, tuple, str, int, float, bool, type(None)))
    }
