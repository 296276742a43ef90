-- Every month of the financial years from the first to the last that a file or a published figure
-- speaks of.
with digit as (
    {% for digit in range(10) -%}
        select {{ digit }} as digit
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

number as (
    select hundreds.digit * 100 + tens.digit * 10 + units.digit as months_on
    from digit as hundreds
    cross join digit as tens
    cross join digit as units
),

spoken_of as (
    select period_start as month_start from {{ ref('int_vintage') }}
    union all
    select period_start as month_start from {{ ref('published_claims') }}
    union all
    select base_period_start as month_start from {{ ref('published_claims') }}
    union all
    select period_start as month_start from {{ ref('published_plans') }}
    union all
    select period_start as month_start from {{ ref('int_published_file') }}
    union all
    select period_start as month_start from {{ ref('int_spending_cell') }}
    union all
    select period_start as month_start from {{ ref('int_board_observation') }}
),

span as (
    -- Three months back, a financial year is a calendar year.
    select
        extract(year from {{ add_months('min(month_start)', -3) }}) as first_financial_year,
        extract(year from {{ add_months('max(month_start)', -3) }}) as last_financial_year
    from spoken_of
),

month as (
    select
        {{
            add_months("cast('" ~ var('calendar_start') ~ "' as date)", 'months_on')
        }} as month_start
    from number
),

dated as (
    select
        month_start,
        cast(
            extract(year from {{ add_months('month_start', -3) }}) as integer
        ) as financial_year_start,
        cast(
            floor((extract(month from {{ add_months('month_start', -3) }}) - 1) / 3) + 1 as integer
        ) as quarter
    from month
)

select
    dated.month_start,
    cast({{ dbt.dateadd('day', -1, add_months('dated.month_start', 1)) }} as date) as month_end,
    dated.financial_year_start,
    dated.quarter
from dated
cross join span
where dated.financial_year_start between span.first_financial_year and span.last_financial_year
