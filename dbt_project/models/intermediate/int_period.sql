with financial_year as (
    select
        month_start,
        month_end,
        quarter,
        financial_year_start,
        concat(
            cast(financial_year_start as {{ dbt.type_string() }}),
            '-',
            right(cast(financial_year_start + 1 as {{ dbt.type_string() }}), 2)
        ) as financial_year
    from {{ ref('int_month') }}
),

period as (
    select
        'month' as period_type,
        month_start as period_start,
        month_end as period_end,
        1 as months,
        concat(
            {{ month_name('month_start') }},
            ' ',
            cast(extract(year from month_start) as {{ dbt.type_string() }})
        ) as name,
        financial_year
    from financial_year
    union all
    select
        'quarter' as period_type,
        min(month_start) as period_start,
        max(month_end) as period_end,
        3 as months,
        concat('Q', cast(quarter as {{ dbt.type_string() }}), ' ', financial_year) as name,
        financial_year
    from financial_year
    group by financial_year, quarter
    union all
    select
        'financial_year' as period_type,
        min(month_start) as period_start,
        max(month_end) as period_end,
        12 as months,
        financial_year as name,
        financial_year
    from financial_year
    group by financial_year
)

select
    period_type,
    period_start,
    period_end,
    months,
    name,
    financial_year,
    {{ days_inclusive('period_start', 'period_end') }} as calendar_days
from period
