-- England is published more than once: in a national series, and as the England row of a file by
-- council or commissioner. Which return gives it is said by the order of the returns in the metric
-- contracts, whatever day they were published on: for a table that no contract reads, by the order
-- that the return has elsewhere; a return that is only checked against comes last.
with listed as (
    select
        metric_id,
        measure,
        concat(source_returns, '; ', coalesce(checked_against, '')) as listed_returns
    from {{ ref('metric_contracts') }}
    where derivation = 'cell'
),

candidate as (
    select distinct
        return_id,
        table_id,
        measure,
        period_start,
        is_control_total
    from {{ ref('int_current_observation') }}
    where area_code = '{{ var("england_code") }}'
),

source_of_measure as (
    select distinct
        return_id,
        measure
    from candidate
),

placed as (
    select
        candidate.return_id,
        candidate.measure,
        min(
            case
                when listed.measure = candidate.measure
                    then {{ place_in_list('candidate.return_id', 'listed.listed_returns') }}
            end
        ) as place_for_measure,
        min({{ place_in_list('candidate.return_id', 'listed.listed_returns') }}) as place
    from source_of_measure as candidate
    inner join listed on {{ is_listed('candidate.return_id', 'listed.listed_returns') }}
    group by candidate.return_id, candidate.measure
),

ranked as (
    select
        candidate.return_id,
        candidate.table_id,
        candidate.measure,
        candidate.period_start,
        candidate.is_control_total,
        row_number() over (
            partition by candidate.table_id, candidate.measure, candidate.period_start
            order by
                coalesce(placed.place_for_measure, placed.place) asc nulls last,
                candidate.is_control_total asc,
                candidate.return_id asc
        ) as source_rank
    from candidate
    left join placed
        on candidate.return_id = placed.return_id and candidate.measure = placed.measure
)

select
    return_id,
    table_id,
    measure,
    period_start,
    is_control_total
from ranked
where source_rank = 1
