"""One at a time: the lock under which a release is made, moved to or removed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publishing.pointer import POINTER_NAME, ReleaseError


class ReleaseLocked(ReleaseError):  # noqa: N818  (reads as what happened)
    """Another run is releasing at this moment."""


@contextmanager
def alone(releases: Path, who: str) -> Iterator[None]:
    """Hold the release lock; the system lets go of it when the process ends, however it ends.

    What killed ones left half-written or half-removed is cleared away first: nobody is at it.
    Raises ReleaseLocked, at once, naming the holder.
    """
    if not releases.is_dir():
        raise ReleaseError("There is no release yet; make one with joinedup run.")
    handle = os.open(releases / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 500, 0).decode(errors="replace") or "another run"
            raise ReleaseLocked(f"{holder} is releasing into {releases} now") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{who} (process {os.getpid()})".encode(), 0)
        _sweep(releases)
        yield
    finally:
        os.close(handle)


def _sweep(releases: Path) -> None:
    for partial in releases.glob(".*.partial"):
        shutil.rmtree(partial)
    for link in releases.glob(f".{POINTER_NAME}.*"):
        link.unlink()
