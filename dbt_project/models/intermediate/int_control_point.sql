-- The months of each charted series, with its moving ranges. A month without a value is shown, but
-- is no point; months that follow one another make a stretch, and no range reaches over a gap. A
-- series as reported is drawn only where the one on today's boundaries is not the same. Months
-- before the last three years of a segment are shown too, and are no points of its chart.
with every_month as (
    select
        figure.metric_id,
        figure.area_code,
        figure.boundary,
        figure.segment,
        figure.period_start,
        figure.period_end,
        figure.unit,
        figure.value_status,
        chart.polarity,
        round(figure.value, 9) as value,
        figure.value is not null
        and figure.segment not in ('straddles_a_break', 'undefined') as is_usable,
        extract(year from figure.period_start) * 12
        + extract(month from figure.period_start) as month_number,
        max(case when figure.boundary = 'current' then figure.lineage_id end) over (
            partition by figure.metric_id, figure.area_code, figure.period_start
        ) as current_lineage_id,
        figure.lineage_id
    from {{ ref('metric_value') }} as figure
    inner join {{ ref('int_control_chart') }} as chart
        on
            figure.metric_id = chart.metric_id
            and chart.control_chart = 'xmr'
    inner join {{ ref('int_area') }} as area
        on
            figure.area_code = area.area_code
            and area.area_type in ('council', 'region', 'nhs_region', 'country')
    where figure.period_type = 'month'
),

same_as_current as (
    select
        metric_id,
        area_code
    from every_month
    where boundary = 'as_reported'
    group by metric_id, area_code
    having min(case when lineage_id = current_lineage_id then 1 else 0 end) = 1
),

drawn as (
    select
        every_month.*,
        max(case when every_month.is_usable then every_month.month_number end) over (
            partition by
                every_month.metric_id, every_month.area_code, every_month.boundary,
                every_month.segment
        ) as last_month_number
    from every_month
    left join same_as_current
        on
            every_month.metric_id = same_as_current.metric_id
            and every_month.area_code = same_as_current.area_code
            and every_month.boundary = 'as_reported'
    where same_as_current.area_code is null
),

dated as (
    select
        *,
        coalesce(
            month_number <= last_month_number - {{ months_of_a_chart() }}, false
        ) as is_before_the_chart
    from drawn
),

month_value as (
    select
        *,
        is_usable and not is_before_the_chart as is_used
    from dated
),

placed as (
    select
        *,
        month_number - row_number() over (
            partition by metric_id, area_code, boundary, segment, is_used order by month_number
        ) as stretch
    from month_value
)

select
    *,
    case
        when is_used
            then
                value - lag(value) over (
                    partition by metric_id, area_code, boundary, segment, is_used, stretch
                    order by month_number
                )
    end as step
from placed
