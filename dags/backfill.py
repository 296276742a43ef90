"""Read some periods of one return anew, build apart, audit, and only then swap and release.

**A re-run is for an interval**, the one in its params: `return_id`, `first_period` and
`last_period`. It gives what the files of these periods say, whenever it is run; running it twice
gives the same. It has no schedule: it is triggered by hand.

| task | does | a failure means |
|---|---|---|
| `read_apart` | reads the range into a lake of its own, draws up the ledger | a gap: not retried |
| `build_candidate` | runs dbt on that lake | a model failed |
| `audit_candidate` | runs the checks on it | a blocking check failed: not retried |
| `swap_and_release` | takes the files over, releases the marts | it was overtaken: not retried |

Until the last task nobody sees anything of it, and a run that fails leaves the lake as it was. One
that is killed in the last task, on every try, may have taken the files over: the next night then
releases them, and its manifest says so under `earlier_backfills`. The ledger says for each period
whether it was read, is missing, or was refused and why.
A gap ends the run, unless `allow_gaps` is on; then the release's manifest names it, under
`backfill`.

Give `returns`, a folder, to land files from it: those of this return and range are taken, the
others are left out and named. Without it, what has landed before is read again. Give `as_at`, a
day, to build the warehouse as known then, beside the other releases.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Param, chain, dag, get_current_context, task

from joinedup.scheduling import (
    START,
    WRITER_POOL,
    Tag,
    run_step,
    task_defaults,
    tell_of_lost_run,
    tell_of_success,
)

MARTS = Asset("joinedup_marts")
PARAMS = ("return_id", "first_period", "last_period", "returns", "as_at", "allow_gaps")
"""What a run is asked for; whatever else its configuration has is passed by."""

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


@dag(
    dag_id="backfill",
    description="Some periods of one return, built apart, audited, swapped.",
    doc_md=__doc__,
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    params={
        # All three have to be given. Without a default Airflow could not read them in a callback.
        "return_id": Param(None, type=["null", "string"], title="Return", description="Its id."),
        "first_period": Param(
            None,
            type=["null", "string"],
            pattern=MONTH,
            title="From",
            description="A month, such as 2015-04.",
        ),
        "last_period": Param(
            None,
            type=["null", "string"],
            pattern=MONTH,
            title="To",
            description="The last month, included.",
        ),
        "returns": Param(
            None,
            type=["null", "string"],
            title="Folder of returns",
            description="Any tree of files. Empty: what has landed before is read again.",
        ),
        "as_at": Param(
            None,
            type=["null", "string"],
            format="date",
            title="As known on",
            description="A day to look back to. Empty: today.",
        ),
        "allow_gaps": Param(
            False,
            type="boolean",
            title="Allow gaps",
            description="Release even if a period was not read; the manifest says which.",
        ),
    },
    tags=[Tag.JOINEDUP, Tag.WAREHOUSE, Tag.BACKFILL],
    default_args=task_defaults(timedelta(hours=2), WRITER_POOL),
    on_success_callback=tell_of_success,
    on_failure_callback=tell_of_lost_run,
)
def backfill() -> None:
    """Declare the four tasks in their order."""

    @task.short_circuit
    def read_apart() -> Any:
        """Read and draw up the ledger; nothing new skips the rest."""
        params = get_current_context()["params"]
        asked = {name: params[name] for name in PARAMS}
        read = run_step("backfill.read_apart", **asked)
        return read if read["anything_new"] else {}

    @task
    def build_candidate() -> Any:
        """Build a new warehouse file."""
        return run_step("backfill.build_candidate")

    @task
    def audit_candidate() -> Any:
        """Check it."""
        return run_step("backfill.audit_candidate")

    @task(outlets=[MARTS])
    def swap_and_release() -> Any:
        """Take over what was read, and publish."""
        context = get_current_context()
        if as_at := context["params"]["as_at"]:
            context["outlet_events"][MARTS].extra = {"as_at": as_at}
        return run_step("backfill.swap_and_release")

    chain(read_apart(), build_candidate(), audit_candidate(), swap_and_release())


backfill()
