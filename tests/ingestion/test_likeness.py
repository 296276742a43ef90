"""Which known wording a strange one stands for, and when that is clear."""

from __future__ import annotations

import pytest

from ingestion.likeness import likeness, nearest_of, says_the_same

KNOWN = [["NHS"], ["Social Care"], ["Both"], ["Occupancy % (see note*)"]]


@pytest.mark.parametrize(
    ("strange", "at"),
    [
        ("Adult Social Care", 1),
        ("Social  care", 1),
        ("NHS responsible", 0),
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
    ],
)
def test_heading_of_another_meaning_is_never_clear(strange: str, known: str) -> None:
    """Given a number or a deciding word that changed, then the nearest is told and not clear."""
    (found,) = nearest_of([strange], [[known]])
    assert found is not None
    assert not found.is_clear
    assert not says_the_same(strange, known)


def test_two_that_may_be_meant_are_not_clear() -> None:
    """Given two known headings as near as each other, or two strange ones, then none is clear."""
    (one,) = nearest_of(["Delays"], [["Delays A"], ["Delays B"]])
    assert one is not None
    assert not one.is_clear
    both = nearest_of(["Delays A", "Delays B"], [["Delays"]])
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
