-- Mean and mean moving range of each series within a segment: the ranges are averaged, those far
-- above that average are left out, and the rest averaged again.
with plain as (
    select
        metric_id,
        area_code,
        boundary,
        segment,
        count(*) as points,
        count(step) as ranges,
        {{ exact_mean('value') }} as mean,
        {{ exact_mean('abs(step)') }} as mean_of_all_ranges
    from {{ ref('int_control_point') }}
    where is_used
    group by metric_id, area_code, boundary, segment
),

screened as (
    select
        point.metric_id,
        point.area_code,
        point.boundary,
        point.segment,
        {{ exact_mean('abs(point.step)') }} as mean_range
    from {{ ref('int_control_point') }} as point
    inner join plain
        on
            point.metric_id = plain.metric_id
            and point.area_code = plain.area_code
            and point.boundary = plain.boundary
            and point.segment = plain.segment
    where
        point.is_used
        and {{ is_ordinary_range('abs(point.step)', 'plain.mean_of_all_ranges') }}
    group by point.metric_id, point.area_code, point.boundary, point.segment
)

select
    plain.metric_id,
    plain.area_code,
    plain.boundary,
    plain.segment,
    plain.points,
    plain.ranges,
    plain.mean,
    screened.mean_range,
    plain.points >= {{ fewest_points() }}
    and plain.ranges >= {{ fewest_ranges() }} as has_limits
from plain
left join screened
    on
        plain.metric_id = screened.metric_id
        and plain.area_code = screened.area_code
        and plain.boundary = screened.boundary
        and plain.segment = screened.segment
