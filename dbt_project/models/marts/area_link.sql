select
    cast(link_kind as {{ dbt.type_string() }}) as link_kind,
    cast(from_area_code as {{ dbt.type_string() }}) as from_area_code,
    cast(to_area_code as {{ dbt.type_string() }}) as to_area_code,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(weight as double) as weight,
    cast(weight_18plus as double) as weight_18plus,
    cast(weight_65plus as double) as weight_65plus,
    cast(basis as {{ dbt.type_string() }}) as basis,
    cast(weight_year as integer) as weight_year,
    cast(how as {{ dbt.type_string() }}) as how,
    cast(source as {{ dbt.type_string() }}) as source
from {{ ref('int_area_link') }}
