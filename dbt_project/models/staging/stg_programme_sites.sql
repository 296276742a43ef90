select
    cast(wave as bigint) as wave,
    cast(announced as {{ dbt.type_string() }}) as announced,
    cast(site as {{ dbt.type_string() }}) as site,
    cast(source_url as {{ dbt.type_string() }}) as source_url,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as bigint) as source_row,
    cast(layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(return_id as {{ dbt.type_string() }}) as return_id
from {{ source('lake', 'programme_sites') }}
