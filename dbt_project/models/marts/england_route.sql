select
    cast(metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(period_start as date) as period_start,
    cast(route as {{ dbt.type_string() }}) as route,
    cast(value as double) as value,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(parts as bigint) as parts,
    cast(parts_missing as bigint) as parts_missing,
    cast(published_on as date) as published_on,
    cast(released_value as double) as released_value,
    cast(released_published_on as date) as released_published_on,
    cast(difference as double) as difference,
    cast(explanation as {{ dbt.type_string() }}) as explanation,
    cast(explanation_source as {{ dbt.type_string() }}) as explanation_source,
    cast(is_synthetic as boolean) as is_synthetic
from {{ ref('int_england_route') }}
