"""Which known wording a strange one of a file may stand for, and whether that is clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingestion.patterns import PART, is_read
from ingestion.wording import normalise

NEAR = 0.4
CONTAINED = 0.75
SMALL = frozenset({"a", "an", "and", "are", "for", "have", "in", "is", "of", "on", "the", "who"})
"""Words that say nothing by themselves, but at the end of a wording: `Transfers in`."""
NOTE = re.compile(r"[(\[]\s*(?:see\s+)?notes?\b[\d\s,&]*(?:and[\d\s]*)?[)\]]")
COUNT = re.compile(r"^(?:the )?number of ")
TOKEN = re.compile(r"[^\W_]+|[%£$€+<>=≤≥/]|(?<!\w)-(?=\d)")
SPELLED = (("isation", "ization"), ("ise", "ize"), ("our", "or"), ("tre", "ter"))
LONG_WORD = 8
"""In words as long as this, a letter doubled or not is a matter of spelling."""


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
    """Tell whether two wordings can only mean the same; `other` may be a pattern.

    They differ in punctuation, small words, plurals, spelling, a reference to a note, `number of`,
    or in `code of council` for `council code`. Any other word more, less or instead may make
    another thing of a heading: `net` of `gross`, `females` of `males`. A person has to tell.
    """
    if is_read(other):
        return False
    said = _core(one)
    return bool(said) and said == _core(PART.sub(lambda part: part[2] or " ", other))


def nearest_of(strange: Sequence[str], known: Sequence[Sequence[str]]) -> list[Likeness | None]:
    """Find for each strange wording the nearest known one, each of which has several wordings.

    It is clear only if the two say the same, and no other of either side does.
    """
    same = [[any(says_the_same(s, word) for word in words) for words in known] for s in strange]
    scores = [
        [1.0 if same[n][at] else max(likeness(s, word) for word in words) for at, words in numbered]
        for n, s in enumerate(strange)
        for numbered in [list(enumerate(known))]
    ]
    found: list[Likeness | None] = []
    for alike, mine in zip(same, scores, strict=True):
        at = max(range(len(known)), key=lambda column: (alike[column], mine[column]), default=None)
        if at is None or mine[at] < NEAR:
            found.append(None)
            continue
        rivals = sum(one[at] for one in same)
        found.append(Likeness(at, alike[at] and sum(alike) == rivals == 1))
    return found


def _core(wording: str) -> tuple[str, ...]:
    """Return the words of a wording that have a meaning, in one spelling, in order."""
    text = COUNT.sub("", NOTE.sub(" ", normalise(wording)).strip())
    before, of, after = text.partition(" of ")
    if of and " of " not in after and not re.search(r"\W(?:in|on|for|and)\W", text):
        text = f"{after} {before}"
    words = TOKEN.findall(text)
    ends = words[-1:]
    kept = [word for word in words[:-1] if word not in SMALL] + ends
    return tuple(_one_spelling(word) for word in kept)


def _one_spelling(word: str) -> str:
    """Spell a word in the singular and as in one country."""
    if re.search(r"(?:ss|sh|ch|x)es$", word):
        word = word[:-2]
    elif len(word) > len("ties") and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > len("his") and word.endswith("s") and word[-2:] not in ("ss", "us", "is"):
        word = word[:-1]
    for ours, theirs in SPELLED if len(word) >= len("colour") else ():
        word = f"{word[: -len(ours)]}{theirs}" if word.endswith(ours) else word
    return re.sub(r"(.)\1", r"\1", word) if len(word) >= LONG_WORD else word


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
