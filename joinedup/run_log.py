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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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
LINEAGE: Mapping[str, Kind] = {"failed": "FAIL", "stopped": "ABORT"}
"""What OpenLineage calls the outcomes that are not well."""

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
    step: str, came_of: CameOf | None = None, says: tuple[type[Exception], ...] = ()
) -> Callable[[Take], Take]:
    """Have each call of a step's function, whose first argument is `run_id`, noted in the run log.

    Without `came_of` the step writes no data, and nothing is counted.
    `says` are the errors whose first line holds no figure and no secret; of others, only their
    kind is noted. A step that works in a home apart, with settings among its arguments, is noted
    in the standing home all the same: the home apart is given up when it fails.
    """

    def of(take: Take) -> Take:
        @functools.wraps(take)
        def noted(run_id: str, *arguments: Any, **named: Any) -> Result:
            with attempt_at(Settings(), run_id, step, says) as going:
                result = take(run_id, *arguments, **named)
                if came_of is not None:
                    going.work_out(came_of, result, _works_in(*arguments, *named.values()))
                return result

        return cast("Take", noted)

    return of


def _works_in(*arguments: object) -> Settings:
    return next((given for given in arguments if isinstance(given, Settings)), None) or Settings()


@dataclass
class Going:
    """An attempt that goes on; `settings` are the standing home's, `started` by a steady clock."""

    settings: Settings
    attempt: StepAttempt
    started: float = field(default_factory=time.monotonic)
    came: Came = field(default_factory=Came)

    def work_out(self, came_of: CameOf, result: Result, place: Settings) -> None:
        """Take up what came of it in a place; where that cannot be told, the log says less."""
        try:
            with Catalogue(place.catalogue) as catalogue:
                self.came = came_of(place, catalogue, self.attempt, result)
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
    going = Going(settings, begun)
    about = {"run": begun.run_id, "step": step, "attempt": begun.attempt}
    lines = json_lines(log_file(settings, begun.run_id), **about)
    with lines, closing(Teller(settings.logs, begun)) as teller:
        say("step started", code_version=begun.code_version)
        teller.tell("START", begun.started_at)
        try:
            yield going
        except BaseException as error:
            _end(going, teller, _outcome_of(error), error_words(error, says))
            raise
        _end(going, teller, "nothing_new" if going.came.is_nothing_new else "ok")


def log_file(settings: Settings, run: str) -> Path:
    """Return where the lines of a run are; `run` is its name in the catalogue."""
    return settings.logs / f"{run}.jsonl"


def rows_of(
    attempts: Sequence[StepAttempt], *, run: str, but: Collection[str]
) -> list[dict[str, object]]:
    """Give the rows of mart `run`, without those of a run's steps `but`, which go on."""
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
        if one.run_id != run or one.step not in but
    ]


@functools.cache
def _code_version() -> str:
    """Name the program that runs: its version, and what its figures are made by."""
    return f"{joinedup.__version__}+{code_fingerprint()[:8]}"


def _end(going: Going, teller: Teller, outcome: str, error: str | None = None) -> None:
    """Note everywhere how an attempt ended, and what came of it."""
    came = going.came
    ended = replace(
        going.attempt,
        ended_at=datetime.now(UTC),
        outcome=outcome,
        seconds=round(time.monotonic() - going.started, 3),
        rows_written=came.rows,
        bytes_written=came.bytes,
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        error=error,
    )
    for line in came.lines:
        say(line.event, line.level, **line.facts)
    say("step ended", logging.ERROR if error else logging.INFO, **_facts(ended))
    try:
        with Catalogue(going.settings.catalogue) as catalogue:
            catalogue.end_attempt(ended)
    except (sqlite3.Error, OSError) as failure:
        say("end not noted", logging.WARNING, error=type(failure).__name__)
    if outcome == "nothing_new" and teller.held:
        return
    kind = LINEAGE.get(outcome, "COMPLETE")
    now = ended.ended_at or going.attempt.started_at
    teller.tell(kind, now, inputs=came.inputs, outputs=came.outputs, error=error)


def _outcome_of(error: BaseException) -> str:
    return "failed" if isinstance(error, Exception) else "stopped"


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
