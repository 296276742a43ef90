{{ config(materialized='view') }}

-- The total is printed in all three tables; the responsible-body table's is taken, and a test holds
-- the others to it. A reason that began later than the series was not collected before.
with begun_later as (
    select
        table_id,
        measure,
        breakdown,
        max(first_period_start) as first_period_start
    from {{ ref('metric_contracts') }}
    where derivation = 'cell' and first_period_start is not null and breakdown is not null
    group by table_id, measure, breakdown
)

select
    observation.area_code,
    observation.period_start,
    observation.period_end,
    case when observation.breakdown = '' then 'total' else observation.table_id end as split,
    {{ breakdown_member('observation.breakdown', 'body') }} as responsible_body,
    {{ breakdown_member('observation.breakdown', 'care_type') }} as care_type,
    {{ breakdown_member('observation.breakdown', 'reason') }} as reason,
    case when begun_later.table_id is null then observation.value end as delayed_days,
    case
        when begun_later.table_id is null then observation.value_status else 'not_collected'
    end as value_status,
    observation.published_on,
    observation.is_synthetic,
    observation.lineage_id
from {{ ref('int_area_observation') }} as observation
left join begun_later
    on
        observation.table_id = begun_later.table_id
        and observation.measure = begun_later.measure
        and observation.breakdown = begun_later.breakdown
        and observation.period_start < begun_later.first_period_start
where
    observation.measure = 'delayed_days'
    and (
        observation.table_id = 'responsible_body'
        or (
            observation.table_id in ('care_type', 'reason') and observation.breakdown <> ''
        )
    )
