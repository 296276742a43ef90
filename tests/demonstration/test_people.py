"""Invented people: as many as live in an area, and those of England are its councils'."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import yaml
from pydantic import ValidationError

from demonstration.arithmetic import Figure
from demonstration.bodies import SEEDS, Body, bodies_of
from demonstration.from_definition import draft_example
from demonstration.generate import DATA
from demonstration.people import People, PeopleSpec, read_people
from ingestion.definition import load_definitions
from ingestion.period import Period

YEARS = (2015, 2016, 2019)
ENGLAND = Body("country", "E92000001", "England", "E92000001")
ADULTS = range(18, 91)
COLUMNS = ["subject_code", "subject_name", "period_start", "breakdown"]


def mid(year: int) -> Period:
    """The day on which people are counted."""
    return Period(date(year, 6, 30), date(year, 6, 30), "snapshot")


def figure(body: Body, year: int, measure: str = "population", **members: str) -> Figure:
    """A figure about a body, in a table of its own."""
    pairs = tuple(sorted(members.items()))
    return Figure("table", "sheet", 0, 0, body, False, mid(year), measure, pairs)


def told(people: People, *figures: Figure) -> float:
    """The sum of some figures, each of which has to follow people."""
    settled = people.settled(figures, ())
    assert len(settled) == len(figures)
    return sum(settled.values())


def adults(people: People, body: Body, year: int) -> float:
    """The people of 18 and over, by single year of age."""
    return told(people, *(figure(body, year, age=str(age)) for age in ADULTS))


@cache
def people() -> People:
    """The people of one seed."""
    return People(read_people(), "2017/1")


@cache
def seeded() -> dict[tuple[str, int, str], int]:
    """The real populations of councils that the warehouse has of its own."""
    with (SEEDS / "populations.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (row["area_code"], int(row["mid_year"]), row["age_band"]): int(row["population"])
            for row in csv.DictReader(stream)
        }


@pytest.mark.parametrize("year", YEARS)
def test_england_and_regions_have_the_people_of_their_councils(year: int) -> None:
    """Given all councils of a year. When counted. Then they are England's people, and regions'."""
    councils = bodies_of("council", mid(year), ons_codes=True)
    by_region: dict[str, list[Figure]] = defaultdict(list)
    for council in councils:
        by_region[council.parent_code].append(figure(council, year, sex="female", age="80"))
    regions = [Body("region", code, "", code) for code in by_region]
    assert len(regions) == 9
    for region in regions:
        old = figure(region, year, sex="female", age="80")
        assert told(people(), old) == told(people(), *by_region[region.code])
    everybody = [figure(council, year) for council in councils]
    assert told(people(), figure(ENGLAND, year)) == told(people(), *everybody)
    sexes = [figure(ENGLAND, year, sex=sex) for sex in ("male", "female")]
    assert told(people(), figure(ENGLAND, year)) == told(people(), *sexes)


@pytest.mark.parametrize("year", YEARS)
def test_areas_have_about_as_many_people_as_live_there(year: int) -> None:
    """Given the real populations of councils. When set beside the invented. Then adults are fewer
    than all who live in any, and together as many as there were, within one in a hundred.
    """
    real = {area: n for (area, of, band), n in seeded().items() if (of, band) == (year, "all")}
    councils = bodies_of("council", mid(year), ons_codes=True)
    known = [council for council in councils if council.code in real]
    assert len(known) > len(councils) - 4
    for council in known:
        assert adults(people(), council, year) < real[council.code], council
    every = sum(real[council.code] for council in known)
    everybody = [figure(council, year) for council in known]
    assert told(people(), *everybody) == pytest.approx(every, rel=0.01)
    england = told(people(), figure(ENGLAND, year))
    assert adults(people(), ENGLAND, year) == pytest.approx(0.787 * england, rel=0.01)


@pytest.mark.parametrize("year", [2012, 2020, 2021, 2023, 2025])
def test_a_council_under_another_code_has_people_of_its_own(year: int) -> None:
    """Given councils of a year whose codes the list lacks, for they were split or changed them
    When counted
    Then all councils of the year have about the people of England.
    """
    councils = bodies_of("council", mid(year), ons_codes=True)
    every = told(people(), *(figure(council, year) for council in councils))
    assert every == pytest.approx(told(people(), figure(ENGLAND, year)), rel=0.01)


def test_every_file_says_the_same_of_an_area_and_a_year() -> None:
    """Given all returns of populations. When drafted. Then no two state a figure differently."""
    definitions = [of for of in load_definitions().values() if "population" in of.measures]
    assert len(definitions) > 1
    drafts = [draft_example(of, layout).figures for of in definitions for layout in of.layouts]
    figures = pl.concat(drafts).with_columns(
        # Sexes stand in tables of their own or in rows; both say it of the figure.
        pl.col("breakdown").str.split(";").list.sort().list.join(";")
    )
    known = figures.filter(
        pl.col("breakdown").str.extract(r"age=(\d+)").fill_null("0").cast(pl.Int32) <= 90
    )
    stated = known.group_by(COLUMNS).agg(pl.len().alias("times"), pl.col("value").n_unique())
    assert stated.filter(pl.col("times") > 1).height
    assert stated["value"].unique().to_list() == [1]
    england = figures.filter(pl.col("subject_code") == ENGLAND.code, pl.col("breakdown") == "")
    assert england["value"].min() > 50_000_000  # type: ignore[operator]


def test_a_rate_is_of_people_of_its_ages() -> None:
    """Given a measure that is a rate of some ages. When invented. Then it is about that rate."""
    spec = read_people()
    name, rates = next((name, of) for name, of in spec.measures.items() if of[0].rate < 1)
    assert rates
    for rate in rates:
        counted = told(people(), figure(ENGLAND, 2015, name, **rate.of))
        ages = range(rate.ages[0], rate.ages[1] + 1)
        whole = told(people(), *(figure(ENGLAND, 2015, age=str(age)) for age in ages))
        assert counted / whole == pytest.approx(rate.rate, rel=0.15)


def test_what_does_not_follow_people_is_left_to_be_drawn() -> None:
    """Given figures of other measures, ages or members, totals and sums. Then none is settled."""
    others = [
        figure(ENGLAND, 2015, "beds"),
        figure(ENGLAND, 2015, age="91"),
        figure(ENGLAND, 2015, ward="3"),
        figure(ENGLAND, 2015),
    ]
    control = figure(Body("country", "", "England"), 2015)
    control.is_control = True
    assert people().settled([*others, control], {3}) == {}


def test_a_seed_gives_people_of_its_own() -> None:
    """Given two seeds. When people are invented. Then each has others, and again the same."""
    again, other = People(read_people(), "2017/1"), People(read_people(), "2018/1")
    assert told(again, figure(ENGLAND, 2015)) == told(people(), figure(ENGLAND, 2015))
    assert told(other, figure(ENGLAND, 2015)) != told(people(), figure(ENGLAND, 2015))


def test_an_unknown_key_of_people_is_refused() -> None:
    """Given the data file with one key too many. When validated. Then it is named."""
    data = yaml.safe_load((Path(DATA) / "people.yml").read_text(encoding="utf-8"))
    with pytest.raises(ValidationError, match="colour"):
        PeopleSpec.model_validate(data | {"colour": "blue"})


def test_a_quotient_is_of_what_a_marker_hides() -> None:
    """Given a file with rates of people, some of whose counts are hidden. When drafted. Then each
    rate that is shown is above nought: it was made of the count, and not of the marker.
    """
    spec = read_people()
    name, rates = next((name, of) for name, of in spec.measures.items() if of[0].rate < 1)
    (definition,) = (of for of in load_definitions().values() if {*rates[0].of} <= {*of.dimensions})
    of = [f"{dimension}={member}" for rate in rates for dimension, member in rate.of.items()]
    for layout in definition.layouts:
        figures = draft_example(definition, layout).figures.filter(pl.col("breakdown").is_in(of))
        hidden = figures.filter(pl.col("measure") == name, pl.col("value").is_null())
        assert hidden.height
        shown = figures.filter(pl.col("value").is_not_null())
        assert shown["value"].min() > 0  # type: ignore[operator]
