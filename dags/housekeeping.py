"""Look whether the releases are whole and the publishers on time; remove what is past its time.

**A re-run is fresh.** Each task looks at what there is now; the day it is run for changes nothing.

| task | does | a failure means |
|---|---|---|
| `verify_releases` | reads every byte and row of all releases | one is damaged: not retried |
| `prune_releases` | removes all but the newest releases | a load was at work all the time |
| `sweep_leftovers` | removes what killed runs left, and old logs | a file may not be removed |
| `check_lateness` | tells which return is late by its publisher's dates | no calendar |

`JOINEDUP_KEEP_RELEASES` and `JOINEDUP_KEEP_LOGS_DAYS` say how many and how long. Where a release is
damaged, none is removed: an old one may be needed. The current release, the one before it and
withdrawn ones stay in any case; so do looks back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task

from joinedup.scheduling import (
    LONDON,
    START,
    WRITER_POOL,
    Tag,
    run_step,
    task_defaults,
    tell_of_lost_run,
    tell_of_success,
)


@dag(
    dag_id="housekeeping",
    description="Releases whole, publishers on time, old things gone.",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 9 * * *", timezone=LONDON),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=[Tag.JOINEDUP, Tag.HOUSEKEEPING],
    default_args=task_defaults(timedelta(hours=1)),
    on_success_callback=tell_of_success,
    on_failure_callback=tell_of_lost_run,
)
def housekeeping() -> None:
    """Declare the tasks; only pruning waits for another."""

    @task
    def verify_releases() -> Any:
        """Read every release."""
        return run_step("housekeeping.verify_releases")

    @task(pool=WRITER_POOL)
    def prune_releases() -> Any:
        """Remove old ones."""
        return run_step("housekeeping.prune_releases")

    @task
    def sweep_leftovers() -> Any:
        """Remove leftovers and old logs."""
        return run_step("housekeeping.sweep_leftovers")

    @task
    def check_lateness() -> Any:
        """Tell who is late."""
        return run_step("housekeeping.check_lateness")

    verify_releases() >> prune_releases()
    sweep_leftovers()
    check_lateness()


housekeeping()
