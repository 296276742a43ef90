{{ config(materialized='view') }}

-- The total is printed in all three tables; the responsible-body table's is taken, and a test holds
-- the others to it.
select
    area_code,
    period_start,
    period_end,
    case when breakdown = '' then 'total' else table_id end as split,
    {{ breakdown_member('breakdown', 'body') }} as responsible_body,
    {{ breakdown_member('breakdown', 'care_type') }} as care_type,
    {{ breakdown_member('breakdown', 'reason') }} as reason,
    value as delayed_days,
    value_status,
    published_on,
    lineage_id
from {{ ref('int_area_observation') }}
where
    measure = 'delayed_days'
    and (
        table_id = 'responsible_body'
        or (table_id in ('care_type', 'reason') and breakdown <> '')
    )
