"""The table of mutations and catches, as a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.mutations.mutations import FAMILIES
from tests.mutations.outcomes import Outcome

SHOWN = 3
"""Checks named of a mutation that more of them told of."""

HEAD = """\
# Corrupted files: what is caught

Made by `make mutations`, which is `python -m tests.mutations`; it needs the publishers' files
beside the checkout. Each mutation is made in one real file, which then takes the place of the
good one (or lies beside it, where that is said) in a load of {files} real files. What was
published stays as it is: the changed files live in a temporary folder.

A load is read, built, compared with the release of the good files, and audited as on any night.

* **Would it change a figure?** For a file that was let in: how many figures of `metric_value`,
  `delayed_days` and `deflator` are others than those of the good load, counted in the periods
  that the file is about. For a file that was refused: how many of its figures no longer stand
  beside the same labels and below the same headings, which is what a reader without those checks
  would take.
* **Caught** counts only where a result names that file, or a figure of its return and period, and
  was not there in the good load. *Stops* means that the file is set aside or that nothing is
  released; *flags* that the release says so on its quality page.
* Mutations that change no figure are shown as such and are not counted.

A change that adds up in every sheet of a file for a period never seen before can only be told by
another return that has the same figure, or by the level of its own series. In a period that was
released before, a changed figure is told by the comparison with the last release, unless the file
bears a later date: then it is a newer vintage, as a publisher's own correction is. Where that
comparison is the only check that tells, the table says `history`; those are listed below.
"""


ALONE = """\
## Told by the last release alone

In a file of a period that no release has had yet, these would get through.
"""


def page(outcomes: Sequence[Outcome], files: int) -> str:
    """Write the whole page."""
    parts = [
        HEAD.format(files=files),
        summary(outcomes),
        *_through(outcomes),
        *_by_history(outcomes),
    ]
    for family, title in FAMILIES.items():
        own = [one for one in outcomes if one.mutation.family == family]
        parts += [f"## {title}\n", _table(own)]
    return "\n".join(parts)


def summary(outcomes: Sequence[Outcome]) -> str:
    """Count mutations and catches by family."""
    lines = [
        "| Family | Mutations | Change a figure | Stopped | Flagged | Get through |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    groups = {name: [o for o in outcomes if o.mutation.family == name] for name in FAMILIES}
    for name, own in {**groups, "**all**": list(outcomes)}.items():
        wrong = [one for one in own if one.changes_figures]
        stopped = sum(one.is_stopped for one in wrong)
        caught = sum(one.is_caught for one in wrong)
        lines.append(
            f"| {name} | {len(own)} | {len(wrong)} | {stopped} | {caught - stopped} "
            f"| {len(wrong) - caught} |"
        )
    return "\n".join(lines) + "\n"


def _through(outcomes: Sequence[Outcome]) -> list[str]:
    lost = [one for one in outcomes if one.changes_figures and not one.is_caught]
    if not lost:
        return []
    lines = [f"* {one.mutation.id}: {one.mutation.what}" for one in lost]
    return ["## What gets through\n", "\n".join(lines) + "\n"]


def _by_history(outcomes: Sequence[Outcome]) -> list[str]:
    """List what is told by the last release alone: in a new period it would get through."""
    told = [one for one in outcomes if {catch.stage for catch in one.catches} == {"history"}]
    lines = [f"* {one.mutation.id}: {one.mutation.what}" for one in told]
    return [ALONE, "\n".join(lines) + "\n"] if told else []


def _table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| | File | What was done | Would it change a figure? | Caught | By |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(one) for one in outcomes]
    return "\n".join(lines) + "\n"


def _row(one: Outcome) -> str:
    mutation = one.mutation
    name = mutation.path.rsplit("/", 1)[-1]
    beside = f", beside it as `{mutation.beside}`" if mutation.beside else ""
    cells = [mutation.id, f"`{name}`{beside}", mutation.what, _changes(one), where(one), _by(one)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _changes(one: Outcome) -> str:
    if one.is_refused:
        return f"yes: {one.other_cells:,} of the file's" if one.other_cells else "no"
    if not one.changed:
        return "no"
    return "yes: " + ", ".join(f"{n:,} of `{mart}`" for mart, n in sorted(one.changed.items()))


def where(one: Outcome) -> str:
    """Say at which stages a mutation was caught, and whether that stops it."""
    if one.is_refused:
        return "reading: stops"
    stages = sorted({catch.stage for catch in one.catches})
    if not stages:
        return "**no**" if one.changes_figures else "-"
    return f"{', '.join(stages)}: {'stops' if one.is_stopped else 'flags'}"


def _by(one: Outcome) -> str:
    if one.is_refused:
        return _first_sentence(one.reading.reason or "")
    names = [
        f"`{catch.check}`" for catch in sorted(one.catches, key=lambda c: (not c.blocks, c.check))
    ]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _first_sentence(reason: str) -> str:
    said = re.sub(r" and today is [0-9-]+", "", " ".join(reason.split()))
    return re.split(r"(?<=[.)])\s+(?=[A-Z0-9])", said)[0]
