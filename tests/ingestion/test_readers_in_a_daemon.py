"""Files are read in processes of their own, whatever runs the task that reads them."""

from __future__ import annotations

import math
from multiprocessing import SimpleQueue, current_process, get_context

import pytest
from pebble import ProcessPool

from ingestion.read import bare_main


def test_a_daemon_of_celery_can_start_readers() -> None:
    """Given a process as Celery makes them, which may have no children
    When it starts readers as a load does
    Then they answer, and the process is afterwards what it was.
    """
    billiard = pytest.importorskip("billiard")
    answers: SimpleQueue[tuple[float, bool]] = get_context("fork").SimpleQueue()
    task = billiard.get_context("fork").Process(target=_read, args=(answers,))
    task.daemon = True
    task.start()
    task.join(60)
    assert task.exitcode == 0
    assert answers.get() == (2.0, True)


def _read(answers: SimpleQueue[tuple[float, bool]]) -> None:
    with bare_main(), ProcessPool(max_workers=1, context=get_context("spawn")) as pool:
        found = pool.schedule(math.sqrt, args=[4.0], timeout=30).result()
    answers.put((found, current_process().daemon))
