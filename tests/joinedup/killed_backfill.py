"""Run a step of a back-fill, and kill its process with SIGKILL when a named function is called.

Used by the tests as `python -m tests.joinedup.killed_backfill MODULE FUNCTION RUN STEP ARGUMENTS…`,
on files of two councils, which are not held against the register of all.
"""

from __future__ import annotations

import sys

import ingestion.read
from tests.joinedup.killed_load import kill_at
from tests.joinedup.test_decisions import read_here

if __name__ == "__main__":
    from joinedup import backfill, steps

    ingestion.read._read_all = read_here
    steps.load_register = lambda _: None
    module, function, run_id, step, *arguments = sys.argv[1:]
    kill_at(module, function, 0)
    if step == "read_apart":
        backfill.read_apart(run_id, *arguments[:3], returns=arguments[3])
    else:
        getattr(backfill, step)(run_id)
