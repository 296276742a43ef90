"""The rules that a metric's contract sets for its figures, as SQL over the marts."""

from __future__ import annotations

import csv

import duckdb

from dbt_project.build import PROJECT

HAS_VALUE = "figure.value_status in ('reported', 'estimated')"
TOLERANCE = """
    1e-9 * greatest(abs(figure.value), 1)
    + 0.5000001 * coalesce(contract.value_rounded_to, 0)
    + contract.multiplier * coalesce(contract.counts_rounded_to, 0) / 2
        * (1 + figure.numerator / figure.denominator) / figure.denominator
"""
RULES = {
    "unit": "figure.unit <> contract.unit",
    "bounds": "least(figure.value, figure.lower, figure.upper) < contract.lowest"
    " or greatest(figure.value, figure.lower, figure.upper) > contract.highest",
    "periods": "not list_contains(string_split(contract.period_types, '; '), figure.period_type)",
    "areas": "area.area_type is not null"
    " and not list_contains(string_split(contract.area_types, '; '), area.area_type)",
    "status": f"(figure.value is not null) <> ({HAS_VALUE})",
    "ratio": "contract.denominator <> 'none' and figure.denominator is not null and abs("
    "figure.value - contract.multiplier * figure.numerator / figure.denominator)"
    f" > {TOLERANCE}",
    "both or neither": "figure.value is not null and figure.denominator is not null"
    " and figure.numerator is null",
    "interval": "(figure.lower is null) <> (figure.upper is null)"
    " or figure.value not between figure.lower and figure.upper"
    " or (contract.interval_method = 'published' and figure.lower >= figure.upper)",
    "no interval": "contract.interval_method like 'none%' and figure.lower is not null",
    "an interval": "contract.interval_method in ('byar', 'wilson') and figure.lower is null"
    " and figure.numerator >= 20 * coalesce(contract.counts_rounded_to, 1)"
    " and figure.denominator > 0",
    "segment": "coalesce(figure.segment, 'undefined') in ('undefined', '')",
    "availability": "contract.availability <> 'computed'",
}
"""Each is true of a figure that breaks its contract."""


def contracts() -> dict[str, dict[str, str]]:
    """Return the seed of contracts by metric."""
    path = PROJECT / "seeds" / "metric_contracts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["metric_id"]: row for row in csv.DictReader(file)}


def breaches(
    marts: duckdb.DuckDBPyConnection, schema: str = "marts."
) -> list[tuple[str, str, int]]:
    """Return the metrics, rules and numbers of figures that break them."""
    found: list[tuple[str, str, int]] = []
    for rule, broken in RULES.items():
        found += marts.execute(
            f"select figure.metric_id, '{rule}', count(*) from {schema}metric_value as figure "  # noqa: S608
            f"inner join {schema}metric as contract using (metric_id) "
            f"left join {schema}area as area on figure.area_code = area.area_code "
            f"where {broken} group by 1 order by 1"
        ).fetchall()
    return found
