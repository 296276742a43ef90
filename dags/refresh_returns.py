"""Land what publishers have put out by now, each return by itself.

**A re-run is fresh.** It asks the publishers' pages what is there now; the day it is run for
changes nothing. What landed before is known by its bytes and is not landed twice.

| task | does | a failure means |
|---|---|---|
| `choose_returns` | lists the returns that the calendar calls due or late | no calendar |
| `fetch_return` | one for each: lands what is new on its page | this publisher is out of reach |

One that fails keeps no other from being fetched. A return with nothing new is skipped, and a day
on which none is due ends after the first task. When something landed, the asset event
`joinedup_landing` says so; the next `nightly_load` reads it. Nothing is read or released here, so
it needs no writer: a fetch waits for one of the few slots of the pool `publishers`, and never for
another publisher or for a load.

The web is asked only with `JOINEDUP_WEB=true`, or for the returns in the param `returns`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from joinedup.scheduling import (
    LONDON,
    PUBLISHERS_POOL,
    START,
    Tag,
    run_step,
    task_defaults,
    tell_of_lost_run,
    tell_of_success,
)

LANDING = Asset("joinedup_landing")


@dag(
    dag_id="refresh_returns",
    description="Lands the returns that are due, each by itself.",
    doc_md=__doc__,
    # Official statistics come out at 09:30.
    schedule=CronTriggerTimetable("15 10 * * 1-5", timezone=LONDON),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params={
        "returns": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Returns",
            description="Their ids, one on each line. Empty: those that are due or late.",
        ),
    },
    tags=[Tag.JOINEDUP, Tag.PUBLISHERS],
    default_args=task_defaults(timedelta(hours=1), PUBLISHERS_POOL),
    on_success_callback=tell_of_success,
    on_failure_callback=tell_of_lost_run,
)
def refresh_returns() -> None:
    """Declare the two tasks; the second is as many as there are returns."""

    @task
    def choose_returns() -> Any:
        """List what is due."""
        asked = get_current_context()["params"]["returns"]
        return run_step("refresh.choose_returns", asked=asked)

    @task(outlets=[LANDING], map_index_template="{{ task.op_kwargs['return_id'] }}")
    def fetch_return(return_id: str) -> Any:
        """Land one return; nothing new sends no event."""
        fetched = run_step("refresh.fetch_return", return_id=return_id)
        if not fetched["landed"]:
            raise AirflowSkipException(f"{return_id}: nothing new")
        return fetched

    fetch_return.expand(return_id=choose_returns())


refresh_returns()
