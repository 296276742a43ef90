-- Which months make up each period: a month is in itself, in its quarter and in its financial year.
select
    'month' as period_type,
    month_start as period_start,
    month_end as period_end,
    1 as months,
    month_start
from {{ ref('int_month') }}
union all
select
    'quarter' as period_type,
    min(month_start) over (partition by financial_year_start, quarter) as period_start,
    max(month_end) over (partition by financial_year_start, quarter) as period_end,
    3 as months,
    month_start
from {{ ref('int_month') }}
union all
select
    'financial_year' as period_type,
    min(month_start) over (partition by financial_year_start) as period_start,
    max(month_end) over (partition by financial_year_start) as period_end,
    12 as months,
    month_start
from {{ ref('int_month') }}
