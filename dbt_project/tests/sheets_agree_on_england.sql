-- The commissioner sheet and its parent sheet print the same England row; so do the three tables of
-- delayed transfers for their totals.
select
    return_id,
    period_start,
    measure,
    min(total_value) as lowest,
    max(total_value) as highest
from {{ ref('int_control_total') }}
where breakdown = ''
group by return_id, period_start, measure
having max(total_value) - min(total_value) > 0.01
