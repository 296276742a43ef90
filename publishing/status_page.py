"""The page of what is on time and what is late, for a browser without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from joinedup.static_page import SYNTHETIC, TABLE_STYLE, document

_STYLE = (
    TABLE_STYLE
    + """
:focus-visible { outline: 3px solid; outline-offset: 2px; }
td:last-child { min-width: 0; }
@media (min-width: 55.01rem) { th[scope=row] { width: 30%; } }
summary { cursor: pointer; margin: 1.5rem 0 .5rem; font-weight: 600; }
.state { font-weight: 600; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: .75rem 0;
  padding: 0; }
dl { margin: .5rem 0; max-width: 45rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
footer { color: var(--soft); margin-top: 2rem; }
@media print { thead th { position: static; } tr { break-inside: avoid; } }
"""
)
HEADS = ("return", "state", "newest held", "expected next", "published", "came here")
_ALARMING = "late"
ENDED = "ended"


@dataclass(frozen=True)
class StatusRow:
    """A return as the page and the command tell of it; each text is ready to be read.

    `state` is one word or two; `by` how late it is, or blank. `publisher` is how late the publisher
    was with the newest held, `ours` how late that came here; both blank where it is not known.
    """

    return_id: str
    title: str
    landing_page: str
    state: str
    by: str = ""
    held: str = ""
    published: str = ""
    coming: str = ""
    day: str = ""
    publisher: str = ""
    ours: str = ""
    note: str = ""


@dataclass(frozen=True)
class StatusPage:
    """All that the page tells: the day, the counts by state, the rows, what the states mean.

    `quality_page` is where the page of the audit lies, seen from this one; blank for none.
    """

    day: str
    counts: Sequence[tuple[str, int]]
    rows: Sequence[StatusRow]
    meanings: Sequence[tuple[str, str]]
    is_synthetic: bool = False
    quality_page: str = ""


def render_status(page: StatusPage) -> str:
    """Give the page as HTML."""
    late = dict(page.counts).get(_ALARMING, 0)
    title = f"{late} late: what is published when" if late else "On time: what is published when"
    return document(title, _STYLE, _body(page))


def _body(page: StatusPage) -> Iterator[str]:
    yield "<main>"
    if page.is_synthetic:
        yield SYNTHETIC
    yield "<h1>What is published when</h1>"
    if page.quality_page:
        yield f'<p><a href="{escape(page.quality_page)}">Quality of the data</a></p>'
    yield f"<p>On {escape(page.day)}, by the publishers’ own dates:</p>"
    counts = (
        f"<li{_mark(state)}>{count} {escape(state)}</li>" for state, count in page.counts if count
    )
    yield f'<ul class="counts">{"".join(counts)}</ul>'
    ended = [row for row in page.rows if row.state == ENDED]
    yield from _table("What asks for something first", [r for r in page.rows if r not in ended])
    if ended:
        yield f"<details><summary>{len(ended)} that ended</summary>"
        yield from _table("They are not published any more", ended)
        yield "</details>"
    yield "<h2>What the words mean</h2><dl>"
    for name, meaning in page.meanings:
        yield f"<dt>{escape(name)}</dt><dd>{escape(meaning)}</dd>"
    yield "</dl></main>"
    yield "<footer><p>Made by joinedup.</p></footer>"


def _table(caption: str, rows: Sequence[StatusRow]) -> Iterator[str]:
    heads = "".join(f"<th scope=col>{name}</th>" for name in HEADS)
    yield f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>"
    yield from map(_row, rows)
    yield "</tbody></table>"


def _row(row: StatusRow) -> str:
    link = f'<a href="{escape(row.landing_page)}">{escape(row.title)}</a>'
    said = f"{row.state} {row.by}".strip()
    state = f'<span class="state{" doubt" if row.state == _ALARMING else ""}">{escape(said)}</span>'
    cells = (
        state + _small(row.note),
        escape(row.held) + _small(row.published),
        escape(row.coming) + _small(row.day),
        escape(row.publisher),
        escape(row.ours),
    )
    listed = "".join(_cell(name, markup) for name, markup in zip(HEADS[1:], cells, strict=True))
    return f"<tr><th scope=row>{link}<small>{escape(row.return_id)}</small></th>{listed}</tr>"


def _cell(name: str, markup: str) -> str:
    kind = "" if markup else ' class="none"'
    return f'<td{kind} data-name="{name}"><span>{markup or "–"}</span></td>'


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _mark(state: str) -> str:
    return ' class="doubt"' if state == _ALARMING else ""
