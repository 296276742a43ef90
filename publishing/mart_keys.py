"""The key of each mart: what one row is of, as its contract promises and the audit has checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "metric": ("metric_id",),
        "metric_value": ("metric_id", "area_code", "boundary", "period_type", "period_start"),
        "metric_plan": (
            "metric_id",
            "area_code",
            "period_type",
            "period_start",
            "plan_version",
            "basis",
        ),
        "area": ("area_code",),
        "area_link": ("link_kind", "from_area_code", "to_area_code", "valid_from"),
        "population": ("population_id",),
        "england_route": ("metric_id", "period_start", "route"),
        "period": ("period_type", "period_start"),
        "delayed_days": (
            "area_code",
            "period_start",
            "split",
            "responsible_body",
            "care_type",
            "reason",
        ),
        "claim": ("claim_id",),
        "source_file": ("source_sha256",),
        "lineage": ("lineage_id", "part"),
        "revision": (
            "return_id",
            "table_id",
            "measure",
            "breakdown",
            "subject_type",
            "subject_code",
            "is_control_total",
            "period_type",
            "period_start",
            "period_end",
            "unit",
            "occurrence",
            "new_source_sha256",
        ),
        "bcf_outturn": (
            "area_code",
            "measure",
            "period_start",
            "outturn_source",
            "plan_version",
            "scenario",
            "unit_value_of",
        ),
        "bcf_money": (
            "area_code",
            "period_start",
            "origin",
            "plan_version",
            "side",
            "split_by",
            "member",
        ),
        "deflator": ("deflator_id",),
        "spending_change": ("claim_id", "basis_id", "area_code"),
        "control_limit": ("metric_id", "area_code", "boundary", "period_start"),
        "peer_feature": ("vintage", "area_code", "feature"),
        "peer": ("vintage", "area_code", "peer_code"),
        "scorecard": ("metric_id", "area_code", "period_type"),
        "programme": ("programme_id",),
        "commitment": ("commitment_id",),
        "reconciliation": ("figure_id",),
    }
)
"""Columns that no two rows of a mart share; none of them is ever null.

The marts that are made at the release, `release_change`, `quality_result` and `run`, promise none.
"""

ALSO_SOUGHT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "metric_value": ("area_code", "period_start"),
        "scorecard": ("area_code",),
        "source_file": ("return_id",),
    }
)
"""Columns by which BI tools look rows up, where the key begins with others."""
