{{ config(materialized='view') }}

-- Each month beside its limits, and the signals in it. Runs, rises and falls are looked for within
-- a stretch: a gap ends them. Signals are found by the limits as they are worked out; those shown
-- end where the unit does.
with limited as (
    select
        point.*,
        coalesce(series.points, 0) as points,
        case
            when series.has_limits and not point.is_before_the_chart then series.mean
        end as mean,
        case
            when series.has_limits and not point.is_before_the_chart
                then {{ control_limit('series.mean', 'series.mean_range', '-') }}
        end as lower_limit,
        case
            when series.has_limits and not point.is_before_the_chart
                then {{ control_limit('series.mean', 'series.mean_range', '+') }}
        end as upper_limit,
        case
            when series.has_limits and not point.is_before_the_chart
                then {{ near_limit('series.mean', 'series.mean_range', '-') }}
        end as lower_near_limit,
        case
            when series.has_limits and not point.is_before_the_chart
                then {{ near_limit('series.mean', 'series.mean_range', '+') }}
        end as upper_near_limit,
        case
            when not point.is_used and point.value is null
                then 'The month has no value.'
            when point.is_before_the_chart
                then
                    concat(
                        'The month is before the last {{ months_of_a_chart() }} months ',
                        'of the segment, which the limits are of.'
                    )
            when not point.is_used
                then 'The month lies in no one segment of the series.'
            when series.points < {{ fewest_points() }}
                then
                    concat(
                        'Fewer than {{ fewest_points() }} of the last ',
                        '{{ months_of_a_chart() }} months of the segment have a value.'
                    )
            when not series.has_limits
                then
                    concat(
                        'Fewer than {{ fewest_ranges() }} of the last ',
                        '{{ months_of_a_chart() }} months of the segment have a value and follow ',
                        'a month that has one.'
                    )
        end as why_not_judged,
        point.is_used and coalesce(series.has_limits, false) as is_judged
    from {{ ref('int_control_point') }} as point
    left join {{ ref('int_control_series') }} as series
        on
            point.metric_id = series.metric_id
            and point.area_code = series.area_code
            and point.boundary = series.boundary
            and point.segment = series.segment
),

sided as (
    select
        *,
        case when is_judged then cast(sign(value - mean) as integer) end as side,
        case when is_judged then cast(sign(step) as integer) end as step_side,
        case
            when not is_judged then null
            when value > upper_near_limit then 1
            when value < lower_near_limit then -1
            else 0
        end as far_side,
        is_judged and (value > upper_limit or value < lower_limit) as is_outside,
        count(*) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
        ) as stretch_points
    from limited
),

grouped as (
    select
        *,
        month_number - row_number() over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch, side
            order by month_number
        ) as side_group,
        month_number - row_number() over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch, step_side
            order by month_number
        ) as step_group,
        lag(far_side, 1) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
            order by month_number
        ) as far_side_lag_1,
        lag(far_side, 2) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
            order by month_number
        ) as far_side_lag_2,
        lead(far_side, 1) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
            order by month_number
        ) as far_side_lead_1,
        lead(far_side, 2) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
            order by month_number
        ) as far_side_lead_2
    from sided
),

counted as (
    select
        *,
        count(*) over (
            partition by
                metric_id, area_code, boundary, segment, is_used, stretch, side, side_group
        ) as points_on_side,
        count(*) over (
            partition by
                metric_id, area_code, boundary, segment, is_used, stretch, step_side, step_group
        ) as equal_steps,
        is_judged and far_side <> 0 and stretch_points >= 3 and (
            coalesce(far_side_lag_1 = far_side, false)
            or coalesce(far_side_lag_2 = far_side, false)
            or coalesce(far_side_lead_1 = far_side, false)
            or coalesce(far_side_lead_2 = far_side, false)
        ) as is_two_of_three
    from grouped
),

reached as (
    select
        *,
        is_judged and side <> 0 and points_on_side >= {{ run_points() }} as is_in_run,
        -- The step of a point is from the one before: seven points have six steps.
        case
            when is_judged and step_side <> 0 and equal_steps >= {{ run_points() }} - 1
                then step_side
        end as trend_reached
    from counted
),

signalled as (
    select
        *,
        -- The point a rise or fall sets out from is a part of it.
        coalesce(trend_reached, lead(trend_reached) over (
            partition by metric_id, area_code, boundary, segment, is_used, stretch
            order by month_number
        )) as trend
    from reached
),

directed as (
    select
        *,
        case
            when not is_judged then null
            when is_outside or is_in_run or is_two_of_three then side
            else coalesce(trend, 0)
        end as direction
    from signalled
),

-- Over half of the judged months of a chart signal.
weighed as (
    select
        *,
        2 * sum(case when direction <> 0 then 1 else 0 end) over (
            partition by metric_id, area_code, boundary, segment
        ) > sum(case when is_judged then 1 else 0 end) over (
            partition by metric_id, area_code, boundary, segment
        ) as is_drifting
    from directed
),

-- Of several versions of a plan the last counts.
target as (
    select
        metric_id,
        area_code,
        period_start,
        value as target,
        row_number() over (
            partition by metric_id, area_code, period_start
            order by
                case plan_version when 'reset' then 1 when 'assured' then 2 else 3 end
        ) as version_rank
    from {{ ref('metric_plan') }}
    where period_type = 'month' and basis = 'level'
)

select
    weighed.metric_id,
    weighed.area_code,
    weighed.boundary,
    weighed.segment,
    weighed.period_start,
    weighed.period_end,
    weighed.unit,
    weighed.value,
    weighed.value_status,
    weighed.is_judged,
    weighed.why_not_judged,
    weighed.points,
    weighed.mean,
    abs(weighed.step) as moving_range,
    {{ within_bounds('weighed.lower_limit', 'bound.lowest', 'bound.highest') }}
        as lower_limit,
    {{ within_bounds('weighed.upper_limit', 'bound.lowest', 'bound.highest') }}
        as upper_limit,
    {{ within_bounds('weighed.lower_near_limit', 'bound.lowest', 'bound.highest') }}
        as lower_near_limit,
    {{ within_bounds('weighed.upper_near_limit', 'bound.lowest', 'bound.highest') }}
        as upper_near_limit,
    nullif(concat_ws(
        '; ',
        case when weighed.is_outside then 'outside' end,
        case when weighed.is_in_run then 'run' end,
        case when weighed.trend = 1 then 'rise' when weighed.trend = -1 then 'fall' end,
        case when weighed.is_two_of_three then 'two of three' end
    ), '') as signals,
    {{ variation('weighed.direction', 'weighed.polarity', 'weighed.is_drifting') }} as variation,
    target.target,
    {{ assurance(
        'target.target', 'weighed.lower_limit', 'weighed.upper_limit', 'weighed.polarity'
    ) }} as assurance
from weighed
left join {{ ref('metric_units') }} as bound on weighed.unit = bound.unit
left join target
    on
        weighed.metric_id = target.metric_id
        and weighed.area_code = target.area_code
        and weighed.period_start = target.period_start
        and target.version_rank = 1
