"""Run what opens a file of unknown origin in a process of its own, bounded in memory and time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingestion.definition import DefinitionError
from ingestion.read import Limits, bare_main
from ingestion.untrusted import UntrustedFileError
from ingestion.worker import limit
from joinedup.project import AuthoringError

EXPECTED = (AuthoringError, DefinitionError, UntrustedFileError)


P = ParamSpec("P")
T = TypeVar("T")


def run_bounded(limits: Limits, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function does; raises AuthoringError when its process dies, hangs or fails."""
    try:
        return _in_a_process(limits, function, *args, **kwargs)
    except BrokenProcessPool:
        # It ended before it was given anything to do, so that says nothing of the file.
        try:
            return _in_a_process(limits, function, *args, **kwargs)
        except BrokenProcessPool as error:
            raise AuthoringError(
                "No process could be started to read the file in; see what else the machine does."
            ) from error


def _in_a_process(limits: Limits, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with (
        bare_main(),
        ProcessPool(
            max_workers=1,
            initializer=limit,
            initargs=(limits.memory_mb,),
            context=get_context("spawn"),
        ) as pool,
    ):
        future = pool.schedule(
            function, args=list(args), kwargs=dict(kwargs), timeout=limits.timeout_seconds
        )
        try:
            found: T = future.result()
        except (*EXPECTED, BrokenProcessPool):
            raise
        except TookTooLong:
            raise AuthoringError(
                f"Reading the file took longer than {limits.timeout_seconds} seconds "
                "(JOINEDUP_READ_TIMEOUT_SECONDS)."
            ) from None
        except (ProcessExpired, MemoryError):
            raise AuthoringError(
                f"Reading the file took more than the {limits.memory_mb} MB that a reader may take "
                "(JOINEDUP_READ_MEMORY_MB), or ended its process."
            ) from None
        except Exception as error:
            raise AuthoringError(
                f"joinedup failed on this file, which is a fault in it "
                f"({type(error).__name__}: {error})."
            ) from error
        return found
