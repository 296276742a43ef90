select
    cast(vintage as {{ dbt.type_string() }}) as vintage,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(feature as {{ dbt.type_string() }}) as feature,
    cast(weight as double) as weight,
    cast(value as double) as value,
    cast(z_score as double) as z_score,
    cast(why_not_used as {{ dbt.type_string() }}) as why_not_used
from {{ ref('int_peer_feature') }}
