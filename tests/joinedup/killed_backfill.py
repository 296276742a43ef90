"""Run a step of a back-fill, and kill its process with SIGKILL when a named function is called.

The function `half of rmtree` is one that dies when it has removed some of the home apart.

Used by the tests as `python -m tests.joinedup.killed_backfill MODULE FUNCTION RUN STEP ARGUMENTS…`,
on files of two councils, which are not held against the register of all.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import ingestion.read
import joinedup.public_scan
import publishing.release
from tests.joinedup.killed_load import kill_at
from tests.joinedup.test_decisions import read_here
from tests.publishing.few_marts import QUICKEST


def die_half_removed() -> None:
    """Let the removal of a home apart take its catalogue and then the process."""
    remove = shutil.rmtree

    def dying(path: Any, *arguments: Any, **named: Any) -> None:
        if Path(path).parent.name == "backfills":
            (Path(path) / "catalogue.sqlite").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        remove(path, *arguments, **named)

    shutil.rmtree = dying  # type: ignore[assignment]


if __name__ == "__main__":
    from joinedup import backfill, steps

    ingestion.read._read_all = read_here
    steps.load_register = lambda _: None
    module, function, run_id, step, *arguments = sys.argv[1:]
    publishing.release.PROMISED_TABLES = QUICKEST
    joinedup.public_scan.scan = lambda *_, **__: []
    if function == "half of rmtree":
        die_half_removed()
    else:
        kill_at(module, function, 0)
    if step == "read_apart":
        backfill.read_apart(run_id, *arguments[:3], returns=arguments[3])
    else:
        getattr(backfill, step)(run_id)
