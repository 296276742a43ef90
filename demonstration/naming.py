"""Name a synthetic file as the publisher would, and so that the name says SYNTHETIC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import permutations

from demonstration.spelling import PERIODS, Parts, placeholders, spell
from ingestion.definition import Definition
from ingestion.layouts import PeriodRule, PublishedRule
from ingestion.patterns import PART, fits, has_parts
from ingestion.period import Period

SYNTHETIC = "SYNTHETIC_"
WORKBOOK, TEXT = ".xlsx", ".csv"


def file_name(
    definition: Definition,
    layout_id: str,
    rules: tuple[PeriodRule | None, PublishedRule],
    parts: tuple[Period | None, date | None],
    *,
    is_text: bool,
) -> str:
    """Return a name that fits every pattern of the name that the definition has.

    Without any pattern the name tells return and layout. Raises ValueError when no name
    fits all of them.
    """
    period, day = parts
    period_rule, published_rule = rules
    dates = [p.file_name for p in (published_rule.published, published_rule.revised) if p]
    needed = [
        *_filled([definition.recognise.file_name], Parts()),
        *_filled([period_rule.file_name if period_rule else None], Parts(period)),
        *_filled(dates, Parts(Period(day, day, "day") if day else None)),
    ]
    end = TEXT if is_text else WORKBOOK
    plain = f"{SYNTHETIC}{definition.return_id}-{layout_id}{_when(period)}"
    if not needed:
        return plain + end
    patterns = [name for _, name in needed]
    for names in permutations([spelt for spelt, _ in needed]):
        joined = "_".join(_core(name) for name in names)
        for start in (SYNTHETIC, ""):
            for finish in (end, f"_SYNTHETIC{end}", ""):
                name = f"{start}{joined}{finish}"
                if all(fits(name, pattern) for pattern in patterns):
                    return name
    raise ValueError(f"{definition.return_id}: no file name fits {patterns}")


def _filled(wordings: Sequence[str | None], parts: Parts) -> list[tuple[str, str]]:
    """Fill in what names say, in letters that a file's name may have."""
    return [(_in_name(_spelt(wording, parts)), wording) for wording in wordings if wording]


def _spelt(wording: str, parts: Parts) -> str:
    """Spell a wording with nothing in the place of its stars."""
    said = placeholders(wording)
    if parts.period is not None and said & {"day", "week", "snapshot"}:
        day = f"{parts.period.start:%Y-%m-%d}"
        return re.sub(r"\{(day|week|snapshot)\}", day, wording).replace("*", "")
    bare = PART.sub(lambda part: "" if part[3] else part[0], wording)
    return spell(bare, parts) if has_parts(bare) or said & PERIODS.keys() else bare


def _in_name(text: str) -> str:
    return text.replace("/", "-")


def _core(name: str) -> str:
    return name.strip("_")


def _when(period: Period | None) -> str:
    return f"_{period.start:%Y-%m}" if period is not None else ""
