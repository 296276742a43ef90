-- The cells of the metrics, and a row without a value for each council and commissioner that should
-- have one in a month and has none: what is absent must not make a sum short.
with month as (
    select
        figure.metric_id,
        figure.period_start,
        figure.period_end,
        area.area_type
    from {{ ref('int_metric_month') }} as figure
    inner join {{ ref('int_area') }} as area on figure.area_code = area.area_code
    where area.area_type in ('council', 'commissioner')
    group by figure.metric_id, figure.period_start, figure.period_end, area.area_type
),

absent as (
    select
        month.metric_id,
        area.area_code,
        month.period_start,
        month.period_end
    from month
    inner join {{ ref('int_area') }} as area
        on
            month.area_type = area.area_type
            and area.nhs_code is not null
            and month.period_start >= area.valid_from
            and month.period_end <= coalesce(area.valid_to, {{ end_of_time() }})
    inner join {{ ref('metric_contracts') }} as contract on month.metric_id = contract.metric_id
    left join {{ ref('int_metric_month') }} as figure
        on
            month.metric_id = figure.metric_id
            and month.period_start = figure.period_start
            and area.area_code = figure.area_code
    left join {{ ref('reporting_exceptions') }} as reporting_exception
        on
            area.area_code = reporting_exception.area_code
            and reporting_exception.kind = 'does_not_report_yet'
            and {{ is_listed('reporting_exception.return_id', 'contract.source_returns') }}
            and month.period_start between reporting_exception.period_start
            and reporting_exception.period_end
    where figure.area_code is null and reporting_exception.area_code is null
)

select
    metric_id,
    area_code,
    period_start,
    period_end,
    value,
    cast(0 as double) as apportioned_value,
    value_status,
    unit,
    published_on,
    coalesce(maturity = 'provisional', false) as is_provisional,
    is_synthetic,
    segment,
    1 as parts,
    case when {{ rank_has_value(status_rank('value_status')) }} then 0 else 1 end as parts_missing,
    false as is_partial,
    true as is_present,
    lineage_id
from {{ ref('int_metric_month') }}
union all
select
    metric_id,
    area_code,
    period_start,
    period_end,
    cast(null as double) as value,
    cast(0 as double) as apportioned_value,
    'missing' as value_status,
    cast(null as {{ dbt.type_string() }}) as unit,
    cast(null as date) as published_on,
    false as is_provisional,
    false as is_synthetic,
    cast(null as {{ dbt.type_string() }}) as segment,
    1 as parts,
    1 as parts_missing,
    false as is_partial,
    false as is_present,
    cast(null as {{ dbt.type_string() }}) as lineage_id
from absent
