select
    cast(vintage as {{ dbt.type_string() }}) as vintage,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(peer_code as {{ dbt.type_string() }}) as peer_code,
    cast(peer_rank as integer) as peer_rank,
    cast(distance as double) as distance,
    cast(is_latest_vintage as boolean) as is_latest_vintage
from {{ ref('int_peer') }}
