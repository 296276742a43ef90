-- A total with a suppressed or missing part cannot be held to its parts.
{{ config(severity='warn') }}
select
    return_id,
    table_id,
    period_start,
    measure,
    breakdown,
    unvalued
from {{ ref('int_control_total') }}
where unvalued > 0
