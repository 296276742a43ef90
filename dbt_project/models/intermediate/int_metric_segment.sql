-- The stretches of each metric in which figures can be compared: those of series_segments, and for
-- a metric that has none there, from one break of its entry in the register to the next.
with named as (
    select distinct metric_id
    from {{ ref('series_segments') }}
),

metric as (
    select
        contract.metric_id,
        contract.register_id
    from {{ ref('metric_contracts') }} as contract
    left join named on contract.metric_id = named.metric_id
    where named.metric_id is null
),

break_of as (
    select distinct
        metric.metric_id,
        series_break.happened_on
    from metric
    inner join {{ ref('series_breaks') }} as series_break
        on
            metric.register_id = series_break.register_id
            and series_break.ends_a_segment
            and series_break.happened_on is not null
),

start as (
    select
        metric_id,
        cast(null as date) as happened_on
    from metric
    union all
    select
        metric_id,
        happened_on
    from break_of
),

ordered as (
    select
        metric_id,
        happened_on,
        lead(happened_on) over (
            partition by metric_id order by happened_on asc nulls first
        ) as next_on
    from start
)

select
    metric_id,
    case
        when happened_on is null and next_on is null then 'whole_series'
        when happened_on is null
            then concat('until_', cast(next_on as {{ dbt.type_string() }}))
        else concat('since_', cast(happened_on as {{ dbt.type_string() }}))
    end as segment,
    coalesce(happened_on, cast('0001-01-01' as date)) as first_period_start,
    coalesce(cast({{ dbt.dateadd('day', -1, 'next_on') }} as date), {{ end_of_time() }})
        as last_period_start,
    next_on as next_period_start
from ordered
union all
select
    metric_id,
    segment,
    first_period_start,
    coalesce(last_period_start, {{ end_of_time() }}) as last_period_start,
    lead(first_period_start) over (
        partition by metric_id order by first_period_start asc
    ) as next_period_start
from {{ ref('series_segments') }}
