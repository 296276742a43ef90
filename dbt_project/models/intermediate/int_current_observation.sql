select
    observation.return_id,
    observation.table_id,
    observation.period_start,
    observation.period_end,
    observation.subject_type,
    observation.subject_code,
    observation.subject_ons_code,
    subject_area.area_code,
    observation.measure,
    observation.breakdown,
    observation.value,
    observation.raw_text,
    observation.value_status,
    observation.unit,
    observation.is_control_total,
    observation.source_sha256,
    observation.source_sheet,
    observation.source_row,
    observation.source_column,
    vintage.published_on,
    vintage.maturity,
    vintage.is_synthetic,
    {{ lineage_id([
        "'cell'", 'observation.source_sha256', 'observation.source_sheet',
        'observation.source_column', 'observation.source_row'
    ]) }} as lineage_id
from {{ ref('int_observation') }} as observation
inner join {{ ref('int_vintage') }} as vintage
    on
        observation.return_id = vintage.return_id
        and observation.table_id = vintage.table_id
        and observation.period_type = vintage.period_type
        and observation.period_start = vintage.period_start
        and observation.source_sha256 = vintage.source_sha256
left join {{ ref('int_subject_area') }} as subject_area
    on
        observation.return_id = subject_area.return_id
        and observation.subject_type = subject_area.subject_type
        and observation.subject_code = subject_area.subject_code
        and observation.is_control_total = subject_area.is_control_total
        and observation.period_start = subject_area.period_start
        and observation.period_end = subject_area.period_end
where vintage.is_current
