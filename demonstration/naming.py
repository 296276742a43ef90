"""Name a synthetic file as the publisher would, and so that the name says SYNTHETIC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import permutations, product

from demonstration.spelling import PERIODS, Parts
from demonstration.titles import Rules
from ingestion.definition import Definition
from ingestion.patterns import PART, fits
from ingestion.period import Period

SYNTHETIC = "SYNTHETIC"
WORKBOOK, TEXT = ".xlsx", ".csv"


def file_name(
    definition: Definition,
    layout_id: str,
    rules: Rules,
    said: tuple[Period | None, date],
    *,
    is_text: bool,
) -> str:
    """Return a name that fits every pattern that the definition has for it.

    `said` are the period and the day of publication, which a name may have to tell. Without
    any pattern the name tells return and layout. Raises ValueError when no name fits.
    """
    end = TEXT if is_text else WORKBOOK
    patterns = _patterns(definition, rules, said)
    when = f"_{said[0].start:%Y-%m}" if said[0] is not None else ""
    if not patterns:
        return f"{SYNTHETIC}_{definition.return_id}-{layout_id}{when}{end}"
    names = [name for name in _names(patterns, end) if all(fits(name, p) for p, _ in patterns)]
    if not names:
        raise ValueError(f"{definition.return_id}: no file name fits {[p for p, _ in patterns]}")
    return next((name for name in names if SYNTHETIC in name), names[0])


def _patterns(
    definition: Definition, rules: Rules, said: tuple[Period | None, date]
) -> list[tuple[str, Parts]]:
    """Return each pattern of the name, and what it has to say."""
    period_rule, published = rules
    period, day = said
    found = [
        (definition.recognise.file_name, Parts()),
        (period_rule.file_name if period_rule else None, Parts(period)),
        *(
            (place.file_name, Parts(Period(day, day, "day")))
            for place in (published.published, published.revised)
            if place is not None
        ),
    ]
    return [(pattern, parts) for pattern, parts in found if pattern]


def _names(patterns: Sequence[tuple[str, Parts]], end: str) -> Iterator[str]:
    """Yield names that may fit: the patterns one after the other, SYNTHETIC at some place."""
    for order in permutations(patterns):
        for spelled in product(*(_spelled(pattern, parts) for pattern, parts in order)):
            joined = "_".join(name.strip("_") for name in spelled)
            for start, finish in product((f"{SYNTHETIC}_", ""), (end, "")):
                yield f"{start}{joined}{finish}"


def _spelled(pattern: str, parts: Parts) -> Iterator[str]:
    """Yield a pattern with nothing in the place of its stars, or SYNTHETIC in that of one."""
    stars = [part.start() for part in PART.finditer(pattern) if part[3]]
    for filled in (None, *reversed(stars)):
        yield PART.sub(partial(_part, parts, filled), pattern)


def _part(parts: Parts, filled: int | None, part: re.Match[str]) -> str:
    if part[3]:
        return f"_{SYNTHETIC}" if part.start() == filled else ""
    if part[2]:
        return part[2]
    if parts.period is None or part[1] not in PERIODS:
        raise ValueError(f"'{part.string}': a name cannot say {{{part[1]}}}")
    if part[1] in {"day", "week", "snapshot"}:
        return f"{parts.period.start:%Y-%m-%d}"
    return PERIODS[part[1]](parts.period).replace("/", "-")
