select
    cast(claim_id as {{ dbt.type_string() }}) as claim_id,
    cast(basis_id as {{ dbt.type_string() }}) as basis_id,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(base_period_start as date) as base_period_start,
    cast(period_start as date) as period_start,
    cast(base_cash_value as double) as base_cash_value,
    cast(cash_value as double) as cash_value,
    cast(cash_change_percent as double) as cash_change_percent,
    cast(base_real_value as double) as base_real_value,
    cast(real_value as double) as real_value,
    cast(real_change_percent as double) as real_change_percent,
    cast(is_same_span as boolean) as is_same_span,
    cast(case when is_national then published_change_percent end as double)
        as published_change_percent,
    cast(case when is_national then published_basis end as {{ dbt.type_string() }})
        as published_basis,
    cast(
        case when is_national then needed_base_cash_value end as double
    ) as needed_base_cash_value,
    cast(why as {{ dbt.type_string() }}) as why,
    cast(is_synthetic as boolean) as is_synthetic
from {{ ref('int_spending_change_why') }}
