{{ config(materialized='view') }}

-- The cells of the published metrics with the area and period of the figure they are for. Rows that
-- say nothing, of bodies that were not there then, are left out.
select
    cell.metric_id,
    cell.place,
    cell.preference,
    cell.part_played,
    cell.how,
    cell.scale,
    cell.cells,
    cell.return_id,
    cell.value,
    cell.value_status,
    cell.published_on,
    cell.maturity,
    cell.is_synthetic,
    cell.lineage_id,
    subject.area_code,
    case
        when cell.how = 'daily_mean' then 'month' else cell.period_type
    end as figure_period_type,
    case
        when cell.how = 'daily_mean'
            then cast({{ dbt.date_trunc('month', 'cell.period_start') }} as date)
        else cell.period_start
    end as figure_period_start
from {{ ref('int_published_cell') }} as cell
inner join {{ ref('int_published_subject') }} as subject
    on
        cell.return_id = subject.return_id
        and cell.subject_type = subject.subject_type
        and cell.subject_code = subject.subject_code
        and coalesce(cell.subject_ons_code, '') = coalesce(subject.subject_ons_code, '')
        and cell.is_control_total = subject.is_control_total
        and cell.period_start = subject.period_start
where
    not subject.is_left_out
    -- A synthetic file may be about bodies that were made up.
    and (subject.is_resolved or not cell.is_synthetic)
    and (
        cell.value is not null
        or cell.value_status = 'suppressed'
        or (
            subject.is_resolved
            -- A row for a predecessor or successor of the area.
            and coalesce(cell.subject_ons_code, subject.area_code) = subject.area_code
        )
    )
