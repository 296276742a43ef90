"""Which known wording a strange one stands for, and when that is clear."""

from __future__ import annotations

import pytest

from ingestion.likeness import likeness, nearest_of, says_the_same

KNOWN = [["NHS"], ["Social Care"], ["Both"], ["Occupancy % (see note*)"]]


@pytest.mark.parametrize(
    ("strange", "at"),
    [
        ("The social-care", 1),
        ("Social Care (see note 4)", 1),
        ("Number of social cares", 1),
        ("NHS [note 1]", 0),
        ("Occupancy % (see notes)", 3),
        ("Occupancy in % (see notes 1 and 4)", 3),
    ],
)
def test_reworded_heading_is_clear(strange: str, at: int) -> None:
    """Given a heading that was only reworded, then the known one is named and it is clear."""
    (found,) = nearest_of([strange], KNOWN)
    assert found is not None
    assert (found.at, found.is_clear) == (at, True)


@pytest.mark.parametrize(
    ("strange", "known"),
    [
        ("People aged 75 and over", "People aged 65 and over"),
        ("Population (see note 2)", "Population aged 16 and over (see note*)"),
        ("Female", "Male"),
        ("Admissions excluding day cases", "Admissions including day cases"),
        ("Non-elective admissions", "Elective admissions"),
        ("Denominator", "Numerator"),
        ("Net expenditure", "Gross expenditure"),
        ("Net expenditure", "Expenditure"),
        ("Upper CI 95.0 limit", "Lower CI 95.0 limit"),
        ("temporary admissions", "permanent admissions"),
        ("patients discharged", "patients admitted"),
        ("younger people", "older people"),
        ("Minimum beds", "Maximum beds"),
        ("Decrease", "Increase"),
        ("Median", "Mean"),
        ("Number of people", "Percentage of people"),
        ("Number of people", "Percentage"),
        ("Monthly cost", "Weekly cost"),
        ("attributable to LA", "attributable to NHS"),
        ("Number of females", "Number of males"),
        ("Adult Social Care", "Social Care"),
        ("Care cases", "Care cares"),
        ("Employee", "Employer"),
        ("Transfers in", "Transfers"),
        ("Carers of children", "Children of carers"),
        ("LA not NHS", "NHS not LA"),
        ("People aged 65+", "People aged 65"),
        ("Change of -5%", "Change of 5%"),
        ("Beds <5", "Beds >5"),
        ("Waits", "Waits {month}"),
    ],
)
def test_heading_of_another_meaning_is_never_clear(strange: str, known: str) -> None:
    """Given a number or a deciding word that changed, then the nearest is told and not clear."""
    (found,) = nearest_of([strange], [[known]])
    assert found is None or not found.is_clear
    assert not says_the_same(strange, known)


@pytest.mark.parametrize(
    ("strange", "known"),
    [
        ("Patients on a Virtual Ward", "Patients in a Virtual Ward"),
        ("Code of council", "Council code"),
        ("Organisation", "Organization"),
        ("Accomodation", "Accommodation"),
        ("Totals*", "Total"),
        ("Care & support", "Care and support"),
    ],
)
def test_small_words_plurals_and_spelling_do_not_matter(strange: str, known: str) -> None:
    """Given another preposition, order about `of`, plural or spelling, then it is the same."""
    assert says_the_same(strange, known)
    assert says_the_same(known, strange)


def test_two_that_may_be_meant_are_not_clear() -> None:
    """Given two known headings as near as each other, or two strange ones, then none is clear."""
    (one,) = nearest_of(["The delays"], [["Delays"], ["Delay"]])
    assert one is not None
    assert not one.is_clear
    both = nearest_of(["The delays", "Delay"], [["Delays"]])
    assert [found and found.is_clear for found in both] == [False, False]


def test_nothing_near_is_nothing() -> None:
    """Given words that are like no other, or nothing to compare with, then there is no nearest."""
    assert nearest_of(["Completely different"], [["NHS"]]) == [None]
    assert nearest_of(["NHS"], []) == [None]


def test_another_wording_counts_too() -> None:
    """Given a heading with a second wording, then likeness to either is likeness."""
    (found,) = nearest_of(["Average delayed per day"], [["DTOC Beds", "Average delayed a day"]])
    assert found is not None
    assert found.at == 0
    assert likeness("NHS", "NHS*") == 1.0
