select
    cast(claim_id as {{ dbt.type_string() }}) as claim_id,
    cast(source as {{ dbt.type_string() }}) as source,
    cast(claim as {{ dbt.type_string() }}) as claim,
    cast(metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(period as {{ dbt.type_string() }}) as period,
    cast(base_period as {{ dbt.type_string() }}) as base_period,
    cast(comparison as {{ dbt.type_string() }}) as comparison,
    cast(published_value as double) as published_value,
    cast(published_unit as {{ dbt.type_string() }}) as published_unit,
    cast(published_precision as double) as published_precision,
    cast(computed_value as double) as computed_value,
    cast(verdict as {{ dbt.type_string() }}) as verdict,
    cast(why as {{ dbt.type_string() }}) as why,
    cast(open_figure as double) as open_figure,
    cast(is_synthetic as boolean) as is_synthetic,
    cast(lineage_id as {{ dbt.type_string() }}) as lineage_id
from {{ ref('int_claim') }}
