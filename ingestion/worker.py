"""What runs in a reading process: one landed file in, its lake file and a `Reading` out.

Only the standard library is imported at the top: the limits have to stand before
anything that takes memory or starts threads.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingestion.catalogue import Reading
    from ingestion.definition import Definition
    from ingestion.reader import ReadFile
    from ingestion.register import Register


@dataclass(frozen=True)
class Context:
    """What is the same for all files: definitions, their fingerprints, register and key."""

    definitions: Mapping[str, Definition]
    marks: Mapping[str, str]
    register: Register | None
    pseudonym_key: bytes | None = field(default=None, repr=False)


MOST_YOUNG = 100_000
"""So many new lists and objects are alive before garbage is looked for while a file is read."""

KEPT_BYTES, LARGE_BYTES = 64 * 1024 * 1024, 32 * 1024 * 1024
"""So much freed memory a reader keeps for the next file, in blocks smaller than the second."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""What these settings are called in the `malloc.h` of glibc."""

_CONTEXT: list[Context] = []
"""Set once in each reading process: to send it with every file would cost more than reading."""


@dataclass(frozen=True)
class Job:
    """One file to read: its bytes, the name it was found under, and where the lake is."""

    sha256: str
    file_name: str
    path: Path
    lake: Path


def start(memory_mb: int, context: Context) -> None:
    """Make this process a reader: bounded in memory, of one thread, with all it needs."""
    limit(memory_mb)
    make_context(context)


def make_context(context: Context) -> None:
    """Keep what is the same for all files."""
    _CONTEXT[:] = [context]


def limit(memory_mb: int) -> None:
    """Bound the memory of this process and keep it to one thread."""
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["POLARS_MAX_THREADS"] = "1"
    os.environ["RAYON_NUM_THREADS"] = "1"
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Keep freed memory for the next column instead of asking the system for it again.

    To be given a page and have it zeroed costs more than what is written to it here. A C library
    without the setting does as it does.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(TRIM_THRESHOLD, KEPT_BYTES)
        set_option(MMAP_THRESHOLD, LARGE_BYTES)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for garbage when a file is done with, and seldom before.

    Cells refer to nothing, and each search would look at every one of them.
    """
    before = gc.get_threshold()
    gc.set_threshold(MOST_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.collect(0)


def read_one(job: Job) -> Reading:
    """Read a file into the lake; a file that cannot be trusted comes back as quarantined."""
    with _seldom_collecting():
        return _read_one(job)


def _read_one(job: Job) -> Reading:
    context = _CONTEXT[0]
    from ingestion.landing import sha256_of
    from ingestion.reader import read_file
    from ingestion.untrusted import UntrustedFileError

    if not job.path.exists() or sha256_of(job.path) != job.sha256:
        return _rotten(job)
    try:
        read = read_file(
            job.path,
            job.sha256,
            job.file_name,
            context.definitions,
            context.register,
            context.pseudonym_key,
        )
    except UntrustedFileError as error:
        return _quarantined(job, error, context.marks)
    except MemoryError:
        spent = UntrustedFileError("Reading the file took more memory than a reader may have.")
        return _quarantined(job, spent, context.marks)
    if read is None:
        return _unrecognised(job)
    return _kept(job, read, context.marks[read.return_id])


def _kept(job: Job, read: ReadFile, mark: str) -> Reading:
    from ingestion.catalogue import Reading
    from ingestion.lake import lake_path, write_parquet

    place = lake_path(read.return_id, job.sha256, mark, is_record=read.is_record)
    write_parquet(read.observations, job.lake / place)
    return Reading(
        sha256=job.sha256,
        fingerprint=mark,
        state="read",
        is_final=True,
        return_id=read.return_id,
        layout_id=read.layout_id,
        period_type=read.period.period_type if read.period else None,
        period_start=read.period.start if read.period else None,
        period_end=read.period.end if read.period else None,
        first_published_on=read.first_published_on,
        revised_on=read.revised_on,
        publisher_status=read.publisher_status,
        is_synthetic=read.is_synthetic,
        observations=len(read.observations),
        lake_path=place,
        notes=tuple(read.notes),
        checks=tuple((made.check, made.compared, made.possible) for made in read.checks),
    )


def _quarantined(job: Job, error: Exception, marks: Mapping[str, str]) -> Reading:
    from ingestion.catalogue import Reading

    return_id = getattr(error, "return_id", "") or None
    return Reading(
        sha256=job.sha256,
        fingerprint=marks.get(return_id or "", ""),
        state="quarantined",
        is_final=True,
        return_id=return_id,
        reason=getattr(error, "reason", str(error)),
        sheet=getattr(error, "sheet", "") or None,
        cell=getattr(error, "cell", "") or None,
    )


def _rotten(job: Job) -> Reading:
    """Set a landed file aside whose bytes are no longer those that its name says."""
    from ingestion.catalogue import Reading

    reason = (
        "The landed copy is gone or damaged: its bytes are not those that were fetched. "
        "Fetch the file again; the good copy takes its place."
    )
    return Reading(job.sha256, "", "quarantined", is_final=False, reason=reason)


def _unrecognised(job: Job) -> Reading:
    from ingestion.catalogue import Reading

    return Reading(sha256=job.sha256, fingerprint="", state="unrecognised", is_final=True)
