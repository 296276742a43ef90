-- A segment begins, after the first, where the seed of breaks says so; and where that says so for a
-- metric with segments, one begins.
with registered as (
    select
        metric_id,
        register_id
    from {{ ref('metric_contracts') }}
),

segment_start as (
    select
        segment.metric_id,
        segment.first_period_start,
        contract.register_id,
        min(segment.first_period_start) over (partition by segment.metric_id) as series_start
    from {{ ref('series_segments') }} as segment
    inner join registered as contract on segment.metric_id = contract.metric_id
),

metric as (
    select distinct
        metric_id,
        register_id,
        series_start
    from segment_start
),

later_start as (
    select * from segment_start
    where first_period_start > series_start
),

ends as (
    select
        metric.metric_id,
        metric.register_id,
        metric.series_start,
        series_break.happened_on
    from metric
    inner join {{ ref('series_breaks') }} as series_break
        on
            series_break.register_id in (metric.register_id, metric.metric_id)
            and metric.series_start < series_break.happened_on
            and series_break.ends_a_segment
)

select
    coalesce(later_start.metric_id, ends.metric_id) as metric_id,
    later_start.first_period_start,
    ends.happened_on
from later_start
full outer join ends
    on
        later_start.metric_id = ends.metric_id
        and later_start.first_period_start = ends.happened_on
where later_start.metric_id is null or ends.metric_id is null
