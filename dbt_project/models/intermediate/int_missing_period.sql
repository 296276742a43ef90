-- Periods that no file has for areas of a type, between the first and the last that an area has of
-- a metric that publishers state: shown as missing, so that a gap is not taken for a shorter
-- series. Whether the figure was collected then is not known here. A month that no file has is
-- the same gap everywhere: of metrics that are counted from months, England alone says so.
with figure as (
    {% for branch in [
        'int_published_value',
        'int_spending_value',
        'int_counted_value',
        'int_ratio_value',
    ] -%}
        select
            branch.metric_id,
            branch.boundary,
            branch.area_code,
            area.area_type,
            branch.period_type,
            branch.period_start,
            branch.unit,
            branch.is_synthetic
        from {{ ref(branch) }} as branch
        inner join {{ ref('int_area') }} as area on branch.area_code = area.area_code
        {% if loop.index > 2 -%}
            where area.area_type = 'country'
        {%- endif %}
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

in_file as (
    select distinct
        metric_id,
        boundary,
        area_type,
        period_type,
        period_start
    from figure
),

span as (
    select
        metric_id,
        boundary,
        area_code,
        area_type,
        period_type,
        unit,
        min(period_start) as first_period_start,
        max(period_start) as last_period_start,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from figure
    group by metric_id, boundary, area_code, area_type, period_type, unit
),

gap as (
    select
        span.*,
        period.period_start,
        period.period_end,
        period.name as period_name
    from span
    inner join {{ ref('int_period') }} as period
        on
            span.period_type = period.period_type
            and span.first_period_start < period.period_start
            and span.last_period_start > period.period_start
    left join in_file
        on
            span.metric_id = in_file.metric_id
            and span.boundary = in_file.boundary
            and span.area_type = in_file.area_type
            and period.period_type = in_file.period_type
            and period.period_start = in_file.period_start
    where in_file.metric_id is null
)

select
    gap.metric_id,
    gap.boundary,
    gap.area_code,
    gap.area_type,
    gap.period_type,
    gap.period_start,
    gap.period_end,
    gap.period_name,
    cast(null as double) as value,
    cast(null as double) as lower,
    cast(null as double) as upper,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as {{ dbt.type_string() }}) as denominator_id,
    gap.unit,
    'missing' as value_status,
    'provisional' as maturity,
    gap.is_synthetic,
    coalesce(segment.segment, 'undefined') as segment,
    cast(0 as double) as apportioned_share,
    1 as parts,
    1 as parts_missing,
    false as is_partial,
    cast(null as date) as published_on,
    false as is_same_as_reported,
    {{ lineage_id([
        "'no file'", 'gap.metric_id', 'gap.area_type', 'gap.period_type', 'gap.period_start'
    ]) }} as lineage_id,
    cast(null as {{ dbt.type_string() }}) as base_lineage_id,
    cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
    cast(null as {{ dbt.type_string() }}) as operation,
    cast(null as {{ dbt.type_string() }}) as denominator_operation
from gap
left join {{ ref('int_metric_segment') }} as segment
    on
        gap.metric_id = segment.metric_id
        and gap.period_start between segment.first_period_start and segment.last_period_start
