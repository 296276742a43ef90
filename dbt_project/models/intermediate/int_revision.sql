{{ config(materialized='view') }}

-- Each figure whose value or status differs between two files that follow each other, and each that
-- only one of the two has. Of what may not be shown, only that it appeared or vanished.
with old_figure as (
    select
        pair.old_source_sha256,
        pair.new_source_sha256,
        figure.return_id,
        figure.table_id,
        figure.period_type,
        figure.period_start,
        figure.period_end,
        figure.subject_type,
        figure.subject_code,
        figure.is_control_total,
        figure.measure,
        figure.breakdown,
        figure.unit,
        figure.occurrence,
        figure.subject_name,
        figure.value,
        figure.value_status,
        figure.source_sheet,
        figure.source_row,
        figure.source_column
    from {{ ref('int_successive_file') }} as pair
    inner join {{ ref('int_compared_shown') }} as figure
        on
            pair.return_id = figure.return_id
            and pair.table_id = figure.table_id
            and pair.period_type = figure.period_type
            and pair.period_start = figure.period_start
            and pair.old_source_sha256 = figure.source_sha256
),

new_figure as (
    select
        pair.old_source_sha256,
        pair.new_source_sha256,
        figure.return_id,
        figure.table_id,
        figure.period_type,
        figure.period_start,
        figure.period_end,
        figure.subject_type,
        figure.subject_code,
        figure.is_control_total,
        figure.measure,
        figure.breakdown,
        figure.unit,
        figure.occurrence,
        figure.subject_name,
        figure.value,
        figure.value_status,
        figure.source_sheet,
        figure.source_row,
        figure.source_column
    from {{ ref('int_successive_file') }} as pair
    inner join {{ ref('int_compared_shown') }} as figure
        on
            pair.return_id = figure.return_id
            and pair.table_id = figure.table_id
            and pair.period_type = figure.period_type
            and pair.period_start = figure.period_start
            and pair.new_source_sha256 = figure.source_sha256
),

beside as (
    select
        coalesce(older.old_source_sha256, newer.old_source_sha256) as old_source_sha256,
        coalesce(older.new_source_sha256, newer.new_source_sha256) as new_source_sha256,
        coalesce(older.return_id, newer.return_id) as return_id,
        coalesce(older.table_id, newer.table_id) as table_id,
        coalesce(older.period_type, newer.period_type) as period_type,
        coalesce(older.period_start, newer.period_start) as period_start,
        coalesce(older.period_end, newer.period_end) as period_end,
        coalesce(older.subject_type, newer.subject_type) as subject_type,
        coalesce(older.subject_code, newer.subject_code) as subject_code,
        coalesce(older.is_control_total, newer.is_control_total) as is_control_total,
        coalesce(older.measure, newer.measure) as measure,
        coalesce(older.breakdown, newer.breakdown) as breakdown,
        coalesce(older.unit, newer.unit) as unit,
        coalesce(older.occurrence, newer.occurrence) as occurrence,
        coalesce(newer.subject_name, older.subject_name) as subject_name,
        older.value as old_value,
        newer.value as new_value,
        older.value_status as old_status,
        newer.value_status as new_status,
        older.source_sheet as old_source_sheet,
        older.source_row as old_source_row,
        older.source_column as old_source_column,
        newer.source_sheet as new_source_sheet,
        newer.source_row as new_source_row,
        newer.source_column as new_source_column,
        -- Two readings of one printed number may differ in the last binary digit.
        case
            when older.source_row is null then 'appeared'
            when newer.source_row is null then 'vanished'
            when
                abs(newer.value - older.value)
                > 0.000000001 * greatest(abs(newer.value), abs(older.value))
                then 'changed'
            when older.value_status <> newer.value_status then 'restatused'
        end as kind
    from old_figure as older
    full outer join new_figure as newer
        on
            older.old_source_sha256 = newer.old_source_sha256
            and older.new_source_sha256 = newer.new_source_sha256
            and older.return_id = newer.return_id
            and older.table_id = newer.table_id
            and older.period_type = newer.period_type
            and older.period_start = newer.period_start
            and older.period_end = newer.period_end
            and older.subject_type = newer.subject_type
            and older.subject_code = newer.subject_code
            and older.is_control_total = newer.is_control_total
            and older.measure = newer.measure
            and older.breakdown = newer.breakdown
            and older.unit = newer.unit
            and older.occurrence = newer.occurrence
)

select
    beside.*,
    beside.new_value - beside.old_value as difference,
    pair.old_published_on,
    pair.new_published_on,
    pair.new_vintage,
    pair.order_basis,
    subject_area.area_code
from beside
inner join {{ ref('int_successive_file') }} as pair
    on
        beside.old_source_sha256 = pair.old_source_sha256
        and beside.new_source_sha256 = pair.new_source_sha256
        and beside.return_id = pair.return_id
        and beside.table_id = pair.table_id
        and beside.period_type = pair.period_type
        and beside.period_start = pair.period_start
left join {{ ref('int_subject_area') }} as subject_area
    on
        beside.return_id = subject_area.return_id
        and beside.subject_type = subject_area.subject_type
        and beside.subject_code = coalesce(subject_area.subject_code, '')
        and beside.is_control_total = subject_area.is_control_total
        and beside.period_start = subject_area.period_start
        and beside.period_end = subject_area.period_end
        and subject_area.is_resolved
where beside.kind is not null
