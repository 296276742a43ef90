-- Months on both boundaries. An area that did not change has one figure with one lineage on both.
select
    metric_id,
    'as_reported' as boundary,
    area_code,
    period_start,
    period_end,
    value,
    apportioned_value,
    value_status,
    unit,
    published_on,
    is_provisional,
    is_synthetic,
    segment,
    parts,
    parts_missing,
    is_partial,
    false as is_shared,
    area_code as lineage_area_code,
    lineage_id
from {{ ref('int_reported_month') }}
union all
select
    metric_id,
    'current' as boundary,
    area_code,
    period_start,
    period_end,
    value,
    apportioned_value,
    value_status,
    unit,
    published_on,
    is_provisional,
    is_synthetic,
    segment,
    parts,
    parts_missing,
    is_partial,
    is_shared,
    lineage_area_code,
    lineage_id
from {{ ref('int_current_month') }}
