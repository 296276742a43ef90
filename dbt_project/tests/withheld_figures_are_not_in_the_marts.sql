-- What is withheld has no value in the marts, in no column and by no way round, and neither has the
-- text of its cell.
with withheld_cell as (
    select
        cell.lineage_id,
        withheld.measure,
        withheld.area_code,
        withheld.period_start,
        withheld.reason
    from {{ ref('int_withheld') }} as withheld
    inner join {{ ref('int_area_cell') }} as cell
        on
            withheld.return_id = cell.return_id
            and withheld.table_id = cell.table_id
            and withheld.measure = cell.measure
            and withheld.period_start = cell.period_start
            and withheld.period_end = cell.period_end
            and withheld.area_code = cell.area_code
            and withheld.breakdown = cell.breakdown
),

shown as (
    select lineage_id
    from {{ ref('metric_value') }}
    where value is not null or numerator is not null or lower is not null or upper is not null
    union all
    select lineage_id from {{ ref('delayed_days') }}
    where delayed_days is not null
    union all
    select lineage_id from {{ ref('lineage') }}
    where raw_text <> '(withheld)'
)

select withheld_cell.*
from withheld_cell
inner join shown on withheld_cell.lineage_id = shown.lineage_id
