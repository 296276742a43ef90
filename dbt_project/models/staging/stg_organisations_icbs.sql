select
    cast(ons_code as {{ dbt.type_string() }}) as ons_code,
    cast(code as {{ dbt.type_string() }}) as code,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as bigint) as source_row,
    cast(layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(return_id as {{ dbt.type_string() }}) as return_id
from {{ source('lake', 'organisations_icbs') }}
