-- England is published twice: in a national series, and as the England row of a file by council or
-- commissioner. For each table, measure and month the later published is taken; at a tie the
-- series.
with candidate as (
    select distinct
        return_id,
        table_id,
        measure,
        period_start,
        is_control_total,
        published_on
    from {{ ref('int_current_observation') }}
    where area_code = '{{ var("england_code") }}'
),

ranked as (
    select
        return_id,
        table_id,
        measure,
        period_start,
        is_control_total,
        row_number() over (
            partition by table_id, measure, period_start
            order by published_on desc nulls last, is_control_total asc, return_id asc
        ) as source_rank
    from candidate
)

select
    return_id,
    table_id,
    measure,
    period_start,
    is_control_total
from ranked
where source_rank = 1
