-- One figure for each area, month, table and breakdown. Only England has more than one candidate:
-- a national return and the England row of a council or commissioner file.
with candidate as (
    select distinct
        area_code,
        table_id,
        measure,
        period_start,
        return_id,
        is_control_total,
        published_on
    from {{ ref('int_current_observation') }}
    where area_code is not null
),

ranked as (
    select
        area_code,
        table_id,
        measure,
        period_start,
        return_id,
        is_control_total,
        row_number() over (
            partition by area_code, table_id, measure, period_start
            order by published_on desc nulls last, is_control_total asc, return_id asc
        ) as source_rank
    from candidate
)

select
    observation.area_code,
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
inner join ranked
    on
        observation.area_code = ranked.area_code
        and observation.table_id = ranked.table_id
        and observation.measure = ranked.measure
        and observation.period_start = ranked.period_start
        and observation.return_id = ranked.return_id
        and observation.is_control_total = ranked.is_control_total
where ranked.source_rank = 1
