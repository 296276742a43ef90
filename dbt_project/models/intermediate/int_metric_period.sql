-- Months added up, on each of the boundaries. A quarter or year is given only when every month of
-- it is there and has a value, unless the metric's contract allows a partial sum; a sum is never
-- short without saying so, and never of a withheld month.
with part as (
    select
        month.metric_id,
        month.boundary,
        month.area_code,
        period.period_type,
        period.period_start,
        period.period_end,
        period.months,
        month.value,
        month.apportioned_value,
        month.unit,
        month.published_on,
        month.segment,
        month.parts,
        month.parts_missing,
        month.lineage_area_code,
        month.lineage_id,
        contract.allows_partial,
        {{ status_rank('month.value_status') }} as status_rank,
        case when month.is_provisional then 1 else 0 end as is_provisional,
        case when month.is_synthetic then 1 else 0 end as is_synthetic,
        case when month.is_partial then 1 else 0 end as is_partial,
        case when month.is_shared then 1 else 0 end as is_shared
    from {{ ref('int_area_month') }} as month
    inner join {{ ref('int_period_month') }} as period on month.period_start = period.month_start
    inner join {{ ref('metric_contracts') }} as contract on month.metric_id = contract.metric_id
),

counted as (
    select
        metric_id,
        boundary,
        area_code,
        period_type,
        period_start,
        period_end,
        allows_partial,
        -- Added in no fixed order: rounded far behind the point, so that two builds are the same.
        round(sum(value), 6) as value,
        round(sum(apportioned_value), 6) as apportioned_value,
        count(value) as valued,
        min(unit) as unit,
        max(published_on) as published_on,
        max(is_provisional) as is_provisional,
        max(is_synthetic) as is_synthetic,
        max(is_partial) as is_partial,
        min(is_shared) as is_shared,
        -- A month that is absent is one part without a value.
        sum(parts) + months - count(*) as parts,
        sum(parts_missing) + months - count(*) as parts_missing,
        case
            when min(segment) = max(segment) then min(segment)
            else 'straddles_a_break'
        end as segment,
        greatest(
            max(status_rank),
            case when count(*) < months then {{ missing_rank() }} else 0 end
        ) as status_rank,
        min(lineage_area_code) as first_lineage_area_code,
        max(lineage_area_code) as last_lineage_area_code,
        min(lineage_id) as only_lineage_id
    from part
    group by
        metric_id, boundary, area_code, period_type, period_start, period_end, months,
        allows_partial
),

summed as (
    select
        *,
        allows_partial
        and not {{ rank_has_value('status_rank') }}
        and status_rank < {{ suppressed_rank() }}
        and valued > 0 as leaves_out,
        boundary = 'current' and is_shared = 1
        and first_lineage_area_code = last_lineage_area_code as is_same_as_reported
    from counted
)

select
    metric_id,
    boundary,
    area_code,
    period_type,
    period_start,
    period_end,
    {{ days_inclusive('period_start', 'period_end') }} as calendar_days,
    case when {{ rank_has_value('status_rank') }} or leaves_out then value end as value,
    case
        when value <> 0 and ({{ rank_has_value('status_rank') }} or leaves_out)
            then apportioned_value / value
        else 0
    end as apportioned_share,
    unit,
    case
        when leaves_out then 'estimated' else {{ status_of_rank('status_rank') }}
    end as value_status,
    published_on,
    case when is_provisional = 1 then 'provisional' else 'revised' end as maturity,
    is_synthetic = 1 as is_synthetic,
    segment,
    parts,
    parts_missing,
    (is_partial = 1 and {{ rank_has_value('status_rank') }}) or leaves_out as is_partial,
    is_same_as_reported,
    case when is_same_as_reported then first_lineage_area_code else area_code end
        as lineage_area_code,
    -- A month's figure is its cell or sum; a longer one has a key of its own, the same on both
    -- boundaries where every month of it is.
    case
        when period_type = 'month' then only_lineage_id
        when boundary = 'as_reported'
            then
                {{ lineage_id([
                    "'figure'", 'metric_id', 'area_code', 'period_type', 'period_start'
                ]) }}
        when is_same_as_reported
            then
                {{ lineage_id([
                    "'figure'", 'metric_id', 'first_lineage_area_code', 'period_type', 'period_start'
                ]) }}
        else
            {{ lineage_id([
                "'figure'", 'metric_id', 'area_code', 'period_type', 'period_start', "'current'"
            ]) }}
    end as lineage_id
from summed
