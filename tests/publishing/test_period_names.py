"""Periods as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from publishing.period_names import Period, UnknownPeriodError, parse_period


@pytest.mark.parametrize(
    ("text", "kind", "start"),
    [
        ("2015-06", "month", date(2015, 6, 1)),
        (" 2015-06 ", "month", date(2015, 6, 1)),
        ("2015-16", "financial_year", date(2015, 4, 1)),
        ("2015/16", "financial_year", date(2015, 4, 1)),
        ("2015-2016", "financial_year", date(2015, 4, 1)),
        ("1999-00", "financial_year", date(1999, 4, 1)),
        ("2011-12", "month", date(2011, 12, 1)),
        ("2011/12", "financial_year", date(2011, 4, 1)),
        ("2015-16 Q1", "quarter", date(2015, 4, 1)),
        ("2015/16q3", "quarter", date(2015, 10, 1)),
        ("Q1 2015-16", "quarter", date(2015, 4, 1)),
        ("q3 2015/2016", "quarter", date(2015, 10, 1)),
        ("Q4-2011-12", "quarter", date(2012, 1, 1)),
        ("2011-12 Q4", "quarter", date(2012, 1, 1)),
    ],
)
def test_a_period_is_read(text: str, kind: str, start: date) -> None:
    """Given a period as people write it
    When it is read
    Then it has its type and first day; January to March belong to the year's second half.
    """
    assert parse_period(text) == Period(kind, start)


@pytest.mark.parametrize(
    "text",
    [
        "2015",
        "2015-13",
        "2015-17",
        "2015-Q2",
        "2015-16 Q5",
        "Q5 2015-16",
        "Q1 2015-17",
        "Q1 2015-16 Q1",
        "June 2015",
        "",
        "0000-01",
    ],
)
def test_what_is_no_period_is_said(text: str) -> None:
    """Given a text that names no period
    When it is read
    Then the error says how periods are written.
    """
    with pytest.raises(UnknownPeriodError, match="Q1 2015-16"):
        parse_period(text)


@pytest.mark.parametrize("first", [1999, 2010, 2011, 2012, 2015])
def test_what_a_period_is_called_reads_as_itself(first: int) -> None:
    """Given any month, quarter and year
    When what a person would type for it is read
    Then it is the same period.
    """
    months = [date(first, month, 1) for month in range(1, 13)]
    periods = [Period("month", start) for start in months]
    periods += [Period("quarter", start) for start in months if start.month % 3 == 1]
    periods.append(Period("financial_year", date(first, 4, 1)))

    assert [parse_period(period.typed) for period in periods] == periods
