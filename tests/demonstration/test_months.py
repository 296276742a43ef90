from __future__ import annotations

from datetime import date

import pytest

from demonstration.months import (
    financial_year,
    month_after,
    month_words,
    months_between,
    nth_weekday,
    parse_month,
    spelt_day,
)


@pytest.mark.parametrize(
    ("day", "spelling"),
    [
        (date(2011, 5, 27), "27th May 2011"),
        (date(2012, 9, 1), "1st September 2012"),
        (date(2012, 9, 22), "22nd September 2012"),
        (date(2012, 9, 3), "3rd September 2012"),
        (date(2012, 9, 12), "12th September 2012"),
    ],
)
def test_dates_are_spelt_as_the_publisher_does(day: date, spelling: str) -> None:
    """Given a day. When it is spelt. Then it has the English ordinal."""
    assert spelt_day(day) == spelling


def test_january_belongs_to_the_financial_year_that_began_the_april_before() -> None:
    """Given January 2015. When its words are asked for. Then its year is 2014-15."""
    assert financial_year(date(2015, 1, 1)) == 2014
    assert month_words(date(2015, 1, 1))["financial_year"] == "2014-15"
    assert month_words(date(1999, 4, 1))["financial_year"] == "1999-00"


def test_month_arithmetic_crosses_years() -> None:
    """Given November. When months are added or listed. Then the year turns over."""
    assert month_after(date(2014, 11, 1), 2) == date(2015, 1, 1)
    assert month_after(date(2014, 1, 1), -1) == date(2013, 12, 1)
    assert len(months_between(date(2014, 11, 1), date(2015, 2, 1))) == 4


def test_second_thursday() -> None:
    """Given June 2016. When its second Thursday is asked for. Then it is the 9th."""
    assert nth_weekday(date(2016, 6, 1), weekday=3, which=2) == date(2016, 6, 9)


@pytest.mark.parametrize("text", ["2015", "2015-7", "July 2015", "2015-13"])
def test_what_is_no_month_is_refused(text: str) -> None:
    """Given a text that is no month. When it is parsed. Then ValueError."""
    with pytest.raises(ValueError, match="month"):
        parse_month(text)
