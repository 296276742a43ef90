-- In the order of the series: what is the same for all of its months takes next to no room.
select
    cast(metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(area_code as {{ dbt.type_string() }}) as area_code,
    cast(boundary as {{ dbt.type_string() }}) as boundary,
    cast(segment as {{ dbt.type_string() }}) as segment,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(unit as {{ dbt.type_string() }}) as unit,
    cast(value as double) as value,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(points as integer) as points,
    cast(mean as double) as mean,
    cast(moving_range as double) as moving_range,
    cast(lower_limit as double) as lower_limit,
    cast(upper_limit as double) as upper_limit,
    cast(lower_near_limit as double) as lower_near_limit,
    cast(upper_near_limit as double) as upper_near_limit,
    cast(signals as {{ dbt.type_string() }}) as signals,
    cast(variation as {{ dbt.type_string() }}) as variation,
    cast(target as double) as target,
    cast(assurance as {{ dbt.type_string() }}) as assurance,
    cast(is_judged as boolean) as is_judged,
    cast(why_not_judged as {{ dbt.type_string() }}) as why_not_judged
from {{ ref('int_control_limit') }}
order by metric_id, boundary, area_code, period_start
