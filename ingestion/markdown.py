"""Parts of a page in Markdown; whatever a text from outside holds, it stays a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTHING = "–"
SPECIAL = re.compile(r"([\\`*_<>|\[\]])")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> str:
    """Return a table; the columns of the heads in `right` are set to the right."""
    rules = ("---:" if head in right else "---" for head in heads)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, tuple(rules), *rows))


def code(text: str) -> str:
    """Write a name as it is; whatever a file is called, it stays in its cell."""
    if not text:
        return NOTHING
    plain = " ".join(text.split()).replace("|", "\\|")
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def words(text: str) -> str:
    """Write a text so that nothing in it is taken for Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
