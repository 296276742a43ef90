"""From which day a file is known, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.catalogue import Catalogue, WebVisit
from ingestion.evidence import Evidence, http_time, known_on

LANDED = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
PAGE, ADDRESS = "https://publisher.example/", "https://publisher.example/June.xls"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one file has landed."""
    with Catalogue(tmp_path / "catalogue.sqlite") as found:
        found.add_landed("a" * 64, 1, "June.xls", "run")
        yield found


@pytest.mark.parametrize(
    ("published", "modified", "expected"),
    [
        (date(2015, 8, 13), datetime(2016, 1, 1, tzinfo=UTC), (date(2015, 8, 13), "file")),
        (None, datetime(2016, 1, 1, tzinfo=UTC), (date(2016, 1, 1), "server")),
        (None, datetime(2016, 6, 1, 23, 30, tzinfo=UTC), (date(2016, 6, 2), "server")),
        (None, None, (date(2026, 11, 22), "landing")),
        (None, datetime(2030, 1, 1, tzinfo=UTC), (date(2026, 11, 22), "landing")),
    ],
    ids=["its own date", "its server's", "by London's clock", "none", "a clock that is wrong"],
)
def test_the_best_evidence_decides(
    published: date | None, modified: datetime | None, expected: tuple[date, str]
) -> None:
    """Given what is known of a file, then its own date comes first, and nothing is guessed."""
    assert known_on(published, Evidence(LANDED, last_modified=modified)) == expected


def test_a_file_from_a_folder_has_no_address(catalogue: Catalogue) -> None:
    """Given a file that no address gave, then only its landing is known."""
    evidence = catalogue.evidence()["a" * 64]
    assert evidence == Evidence(evidence.landed_at)
    assert evidence.landed_at.tzinfo is not None


def test_the_first_visit_says_where_and_the_earliest_time_counts(catalogue: Catalogue) -> None:
    """Given visits to two addresses with the same bytes, a page and a failure, then so it is."""
    later, earlier = "Thu, 09 Feb 2017 09:30:00 GMT", "Wed, 08 Feb 2017 09:30:00 GMT"
    for visit in (
        WebVisit(PAGE, PAGE),
        WebVisit(PAGE, ADDRESS, error="TOO_SLOW"),
        WebVisit(PAGE, ADDRESS, status=200, last_modified=later, sha256="a" * 64),
        WebVisit(PAGE, f"{ADDRESS}?2", status=200, last_modified=earlier, sha256="a" * 64),
        WebVisit(PAGE, ADDRESS, status=304, last_modified="soon", sha256="a" * 64),
    ):
        catalogue.add_visit(visit, "run")
    evidence = catalogue.evidence()["a" * 64]
    assert (evidence.url, evidence.landing_page) == (ADDRESS, PAGE)
    assert evidence.fetched_at is not None
    assert evidence.last_modified == datetime(2017, 2, 8, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "", "2017-02-08"])
def test_what_is_no_time_is_none(text: str) -> None:
    """Given a header that says no time, then there is none."""
    assert http_time(text) is None
