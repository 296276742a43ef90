{{ config(materialized='view') }}

-- Each figure whose value or status differs between two files that follow each other, and each that
-- only one of the two has.
{%- set places = [
    'return_id', 'table_id', 'period_type', 'period_start', 'period_end', 'subject_type',
    'subject_code', 'is_control_total', 'measure', 'breakdown', 'unit', 'occurrence'
] %}
with
{%- for side in ['old', 'new'] %}
{{ side }}_figure as (
    select
        pair.old_source_sha256,
        pair.new_source_sha256,
        {%- for place in places %}
        figure.{{ place }},
        {%- endfor %}
        figure.subject_name,
        figure.value,
        figure.value_status,
        figure.source_sheet,
        figure.source_row,
        figure.source_column
    from {{ ref('int_successive_file') }} as pair
    inner join {{ ref('int_compared_figure') }} as figure
        on
            pair.return_id = figure.return_id
            and pair.table_id = figure.table_id
            and pair.period_type = figure.period_type
            and pair.period_start = figure.period_start
            and pair.{{ side }}_source_sha256 = figure.source_sha256
),
{% endfor %}
beside as (
    select
        coalesce(older.old_source_sha256, newer.old_source_sha256) as old_source_sha256,
        coalesce(older.new_source_sha256, newer.new_source_sha256) as new_source_sha256,
        {%- for place in places %}
        coalesce(older.{{ place }}, newer.{{ place }}) as {{ place }},
        {%- endfor %}
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
            {%- for place in places %}
            and older.{{ place }} = newer.{{ place }}
            {%- endfor %}
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
