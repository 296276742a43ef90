"""Show progress: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from joinedup.embedded_airflow import terminal

Report = Callable[[str, int, int], None]
"""Tells progress: what, how many done, of how many."""


def console() -> Console:
    """Return the console a person reads, also while other output goes to the log."""
    stream = terminal()
    # File names and reasons come from outside: brackets in them are no mark-up.
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, soft_wrap=not stream.isatty()
    )


@contextmanager
def shown(title: str) -> Iterator[Report]:
    """Show one step while it runs; yields the function that the step reports to."""
    out = console()
    if out.is_terminal:
        with _bar(out, title) as report:
            yield report
    else:
        yield _lines(out, title)


@contextmanager
def _bar(out: Console, title: str) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as progress:
        task = progress.add_task(f"{title:<28}", total=None)

        def report(_what: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield report


def _lines(out: Console, title: str) -> Report:
    """Write a line at the start, at each quarter and at the end."""
    out.print(f"{title} ...")
    told: set[int] = set()

    def report(_what: str, done: int, total: int) -> None:
        quarter = 4 * done // total if total else 4
        if quarter and quarter not in told:
            told.add(quarter)
            out.print(f"{title}: {done} of {total}")

    return report
