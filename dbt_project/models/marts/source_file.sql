-- The order of landing breaks ties between vintages; it says nothing to a reader and stays behind.
select
    cast(landed.source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(landed.file_name as {{ dbt.type_string() }}) as file_name,
    cast(landed.bytes as bigint) as bytes,
    cast(landed.state as {{ dbt.type_string() }}) as state,
    cast(landed.return_id as {{ dbt.type_string() }}) as return_id,
    cast(landed.layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(landed.is_record as boolean) as is_record,
    cast(current_file.subject_code as {{ dbt.type_string() }}) as subject_code,
    cast(landed.period_start as date) as period_start,
    cast(landed.period_end as date) as period_end,
    cast(landed.first_published_on as date) as first_published_on,
    cast(landed.revised_on as date) as revised_on,
    cast(landed.published_on as date) as published_on,
    cast(landed.publisher_status as {{ dbt.type_string() }}) as publisher_status,
    cast(landed.is_synthetic as boolean) as is_synthetic,
    cast(coalesce(current_file.is_current_vintage, false) as boolean) as is_current_vintage,
    cast(landed.observations as bigint) as observations,
    cast(landed.reason as {{ dbt.type_string() }}) as reason,
    cast(landed.sheet as {{ dbt.type_string() }}) as sheet,
    cast(landed.cell as {{ dbt.type_string() }}) as cell,
    cast(landed.known_on as date) as known_on,
    cast(landed.known_by as {{ dbt.type_string() }}) as known_by,
    cast(landed.url as {{ dbt.type_string() }}) as url,
    cast(landed.landing_page as {{ dbt.type_string() }}) as landing_page,
    cast(landed.fetched_at as {{ dbt.type_timestamp() }}) as fetched_at
from {{ ref('stg_source_file') }} as landed
left join {{ ref('int_current_file') }} as current_file
    on landed.source_sha256 = current_file.source_sha256
