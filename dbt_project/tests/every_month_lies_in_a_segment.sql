{{ config(severity='warn') }}
select
    metric_id,
    min(period_start) as first_period_start,
    max(period_start) as last_period_start
from {{ ref('metric_value') }}
where segment = 'undefined'
group by metric_id
