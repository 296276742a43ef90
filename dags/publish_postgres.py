"""Copy the marts of each new release into PostgreSQL, for BI tools that ask a server.

**A re-run is fresh.** Each run copies the release that is current now; where it is there already
there is nothing to do, so running it again is safe.

| task | does | a failure means |
|---|---|---|
| `copy_marts` | copies all marts, counts them, swaps them in whole | readers have the old ones |

Without `JOINEDUP_MARTS_DATABASE` the task is skipped. It only reads the releases, so it needs no
writer, and a load never waits for a BI tool that holds the swap up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from joinedup.scheduling import (
    START,
    Tag,
    run_step,
    task_defaults,
    tell_of_lost_run,
    tell_of_success,
)


@dag(
    dag_id="publish_postgres",
    description="The released marts, copied into PostgreSQL.",
    doc_md=__doc__,
    schedule=[Asset("joinedup_marts")],
    start_date=START,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    tags=[Tag.JOINEDUP, Tag.NIGHTLY, Tag.WAREHOUSE],
    default_args=task_defaults(timedelta(minutes=30)),
    on_success_callback=tell_of_success,
    on_failure_callback=tell_of_lost_run,
)
def publish_postgres() -> None:
    """Declare the one task."""

    @task
    def copy_marts() -> Any:
        """Swap the new marts in."""
        copied = run_step("postgres_marts.copy_marts")
        if not copied["copied"]:
            raise AirflowSkipException("JOINEDUP_MARTS_DATABASE names no database")
        return copied

    copy_marts()


publish_postgres()
