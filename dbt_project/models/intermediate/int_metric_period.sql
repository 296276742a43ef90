-- Months added up. A quarter or year is given only when every month of it is there and has a value;
-- a sum is never short.
with part as (
    select
        month.metric_id,
        month.area_code,
        period.period_type,
        period.period_start,
        period.period_end,
        period.months,
        month.value,
        month.unit,
        month.published_on,
        month.segment,
        month.lineage_id,
        {{ status_rank('month.value_status') }} as status_rank,
        case when month.maturity = 'provisional' then 1 else 0 end as is_provisional,
        case when month.is_synthetic then 1 else 0 end as is_synthetic
    from {{ ref('int_metric_month') }} as month
    inner join {{ ref('int_period_month') }} as period on month.period_start = period.month_start
),

summed as (
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        period_end,
        sum(value) as value,
        min(unit) as unit,
        max(published_on) as published_on,
        max(is_provisional) as is_provisional,
        max(is_synthetic) as is_synthetic,
        case
            when min(segment) = max(segment) then min(segment)
            else 'straddles_a_break'
        end as segment,
        greatest(
            max(status_rank),
            case when count(*) < months then {{ missing_rank() }} else 0 end
        ) as status_rank,
        min(lineage_id) as only_lineage_id
    from part
    group by metric_id, area_code, period_type, period_start, period_end, months
)

select
    metric_id,
    area_code,
    period_type,
    period_start,
    period_end,
    {{ days_inclusive('period_start', 'period_end') }} as calendar_days,
    case when {{ rank_has_value('status_rank') }} then value end as value,
    unit,
    {{ status_of_rank('status_rank') }} as value_status,
    published_on,
    case when is_provisional = 1 then 'provisional' else 'revised' end as maturity,
    is_synthetic = 1 as is_synthetic,
    segment,
    -- A month's figure is its cell; a longer one has a key of its own.
    case
        when period_type = 'month' then only_lineage_id
        else {{ lineage_id(["'figure'", 'metric_id', 'area_code', 'period_type', 'period_start']) }}
    end as lineage_id
from summed
