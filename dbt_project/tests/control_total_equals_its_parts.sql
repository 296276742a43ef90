-- Every table, column and month: the printed England row against the sum of the rows below it.
-- The tolerance is for the last digit of printed decimals, not for people.
select
    return_id,
    table_id,
    period_start,
    measure,
    breakdown,
    total_value,
    parts_value
from {{ ref('int_control_total') }}
where unvalued = 0 and abs(total_value - parts_value) > 0.01
