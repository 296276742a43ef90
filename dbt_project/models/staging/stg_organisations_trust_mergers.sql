select
    cast(predecessor_code as {{ dbt.type_string() }}) as predecessor_code,
    cast(successor_code as {{ dbt.type_string() }}) as successor_code,
    cast(merged_on as date) as merged_on,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as bigint) as source_row,
    cast(layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(return_id as {{ dbt.type_string() }}) as return_id
from {{ source('lake', 'organisations_trust_mergers') }}
