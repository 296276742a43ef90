"""About: what this is, what a figure rests on, how to read it, its limits, and who can use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from publishing.scorecard import words
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.site import Site

PATH = "about.html"

_COUNTS = """
    SELECT
        (SELECT count(*) FROM metric) AS metrics,
        (SELECT count(DISTINCT metric_id) FROM metric_value WHERE value IS NOT NULL)
            AS metrics_with_figures,
        (SELECT count(*) FROM metric_value) AS figures,
        (SELECT count(*) FROM source_file) AS files,
        (SELECT count(*) FROM source_file WHERE state = 'read') AS files_read,
        (SELECT count(DISTINCT return_id) FROM source_file WHERE state = 'read') AS returns,
        (SELECT max(published_on) FROM source_file) AS newest,
        (SELECT count(*) FROM revision) AS revisions
"""
_UNAVAILABLE = """
    SELECT availability, count(*) AS metrics FROM metric
    WHERE availability <> 'computed' GROUP BY availability ORDER BY metrics DESC, availability
"""
_VERSIONS = """
    SELECT plan_version, count(*) AS plans FROM metric_plan GROUP BY plan_version ORDER BY 1
"""
_WHY_NOT = {
    "not_open_data": "are published nowhere that is open",
    "not_collected": "are not collected for England by council",
    "not_loaded": "have a return whose files are not in this release",
    "in_another_mart": "are tables of their own: see plan and outturn, and money",
}


def pages(site: Site) -> Iterator[Page]:
    """Give the page about the release and how to read it."""
    counts: list[Any] = site.rows(_COUNTS)
    unavailable: list[Any] = site.rows(_UNAVAILABLE)
    plans: list[Any] = site.rows(_VERSIONS)
    body = site.render(
        "about.html",
        PATH,
        counts=counts[0],
        unavailable=[(row["metrics"], _WHY_NOT.get(row["availability"])) for row in unavailable],
        plan_versions=[row["plan_version"] for row in plans],
        signs=[(sign, status, meaning) for status, (sign, meaning) in words.STATUS_SHOWN.items()],
        versions=_versions(site),
    )
    description = "What this is, what a figure rests on, how to read it, and its limits."
    yield Page(PATH, "About", description, "about", body)


def _versions(site: Site) -> Table:
    facts = site.facts
    rows = [
        ("Release", facts.release_id),
        ("Made at (UTC)", facts.made_at.isoformat(sep=" ", timespec="seconds")),
        ("Follows", facts.previous or "none: it is the first here"),
        ("Known on", words.day(facts.as_at) or "the day it was made"),
        *sorted(facts.versions.items()),
    ]
    return Table(
        "versions",
        "This release, and what it was made with",
        (Column("name", "What"), Column("value", "Which")),
        [[Cell(name, name), Cell(value, value)] for name, value in rows],
    )
