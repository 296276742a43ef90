"""What a publisher wrote is shown on a page as it stands, and never does anything there."""

from __future__ import annotations

from pathlib import Path

from publishing.scorecard import compare, councils, sources
from tests.joinedup.pages_as_written import seen_in
from tests.publishing.scorecard.contracted_marts import Row
from tests.publishing.scorecard.council_marts import MARTS, council_site

HOSTILE = "</td></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='x"
FROM_OUTSIDE = {
    "area": ("name",),
    "metric": ("title", "definition", "unit", "caveats"),
    "lineage": ("source_sheet", "raw_text"),
    "source_file": ("file_name", "reason", "sheet", "cell"),
}
"""Columns whose texts come from files and pages of others, or are laid beside those."""


def _poisoned(mart: str, row: Row) -> Row:
    texts = {name: f"{row.get(name) or ''} {HOSTILE}" for name in FROM_OUTSIDE.get(mart, ())}
    where = {"url": "javascript:alert(3)"} if mart == "source_file" else {}
    return dict(row) | texts | where


def test_f131_what_a_publisher_wrote_is_text_on_every_page(tmp_path: Path) -> None:
    """Given names, titles, cells and files that are written as tags, handlers and a script's link
    When pages of councils, of comparing and of sources are made and read
    Then the texts are seen as they stand, and no page has a script, handler or picture of them.
    """
    site = council_site(
        tmp_path, {mart: [_poisoned(mart, row) for row in rows] for mart, rows in MARTS.items()}
    )
    shown = 0
    made = [page for section in (councils, compare, sources) for page in section.pages(site)]
    for number, page in enumerate(made):
        file = tmp_path / f"{number}.html"
        file.write_text(f"<html><body>{page.body}</body></html>", encoding="utf-8")
        seen = seen_in(file)
        assert (seen.inline, seen.open_tags) == ([], []), page.path
        assert "img" not in seen.tags, page.path
        assert {name.rpartition("/")[2] for name in seen.carried} <= {"compare.js"}, page.path
        assert not any("javascript" in link for link in seen.links), page.path
        shown += "<script>alert(1)</script>" in "".join(seen.text)
    assert shown > len(made) / 2
