-- Every figure of a mart leads to at least one part, and every part to a cell or to another figure.
with pointed_at as (
    select distinct lineage_id from {{ ref('metric_value') }}
    union
    select distinct lineage_id from {{ ref('delayed_days') }}
    union
    select distinct lineage_id from {{ ref('claim') }}
    where lineage_id is not null
    union
    select distinct child_lineage_id as lineage_id from {{ ref('lineage') }}
    where child_lineage_id is not null
)

select pointed_at.lineage_id
from pointed_at
left join {{ ref('lineage') }} as part on pointed_at.lineage_id = part.lineage_id
where part.lineage_id is null
