-- Months on both boundaries. An area that did not change has one figure with one lineage on both.
-- Published months that add up have the boundaries of their time.
with published as (
    select
        figure.metric_id,
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
        true as is_present,
        figure.lineage_id
    from {{ ref('int_published_figure') }} as figure
    inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
    where figure.source_rank = 1 and contract.adds_up and figure.period_type = 'month'
)

{% for reported in ['published', ref('int_reported_month')] -%}
    select
        {{ month_columns() | indent(4) }},
        'as_reported' as boundary,
        false as is_shared,
        area_code as lineage_area_code
    from {{ reported }}
    union all
{% endfor -%}
select
    {{ month_columns() }},
    'current' as boundary,
    is_shared,
    lineage_area_code
from {{ ref('int_current_month') }}
