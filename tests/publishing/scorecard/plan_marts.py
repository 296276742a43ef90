"""Marts of a plan year: England and three councils, plan and outturn, two years of delayed days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from publishing.history import CHANGE
from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.site import Site
from tests.publishing.scorecard.contracted_marts import FACTS, Row, site_of

ENGLAND = "E92000001"
START, BEFORE = date(2015, 4, 1), date(2014, 4, 1)
YEARS = {START: date(2016, 3, 31), BEFORE: date(2015, 3, 31)}

AREAS: Sequence[Row] = [
    {"area_code": code, "area_type": kind, "name": name, "valid_from": date(2009, 4, 1)}
    for code, kind, name in (
        (ENGLAND, "country", "England"),
        ("E08000035", "council", "Leeds"),
        ("E08000032", "council", "Bradford"),
        ("E06000053", "council", "Isles of Scilly"),
        ("9900", "outside_england", "Residents of Wales"),
    )
]
DAYS: Mapping[str, tuple[float, float]] = {
    ENGLAND: (1000.0, 1110.0),
    "E08000035": (600.0, 760.0),
    "E08000032": (390.0, 330.0),
    "9900": (10.0, 20.0),
}
"""Days of the year before and of the year, which add up."""


def outturn(measure: str, source: str = "published", **more: object) -> Row:
    """Return a row of mart `bcf_outturn` for England, at the plan's own value."""
    return {
        "area_code": ENGLAND,
        "measure": measure,
        "period_type": "financial_year",
        "period_start": START,
        "outturn_source": source,
        "plan_version": "reset",
        "scenario": "planned",
        "unit_value_of": "own",
        "value_status": "reported",
        "is_synthetic": False,
        "source": "Audit office (claims.csv C009)",
    } | more


MISSED: Sequence[Row] = [
    outturn(
        "nonelective_admissions",
        change_planned=-50.0,
        change_made=40.0,
        gap=90.0,
        **{"cost_over_plan": 9e6, "cost_over_plan_lower": 8e6, "cost_over_plan_upper": 10e6},
    ),
    outturn(
        "delayed_days",
        change_planned=-200.0,
        change_made=110.0,
        gap=310.0,
        cost_over_plan=3e6,
        unit="days",
    ),
    outturn(
        "delayed_days",
        "open_returns",
        baseline=1000.0,
        planned=800.0,
        outturn=1110.0,
        change_planned=-200.0,
        change_made=110.0,
        gap=310.0,
        cost_over_plan=3.1e6,
    ),
    outturn(
        "delayed_days",
        scenario="average",
        change_planned=-200.0,
        change_made=110.0,
        gap=310.0,
        cost_over_plan=4e6,
    ),
    outturn(
        "both",
        cost_over_plan=12e6,
        cost_over_plan_lower=11e6,
        cost_over_plan_upper=13e6,
        planned_saving=5e6,
        planned_saving_counted=4e6,
    ),
]


def figures(days: Mapping[str, tuple[float, float]] = DAYS) -> list[Row]:
    """Return delayed days of both years, on both boundaries, with the adults of the later year."""
    rows: list[Row] = []
    for area_code, of_years in days.items():
        for boundary in ("as_reported", "current"):
            for start, value in zip((BEFORE, START), of_years, strict=True):
                common: Row = {
                    "area_code": area_code,
                    "boundary": boundary,
                    "period_type": "financial_year",
                    "period_start": start,
                    "period_end": YEARS[start],
                    "value_status": "reported",
                    "segment": "one",
                    "unit": "days",
                }
                rows.append(common | {"metric_id": "delayed_days", "value": value})
                rate = {"metric_id": "delayed_days_per_100k_adults", "denominator": 50_000.0}
                rows.append(common | rate)
                for body, share in (("nhs", 0.75), ("social_care", 0.25), ("both", 0.0)):
                    part = {"metric_id": f"delayed_days_{body}", "value": value * share}
                    rows.append(common | part)
    return rows


def metric(metric_id: str, title: str, **more: object) -> Row:
    """Return a row of mart `metric`."""
    return {
        "metric_id": metric_id,
        "title": title,
        "unit": "days",
        "polarity": "lower",
        "derivation": "cell",
        "availability": "computed",
    } | more


METRICS: Sequence[Row] = [
    metric("delayed_days", "Delayed days"),
    metric("delayed_days_nhs", "Delayed days, NHS responsible"),
    metric("delayed_days_social_care", "Delayed days, social care responsible"),
    metric("delayed_days_both", "Delayed days, both responsible"),
]
CLAIM: Row = {
    "claim_id": "C009",
    "source": "Audit office, paragraph 13",
    "claim": "Local areas planned to cut delayed days by 200.",
    "kind": "plan",
    "programme_id": "fund",
    "area_code": ENGLAND,
    "period": "2015-16",
    "published_value": -200.0,
    "published_unit": "days",
    "published_precision": 1.0,
    "verdict": "not open data",
}


def plan_site(
    release: Path,
    marts: Mapping[str, Sequence[Row]] | None = None,
    changes: Sequence[Row] = (),
    facts: ReleaseFacts = FACTS,
) -> Site:
    """Return a site over all marts that the overview reads, empty where `marts` has no rows."""
    names = (
        *("area", "area_link", "metric", "metric_value", "metric_plan", "bcf_outturn", "claim"),
        *("commitment", "scorecard", "lineage", "source_file", "revision"),
    )
    site = site_of(release, dict.fromkeys(names, ()) | dict(marts or {}), facts)
    shape = ", ".join(f"{name} {kind}" for name, kind, _ in CHANGE)
    site.connection.execute(f"CREATE TABLE release_change ({shape})")
    for row in changes:
        marks = ", ".join("?" * len(row))
        site.connection.execute(
            f"INSERT INTO release_change ({', '.join(row)}) VALUES ({marks})",  # noqa: S608
            list(row.values()),
        )
    return site


def full_site(release: Path, changes: Sequence[Row] = (), facts: ReleaseFacts = FACTS) -> Site:
    """Return a site with a missed plan and councils."""
    plan: Row = {
        "metric_id": "delayed_days",
        "area_code": ENGLAND,
        "period_start": START,
        "plan_version": "reset",
        "claim_id": "C009",
    }
    target: Row = {"commitment_id": "days", "programme_id": "fund", "target_claim_id": "C009"}
    saving: Row = {
        "commitment_id": "saving",
        "programme_id": "fund",
        "unit": "GBP m",
        "status": "never_measured",
    }
    marts = {
        "area": AREAS,
        "metric": METRICS,
        "metric_value": figures(),
        "metric_plan": [plan],
        "bcf_outturn": MISSED,
        "claim": [CLAIM],
        "commitment": [target, saving],
    }
    return plan_site(release, marts, changes, facts)
