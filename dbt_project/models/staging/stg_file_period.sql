-- One row is a table and a period that a file has figures for, of any return.
select
    cast(return_id as {{ dbt.type_string() }}) as return_id,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(table_id as {{ dbt.type_string() }}) as table_id,
    cast(period_type as {{ dbt.type_string() }}) as period_type,
    cast(period_start as date) as period_start,
    cast(
        case when min(subject_code) = max(subject_code) then min(subject_code) end
        as {{ dbt.type_string() }}
    ) as subject_code
from {{ source('lake', 'observation') }}
group by return_id, source_sha256, table_id, period_type, period_start
