"""What is spelled by a pattern is read by it, and says what it was to say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demonstration.spelling import (
    PERIODS,
    Parts,
    date_cell,
    period_before,
    periods,
    spell,
)
from ingestion.patterns import FIELDS, fits, read
from ingestion.period import PARSERS, Period

PATTERNS = sorted(set(PERIODS) & set(FIELDS))
days = st.dates(date(2001, 4, 1), date(2035, 12, 31))  # two digits are a year of this century
always = settings(derandomize=True, deadline=None)


def test_every_placeholder_of_a_period_can_be_written() -> None:
    """Given what a pattern or a title block may say. When compared. Then all can be written."""
    assert set(PARSERS) <= set(PERIODS)


@always
@given(placeholder=st.sampled_from(PATTERNS), day=days)
def test_a_period_is_read_as_it_was_written(placeholder: str, day: date) -> None:
    """Given any period. When written into a pattern and read. Then it is the same."""
    pattern = f"Beds * {{{placeholder}}}, revised*"
    for period in periods(placeholder, day, 3):
        said = read(spell(pattern, Parts(period)), pattern)
        assert said is not None
        assert said.period == period


@always
@given(placeholder=st.sampled_from(sorted(PARSERS)), day=days)
def test_periods_follow_each_other(placeholder: str, day: date) -> None:
    """Given a day. When periods are asked for. Then they are in order and do not overlap."""
    one, two, three = periods(placeholder, day, 3)
    assert one.end < two.start
    assert two.end < three.start
    assert period_before(placeholder, two) == one
    assert PARSERS[placeholder](PERIODS[placeholder](two)) == two


def test_words_without_a_pattern_stay_as_they_are() -> None:
    """Given plain words. When spelled. Then they are the same, double spaces too."""
    assert spell("Beds  open") == "Beds  open"


@pytest.mark.parametrize("pattern", ["ENGLAND*", "*of care*", "* beds", "Notes [*]", "Q* {name}"])
def test_a_star_is_filled_and_a_real_one_kept(pattern: str) -> None:
    """Given stars. When spelled. Then the text fits, is not blank, and keeps real stars."""
    text = spell(pattern, Parts(name="Ward 7"))
    assert text
    assert fits(text, pattern)
    assert ("*" in text) == ("[*]" in pattern)


def test_a_text_can_be_unlike_others() -> None:
    """Given a pattern that other words fit too. When spelled unlike them. Then it is not they."""
    assert spell("Total*") == "Total"
    text = spell("Total*", unlike=("Total", "Total as given"))
    assert fits(text, "Total*")
    assert text not in {"Total", "Total as given"}


def test_what_cannot_be_spelled_is_refused() -> None:
    """Given a period that is not there, or no text that would do. When spelled. Then an error."""
    with pytest.raises(ValueError, match="none is given"):
        spell("w/c {week}")
    with pytest.raises(ValueError, match="no text fits"):
        spell("Total*", unlike=("*",))
    with pytest.raises(ValueError, match="no text fits"):
        spell("A long name *", most=5)


def test_a_date_of_its_own_is_a_date_cell() -> None:
    """Given a heading that is a day and nothing else. When written. Then it is a date."""
    period = Period(date(2022, 4, 1), date(2022, 4, 1), "day")
    assert date_cell("{day}", period) == date(2022, 4, 1)
    assert date_cell("w/c {day}", period) is None
    assert date_cell("{day}", None) is None
