"""Landing: bytes as they came, each once, under a name made of their sha256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

BLOCK = 1024 * 1024


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def landed_path(landing: Path, sha256: str) -> Path:
    """Return where the bytes with this sha256 lie; two levels, so that folders stay small."""
    return landing / sha256[:2] / sha256


def is_landed(landing: Path, sha256: str) -> bool:
    """Tell whether these bytes lie in landing, unharmed."""
    path = landed_path(landing, sha256)
    return path.exists() and sha256_of(path) == sha256


def land(source: Path, landing: Path) -> tuple[str, int]:
    """Copy a file's bytes into landing; returns sha256 and size.

    The copy is hashed as it is written and gets its name only when it is complete
    and on disk, so neither a crash nor a source that changes meanwhile can leave
    bytes under a name that is not theirs. Bytes that are there already are let be, if
    they are still the same; damaged ones are replaced.
    """
    landing.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=landing, prefix=".part-")
    part = Path(name)
    try:
        with source.open("rb") as file, os.fdopen(handle, "wb") as copy:
            while block := file.read(BLOCK):
                digest.update(block)
                copy.write(block)
                size += len(block)
            copy.flush()
            os.fsync(copy.fileno())
        target = landed_path(landing, digest.hexdigest())
        if not is_landed(landing, digest.hexdigest()):
            target.parent.mkdir(exist_ok=True)
            part.chmod(0o444)
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


@contextmanager
def landing_in_use(landing: Path) -> Iterator[None]:
    """Fetch into landing, beside others that do; the first one there clears up after a kill.

    Half-written copies may be another's while it is at work, so they are removed only by who is
    alone. The kernel lets go of the lock when the process dies.
    """
    landing.mkdir(parents=True, exist_ok=True)
    handle = os.open(landing, os.O_RDONLY)
    try:
        try:
            flock(handle, LOCK_EX | LOCK_NB)
            _sweep(landing)
        except BlockingIOError:
            pass  # somebody is fetching: what is half-written may be theirs
        flock(handle, LOCK_SH)
        yield
    finally:
        os.close(handle)


def remove_landed(landing: Path, files: Collection[str]) -> None:
    """Remove the bytes with these sha256, unless somebody is fetching: they may have found them."""
    handle = os.open(landing, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return
    else:
        for sha256 in files:
            landed_path(landing, sha256).unlink(missing_ok=True)
    finally:
        os.close(handle)


def _sweep(landing: Path) -> None:
    """Remove the unfinished copies of runs that were killed."""
    for part in landing.glob(".part-*"):
        part.unlink(missing_ok=True)
