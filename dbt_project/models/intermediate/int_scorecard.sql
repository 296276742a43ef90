{{ config(materialized='view') }}

-- An area's last figure of each metric, by month, quarter and year, and what to hold it against. A
-- period that is not whole yet is passed over while there is an older one; one that is withheld is
-- not.
with aged as (
    select
        *,
        row_number() over (
            partition by metric_id, area_code, period_type
            order by
                case when value_status in ('missing', 'not_collected') then 1 else 0 end,
                period_start desc
        ) as age
    from {{ ref('int_scorecard_figure') }}
),

latest as (
    select *
    from aged
    where age = 1
),

-- Counts and sums of money tell the size of a council, and not how it does: no peers beside them.
-- What is only divided by days, or by the prices of a year, is one of them.
of_size as (
    select metric_id
    from {{ ref('metric_contracts') }}
    where
        denominator = 'none'
        or derivation in ('per_calendar_day', 'real_terms')
        or denominator = 'days of the month'
),

of_peers as (
    select
        latest.metric_id,
        latest.area_code,
        latest.period_type,
        max(peer.vintage) as peer_vintage,
        count(*) as peers,
        count(theirs.value) as peers_with_a_value,
        {{ quantile('theirs.value', 0.5) }} as peer_median,
        {{ quantile('theirs.value', 0.25) }} as peer_lower_quartile,
        {{ quantile('theirs.value', 0.75) }} as peer_upper_quartile,
        min(theirs.value) as peer_lowest,
        max(theirs.value) as peer_highest,
        sum(case when theirs.value < latest.value then 1 else 0 end) as peers_below,
        sum(case when theirs.value > latest.value then 1 else 0 end) as peers_above
    from latest
    inner join {{ ref('int_peer') }} as peer
        on
            latest.area_code = peer.area_code
            and peer.is_latest_vintage
    left join {{ ref('int_scorecard_figure') }} as theirs
        on
            peer.peer_code = theirs.area_code
            and latest.metric_id = theirs.metric_id
            and latest.period_type = theirs.period_type
            and latest.period_start = theirs.period_start
            and latest.segment = theirs.segment
    where latest.metric_id not in (select of_size.metric_id from of_size)
    group by latest.metric_id, latest.area_code, latest.period_type
),

-- Under so many of an area's peers a median says nothing about the rest.
enough_peers as (
    select *
    from of_peers
    where peers_with_a_value >= {{ fewest_peers() }}
),

latest_peers as (
    select distinct vintage
    from {{ ref('int_peer') }}
    where is_latest_vintage
),

left_out as (
    select
        feature.area_code,
        max(feature.why_not_used) as why_not_used
    from {{ ref('int_peer_feature') }} as feature
    inner join latest_peers on feature.vintage = latest_peers.vintage
    group by feature.area_code
),

-- Of several versions of a plan the last counts. A planned change is no plan for the figure itself.
planned as (
    select
        *,
        row_number() over (
            partition by metric_id, area_code, period_type, period_start
            order by
                case plan_version when 'reset' then 1 when 'assured' then 2 else 3 end
        ) as version_rank
    from {{ ref('metric_plan') }}
    where basis = 'level'
)

select
    latest.metric_id,
    latest.area_code,
    latest.area_type,
    latest.boundary,
    latest.figure_area_code,
    latest.period_type,
    latest.period_start,
    latest.period_end,
    latest.unit,
    latest.value,
    latest.value_status,
    latest.lower,
    latest.upper,
    latest.segment,
    planned.plan_version,
    planned.basis as plan_basis,
    planned.value as plan,
    england.value as england_value,
    case
        when latest.area_type = 'country' or latest.lower is null or england.value is null
            then null
        when england.value between latest.lower and latest.upper then 'not different'
        when contract.polarity = 'context'
            then case when england.value < latest.lower then 'above' else 'below' end
        when (england.value < latest.lower) = (contract.polarity = 'higher') then 'better'
        else 'worse'
    end as beside_england,
    of_peers.peer_vintage,
    of_peers.peers,
    of_peers.peers_with_a_value,
    enough_peers.peer_median,
    enough_peers.peer_lower_quartile,
    enough_peers.peer_upper_quartile,
    enough_peers.peer_lowest,
    enough_peers.peer_highest,
    case when latest.value is not null then enough_peers.peers_below end as peers_below,
    case when latest.value is not null then enough_peers.peers_above end as peers_above,
    case
        when latest.area_type <> 'council' then 'Only councils have peers.'
        when of_size.metric_id is not null
            then
                concat(
                    'It grows with the size of the council: ',
                    'only rates and shares are held against peers.'
                )
        when of_peers.area_code is null
            then
                coalesce(
                    left_out.why_not_used,
                    'No indices of deprivation are loaded to find peers by.'
                )
        when enough_peers.area_code is null
            then 'Fewer than {{ fewest_peers() }} of its peers have a figure for the period.'
    end as why_no_peers,
    earlier.period_start as earlier_period_start,
    earlier.value as earlier_value,
    {{ change_between(
        'latest.value', 'latest.segment', 'earlier.value', 'earlier.segment'
    ) }} as change_on_year,
    {{ why_no_change('latest.segment', 'earlier.segment') }} as why_no_change,
    chart.variation,
    chart.assurance,
    latest.published_on,
    latest.lineage_id
from latest
inner join {{ ref('metric_contracts') }} as contract on latest.metric_id = contract.metric_id
left join of_peers
    on
        latest.metric_id = of_peers.metric_id
        and latest.area_code = of_peers.area_code
        and latest.period_type = of_peers.period_type
left join enough_peers
    on
        latest.metric_id = enough_peers.metric_id
        and latest.area_code = enough_peers.area_code
        and latest.period_type = enough_peers.period_type
left join planned
    on
        latest.metric_id = planned.metric_id
        and latest.area_code = planned.area_code
        and latest.period_type = planned.period_type
        and latest.period_start = planned.period_start
        and planned.version_rank = 1
left join {{ ref('int_scorecard_figure') }} as england
    on
        england.area_code = '{{ var("england_code") }}'
        and latest.metric_id = england.metric_id
        and latest.period_type = england.period_type
        and latest.period_start = england.period_start
left join {{ ref('int_scorecard_figure') }} as earlier
    on
        latest.metric_id = earlier.metric_id
        and latest.area_code = earlier.area_code
        and latest.period_type = earlier.period_type
        and earlier.period_start = {{ add_months('latest.period_start', -12) }}
left join {{ ref('control_limit') }} as chart
    on
        latest.metric_id = chart.metric_id
        and latest.figure_area_code = chart.area_code
        and latest.boundary = chart.boundary
        and latest.period_type = 'month'
        and latest.period_start = chart.period_start
left join left_out on latest.area_code = left_out.area_code
left join of_size on latest.metric_id = of_size.metric_id
