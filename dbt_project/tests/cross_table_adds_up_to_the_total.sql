-- The national series' table by body, care type and reason against its own monthly total.
with crossed as (
    select
        return_id,
        period_start,
        sum(value) as members_value,
        sum(case when value is null then 1 else 0 end) as unvalued
    from {{ ref('int_current_observation') }}
    where table_id = 'cross' and breakdown <> ''
    group by return_id, period_start
)

select
    crossed.return_id,
    crossed.period_start,
    crossed.members_value,
    total.value as total_value
from crossed
inner join {{ ref('int_current_observation') }} as total
    on
        crossed.return_id = total.return_id
        and crossed.period_start = total.period_start
        and total.table_id = 'responsible_body'
        and total.measure = 'delayed_days'
        and total.breakdown = ''
where crossed.unvalued = 0 and abs(crossed.members_value - total.value) > 0.01
