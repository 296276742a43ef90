"""Which known wording a strange one of a file may stand for, and whether that is clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingestion.patterns import PART
from ingestion.wording import normalise

CLEAR = 0.6
"""At least so alike are two wordings of which one is clearly the other, reworded."""
MARGIN = 0.1
"""By so much at least is the nearest wording nearer than the next."""
NEAR = 0.4
CONTAINED = 0.75
TELLING = frozenset(
    {
        "after",
        "all",
        "any",
        "before",
        "both",
        "day",
        "each",
        "elective",
        "end",
        "ended",
        "england",
        "except",
        "excl",
        "excluding",
        "female",
        "first",
        "incl",
        "including",
        "independent",
        "last",
        "left",
        "male",
        "month",
        "new",
        "no",
        "non",
        "not",
        "only",
        "ons",
        "open",
        "opened",
        "other",
        "over",
        "per",
        "plan",
        "planned",
        "previous",
        "rate",
        "start",
        "started",
        "sub",
        "than",
        "total",
        "under",
        "unplanned",
        "week",
        "with",
        "without",
        "year",
    }
)
"""Words that make another thing of a heading. So does a number."""


@dataclass(frozen=True)
class Likeness:
    """The wording nearest to one of a file; `at` is its place in the list it was sought in."""

    at: int
    is_clear: bool


def likeness(one: str, other: str) -> float:
    """Return how alike two wordings are, from 0 to 1; `other` may be a pattern."""
    first, second = _without_open_end(one, other), normalise(PART.sub(" ", other))
    alike = SequenceMatcher(None, first, second, autojunk=False).ratio()
    words = _words(first), _words(second)
    is_contained = all(words) and (words[0] <= words[1] or words[1] <= words[0])
    return max(alike, CONTAINED) if is_contained else alike


def says_the_same(one: str, other: str) -> bool:
    """Tell whether two wordings have the same numbers and the same words that decide a meaning."""
    differ = _words(_without_open_end(one, other)) ^ _words(normalise(PART.sub(" ", other)))
    return not any(word in TELLING or not word.isalpha() for word in differ)


def nearest_of(strange: Sequence[str], known: Sequence[Sequence[str]]) -> list[Likeness | None]:
    """Find for each strange wording the nearest known one, each of which has several wordings.

    It is clear only if it is nearest both ways, by a margin, and no number and no deciding
    word has changed: `aged 65 and over` is not `aged 75 and over` reworded.
    """
    scores = [[max(likeness(s, word) for word in words) for words in known] for s in strange]
    found: list[Likeness | None] = []
    for row, (words, mine) in enumerate(zip(strange, scores, strict=True)):
        at = max(range(len(known)), key=lambda column: mine[column], default=None)
        if at is None or mine[at] < NEAR:
            found.append(None)
            continue
        others = [score for column, score in enumerate(mine) if column != at]
        rivals = [one[at] for number, one in enumerate(scores) if number != row]
        is_clear = mine[at] >= CLEAR and mine[at] - max([0, *others, *rivals]) >= MARGIN
        same = any(says_the_same(words, word) for word in known[at])
        found.append(Likeness(at, is_clear and same))
    return found


def _without_open_end(one: str, other: str) -> str:
    """Cut off what the open end of a pattern takes: `(see notes 1 and 4)` beside `(see note*)`."""
    text = normalise(one)
    closed, star, end = other.rpartition("*")
    before = normalise(PART.sub(" ", closed)).split()
    if not star or not before or _words(normalise(end)):
        return text
    at = text.rfind(before[-1])
    return text[: at + len(before[-1])] if at >= 0 else text


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", text))
