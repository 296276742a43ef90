"""The run log: every attempt at a step, in the catalogue, in a file of lines and as lineage.

What is noted about a step never fails it, but for the note that it begins: where the catalogue
cannot be written, the step could not keep its result either.
"""

from __future__ import annotations

import functools
import logging
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import joinedup
from ingestion.catalogue import Catalogue, StepAttempt
from joinedup.inputs import code_fingerprint
from joinedup.logging_setup import json_lines, say
from joinedup.open_lineage import Data, Kind, Teller
from joinedup.run_id import step_run_id
from joinedup.settings import Settings

Result = dict[str, Any]
"""What a step hands on: paths, ids and counts."""
Take = TypeVar("Take", bound=Callable[..., Result])

LONGEST_ERROR = 300
NOT_ENDED = "not_ended"
"""What mart `run` says of an attempt without an outcome: killed, or still going."""


@dataclass(frozen=True)
class Line:
    """A line of the structured log: what happened, and to what."""

    event: str
    facts: Mapping[str, object]
    level: int = logging.INFO


@dataclass(frozen=True)
class Came:
    """What came of a step that ended well: how much was written, from what, and to where."""

    is_nothing_new: bool = False
    rows: int | None = None
    bytes: int | None = None
    inputs: Sequence[Data] = ()
    outputs: Sequence[Data] = ()
    lines: Sequence[Line] = ()


CameOf = Callable[[Settings, Catalogue, StepAttempt, Result], Came]
"""Works out what came of an attempt from the step's result and what it left behind."""


def recorded(
    step: str, came_of: CameOf, says: tuple[type[Exception], ...] = ()
) -> Callable[[Take], Take]:
    """Have each call of a step's function, whose first argument is `run_id`, noted in the run log.

    `says` are the errors whose first line holds no figure and no secret; of others, only their
    kind is noted.
    """

    def of(take: Take) -> Take:
        @functools.wraps(take)
        def noted(run_id: str, *arguments: Any, **named: Any) -> Result:
            with attempt_at(Settings(), run_id, step, says) as going:
                result = take(run_id, *arguments, **named)
                going.work_out(came_of, result)
                return result

        return cast("Take", noted)

    return of


@dataclass
class Going:
    """An attempt that goes on."""

    settings: Settings
    attempt: StepAttempt
    came: Came = field(default_factory=Came)

    def work_out(self, came_of: CameOf, result: Result) -> None:
        """Take up what came of it; where that cannot be told, the log has less to say."""
        try:
            with Catalogue(self.settings.catalogue) as catalogue:
                self.came = came_of(self.settings, catalogue, self.attempt, result)
        except Exception as error:
            say("counts not known", logging.WARNING, error=type(error).__name__)


@contextmanager
def attempt_at(
    settings: Settings, run_id: str, step: str, says: tuple[type[Exception], ...] = ()
) -> Iterator[Going]:
    """Note one attempt at a step from its start to its end, however it ends but by being killed.

    `run_id` is the scheduler's name of the run. Of an error that is none of `says` only the kind
    is noted.
    """
    with Catalogue(settings.catalogue) as catalogue:
        begun = catalogue.begin_attempt(step_run_id(run_id), step, code_version=_code_version())
    going, started = Going(settings, begun), time.monotonic()
    about = {"run": begun.run_id, "step": step, "attempt": begun.attempt}
    lines = json_lines(log_file(settings, begun.run_id), **about)
    with lines, closing(Teller(settings.logs, begun)) as teller:
        say("step started", code_version=begun.code_version)
        teller.tell("START", begun.started_at)
        try:
            yield going
        except BaseException as error:
            ended = _ended(begun, started, going.came, error, says)
            say("step ended", logging.ERROR, **_facts(ended))
            _keep(settings, ended)
            kind: Kind = "FAIL" if isinstance(error, Exception) else "ABORT"
            teller.tell(kind, datetime.now(UTC), error=ended.error)
            raise
        ended, came = _ended(begun, started, going.came), going.came
        for line in came.lines:
            say(line.event, line.level, **line.facts)
        say("step ended", **_facts(ended))
        _keep(settings, ended)
        teller.tell("COMPLETE", datetime.now(UTC), inputs=came.inputs, outputs=came.outputs)


def log_file(settings: Settings, run: str) -> Path:
    """Return where the lines of a run are; `run` is its name in the catalogue."""
    return settings.logs / f"{run}.jsonl"


def rows_of(attempts: Sequence[StepAttempt], *, but: tuple[str, str]) -> list[dict[str, object]]:
    """Give the rows of mart `run`, without those of the run and step `but`, which goes on."""
    return [
        {
            "run_id": one.run_id,
            "step": one.step,
            "attempt": one.attempt,
            "started_at": one.started_at,
            "ended_at": one.ended_at,
            "outcome": one.outcome or NOT_ENDED,
            "duration_seconds": one.seconds,
            "rows_written": one.rows_written,
            "bytes_written": one.bytes_written,
            "peak_memory_bytes": one.peak_memory_bytes,
            "code_version": one.code_version,
        }
        for one in attempts
        if (one.run_id, one.step) != but
    ]


@functools.cache
def _code_version() -> str:
    """Name the program that runs: its version, and what its figures are made by."""
    return f"{joinedup.__version__}+{code_fingerprint()[:8]}"


def _ended(
    begun: StepAttempt,
    started: float,
    came: Came,
    error: BaseException | None = None,
    says: tuple[type[Exception], ...] = (),
) -> StepAttempt:
    return replace(
        begun,
        ended_at=datetime.now(UTC),
        outcome=_outcome(came, error),
        seconds=round(time.monotonic() - started, 3),
        rows_written=came.rows,
        bytes_written=came.bytes,
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        error=None if error is None else error_words(error, says),
    )


def _outcome(came: Came, error: BaseException | None) -> str:
    if error is not None:
        return "failed" if isinstance(error, Exception) else "stopped"
    return "nothing_new" if came.is_nothing_new else "ok"


def error_words(error: BaseException, says: tuple[type[Exception], ...]) -> str:
    """Say what went wrong without a figure or a secret: the kind, and the first line of `says`."""
    kind = type(error).__name__
    if not isinstance(error, says):
        return kind
    first = next(iter(str(error).splitlines()), "").rstrip(":")
    return f"{kind}: {first}"[:LONGEST_ERROR]


def _facts(ended: StepAttempt) -> dict[str, object]:
    return {
        "outcome": ended.outcome,
        "seconds": ended.seconds,
        "rows": ended.rows_written,
        "bytes": ended.bytes_written,
        "peak_memory_bytes": ended.peak_memory_bytes,
        "error": ended.error,
    }


def _keep(settings: Settings, ended: StepAttempt) -> None:
    with suppress(sqlite3.Error, OSError), Catalogue(settings.catalogue) as catalogue:
        catalogue.end_attempt(ended)
