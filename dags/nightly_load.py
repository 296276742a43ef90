"""Build the warehouse from the returns that changed, and release it when it passes the audit.

**A re-run is fresh.** The load is not tied to a data interval: every run takes what the publishers'
files say now, so running an old date again gives today's warehouse, never a past one. Catch-up is
off for that reason. Running any of it again is safe: landed bytes are kept by their hash, a
candidate is always a new file, and a release is a new folder.

| task | does | a failure means |
|---|---|---|
| `fetch_returns` | lands new files, unchanged | nothing could be fetched |
| `read_files` | reads what is new into the lake | the reader broke; a bad file is only set aside |
| `build_candidate` | runs dbt into a new DuckDB file | a model failed |
| `audit_candidate` | runs the checks on it | a blocking check failed: not retried |
| `release_marts` | publishes it and moves `releases/current` | nobody sees the candidate |
| `tell_of_the_night` | tells people of files set aside | they are told the next night |

A night with nothing new ends after `read_files`: the other tasks are skipped, the run succeeds, and
no `joinedup_marts` asset event is sent. Set the param `returns` to a folder to load from it;
by default the folder in the settings (`JOINEDUP_RETURNS`) is used. Without one, and with
`JOINEDUP_WEB=true`, the files are fetched from the publishers' pages.

Set the param `as_at` to a day, such as 2017-02-08, to look back: the same tasks then build from the
files known at the end of that day and publish beside the other releases, `releases/as-at-…`. The
pointer stays where it is; no page is visited. The asset event says `as_at`, too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, Param, chain, dag, get_current_context, task

from joinedup.scheduling import (
    DEFAULT_POOL,
    LONDON,
    START,
    WRITER_POOL,
    Tag,
    run_step,
    task_defaults,
    tell_of_lost_run,
)

MARTS = Asset("joinedup_marts")

# The five steps write (catalogue, lake, candidate, release), so all share the one-slot pool. They
# run one after the other anyway, so it costs nothing, and it keeps a lost task that is still alive
# from overlapping its own retry, or another DAG's writer.


@dag(
    dag_id="nightly_load",
    description="Returns in, audited warehouse out.",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 4 * * *", timezone=LONDON),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    params={
        "returns": Param(
            None,
            type=["null", "string"],
            title="Folder of returns",
            description="Any tree of files. Empty: the folder in the settings.",
        ),
        "as_at": Param(
            None,
            type=["null", "string"],
            format="date",
            title="As known on",
            description="A day to look back to. Empty: today, as every night.",
        ),
    },
    tags=[Tag.JOINEDUP, Tag.NIGHTLY, Tag.WAREHOUSE],
    default_args=task_defaults(timedelta(hours=1), WRITER_POOL),
    on_failure_callback=tell_of_lost_run,
)
def nightly_load() -> None:
    """Declare the five steps in their order, and who tells of them."""

    @task
    def fetch_returns() -> Any:
        """Land new files."""
        params = get_current_context()["params"]
        return run_step("steps.fetch_returns", returns=params["returns"], as_at=params["as_at"])

    @task.short_circuit
    def read_files() -> Any:
        """Read what is new; an empty answer skips the rest of the night."""
        read = run_step("steps.read_files", as_at=get_current_context()["params"]["as_at"])
        return read if read["anything_new"] else {}

    @task
    def build_candidate() -> Any:
        """Build a new warehouse file."""
        return run_step("steps.build_candidate")

    @task
    def audit_candidate() -> Any:
        """Check it."""
        return run_step("steps.audit_candidate")

    @task(outlets=[MARTS])
    def release_marts() -> Any:
        """Publish it."""
        context = get_current_context()
        if as_at := context["params"]["as_at"]:
            context["outlet_events"][MARTS].extra = {"as_at": as_at}
        return run_step("steps.release_marts")

    @task(pool=DEFAULT_POOL)
    def tell_of_the_night() -> Any:
        """Tell of files set aside, and of failures that are gone, however the night ended."""
        return run_step("alerting.alerts.night_ended")

    chain(
        fetch_returns(),
        read_files(),
        build_candidate(),
        audit_candidate(),
        release_marts(),
        tell_of_the_night().as_teardown(),
    )


nightly_load()
