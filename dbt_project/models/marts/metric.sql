select
    cast(metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(title as {{ dbt.type_string() }}) as title,
    cast(definition as {{ dbt.type_string() }}) as definition,
    cast(numerator as {{ dbt.type_string() }}) as numerator,
    cast(denominator as {{ dbt.type_string() }}) as denominator,
    cast(unit as {{ dbt.type_string() }}) as unit,
    cast(multiplier as double) as multiplier,
    cast(polarity as {{ dbt.type_string() }}) as polarity,
    cast(period_type as {{ dbt.type_string() }}) as period_type,
    cast(rounding as {{ dbt.type_string() }}) as rounding,
    cast(interval_method as {{ dbt.type_string() }}) as interval_method,
    cast(source_returns as {{ dbt.type_string() }}) as source_returns,
    cast(caveats as {{ dbt.type_string() }}) as caveats
from {{ ref('metric_contracts') }}
