select
    cast(lineage_id as {{ dbt.type_string() }}) as lineage_id,
    cast(part as integer) as part,
    cast(part_kind as {{ dbt.type_string() }}) as part_kind,
    cast(child_lineage_id as {{ dbt.type_string() }}) as child_lineage_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as integer) as source_row,
    cast(source_column as {{ dbt.type_string() }}) as source_column,
    cast(raw_text as {{ dbt.type_string() }}) as raw_text,
    cast(operation as {{ dbt.type_string() }}) as operation
from {{ ref('int_lineage_part') }}
