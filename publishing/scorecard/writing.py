"""All pages of a release: every section's, framed and written below `scorecard/` of its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from publishing.mart_tables import open_read_only
from publishing.pointer import MARTS_NAME
from publishing.scorecard import sections, words
from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.page import Page
from publishing.scorecard.site import Site, root_of

LARGEST_PAGE_BYTES = 500_000
"""A page that weighs more is a defect: it would not open on a phone on a train."""


class PageError(Exception):
    """A page that cannot be published as it is."""


def write_pages(folder: Path, facts: ReleaseFacts, memory: str = "120MB") -> int:
    """Write all pages of the release in `folder`, from its `marts.duckdb`; return their number.

    `memory` is DuckDB's limit. Pages are made one after the other and nothing is kept of them.
    Raises PageError for a page that is too heavy or written twice, duckdb.Error for broken marts.
    """
    with open_read_only(folder / MARTS_NAME, memory=memory) as connection:
        site = Site(connection, folder, facts)
        shutil.rmtree(site.out, ignore_errors=True)
        _copy_static(site.out)
        written: set[str] = set()
        for page in sections.pages(site):
            if page.path in written:
                raise PageError(f"{page.path} is written twice")
            written.add(page.path)
            _write(site, page)
    return len(written)


def _write(site: Site, page: Page) -> None:
    text = site.templates.get_template("frame.html").render(
        page=page, root=root_of(page.path), navigation=sections.NAVIGATION
    )
    text = words.apostrophes(words.whole_years(text))
    heavy = len(text.encode())
    if heavy > LARGEST_PAGE_BYTES:
        raise PageError(f"{page.path} weighs {heavy:,} bytes; {LARGEST_PAGE_BYTES:,} are allowed")
    target = site.out / page.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _copy_static(out: Path) -> None:
    """Lay the style sheet and the script beside the pages."""
    out.mkdir(parents=True)
    for file in sorted((Path(__file__).parent / "static").iterdir()):
        shutil.copyfile(file, out / file.name)
