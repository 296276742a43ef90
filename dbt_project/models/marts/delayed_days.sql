select
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(split as {{ dbt.type_string() }}) as split,
    cast(responsible_body as {{ dbt.type_string() }}) as responsible_body,
    cast(care_type as {{ dbt.type_string() }}) as care_type,
    cast(reason as {{ dbt.type_string() }}) as reason,
    cast(delayed_days as double) as delayed_days,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(published_on as date) as published_on,
    cast(lineage_id as {{ dbt.type_string() }}) as lineage_id
from {{ ref('int_delayed_days') }}
