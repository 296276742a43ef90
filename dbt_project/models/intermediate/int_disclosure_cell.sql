-- The figures of the groups in which one is withheld, of every vintage. Tables that print the same
-- totals are one family: what is withheld of a total is withheld in all of them.
with england as (
    select distinct
        measure,
        period_start,
        period_end
    from {{ ref('int_current_observation') }}
    where area_code = '{{ var("england_code") }}'
),

figure as (
    select
        observation.return_id,
        observation.table_id,
        observation.source_sha256,
        observation.period_start,
        observation.period_end,
        disclosure_group.tied_measure,
        observation.breakdown,
        {{ breakdown_dimensions('observation.breakdown') }} as dimensions,
        subject_area.area_code,
        vintage.is_current,
        profile.width,
        subject_area.area_code = '{{ var("england_code") }}' as is_national,
        case when england.measure is not null then 1 else 0 end as has_england,
        case
            when {{ is_counted('observation.unit', 'profile') }} then observation.value
        end as counted,
        case
            when {{ is_withheld_by_itself(
                'observation.value', 'observation.value_status', 'observation.unit',
                "subject_area.area_code = '" ~ var('england_code') ~ "'", 'profile'
            ) }} then 1
            else 0
        end as is_withheld
    from {{ ref('int_observation') }} as observation
    inner join {{ ref('int_vintage') }} as vintage
        on
            observation.return_id = vintage.return_id
            and observation.table_id = vintage.table_id
            and observation.period_type = vintage.period_type
            and observation.period_start = vintage.period_start
            and observation.source_sha256 = vintage.source_sha256
    inner join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    inner join {{ ref('int_disclosure_group') }} as disclosure_group
        on
            observation.return_id = disclosure_group.return_id
            and {{ tied_measure('observation.measure', 'profile') }} = disclosure_group.tied_measure
            and observation.period_start = disclosure_group.period_start
            and observation.period_end = disclosure_group.period_end
    inner join {{ ref('int_subject_area') }} as subject_area
        on
            observation.return_id = subject_area.return_id
            and observation.subject_type = subject_area.subject_type
            and observation.subject_code = subject_area.subject_code
            and observation.is_control_total = subject_area.is_control_total
            and observation.period_start = subject_area.period_start
            and observation.period_end = subject_area.period_end
    left join england
        on
            observation.measure = england.measure
            and observation.period_start = england.period_start
            and observation.period_end = england.period_end
),

cell as (
    select
        return_id,
        table_id,
        source_sha256,
        period_start,
        period_end,
        tied_measure,
        breakdown,
        dimensions,
        area_code,
        is_current,
        is_national,
        width,
        max(has_england) as has_england,
        max(is_withheld) as is_withheld,
        -- Of measures that are withheld together, the smallest count has the least room.
        min(counted) as counted
    from figure
    group by
        return_id, table_id, source_sha256, period_start, period_end, tied_measure, breakdown,
        dimensions, area_code, is_current, is_national, width
),

total_of_table as (
    select
        source_sha256,
        table_id,
        period_start,
        period_end,
        tied_measure,
        area_code,
        counted
    from cell
    where breakdown = '' and counted is not null
),

family as (
    select
        one.source_sha256,
        one.table_id,
        one.period_start,
        one.period_end,
        one.tied_measure,
        other.table_id as like_table
    from total_of_table as one
    inner join total_of_table as other
        on
            one.source_sha256 = other.source_sha256
            and one.period_start = other.period_start
            and one.period_end = other.period_end
            and one.tied_measure = other.tied_measure
            and one.area_code = other.area_code
    group by
        one.source_sha256, one.table_id, one.period_start, one.period_end, one.tied_measure,
        other.table_id
    having max(abs(one.counted - other.counted)) < 0.01
),

first_of_family as (
    select
        source_sha256,
        table_id,
        period_start,
        period_end,
        tied_measure,
        min(like_table) as first_table
    from family
    group by source_sha256, table_id, period_start, period_end, tied_measure
)

select
    cell.return_id,
    cell.table_id,
    cell.source_sha256,
    cell.period_start,
    cell.period_end,
    cell.tied_measure,
    cell.breakdown,
    cell.dimensions,
    cell.area_code,
    cell.is_current,
    cell.is_national,
    cell.width,
    cell.has_england,
    cell.is_withheld,
    cell.counted,
    coalesce(first_of_family.first_table, cell.table_id) as first_table,
    cell.dimensions as split_by,
    {{ lineage_id([
        'cell.source_sha256', 'cell.tied_measure', 'cell.period_start', 'cell.period_end',
        'coalesce(first_of_family.first_table, cell.table_id)'
    ]) }} as group_id
from cell
left join first_of_family
    on
        cell.source_sha256 = first_of_family.source_sha256
        and cell.table_id = first_of_family.table_id
        and cell.period_start = first_of_family.period_start
        and cell.period_end = first_of_family.period_end
        and cell.tied_measure = first_of_family.tied_measure
