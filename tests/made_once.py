"""What is dear to make is made by one worker of a test run, and the others have it too."""

from __future__ import annotations

import fcntl
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

Made = TypeVar("Made")

KEPT = "TESTS_MADE_ONCE"
"""Names a folder where runs of one tree, one after the other, keep what each of them made."""


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]
) -> Made:
    """Return what `make` gave for this name, to the first worker of this run that asked.

    `make` gets a new folder, which stays until the run has ended, and returns what can be pickled:
    values and paths. Who asks while it is being made waits. Where it could not be made, the next
    who asks tries again. What is in the folder belongs to all, and is left as it is.
    """
    shared = _shared(tmp_path_factory)
    shared.mkdir(parents=True, exist_ok=True)
    kept = shared / f"{name}.pickle"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = make(Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shared)))
            whole = kept.with_suffix(".whole")  # a run that is killed leaves no half of it
            whole.write_bytes(pickle.dumps(made))
            whole.replace(kept)
        found: Any = pickle.loads(kept.read_bytes())  # noqa: S301 - written by this run
    return found  # type: ignore[no-any-return]


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that all workers of this run have in common, and other runs if so wished."""
    if KEPT in os.environ:
        return Path(os.environ[KEPT])
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made_once"
