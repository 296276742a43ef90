"""The pages of sources: every file has its place, and late is what the publisher's dates say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from publishing.scorecard import sources
from publishing.scorecard.audit_results import Record, ResultsError, Return, read_record
from publishing.scorecard.page import source_path
from publishing.scorecard.sources import Lateness, Source
from tests.publishing.scorecard.contracted_marts import FACTS, Row, site_of

ABOUT = {
    "return": "delayed_transfers_la",
    "title": "Delayed transfers of care by council",
    "publisher": "NHS England",
    "landing_page": "https://publisher.example/statistics/",
    "licence": "OGL-UK-3.0",
    "every": "month",
    "first": "2010-08",
    "last": "2020-02",
    "held": {"files": 2, "quarantined": 1},
}
JUNE: Row = {
    "source_sha256": "ab" * 32,
    "file_name": "folder/june.xls",
    "bytes": 140_000,
    "state": "read",
    "return_id": "delayed_transfers_la",
    "is_record": False,
    "period_start": date(2015, 6, 1),
    "period_end": date(2015, 6, 30),
    "first_published_on": date(2015, 8, 13),
    "published_on": date(2015, 8, 13),
    "is_current_vintage": True,
    "observations": 4030,
    "known_on": date(2015, 8, 13),
    "known_by": "file",
    "url": "https://publisher.example/june.xls",
}
ASIDE: Row = JUNE | {
    "source_sha256": "cd" * 32,
    "state": "quarantined",
    "reason": "a total is not its parts",
    "sheet": "LA",
    "cell": "D7",
    "url": "file:///home/somebody/july.xls",
}
STRANGE: Row = JUNE | {"source_sha256": "ef" * 32, "state": "unrecognised", "return_id": None}


def write_record(release: Path, *returns: dict[str, object]) -> None:
    """Write a record of processing beside a release."""
    (release / "quality").mkdir()
    (release / "quality/processing.json").write_text(json.dumps({"returns": returns}))


@pytest.fixture
def bodies(tmp_path: Path) -> dict[str, str]:
    """The pages of a return with a file read and one set aside, and of a file of no return."""
    write_record(tmp_path, ABOUT | {"late_from": "2026-11-20"})
    site = site_of(tmp_path, {"source_file": (JUNE, ASIDE, STRANGE)})
    return {page.path: str(page.body) for page in sources.pages(site)}


def test_every_file_has_the_place_that_its_cells_lead_to(bodies: dict[str, str]) -> None:
    """Given a file of a return and one of none, then both lie where a source cell leads to."""
    for row in (JUNE, STRANGE):
        return_id = row["return_id"]
        path, _, anchor = source_path(
            None if return_id is None else str(return_id), str(row["source_sha256"])
        ).partition("#")
        assert f'id="{anchor}"' in bodies[path]


def test_a_file_says_where_it_came_from_and_why_it_is_not_read(bodies: dict[str, str]) -> None:
    """Given files, then hash, publication, vintage and reason are there, and web links only."""
    page = bodies["sources/delayed_transfers_la.html"]
    assert "ab" * 32 in page
    assert "13 August 2015" in page
    assert "in use" in page
    assert "a total is not its parts (LA, D7)" in page
    assert 'href="https://publisher.example/june.xls"' in page
    assert "somebody" not in page
    assert "Open Government Licence v3.0</a>" in page


def test_what_is_late_comes_first(bodies: dict[str, str]) -> None:
    """Given a late return and files not read, then the heading says both, and the list the one."""
    said = "1 file of 1 return is behind this release; 2 more files are not read; 1 return is late"
    assert said in bodies["sources.html"]
    assert "late since 20 November 2026" in bodies["sources.html"]


def test_a_gap_before_the_newest_period_is_called_one() -> None:
    """Given what was late before the newest period that is held was over, then it is a gap, but
    not where that period is still to come.
    """
    about, late = (
        Return.model_validate(ABOUT),
        Lateness("late", is_late=True, day=date(2026, 1, 16), told_on=date(2026, 11, 22)),
    )
    held = Source(about, 1, 1, None, date(2026, 4, 30), None, 1, late)
    assert held.has_a_gap
    assert not replace(held, last=date(2025, 10, 31)).has_a_gap
    forecasts = replace(held, last=date(2029, 3, 31))
    assert not forecasts.has_a_gap


def test_months_are_named_as_people_do(bodies: dict[str, str]) -> None:
    """Given a return that began and ended in a month, then its page names both."""
    said = bodies["sources/delayed_transfers_la.html"]
    assert "from August 2010 to February 2020" in said


@pytest.mark.parametrize(
    ("late_from", "is_look_back", "said", "is_late"),
    [
        ("2026-11-20", False, "late: 3 days", True),
        ("2026-11-22", False, "late: 1 day", True),
        ("2026-11-23", False, "on time; late from 23 November 2026", False),
        (None, False, "ended", False),
        ("2026-11-20", True, "not told of a look back", False),
    ],
)
def test_lateness_goes_by_the_publishers_dates(
    late_from: str | None, is_look_back: bool, said: str, is_late: bool
) -> None:
    """Given the day from which a return is late, then a day before it is on time."""
    about = Return.model_validate(ABOUT | {"late_from": late_from})
    record = Record(returns=(about,), has_dates=True)
    day = date(2026, 11, 22)
    found = sources.lateness(about, record, day, is_look_back=is_look_back)
    assert (found.words, found.is_late) == (said, is_late)


def test_a_record_without_dates_says_nothing_of_lateness(tmp_path: Path) -> None:
    """Given a record without days, or a look back, then nothing is called late or on time."""
    write_record(tmp_path, ABOUT)
    assert not read_record(tmp_path).has_dates
    look_back = replace(FACTS, as_at=date(2016, 1, 1))
    site = site_of(tmp_path, {"source_file": (JUNE,)}, look_back)
    first = str(next(iter(sources.pages(site))).body)
    assert "it looks back to 1 January 2016" in first


def test_a_made_up_return_is_not_late(tmp_path: Path) -> None:
    """Given a return of synthetic files only, then it is called made up, whatever its dates."""
    write_record(tmp_path, ABOUT | {"late_from": "2026-11-20"})
    site = site_of(tmp_path, {"source_file": (JUNE | {"is_synthetic": True},)})
    first = str(next(iter(sources.pages(site))).body)
    assert "made up: SYNTHETIC" in first
    assert "are late" not in first


def test_a_broken_record_is_refused(tmp_path: Path) -> None:
    """Given a record that is not one, then the error names the file."""
    write_record(tmp_path, {"title": "no return"})
    with pytest.raises(ResultsError, match=r"quality/processing\.json"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    ("count", "said"), [(950, "950 bytes"), (164_352, "164 kB"), (54_013_952, "54.0 MB")]
)
def test_sizes_are_told_as_people_do(count: int, said: str) -> None:
    """Given bytes, when told, then in the unit that fits."""
    assert sources.size(count) == said
