"""What the static pages share: a document without a script that fetches nothing, and its tables.

The pages are read offline, on paper and on a phone. Whoever gives a body has escaped it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

TABLE_STYLE = """
:root { color-scheme: light dark;
  --line: #cccccc; --soft: #666666; --head: #f3f3f0; --doubt: #a40000; }
@media (prefers-color-scheme: dark) {
  :root { --line: #444444; --soft: #aaaaaa; --head: #262626; --doubt: #ff9a8a; }
}
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; max-width: 45rem; overflow-wrap: anywhere; }
a { color: inherit; }
.synthetic { background: CanvasText; color: Canvas; max-width: none; padding: .5rem .75rem; }
.soft { color: var(--soft); }
.doubt { color: var(--doubt); font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--soft); padding: 0 0 .5rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
thead th { background: var(--head); overflow-wrap: normal; position: sticky; top: 0; }
th[scope=row] { font-weight: 600; }
th:first-child, td:first-child { padding-left: .4rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.n + :not(.n) { padding-left: 1rem; }
td:last-child { min-width: 11rem; }
small { color: var(--soft); display: block; font-weight: 400; }
@media (max-width: 55rem) {
  table, tbody, tr, td, th[scope=row] { display: block; width: 100%; }
  caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tr > th[scope=row], tr > td, tr > td.n, tr > .n + td:not(.n) { border: 0; padding: .1rem 0;
    min-width: 0; text-align: left; white-space: normal; }
  td[data-name] { display: grid; grid-template-columns: 7rem 1fr; gap: .5rem; }
  td[data-name]::before { content: attr(data-name); color: var(--soft); font-weight: 400; }
  td.none { display: none; }
}
"""
"""Tables that become a list of their rows where the window is narrow: `data-name` is the label."""

SYNTHETIC = '<p class="synthetic"><strong>SYNTHETIC</strong> returns: no figure is real.</p>'
"""The bar that stands first on each page of made-up returns."""


def document(title: str, style: str, body: Iterable[str]) -> str:
    """Return a whole page; only the title is escaped here."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )
