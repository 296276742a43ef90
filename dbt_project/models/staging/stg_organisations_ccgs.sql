select
    cast(code as {{ dbt.type_string() }}) as code,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(successor_code as {{ dbt.type_string() }}) as successor_code,
    cast(successor_name as {{ dbt.type_string() }}) as successor_name,
    cast(stp_code as {{ dbt.type_string() }}) as stp_code,
    cast(stp_name as {{ dbt.type_string() }}) as stp_name,
    cast(local_office_code as {{ dbt.type_string() }}) as local_office_code,
    cast(local_office_name as {{ dbt.type_string() }}) as local_office_name,
    cast(region_code as {{ dbt.type_string() }}) as region_code,
    cast(region_name as {{ dbt.type_string() }}) as region_name,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as bigint) as source_row,
    cast(layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(return_id as {{ dbt.type_string() }}) as return_id
from {{ source('lake', 'organisations_ccgs') }}
