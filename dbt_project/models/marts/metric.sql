select
    cast(contract.metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(contract.title as {{ dbt.type_string() }}) as title,
    cast(contract.definition as {{ dbt.type_string() }}) as definition,
    cast(contract.numerator as {{ dbt.type_string() }}) as numerator,
    cast(contract.denominator as {{ dbt.type_string() }}) as denominator,
    cast(contract.unit as {{ dbt.type_string() }}) as unit,
    cast(contract.multiplier as double) as multiplier,
    cast(contract.polarity as {{ dbt.type_string() }}) as polarity,
    cast(contract.period_type as {{ dbt.type_string() }}) as period_type,
    cast(contract.rounding as {{ dbt.type_string() }}) as rounding,
    cast(contract.interval_method as {{ dbt.type_string() }}) as interval_method,
    cast(contract.source_returns as {{ dbt.type_string() }}) as source_returns,
    cast(contract.caveats as {{ dbt.type_string() }}) as caveats,
    cast(chart.control_chart as {{ dbt.type_string() }}) as control_chart,
    cast(chart.why_no_control_chart as {{ dbt.type_string() }}) as why_no_control_chart
from {{ ref('metric_contracts') }} as contract
inner join {{ ref('int_control_chart') }} as chart on contract.metric_id = chart.metric_id
