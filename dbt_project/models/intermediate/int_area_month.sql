-- Months on both boundaries. An area that did not change has one figure with one lineage on both.
select
    {{ month_columns() }},
    'as_reported' as boundary,
    false as is_shared,
    area_code as lineage_area_code
from {{ ref('int_reported_month') }}
union all
select
    {{ month_columns() }},
    'current' as boundary,
    is_shared,
    lineage_area_code
from {{ ref('int_current_month') }}
