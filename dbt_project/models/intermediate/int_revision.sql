{{ config(materialized='view') }}

-- Each figure whose value or status differs between two files that follow each other, and each
-- value that only one of the two has. A figure without a value that only one has says nothing new;
-- of what may not be shown neither does.
{% set key = [
    'old_source_sha256', 'new_source_sha256', 'return_id', 'table_id', 'period_type', 'period_start',
    'period_end', 'subject_type', 'subject_code', 'is_control_total', 'measure', 'breakdown', 'unit',
    'occurrence',
] %}
{% set told = ['value', 'value_status', 'source_sheet', 'source_row', 'source_column'] %}
with {% for side in ['old', 'new'] %}
    {{ side }}_figure as (
        select
            pair.old_source_sha256,
            pair.new_source_sha256,
            figure.*
        from {{ ref('int_successive_file') }} as pair
        inner join {{ ref('int_compared_shown') }} as figure
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
        {% for column in key %}
            coalesce(newer.{{ column }}, older.{{ column }}) as {{ column }},
        {% endfor %}
        {% for column in told %}
            older.{{ column }} as old_{{ column }},
            newer.{{ column }} as new_{{ column }},
        {% endfor %}
        coalesce(newer.subject_name, older.subject_name) as subject_name,
        coalesce(newer.subject_ons_code, older.subject_ons_code) as subject_ons_code,
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
            {% for column in key %}
                older.{{ column }} = newer.{{ column }}{% if not loop.last %} and{% endif %}
            {% endfor %}
),

-- The codes of the registers: those of the ONS name an area for good, those of the NHS on a day.
register as (
    select
        area_type,
        area_code as code,
        area_code,
        cast('1900-01-01' as date) as valid_from,
        {{ end_of_time() }} as valid_to
    from {{ ref('int_area') }}
    union all
    select
        area_type,
        nhs_code as code,
        area_code,
        valid_from,
        coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from {{ ref('int_area') }}
    where nhs_code <> area_code
)

select
    beside.return_id,
    beside.table_id,
    beside.measure,
    beside.breakdown,
    beside.subject_type,
    beside.subject_code,
    beside.subject_name,
    beside.is_control_total,
    beside.period_type,
    beside.period_start,
    beside.period_end,
    beside.occurrence,
    beside.kind,
    beside.unit,
    beside.old_value,
    beside.new_value,
    beside.new_value - beside.old_value as difference,
    beside.old_value_status as old_status,
    beside.new_value_status as new_status,
    beside.old_source_sha256,
    beside.old_source_sheet,
    beside.old_source_row,
    beside.old_source_column,
    beside.new_source_sha256,
    beside.new_source_sheet,
    beside.new_source_row,
    beside.new_source_column,
    pair.old_published_on,
    pair.new_published_on,
    pair.new_vintage,
    pair.order_basis,
    case
        when subject_area.area_code is not null then subject_area.area_code
        -- As in int_subject_area: a country's total without a code is England's.
        when
            beside.is_control_total and beside.subject_type = 'country' and beside.subject_code = ''
            then '{{ var("england_code") }}'
        else coalesce(by_ons_code.area_code, by_code.area_code)
    end as area_code
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
left join {{ ref('int_area') }} as by_ons_code on beside.subject_ons_code = by_ons_code.area_code
left join register as by_code
    on
        beside.subject_code = by_code.code
        and by_code.area_type
        = case beside.subject_type
            when 'authority' then 'council'
            when 'provider' then 'trust'
            else beside.subject_type
        end
        and beside.period_start between by_code.valid_from and by_code.valid_to
where
    beside.kind is not null
    and (
        beside.kind in ('changed', 'restatused')
        or beside.old_value is not null
        or beside.new_value is not null
    )
