"""The sections of the site in the order of its navigation, and the pages of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from publishing.scorecard.page import Page
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


_SECTIONS: tuple[Callable[[Site], Iterator[Page]], ...] = (
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


def pages(site: Site) -> Iterator[Page]:
    """Give every page of the release, section by section."""
    for section in _SECTIONS:
        yield from section(site)
