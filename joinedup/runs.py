"""The runs, as the run log tells of them: when, what came of each, what was new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.catalogue import Catalogue, StepAttempt

NOT_ENDED = "not ended"
WITHHELD = "withheld"
"""What a run came to that built nothing because it would bring back what a rollback withdrew."""
IN_WORDS = {"ok": "ok", "nothing_new": "nothing new", "failed": "failed", "stopped": "stopped"}
FETCH = "fetch_return"
"""How the steps that land files begin: `fetch_returns`, and `fetch_return:<return>` for one."""

ENDS_WITH = {
    FETCH: "fetched",
    "fetch_returns": "fetched",
    "read_files": NOT_ENDED,
    "build_candidate": NOT_ENDED,
    "audit_candidate": NOT_ENDED,
    "release_marts": "released",
}
"""What a run came to whose last step, which ended well, is this one; else it is ok."""

Results = Mapping[str, Mapping[str, Any]]
"""What the steps of a run gave, by step."""


class UnknownRunError(Exception):
    """No run, or more than one, begins as was asked for."""


@dataclass(frozen=True)
class Run:
    """One run, with every attempt at its steps in the order in which they began.

    `seconds` is what the attempts that ended took together, without the time between them.
    `new` counts files: landed, read, quarantined; a count that is 0 is left out.
    """

    run_id: str
    outcome: str
    started_at: datetime
    ended_at: datetime | None
    seconds: float
    release: str | None
    new: Mapping[str, int]
    attempts: tuple[StepAttempt, ...]


def runs_of(catalogue: Catalogue) -> list[Run]:
    """Return every run in the log, the latest first."""
    results = catalogue.results()
    found: dict[str, list[StepAttempt]] = {}
    for attempt in catalogue.attempts():
        found.setdefault(attempt.run_id, []).append(attempt)
    return [_run(attempts, results.get(run, {})) for run, attempts in found.items()][::-1]


def find_run(runs: Sequence[Run], beginning: str) -> Run:
    """Return the run whose name is, or begins with, what was asked for; raises UnknownRunError."""
    if same := [run for run in runs if run.run_id == beginning]:
        return same[0]
    found = [run for run in runs if run.run_id.startswith(beginning)]
    if len(found) != 1:
        raise UnknownRunError(
            f"{len(found) or 'No'} run{'s begin' if len(found) > 1 else ' begins'} with "
            f"'{beginning}'. joinedup runs lists them."
        )
    return found[0]


def outcome_of(attempts: Sequence[StepAttempt]) -> str:
    """Say in words what a run came to, from the last attempt at each of its steps.

    A run that was killed, or still goes on, has not ended; nor has one that was killed between
    two steps.
    """
    last = {one.step: one.outcome for one in attempts}
    for amiss in (None, "failed", "stopped"):
        if amiss in last.values():
            return NOT_ENDED if amiss is None else IN_WORDS[amiss]
    step, outcome = attempts[-1].step, attempts[-1].outcome
    if outcome == "nothing_new":
        return IN_WORDS[outcome]
    return ENDS_WITH.get(step.partition(":")[0], "ok")


def _run(attempts: Sequence[StepAttempt], results: Results) -> Run:
    read, outcome = results.get("read_files", {}), outcome_of(attempts)
    fetched = (gave for step, gave in results.items() if step.startswith(FETCH))
    counts = {
        "landed": sum(gave.get("landed", 0) for gave in fetched),
        "read": read.get("newly_read", 0),
        "quarantined": read.get("newly_quarantined", 0),
    }
    return Run(
        run_id=attempts[0].run_id,
        outcome=WITHHELD if _is_withheld(outcome, read) else outcome,
        started_at=attempts[0].started_at,
        ended_at=attempts[-1].ended_at,
        seconds=round(sum(one.seconds or 0 for one in attempts), 3),
        release=results.get("release_marts", {}).get("release_id"),
        new={name: count for name, count in counts.items() if count},
        attempts=tuple(attempts),
    )


def _is_withheld(outcome: str, read: Mapping[str, Any]) -> bool:
    return outcome == IN_WORDS["nothing_new"] and bool(read.get("withdrawn"))
