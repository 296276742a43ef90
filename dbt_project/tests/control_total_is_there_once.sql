select
    return_id,
    table_id,
    period_start,
    measure,
    breakdown,
    totals,
    parts
from {{ ref('int_control_total') }}
where totals <> 1 or parts = 0
