"""Run the load, or one step, and kill its process with SIGKILL when a named function is called.

Used by the tests as `python -m tests.joinedup.killed_load MODULE FUNCTION CALLS` and then
`load RETURNS`, or the name of a step and the scheduler's run id, so that the program itself has no
hooks for being killed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any


def kill_at(module_name: str, path: str, calls: int) -> None:
    """Let `calls` calls of a function pass, and die at the start of the next."""
    owner: Any = importlib.import_module(module_name)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    original, left = getattr(owner, name), [calls]

    def dying(*arguments: Any, **named: Any) -> Any:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return original(*arguments, **named)

    setattr(owner, name, dying)


if __name__ == "__main__":
    from joinedup import steps
    from joinedup.cli import app

    module, function, calls, what, of = sys.argv[1:]
    kill_at(module, function, int(calls))
    if what == "load":
        sys.argv = ["joinedup", "run", "--returns", of]
        app()
    else:
        getattr(steps, what)(of)
