select
    cast(population_id as {{ dbt.type_string() }}) as population_id,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(mid_year as integer) as mid_year,
    cast(age_band as {{ dbt.type_string() }}) as age_band,
    cast(population as double) as population,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(basis as {{ dbt.type_string() }}) as basis,
    cast(geography as {{ dbt.type_string() }}) as geography,
    cast(series as {{ dbt.type_string() }}) as series,
    cast(published_on as date) as published_on,
    cast(source as {{ dbt.type_string() }}) as source,
    cast(reason as {{ dbt.type_string() }}) as reason,
    cast(lineage_id as {{ dbt.type_string() }}) as lineage_id
from {{ ref('int_population') }}
