"""Invented numbers of people by area, age and sex, for figures of definitions that follow them.

A council has people around its weight; regions and England have those of all their councils,
whichever of these a file shows. The same people stand in every file of a seed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import Field

from demonstration.arithmetic import Figure
from demonstration.bodies import ENGLAND, Body, regions_of_councils
from demonstration.figures import Counts, Floats, stream_of
from demonstration.spec import Strict
from demonstration.subjects import Subject, read_subjects
from ingestion.patterns import fits

DATA = Path(__file__).resolve().parent / "data"
OLDEST = 90
"""The last single year of age, which stands for all that follow."""

AGES = tuple(str(age) for age in range(OLDEST + 1))
SEXES = ("male", "female")

MIDDLE = 40
"""The age whose share is the same in older and younger areas."""

MID_YEAR = 6
"""The month in which people are counted."""


class Variety(Strict):
    """How much councils differ: standard deviations; of logarithms for age and rate."""

    growth_a_year: float = Field(ge=0)
    age: float = Field(ge=0)
    rate: float = Field(ge=0)


class Following(Strict):
    """Figures that follow people: those with the members `of`; people of some ages, or a rate."""

    of: dict[str, str] = Field({})
    ages: tuple[int, int] = Field((0, OLDEST), description="First and last single year.")
    rate: float = Field(1.0, gt=0, le=1, description="For each person; 1 counts the people.")


class PeopleSpec(Strict):
    """What invented people are like, and the measures of definitions that follow them."""

    source: str
    councils: str = Field(description="The list of subjects whose weights are people.")
    besides: dict[str, float] = Field(description="Weights of councils that it lacks.")
    weighed: int = Field(description="Mid-year of the weights.")
    growth_a_year: float
    ages: dict[int, float] = Field(description="Shares by age, straight lines between.")
    male: dict[int, float] = Field(description="Share of an age, straight lines between.")
    variety: Variety
    elsewhere: dict[str, float] = Field(description="People of other bodies, by code.")
    otherwise: float = Field(gt=0)
    measures: dict[str, tuple[Following, ...]]


@cache
def read_people() -> PeopleSpec:
    """Read the data file; raises ValidationError for keys that are not known."""
    return PeopleSpec.model_validate(yaml.safe_load((DATA / "people.yml").read_text("utf-8")))


@dataclass(frozen=True)
class _Council:
    """A council of the list: its codes, those of what it is a part of, and its people."""

    subject: Subject
    codes: tuple[str, ...]
    larger: tuple[str, ...]


@cache
def _councils(name: str) -> tuple[Subject, ...]:
    """Return the councils of a list of subjects: those that have an ONS code."""
    subjects = read_subjects(DATA / "subjects" / f"{name}.csv")
    return tuple(subject for subject in subjects if subject.words["ons_code"])


def _placed(spec: PeopleSpec) -> tuple[_Council, ...]:
    """Return every council with its region and England, of which it is a part."""
    regions = regions_of_councils()
    besides = [
        Subject(code, weight, None, None, {"ons_code": code})
        for code, weight in spec.besides.items()
    ]
    return tuple(
        _Council(subject, (subject.code, ons), (regions[ons], ENGLAND))
        for subject in (*_councils(spec.councils), *besides)
        for ons in [subject.words["ons_code"]]
    )


class People:
    """The people of every area; a seed gives them once and for all."""

    def __init__(self, spec: PeopleSpec, seed: str) -> None:
        self.spec = spec
        self._seed = seed
        self._councils = _placed(spec)
        self._counts: dict[tuple[str, str, int, float], Counts] = {}

    def settled(self, figures: Sequence[Figure], made: Collection[int]) -> dict[int, float]:
        """Return the figures that follow people, by place, but for those that others make."""
        return {
            place: value
            for place, figure in enumerate(figures)
            if place not in made
            and not figure.is_control
            and (value := self._value(figure)) is not None
        }

    def _value(self, figure: Figure) -> float | None:
        """Return what a figure has to be; None when it does not follow people."""
        members = set(figure.members)
        for following in self.spec.measures.get(figure.measure, ()):
            of = following.of.items()
            cells = _cells(dict(members - of), following.ages) if of <= members else None
            if cells is not None:
                counts = self._of(figure.body, figure.period.start.year, following.rate)
                return float(counts[cells].sum())
        return None

    def _parts(self, body: Body, year: int) -> list[Subject]:
        """Return the councils that a body is made of, or one body with the people elsewhere."""
        for code in (body.code, body.ons_code):
            if own := _made_of(self._councils, code, year):
                return own
            for pattern, people in self.spec.elsewhere.items():
                if fits(code, pattern):
                    return [Subject(code, people, None, None, {})]
        return [Subject(body.code, self.spec.otherwise, None, None, {})]

    def _of(self, body: Body, year: int, rate: float) -> Counts:
        """Return the people of a mid-year, or those of a rate, by single year of age and sex."""
        key = body.code, body.ons_code, year, rate
        if key not in self._counts:
            parts = [self._in(part, year, rate) for part in self._parts(body, year)]
            self._counts[key] = np.sum(parts, axis=0)
        return self._counts[key]

    def _in(self, subject: Subject, year: int, rate: float) -> Counts:
        """Draw the people of one council, or of one body elsewhere."""
        mean = subject.weight * self._growth(subject, year) * self._shares(subject)
        level = self._drawn("rate", subject.code, rate).normal(0, self.spec.variety.rate)
        factor = rate * np.exp(level) if rate < 1 else 1.0
        return self._drawn("people", subject.code, year, rate).poisson(mean * factor)

    def _growth(self, subject: Subject, year: int) -> float:
        noise = self._drawn("growth", subject.code).normal(0, self.spec.variety.growth_a_year)
        return float((1 + self.spec.growth_a_year + noise) ** (year - self.spec.weighed))

    def _shares(self, subject: Subject) -> Floats:
        """Return the shares of ages and sexes; they sum to 1, and some areas are older."""
        ages = np.arange(OLDEST + 1)
        tilt = self._drawn("age", subject.code).normal(0, self.spec.variety.age)
        shares = _along(self.spec.ages) * np.exp(tilt * (ages - MIDDLE) / MIDDLE)
        male = _along(self.spec.male)
        split: Floats = (shares / shares.sum())[:, None] * np.stack([male, 1 - male], axis=1)
        return split

    def _drawn(self, *parts: object) -> np.random.Generator:
        """Return the random numbers of one purpose."""
        return stream_of(self._seed, *parts)


def _made_of(councils: Sequence[_Council], code: str, year: int) -> list[Subject]:
    """Return the council that has a code, or those that are then in what has it."""
    then = date(year, MID_YEAR, 1)
    own = [council.subject for council in councils if code in council.codes]
    return own or [c.subject for c in councils if code in c.larger and c.subject.holds(then)]


def _cells(members: dict[str, str], ages: tuple[int, int]) -> tuple[slice, slice] | None:
    """Return the ages and sexes that members name; None when they name anything else."""
    age, sex = members.pop("age", None), members.pop("sex", None)
    if members or age not in (None, *AGES) or sex not in (None, *SEXES):
        return None
    first, last = ages if age is None else (int(age), int(age))
    place = 0 if sex is None else SEXES.index(sex)
    return slice(first, last + 1), slice(place, len(SEXES) if sex is None else place + 1)


def _along(points: dict[int, float]) -> Floats:
    """Read a value for each single year of age, on straight lines between those given."""
    return np.interp(np.arange(OLDEST + 1), sorted(points), [points[age] for age in sorted(points)])
