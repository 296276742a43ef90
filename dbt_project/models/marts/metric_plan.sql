select
    cast(published.metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(published.area_code as {{ dbt.type_string() }}) as area_code,
    cast(published.period_type as {{ dbt.type_string() }}) as period_type,
    cast(published.period_start as date) as period_start,
    cast(period.period_end as date) as period_end,
    cast(published.plan_version as {{ dbt.type_string() }}) as plan_version,
    cast(published.basis as {{ dbt.type_string() }}) as basis,
    cast(published.value as double) as value,
    cast(published.unit as {{ dbt.type_string() }}) as unit,
    cast(published.source as {{ dbt.type_string() }}) as source,
    cast(published.claim_id as {{ dbt.type_string() }}) as claim_id
from {{ ref('published_plans') }} as published
inner join {{ ref('int_period') }} as period
    on
        published.period_type = period.period_type
        and published.period_start = period.period_start
