"""Marts of two years of three councils: one with everything, one suppressed, one that is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from publishing.scorecard.site import Site
from tests.publishing.scorecard.contracted_marts import Row, site_of

ENGLAND, LEEDS, BRADFORD, NEW, OLD = (
    "E92000001",
    "E08000035",
    "E08000032",
    "E06000060",
    "E10000002",
)
YEAR, BEFORE = date(2016, 4, 1), date(2015, 4, 1)
ENDS = {YEAR: date(2017, 3, 31), BEFORE: date(2016, 3, 31)}
DAYS = {BEFORE: (60.0, 30.0, 10.0), YEAR: (90.0, 50.0, 10.0)}
"""Delayed days of a year put down to the NHS, social care and both; Leeds' and the new one's."""

_LINEAGE = "00000000000"


def _area(code: str, kind: str, name: str, **more: object) -> Row:
    said = {"area_code": code, "area_type": kind, "name": name, "valid_from": BEFORE}
    return {**said, **more}


AREAS: Sequence[Row] = [
    _area(ENGLAND, "country", "England"),
    _area("E12000003", "region", "Yorkshire and The Humber"),
    *(
        _area(code, "council", name, area_class="metropolitan district", parent_code="E12000003")
        for code, name in ((LEEDS, "Leeds"), (BRADFORD, "Bradford"), (NEW, "Newshire"))
    ),
    _area(OLD, "council", "Oldshire", area_class="county", valid_to=date(2015, 12, 31)),
]


def _metric(metric_id: str, title: str, **more: object) -> Row:
    said = {"derivation": "published", "polarity": "higher", "unit": "%"}
    return {"metric_id": metric_id, "title": title, **said, **more}


METRICS: Sequence[Row] = [
    _metric("feels_safe", "Feeling safe"),
    _metric("delayed_days", "Delayed days", unit="days", polarity="lower", derivation="cell"),
    *(
        _metric(f"delayed_days_{body}", f"Delayed days, {body}", unit="days", derivation="cell")
        for body in ("nhs", "social_care", "both")
    ),
    _metric("delayed_days_reason_a", "Delayed days, completion of assessment", unit="days"),
    _metric("delayed_days_reason_g", "Delayed days, patient or family choice", unit="days"),
    _metric("asc_net_x", "Net spending", unit="GBP thousand", derivation="spending"),
    _metric(
        "asc_net_x_real",
        "Net spending, real",
        unit="GBP thousand at 2016-17 prices",
        derivation="real_terms",
        base_metric_id="asc_net_x",
    ),
    _metric(
        "asc_net_x_real_per_adult",
        "Net spending for each adult",
        unit="GBP for each adult at 2016-17 prices",
        derivation="spending_per_population",
        base_metric_id="asc_net_x_real",
    ),
]


def _value(metric: str, area: str, start: date, value: float | None, **more: object) -> Row:
    return {
        "metric_id": metric,
        "area_code": area,
        "boundary": "as_reported",
        "period_type": "financial_year",
        "period_start": start,
        "period_end": ENDS[start],
        "value": value,
        "value_status": "reported" if value is not None else "suppressed",
        "maturity": "revised",
        "segment": "one",
        "lineage_id": f"{_LINEAGE}01",
        **more,
    }


VALUES: Sequence[Row] = [
    _value("feels_safe", LEEDS, BEFORE, 70.0),
    _value("feels_safe", LEEDS, YEAR, 80.0),
    _value("feels_safe", BRADFORD, YEAR, None),
    *(
        _value(metric, area, start, days, boundary="current", unit="days")
        for area in (LEEDS, NEW)
        for start, parts in DAYS.items()
        for metric, days in (
            *zip(
                ("delayed_days_nhs", "delayed_days_social_care", "delayed_days_both"),
                parts,
                strict=True,
            ),
            ("delayed_days", sum(parts)),
        )
    ),
    *(
        _value(metric, area, YEAR, value)
        for metric, value in (
            ("asc_net_x", 45_000.0),
            ("asc_net_x_real", 45_000.0),
            ("asc_net_x_real_per_adult", 350.0),
        )
        for area in (LEEDS, ENGLAND)
    ),
    _value("feels_safe", OLD, BEFORE, 61.0),
]


def _standing(area: str, value: float | None, **more: object) -> Row:
    return {
        **_value("feels_safe", area, YEAR, value),
        "figure_area_code": area,
        "area_type": "council",
        "unit": "%",
        "england_value": 75.0,
        **more,
    }


_NOT_IN_SCORECARD = ("maturity",)
SCORECARD: Sequence[Row] = [
    {name: value for name, value in row.items() if name not in _NOT_IN_SCORECARD}
    for row in (
        _standing(
            LEEDS,
            80.0,
            lower=77.0,
            upper=83.0,
            beside_england="better",
            peers=15,
            peers_with_a_value=15,
            peer_median=70.0,
            peer_lower_quartile=68.0,
            peer_upper_quartile=72.0,
            peer_lowest=60.0,
            peer_highest=79.0,
            peers_below=15,
            peers_above=0,
            earlier_value=70.0,
            change_on_year=10.0,
        ),
        _standing(BRADFORD, None, why_no_peers="Fewer than 8 of its peers have a figure."),
    )
]


def _day(area: str, month: int, reason: str, days: float) -> Row:
    start = date(2016 + (month > 12), (month - 1) % 12 + 1, 1)
    return {
        "area_code": area,
        "period_start": start,
        "split": "reason",
        "responsible_body": "all",
        "care_type": "all",
        "reason": reason,
        "delayed_days": days,
        "value_status": "reported",
        "lineage_id": f"{_LINEAGE}01",
    }


DELAYED: Sequence[Row] = [
    _day(area, month, reason, days)
    for area in (OLD, ENGLAND)
    for month in range(4, 16)
    for reason, days in (("a", 3.0), ("g", 1.0 if area == OLD else 3.0))
]

MARTS: Mapping[str, Sequence[Row]] = {
    "area": AREAS,
    "area_link": [
        {
            "link_kind": "successor",
            "from_area_code": OLD,
            "to_area_code": NEW,
            "valid_from": date(2016, 1, 1),
            "weight": 1.0,
        }
    ],
    "metric": METRICS,
    "metric_value": VALUES,
    "scorecard": SCORECARD,
    "delayed_days": DELAYED,
    "peer": [
        {
            "vintage": "2019",
            "area_code": LEEDS,
            "peer_code": BRADFORD,
            "peer_rank": 1,
            "distance": 0.25,
            "is_latest_vintage": True,
        }
    ],
    "population": [
        {
            "population_id": f"{LEEDS} {band}",
            "area_code": LEEDS,
            "mid_year": 2021,
            "age_band": band,
            "population": people,
            "value_status": "reported",
            "series": "2021 census",
        }
        for band, people in (("all", 800_000.0), ("65+", 120_000.0))
    ],
    "deflator": [{"deflator_id": "d", "period_start": YEAR, "price_ratio": 1.0}],
    "bcf_money": [],
    "source_file": [{"source_sha256": "ab" * 32, "file_name": "ascof.csv", "return_id": "ascof"}],
    "lineage": [
        {
            "lineage_id": f"{_LINEAGE}01",
            "part": 1,
            "source_sha256": "ab" * 32,
            "source_sheet": "Sheet",
            "source_row": 7,
            "source_column": "C",
            "raw_text": "80",
            "operation": "read",
        }
    ],
}


def council_site(release: Path, marts: Mapping[str, Sequence[Row]] = MARTS) -> Site:
    """Return a site over these marts; `EMPTY` has their tables without a row."""
    return site_of(release, marts)


EMPTY: Mapping[str, Sequence[Row]] = dict.fromkeys(MARTS, ())
