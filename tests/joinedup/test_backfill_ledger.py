"""The ledger of a back-fill: which periods there are, and how each stands."""

from __future__ import annotations

from datetime import date

import pytest

from ingestion.cadence import Cadence, Skipped
from ingestion.catalogue import Reading
from ingestion.period import Period, month
from joinedup.backfill_ledger import (
    BadRangeError,
    Line,
    is_of,
    ledger_of,
    likely,
    month_in_name,
    periods_between,
)

MONTHLY = Cadence(every="month", published_after_days=30, first="2011-04", last="2020-02")
MAY, JUNE = month(date(2015, 5, 1)), month(date(2015, 6, 1))


def read(sha256: str, period: Period | None = MAY, return_id: str = "x") -> Reading:
    """A file that was read."""
    return Reading(
        sha256,
        "mark",
        "read",
        is_final=True,
        return_id=return_id,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
    )


def refused(sha256: str, return_id: str | None = "x") -> Reading:
    """A file that was quarantined."""
    return Reading(
        sha256, "mark", "quarantined", is_final=True, return_id=return_id, reason="Cut short."
    )


@pytest.mark.parametrize(
    ("cadence", "first", "last", "periods"),
    [
        (MONTHLY, "2015-11", "2016-02", ["2015-11", "2015-12", "2016-01", "2016-02"]),
        (MONTHLY, "2011-01", "2011-05", ["2011-04", "2011-05"]),
        (MONTHLY, "2020-01", "2020-12", ["2020-01", "2020-02"]),
        (
            Cadence(every="quarter", published_after_days=30, first="2015-04"),
            "2015-06",
            "2015-07",
            ["2015-04-01 to 2015-06-30", "2015-07-01 to 2015-09-30"],
        ),
        (
            Cadence(every="year", published_after_days=30, first="2014-04"),
            "2015-05",
            "2015-05",
            ["2015-04-01 to 2016-03-31"],
        ),
    ],
)
def test_periods_follow_the_cadence(
    cadence: Cadence, first: str, last: str, periods: list[str]
) -> None:
    """Given a cadence and two months, then each period that touches them is there, once."""
    assert [str(period) for period in periods_between(cadence, first, last)] == periods


def test_what_the_publisher_skipped_is_no_gap() -> None:
    """Given months that were not published, when a range holds them, then they are not in it."""
    skipped = Skipped.model_validate(
        {"from": "2015-05", "to": "2015-06", "reason": "paused", "source": "its page"}
    )
    cadence = MONTHLY.model_copy(update={"skipped": [skipped]})
    assert [str(one) for one in periods_between(cadence, "2015-04", "2015-07")] == [
        "2015-04",
        "2015-07",
    ]


@pytest.mark.parametrize(
    ("first", "last"), [("2016-03", "2015-04"), ("April", "May"), ("2009-01", "2010-01")]
)
def test_a_range_that_is_none_is_refused(first: str, last: str) -> None:
    """Given months the wrong way round, no months, or none of the return's, then it is said."""
    with pytest.raises(BadRangeError, match=first):
        periods_between(MONTHLY, first, last)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("a/LA-Type-B_2015-08.xlsx", "2015-08"),
        ("LA-Type-B-August-2015-xT4s.xls", "2015-08"),
        ("2015 Aug.csv", "2015-08"),
        ("August 2015 and May 2016.csv", None),
        ("2015-16.csv", None),
        ("revised 2015.csv", None),
        ("201508.csv", None),
        ("August 2015/file.csv", None),
    ],
)
def test_a_month_in_a_name(name: str, named: str | None) -> None:
    """Given a file's name, when it speaks of one month, then that is given, else nothing."""
    found = month_in_name(name)
    assert (str(found) if found else None) == named


@pytest.mark.parametrize(
    ("reading", "name", "is_likely", "is_one"),
    [
        (read("a"), "any", False, True),
        (read("a", JUNE), "any", False, False),
        (read("a", None), "any", False, True),
        (read("a", return_id="y"), "any", False, False),
        (refused("a"), "May 2015.xls", False, True),
        (refused("a"), "June 2015.xls", False, False),
        (refused("a"), "any", False, True),
        (refused("a", None), "May 2015.xls", True, True),
        (refused("a", None), "May 2015.xls", False, False),
        (refused("a", None), "any", True, False),
        (refused("a", "y"), "May 2015.xls", False, False),
        (Reading("a", "", "unrecognised", is_final=True), "May 2015.xls", False, False),
    ],
)
def test_which_files_are_of_a_range(
    reading: Reading, name: str, is_likely: bool, is_one: bool
) -> None:
    """Given a file, when its return and period are those of the range, then it is taken; so is one
    of no known return, if its name speaks of the period and something else of the return.
    """
    assert is_of(reading, name, "x", [MAY], is_likely=is_likely) is is_one


def test_names_that_fit_what_a_return_links_to_are_likely() -> None:
    """Given names of files, then those that its page's links would have are likely its own."""
    names = {"a": "https://x/y/LA%20Type%20B%20May%202015.XLS", "b": "report_2015_05_v2.xls"}
    assert likely(names, "la type b*.xls") == {"a"}


def test_a_foreign_file_that_was_refused_is_no_gap() -> None:
    """Given a month that was read and a refused file of no known return that the folder did not
    give, whose name speaks of the month, then only a name like this return's makes it one.
    """
    readings, names = [refused("odd", None)], {"odd": "report_2015_05_v2.xls"}
    assert ledger_of("x", [MAY], readings, names)[0].state == "missing"
    for found, likely_of in (("odd", ""), ("", "odd")):
        given, like = frozenset(found.split()), frozenset(likely_of.split())
        assert ledger_of("x", [MAY], readings, names, given, like)[0].state == "quarantined"


NAMES = {"old": "May 2015 v1.xls", "bad": "May 2015 v2.xls", "good": "x.xls", "odd": "y.xls"}


@pytest.mark.parametrize(
    ("readings", "found", "line"),
    [
        ([], "", Line("2015-05", "missing", (), "No file of it was found.")),
        ([read("old")], "", Line("2015-05", "read", ("May 2015 v1.xls",))),
        ([refused("bad")], "", Line("2015-05", "quarantined", ("May 2015 v2.xls",), "Cut short.")),
        ([read("old"), refused("bad")], "", Line("2015-05", "read", ("May 2015 v1.xls",))),
        (
            [read("old"), refused("bad")],
            "bad",
            Line("2015-05", "quarantined", ("May 2015 v2.xls",), "Cut short."),
        ),
        (
            [read("good"), refused("bad")],
            "bad good",
            Line("2015-05", "read", ("x.xls",)),
        ),
        (
            [refused("odd")],
            "odd",
            Line("2015-05", "missing", (), "y.xls was refused and may be it: Cut short."),
        ),
    ],
    ids=["nothing", "read", "refused", "old refusal", "re-issue refused", "mended", "unplaced"],
)
def test_how_a_period_stands(readings: list[Reading], found: str, line: Line) -> None:
    """Given the files of a month, some of them given to the back-fill, then its line says how it
    stands: a file that was given and refused leaves a gap unless another that was given was read.
    """
    assert ledger_of("x", [MAY], readings, NAMES, frozenset(found.split())) == (line,)


def test_a_file_of_many_months_is_read_for_each() -> None:
    """Given one file with a year of months, then every one of its months was read."""
    year = Period(date(2015, 4, 1), date(2016, 3, 31), "span")
    ledger = ledger_of("x", [MAY, JUNE], [read("good", year)], NAMES)
    assert [line.state for line in ledger] == ["read", "read"]
