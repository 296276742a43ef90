"""The bodies that a synthetic file is about: real councils and commissioners, invented others.

A reader checks councils and commissioners against the register, so they are taken from it, as
valid in the period of the file. Providers, boards and sites are invented: no real code is used.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

from demonstration.spelling import spell
from ingestion.layouts import SubjectKind
from ingestion.patterns import fits
from ingestion.period import Period

SEEDS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds"


@dataclass(frozen=True)
class Body:
    """One body: its kind, its code in the return, its name, and whose part it is.

    `level` is what a return with bodies of several levels calls its own; `is_unnamed` says
    that the return prints no code for it.
    """

    kind: SubjectKind
    code: str
    name: str
    ons_code: str = ""
    parent_code: str = ""
    parent_name: str = ""
    level: str = ""
    is_unnamed: bool = False


REGIONS = (
    ("Y56", "E12000007", "London"),
    ("Y58", "E12000009", "South West"),
    ("Y59", "E12000008", "South East"),
    ("Y60", "E12000005", "Midlands"),
    ("Y61", "E12000006", "East of England"),
    ("Y62", "E12000002", "North West"),
    ("Y63", "E12000003", "North East and Yorkshire"),
)
INVENTED: dict[SubjectKind, tuple[str, str, str]] = {
    "council_class": ("Z{}", "", "Example council class {}"),
    "district": ("E0799000{}", "E0799000{}", "Example District {}"),
    "authority": ("E990{}", "E0799000{}", "Example Authority {}"),
    "provider": ("RZ{}", "", "Example Hospitals {} NHS Trust"),
    "site": ("RZ{}01", "", "Example Hospital {}"),
    "sha": ("Q9{}", "E1899000{}", "Example {} Strategic Health Authority"),
    "area_team": ("Q8{}", "E3999000{}", "Example {} Area Team"),
    "stp": ("QZ{}", "E5499000{}", "Example {} Partnership"),
    "icb": ("QZ{}", "E5499000{}", "NHS Example {} Integrated Care Board"),
    "sub_icb": ("9{}Z", "E3899000{}", "NHS Example {} ICB - 9{}Z"),
}
"""Code, ONS code and name of an invented body, for a digit from 1 to 9."""

ENGLAND = "E92000001"

MOST = 9
"""Invented bodies of a kind, at most."""


def bodies_of(
    kind: SubjectKind, period: Period, *, ons_codes: bool = False, registered: bool = False
) -> list[Body]:
    """Return the bodies of a kind that exist in the whole period, those of a register in full.

    `ons_codes` says that the return's codes are those of the ONS, `registered` that its names
    are those that the register has for returns. The order is that of the register.
    """
    if kind == "country":
        return [Body(kind, ENGLAND, "England", ENGLAND)]
    if kind == "region":
        found = [Body(kind, nhs, name, ons, "", "England") for nhs, ons, name in REGIONS]
    elif kind == "council":
        found = _councils(period, ons_codes=ons_codes, registered=registered)
    elif kind == "commissioner":
        found = _commissioners(period)
    else:
        code, ons, name = INVENTED[kind]
        found = [
            Body(kind, code.format(n), name.format(n, n), ons.format(n)) for n in range(1, MOST + 1)
        ]
    if ons_codes:
        found = [replace(body, code=body.ons_code) for body in found if body.ons_code]
    return [_with_parent(body, number) for number, body in enumerate(found)]


def _with_parent(body: Body, number: int) -> Body:
    """Put a body that has no parent yet under one of the regions."""
    if body.parent_name:
        return body
    code, _, name = REGIONS[number % len(REGIONS)]
    return replace(body, parent_code=code, parent_name=name)


def _councils(period: Period, *, ons_codes: bool, registered: bool) -> list[Body]:
    areas = _rows("areas.csv")
    regions = {row["area_code"]: row["name"] for row in areas if row["area_type"] == "region"}
    rows = [row for row in areas if row["area_type"] in {"council", "outside_england"}]
    period = _known_period([row for row in rows if row["area_type"] == "council"], period)
    return [
        Body(
            "council",
            row["nhs_code"],
            (row["names_in_returns"].split("|")[0] if registered else "") or row["name"],
            row["area_code"],
            row["parent_code"],
            regions.get(row["parent_code"], ""),
        )
        for row in rows
        if _is_valid(row, period)
        and (row["area_type"] == "council" if ons_codes else row["nhs_code"])
    ]


def regions_of_councils() -> dict[str, str]:
    """Return the ONS code of the region that each council of any time is in, by its own."""
    rows = _rows("areas.csv")
    return {row["area_code"]: row["parent_code"] for row in rows if row["area_type"] == "council"}


def _commissioners(period: Period) -> list[Body]:
    rows = _rows("commissioners.csv")
    period = _known_period(rows, period)
    return [
        Body("commissioner", row["nhs_code"], row["name"], row["area_code"])
        for row in rows
        if _is_valid(row, period)
    ]


def _known_period(rows: Sequence[dict[str, str]], period: Period) -> Period:
    """Return the period, or the first day of the register for one before or across its bounds."""
    if any(_is_valid(row, period) for row in rows):
        return period
    first = min(date.fromisoformat(row["valid_from"]) for row in rows if row["nhs_code"])
    return Period(first, first, "day")


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _is_valid(row: dict[str, str], period: Period) -> bool:
    until = date.fromisoformat(row["valid_to"] or "9999-12-31")
    return date.fromisoformat(row["valid_from"]) <= period.start and period.end <= until


def handful(bodies: Sequence[Body], count: int, rng: Random) -> list[Body]:
    """Choose some bodies, in their order."""
    chosen = rng.sample(range(len(bodies)), min(count, len(bodies)))
    return [bodies[place] for place in sorted(chosen)]


def bodies_by_code(
    patterns: dict[str, SubjectKind],
    period: Period,
    count: int,
    rng: Random,
    *,
    by_name: bool = False,
) -> list[Body]:
    """Return bodies whose codes (or names) fit the patterns that tell kinds apart, some of each.

    A pattern that none fits is written out: the code, or name, is then invented.
    """
    found: list[Body] = []
    before: tuple[str, ...] = ()
    for pattern, kind in patterns.items():
        known = bodies_of(kind, period) + (
            [] if by_name else bodies_of(kind, period, ons_codes=True)
        )
        fitting = {
            text: body
            for body in reversed(known)
            for text in [body.name if by_name else body.code]
            if fits(text, pattern) and not any(fits(text, other) for other in before)
        }
        if not fitting:
            text = spell(pattern, unlike=before)
            code, name = (
                (known[0].code, text) if by_name else (text.replace(" ", ""), known[0].name)
            )
            fitting = {text: replace(known[0], code=code, name=name)}
        found += handful(list(fitting.values()), 1 if kind == "country" else count, rng)
        before = (*before, pattern)
    return found
