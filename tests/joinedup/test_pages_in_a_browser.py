"""Every kind of page in a real browser: of the demonstration, and of the publishers' own files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from publishing.pointer import Release
from tests.joinedup.pages_as_written import broken_links, kinds_of, seen_in
from tests.joinedup.pages_beside import FACTS, Pages, pages_beside
from tests.joinedup.pages_in_a_browser import (
    NARROW,
    WIDE,
    Noticed,
    browser,
    look,
    served,
    unreached,
)
from tests.made_once import made_once

pytestmark = pytest.mark.long

MOST_CONTROLS = 400
"""A page with more is left out: it repeats the same control in a row for each council."""

MOST_MEMORY_MB = 300


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this worker."""
    with browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def real_pages(real_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages of the publishers' files."""
    facts = replace(FACTS, is_synthetic=False)
    path = real_release.path
    return made_once(
        tmp_path_factory, "real_pages", lambda folder: pages_beside(path, folder, facts)
    )


def shots(name: str) -> Path | None:
    """Say where screenshots are kept: where JOINEDUP_SCREENSHOTS names a folder."""
    folder = os.environ.get("SCORECARD_SCREENSHOTS")
    return Path(folder) / name if folder else None


@pytest.mark.parametrize("of", ["pages", "real_pages"])
def test_a_browser_has_nothing_to_say(
    of: str, chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Given a page of each kind, when a browser shows it narrow and wide, then nothing is wrong.

    No error on the console, no request elsewhere, no violation of WCAG 2.2 AA that axe finds, and
    nothing that has to be scrolled sideways. Its picture is kept.
    """
    site: Path = request.getfixturevalue(of).site
    folder = shots(of) or tmp_path
    with served(site.parent) as address:
        for kind, page in kinds_of(site).items():
            url = f"{address}/{page.relative_to(site.parent).as_posix()}"
            for width in (NARROW, WIDE):
                shot = folder / f"{re.sub('[^a-z]+', '-', kind)}-{width}.png"
                noticed = look(chromium, url, width, shot)
                assert vars(noticed) == vars(Noticed()), (kind, width)
                assert shot.stat().st_size > 0


def test_the_keyboard_reaches_every_control(chromium: Browser, pages: Pages) -> None:
    """Given a page of each kind, when Tab is pressed, then every link and field has its turn."""
    with served(pages.site.parent) as address:
        for kind, page in kinds_of(pages.site).items():
            if len(seen_in(page).links) <= MOST_CONTROLS:
                url = f"{address}/{page.relative_to(pages.site.parent).as_posix()}"
                assert unreached(chromium, url) == [], kind


def test_links_of_the_publishers_files_lead_somewhere(real_pages: Pages) -> None:
    """Given some 300 files, whose periods end apart, then no link of their pages leads nowhere."""
    assert sorted(broken_links(real_pages.site))[:20] == []


def test_the_pages_of_the_publishers_files_take_little_memory(real_pages: Pages) -> None:
    """Given some 300 files, when all pages are made, then no process takes more than 300 MB."""
    assert real_pages.count > 500
    assert real_pages.peak_mb < MOST_MEMORY_MB
