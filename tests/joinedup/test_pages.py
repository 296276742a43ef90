"""The pages of the demonstration's release, as files."""

from __future__ import annotations

import csv
import re
from collections import Counter
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from publishing.pointer import current_release
from publishing.scorecard.writing import LARGEST_PAGE_BYTES
from tests.joinedup.conftest import Load
from tests.joinedup.pages_as_written import broken_links, pages_of, seen_in
from tests.joinedup.pages_beside import Pages, pages_beside


def test_every_kind_of_page_is_there(pages: Pages) -> None:
    """Given the demonstration, when its pages are written, then each promised kind is there."""
    names = {page.relative_to(pages.site).parts[0] for page in pages_of(pages.site)}
    promised = {"index", "drivers", "metrics", "councils", "compare", "programmes", "claims"}
    promised |= {"dictionary", "quality", "sources", "downloads", "about"}
    assert names >= {f"{name}.html" for name in promised} | {"metric", "council"}
    assert pages.count == len(pages_of(pages.site))


def test_no_link_leads_nowhere(pages: Pages) -> None:
    """Given all pages, when every link is followed, then a file and a place in it are there."""
    assert sorted(broken_links(pages.site))[:20] == []


def test_nothing_is_inline_and_nothing_comes_from_outside(pages: Pages) -> None:
    """Given all pages, when their tags are read, then no script, style or request is in them."""
    carried: set[str] = set()
    for page in pages_of(pages.site):
        seen = seen_in(page)
        assert (seen.inline, seen.open_tags) == ([], []), page
        assert "foreignobject" not in seen.tags, page
        carried |= {name.rpartition("/")[2] for name in seen.carried}
        assert all(name.strip("./") in carried for name in seen.carried), page
    assert carried == {"style.css", "scorecard.js", "compare.js"}


def test_headings_follow_each_other_and_names_are_unique(pages: Pages) -> None:
    """Given all pages, when their outline is read, then no level is skipped, no id used twice."""
    for page in pages_of(pages.site):
        seen = seen_in(page)
        levels = seen.headings
        assert levels[:1] == [1], page
        assert levels.count(1) == 1, page
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), (page, levels)
        assert [name for name, times in Counter(seen.ids).items() if times > 1] == [], page


def test_every_page_says_that_it_is_synthetic_and_is_light(pages: Pages) -> None:
    """Given made-up returns, when pages are written, then each says so and is light."""
    for page in pages_of(pages.site):
        assert "SYNTHETIC" in seen_in(page).text, page
        assert page.stat().st_size < LARGEST_PAGE_BYTES, page


def test_every_chart_has_its_words_its_table_and_its_figures(pages: Pages) -> None:
    """Given a chart, when its page is read, then picture, words, table and CSV are beside it.

    A map may lead to the chart of the same figures on its page instead.
    """
    charts = 0
    for page in pages_of(pages.site):
        text = page.read_text(encoding="utf-8")
        for figure in re.findall(r'<figure class="chart".*?</figure>', text, re.DOTALL):
            charts += 1
            assert re.search(r'<svg[^>]*role="img"', figure), page
            assert re.search(r"<title[^>]*>[^<]+</title>\s*<desc[^>]*>[^<]+</desc>", figure), page
            if "<table" not in figure:
                (other,) = re.findall(r'href="#([^"]+)"', figure)
                assert other in seen_in(page).charts, (page, other)
                continue
            (first, *_) = re.findall(r'href="([^"]+\.csv)" download', figure)
            assert (page.parent / first).is_file(), page
    assert charts > pages.count / 2


def test_a_csv_is_whole_and_opens_in_a_spreadsheet(pages: Pages) -> None:
    """Given the tables' files, when they are read, then each has its mark, header and rows."""
    files = sorted(pages.site.rglob("*.csv"))
    assert len(files) > 100
    for file in files:
        assert file.read_bytes().startswith("\N{BOM}".encode()), file
        with file.open(encoding="utf-8-sig", newline="") as opened:
            header, *rows = csv.reader(opened)
        assert len(set(header)) == len(header), file
        assert all(len(row) == len(header) for row in rows), file


def test_no_page_names_files_that_a_reader_cannot_see(pages: Pages) -> None:
    """Given texts of seeds, when they come to a page, then they name no file of the workshop."""
    inner = re.compile(r"METHODS\.md|RETURNS\.md|\b(?:metrics|claims|faults|areas)\.csv|DESIGN\.md")
    for page in pages_of(pages.site):
        found = inner.search(" ".join(seen_in(page).text))
        assert found is None, (page, found)


@pytest.mark.long
def test_the_same_release_gives_the_same_pages(
    pages: Pages, demonstration_load: Load, tmp_path: Path
) -> None:
    """Given one release, when its pages are written again, then no byte differs."""
    release = current_release(demonstration_load.home / "releases")
    assert release is not None
    again = pages_beside(release.path, tmp_path)
    assert _hashes(again.site) == _hashes(pages.site)


def _hashes(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }
