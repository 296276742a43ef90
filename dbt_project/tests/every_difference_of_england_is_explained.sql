{{ config(severity='warn') }}

-- Where two ways to England differ, the seed of explained differences says why, for these very files.
select
    metric_id,
    period_start,
    route,
    value,
    released_value,
    difference,
    published_on,
    released_published_on
from {{ ref('england_route') }}
where difference <> 0 and explanation is null
