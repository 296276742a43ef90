"""Groups: every metric of the contracts is in one, and the order is that of the pages."""

from __future__ import annotations

import csv
from pathlib import Path

from publishing.scorecard.vocabularies import group_of, grouped, groups

SEED = Path(__file__).parents[3] / "dbt_project" / "seeds" / "metric_contracts.csv"


def contracts() -> list[str]:
    """Return the ids of all metrics that have a contract."""
    with SEED.open(encoding="utf-8", newline="") as file:
        return [row["metric_id"] for row in csv.DictReader(file)]


def test_every_metric_is_in_a_group_that_names_it() -> None:
    """Given all contracts, when they are grouped, then none is left over and none is lost."""
    ids = contracts()
    assert [one for one in ids if group_of(one).id == "other"] == []
    assert sorted(one for _, of_it in grouped(ids) for one in of_it) == sorted(ids)


def test_every_pattern_names_a_metric_that_no_other_took() -> None:
    """Given the patterns, when metrics are looked for, then each has one: no dead line stays."""
    ids = contracts()
    taken = {(group_of(one).id, group_of(one).place_of(one)) for one in ids}
    every = {(group.id, place) for group in groups() for place in range(len(group.metrics))}
    assert every <= taken


def test_an_unknown_metric_goes_to_the_last_group() -> None:
    """Given a metric that no group names, when it is grouped, then it is among the others."""
    assert [group.id for group, _ in grouped(["feels_safe", "brand_new"])] == [
        "experience",
        "other",
    ]
