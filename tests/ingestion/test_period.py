from __future__ import annotations

from datetime import date

import pytest

from ingestion.period import (
    Period,
    month_of_financial_year,
    parse_financial_year,
    parse_month,
    parse_months,
    parse_publication_date,
)


def test_a_month_is_read_whatever_its_case_and_spaces() -> None:
    """Given spellings of one month, when read, then each is its first to its last day."""
    for text in ("April 2011", " APRIL  2011", "april\n2011"):
        assert parse_month(text) == Period(date(2011, 4, 1), date(2011, 4, 30))


@pytest.mark.parametrize("text", ["Janaury 2011", "April", "2011 April", "April 11", ""])
def test_a_misspelt_month_is_refused(text: str) -> None:
    """Given words that are not a month and a year, when read, then they are refused."""
    with pytest.raises(ValueError, match="not a month and year"):
        parse_month(text)


def test_a_span_of_months_ends_on_a_last_day() -> None:
    """Given a leap February as the end of a span, when read, then it ends on the 29th."""
    span = parse_months("August 2010 - February 2020")
    assert (span.start, span.end) == (date(2010, 8, 1), date(2020, 2, 29))
    with pytest.raises(ValueError, match=r"ends in April 2011, before"):
        parse_months("March 2012 - April 2011")


def test_january_belongs_to_the_second_half_of_a_financial_year() -> None:
    """Given a financial year, when its months are read, then January is in the next year."""
    assert month_of_financial_year("2015-16", "MARCH ").start == date(2016, 3, 1)
    assert month_of_financial_year(" 2015-16", "April").start == date(2015, 4, 1)


@pytest.mark.parametrize("text", ["2017-19", "2017-30", "2017-17"])
def test_a_financial_year_that_was_dragged_down_is_refused(text: str) -> None:
    """Given a year whose halves do not follow each other, when read, then it is refused."""
    with pytest.raises(ValueError, match="contradicts itself"):
        parse_financial_year(text)
    assert parse_financial_year("1999-00") == 1999


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("27th May 2011", date(2011, 5, 27)),
        ("11th May 2017", date(2017, 5, 11)),
        ("2017-05-11 00:00:00", date(2017, 5, 11)),
        ("27 May 2011", date(2011, 5, 27)),
        ("-", None),
        (" ", None),
    ],
)
def test_publication_dates_are_read(cell: str, expected: date | None) -> None:
    """Given a date as publishers write it, when read, then it is that day, and a dash is none."""
    assert parse_publication_date(cell) == expected


@pytest.mark.parametrize(
    "text", ["1th September 2012", "27 Mai 2011", "01/02/2025", "31st June 2012"]
)
def test_a_mistyped_publication_date_is_not_guessed(text: str) -> None:
    """Given a date with a wrong ordinal or in another form, when read, then it is refused."""
    with pytest.raises(ValueError, match=r"not a date|day is out of range"):
        parse_publication_date(text)
