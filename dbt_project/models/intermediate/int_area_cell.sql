{{ config(materialized='view') }}

-- One figure for each area, month, table and breakdown, before anything is withheld. No mart reads
-- it: int_area_observation is what may be shown.
select
    observation.area_code,
    observation.return_id,
    observation.table_id,
    observation.measure,
    observation.breakdown,
    observation.period_start,
    observation.period_end,
    observation.value,
    observation.value_status,
    observation.unit,
    observation.published_on,
    observation.maturity,
    observation.is_synthetic,
    observation.raw_text,
    observation.source_sha256,
    observation.source_sheet,
    observation.source_row,
    observation.source_column,
    observation.lineage_id
from {{ ref('int_current_observation') }} as observation
left join {{ ref('int_england_source') }} as chosen
    on
        observation.return_id = chosen.return_id
        and observation.table_id = chosen.table_id
        and observation.measure = chosen.measure
        and observation.period_start = chosen.period_start
        and observation.is_control_total = chosen.is_control_total
        and observation.area_code = '{{ var("england_code") }}'
where
    observation.area_code is not null
    and (observation.area_code <> '{{ var("england_code") }}' or chosen.return_id is not null)
