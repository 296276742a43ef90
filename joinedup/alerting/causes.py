"""What is worth telling somebody: an alert, and how each kind of cause becomes one.

Everything here is pure. An alert says what happened, what to do, and the command that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Literal

from joinedup.project import counted
from joinedup.refusals import ReleaseBlocked

Kind = Literal["failure", "blocked", "quarantine", "late", "damaged"]

SHOWN = 10
"""Lines of a list that a message shows; the command that it names shows all."""
LONGEST_PART = 200
"""Characters of an error by which it is known again."""

_ENDED = {
    "timed_out": "It took longer than a run may, and was ended: what it had not done is not done.",
    "all_tasks_deadlocked": "None of its tasks could go on, and it was ended.",
}
"""Why Airflow ends a run of which no task failed, in its words and ours."""


@dataclass(frozen=True)
class Alert:
    """Something to be told once.

    `cause` is a stable key, such as `late:some_return:2026-09`: while it stands it is not told
    again. `parts` are what it consists of, such as the files of a quarantine: one that was not
    told before is a reason to tell it anew. `family` is how the causes of one mapped task begin:
    many of them are not told one by one.
    """

    kind: Kind
    cause: str
    title: str
    text: str
    what_to_do: str
    run_id: str | None = None
    parts: tuple[str, ...] = ()
    family: str = ""


@dataclass(frozen=True)
class SetAside:
    """A file in quarantine: its hash, the name it was found under, and why it was not read."""

    sha256: str
    file_name: str
    return_id: str | None
    reason: str
    sheet: str | None = None
    cell: str | None = None


def of_failure(
    dag_id: str,
    task_id: str,
    run_id: str | None,
    error: BaseException | None,
    which: str | None = None,
) -> Alert:
    """Make the alert of a task that failed for good; without an error its process was lost.

    `which` tells the instances of a mapped task apart. A refusal by the audit, or by the release,
    is of kind `blocked`: nothing is broken, and readers keep what they have.
    """
    error = _own_error(error)
    if isinstance(error, ReleaseBlocked):
        return Alert(
            "blocked",
            f"blocked:{dag_id}:{task_id}",
            f"{dag_id}: nothing was released",
            f"{error}\nReaders keep the release that stands.",
            "See which checks failed with: joinedup quality --failed. Mend the definition, set the "
            "file aside or hold the rows, and run the load again; if the data are wrong, nothing "
            "need be done.",
            run_id,
            tuple(sorted(_lines(str(error)))),
        )
    if error is None:
        part, text = "lost", "Its process ended without a word: it was killed, or lost its machine."
    else:
        text = f"{type(error).__name__}: {error}"
        part = _without_numbers(text)
    family = f"failure:{dag_id}:{task_id}"
    return Alert(
        "failure",
        f"{family}:{which}" if which else family,
        f"{dag_id}: {task_id}{f' of {which}' if which else ''} failed",
        f"{text}\nReaders keep the release that stands.",
        "See how far it came with: joinedup runs. Running it again is safe: joinedup run, or clear "
        "the task in Airflow.",
        run_id,
        (part,),
        f"{family}:" if which else "",
    )


def of_lost_night(dag_id: str, run_id: str) -> Alert:
    """Make the alert of a run that came to nothing and of which no task said why."""
    return replace(of_failure(dag_id, "the run", run_id, None), title=f"{dag_id}: a run was lost")


def of_more(alert: Alert) -> Alert:
    """Make the alert that says, in the place of one more, that many instances of a task fail."""
    before, _, _ = alert.title.partition(" of ")
    return replace(
        alert,
        title=f"{before}: more of them failed",
        what_to_do="Each, with what to do, shows: joinedup alerts",
    )


def of_lost_run(dag_id: str, run_id: str, reason: str) -> Alert:
    """Make the alert of a run that was ended though no task failed; `reason` is Airflow's word."""
    return Alert(
        "failure",
        f"failure:{dag_id}:run",
        f"{dag_id}: the run was ended",
        f"{_ENDED.get(reason, f'Airflow ended it: {reason}.')}\n"
        "Readers keep the release that stands.",
        "See how far it came with: joinedup runs, and what it waited for on its page in Airflow: a "
        "task that hangs, a pool that is full, a worker that is gone. Running it again is safe.",
        run_id,
        (reason,),
    )


def of_quarantine(files: Iterable[SetAside], run_id: str | None = None) -> tuple[Alert, ...]:
    """Make one alert for each return of which files are in quarantine."""

    def of_return(file: SetAside) -> str:
        return file.return_id or "unknown"

    listed = sorted(files, key=lambda file: (of_return(file), file.file_name))
    return tuple(
        _of_quarantined(return_id, list(group), run_id)
        for return_id, group in groupby(listed, of_return)
    )


def _of_quarantined(return_id: str, files: Sequence[SetAside], run_id: str | None) -> Alert:
    count = counted(len(files), "file")
    return Alert(
        "quarantine",
        f"quarantine:{return_id}",
        f"{return_id if files[0].return_id else 'of no known return'}: {count} in quarantine",
        "\n".join(
            [
                f"The other files were read; what is released lacks the figures of {count}.",
                *_shown([_described(file) for file in files]),
            ]
        ),
        "List them with: joinedup files --quarantined. What differs from the definition, and the "
        "line that mends it, shows: joinedup map-diff FILE. A file that needs no mending is set "
        "aside for good with: joinedup set-aside FILE --because ...",
        run_id,
        tuple(sorted(file.sha256[:16] for file in files)),
    )


def of_late(
    return_id: str,
    title: str,
    periods: Sequence[str],
    expected_on: date,
    days_late: int,
    landing_page: str,
) -> Alert:
    """Make the alert of a return that did not come by the publisher's own date.

    `periods` are the names of those that are late; the first was expected on the day given.
    """
    first, *others = periods
    more = f" Nor have: {', '.join(others[:SHOWN])}." if others else ""
    return Alert(
        "late",
        f"late:{return_id}:{'-'.join(first.lower().split())}",
        f"{title}: {first} is {counted(days_late, 'day')} late",
        f"It was expected on {expected_on.isoformat()} and has not landed.{more} "
        "Marts show it as missing.",
        f"Look at the publisher's page: {landing_page}. If the file is there, fetch it with: "
        f"joinedup fetch {return_id}. What is due when shows: joinedup status.",
        parts=tuple(periods),
    )


def of_damage(problems: Sequence[str]) -> Alert:
    """Make the alert of releases that are not as they were made; `problems` says each."""
    return Alert(
        "damaged",
        "damaged:releases",
        f"{counted(len(problems), 'problem')} with the releases on disk",
        "\n".join(_shown(problems)),
        "Check again with: joinedup releases verify. Readers go to the last sound release with: "
        "joinedup releases verify --fall-back. Then run the load, and look at the disk.",
        parts=tuple(sorted(problems)),
    )


def _own_error(error: BaseException | None) -> BaseException | None:
    """Return what a step raised; the tasks wrap what trying again cannot help.

    Airflow is known by name here: to import it takes seconds, and it may not be there.
    """
    if type(error).__name__ == "AirflowFailException" and error and error.__cause__:
        return error.__cause__
    return error


def _described(file: SetAside) -> str:
    place = [
        *([f"sheet '{file.sheet}'"] if file.sheet else []),
        *([f"cell {file.cell}"] if file.cell else []),
    ]
    return f"{file.file_name} ({file.sha256[:12]}): {': '.join([*place, file.reason])}"


def _shown(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*(f"- {line}" for line in lines[:SHOWN]), *([f"- and {more} more"] if more > 0 else [])]


def _lines(text: str) -> list[str]:
    """Return the lines that list something: the failed checks of a refusal, without their counts.

    A check that finds more rows each night is the same cause; one more check is not.
    """
    listed = [line.strip(" -") for line in text.splitlines() if line.startswith("  - ")]
    return [line.split(":")[0] for line in listed]


def _without_numbers(text: str) -> str:
    """Return the first line of an error without what differs from night to night."""
    return re.sub(r"\d+", "0", text.partition("\n")[0])[:LONGEST_PART]
