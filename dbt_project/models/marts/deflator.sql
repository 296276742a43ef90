select
    cast(deflator_id as {{ dbt.type_string() }}) as deflator_id,
    cast(period_start as date) as period_start,
    cast(price_year_start as date) as price_year_start,
    cast(index_value as double) as index_value,
    cast(price_ratio as double) as price_ratio,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(file_name as {{ dbt.type_string() }}) as file_name,
    cast(published_on as date) as published_on,
    cast(lineage_id as {{ dbt.type_string() }}) as lineage_id
from {{ ref('int_deflator') }}
