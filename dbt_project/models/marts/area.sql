select
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(area_type as {{ dbt.type_string() }}) as area_type,
    cast(area_class as {{ dbt.type_string() }}) as area_class,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(nhs_code as {{ dbt.type_string() }}) as nhs_code,
    cast(parent_code as {{ dbt.type_string() }}) as parent_code,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(basis as {{ dbt.type_string() }}) as basis,
    cast(why_no_successor as {{ dbt.type_string() }}) as why_no_successor
from {{ ref('int_area') }}
