"""The sections of the site in the order of its navigation, and the pages of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from publishing.scorecard.page import Page

if TYPE_CHECKING:
    from publishing.scorecard.site import Site

NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("overview", "England", "index.html"),
    ("metrics", "Metrics", "metrics.html"),
    ("councils", "Councils", "councils.html"),
    ("compare", "Compare", "compare.html"),
    ("programmes", "Programmes", "programmes.html"),
    ("claims", "Claims", "claims.html"),
    ("dictionary", "Dictionary", "dictionary.html"),
    ("quality", "Quality", "quality.html"),
    ("sources", "Sources", "sources.html"),
    ("downloads", "Downloads", "downloads.html"),
    ("about", "About", "about.html"),
)
"""Each section's id, what the navigation calls it, and its first page."""


def pages(site: Site) -> Iterator[Page]:
    """Give every page of the release, section by section."""
    for section in _sections():
        yield from section(site)


def _sections() -> tuple[Callable[[Site], Iterator[Page]], ...]:
    from publishing.scorecard import (
        about,
        claims,
        compare,
        councils,
        dictionary,
        downloads,
        drivers,
        metrics,
        overview,
        programmes,
        quality,
        sources,
    )

    return (
        overview.pages,
        drivers.pages,
        metrics.pages,
        councils.pages,
        compare.pages,
        programmes.pages,
        claims.pages,
        dictionary.pages,
        quality.pages,
        sources.pages,
        downloads.pages,
        about.pages,
    )
