select
    cast(period_type as {{ dbt.type_string() }}) as period_type,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(financial_year as {{ dbt.type_string() }}) as financial_year,
    cast(calendar_days as integer) as calendar_days
from {{ ref('int_period') }}
