-- Months on both boundaries. An area that did not change has one figure with one lineage on both.
-- Published months that add up have the boundaries of their time.
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
union all
select
    figure.metric_id,
    'as_reported' as boundary,
    figure.area_code,
    figure.period_start,
    figure.period_end,
    figure.value,
    cast(0 as double) as apportioned_value,
    figure.value_status,
    figure.unit,
    figure.published_on,
    figure.maturity = 'provisional' as is_provisional,
    figure.is_synthetic,
    figure.segment,
    figure.parts,
    figure.parts_missing,
    false as is_partial,
    false as is_shared,
    figure.area_code as lineage_area_code,
    figure.lineage_id
from {{ ref('int_published_figure') }} as figure
inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
where figure.source_rank = 1 and contract.adds_up and figure.period_type = 'month'
