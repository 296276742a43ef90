{{ config(materialized='view') }}

-- Every metric in one shape: counts as they are, and counts for each calendar day.
with counted as (
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        period_end,
        value,
        value as numerator,
        cast(null as double) as denominator,
        unit,
        value_status,
        maturity,
        is_synthetic,
        segment,
        published_on,
        lineage_id,
        cast(null as {{ dbt.type_string() }}) as base_lineage_id
    from {{ ref('int_metric_period') }}
),

per_calendar_day as (
    select
        contract.metric_id,
        base.area_code,
        base.period_type,
        base.period_start,
        base.period_end,
        base.value / base.calendar_days as value,
        base.value as numerator,
        cast(base.calendar_days as double) as denominator,
        contract.unit,
        base.value_status,
        base.maturity,
        base.is_synthetic,
        base.segment,
        base.published_on,
        {{ lineage_id([
            "'figure'", 'contract.metric_id', 'base.area_code', 'base.period_type', 'base.period_start'
        ]) }} as lineage_id,
        base.lineage_id as base_lineage_id
    from {{ ref('int_metric_period') }} as base
    inner join {{ ref('metric_contracts') }} as contract
        on base.metric_id = contract.base_metric_id
    where contract.derivation = 'per_calendar_day'
)

select * from counted
union all
select * from per_calendar_day
