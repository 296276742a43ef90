-- The cells of the published metrics, in the part each plays: the value, or the numerator,
-- denominator, margin, limit or number of respondents that the publisher prints beside it. What is
-- withheld has not the text of its cell.
with wanted as (
    {% for role in [
        'value', 'numerator', 'denominator', 'margin', 'lower', 'upper', 'respondents'
    ] -%}
        select
            metric_id,
            return_id,
            preference,
            place,
            table_id,
            {% if role == 'value' -%} measure
            {%- else -%} {{ role }}_measure as measure
            {%- endif %},
            breakdown,
            how,
            scale,
            cells,
            area_types,
            '{{ role }}' as part_played
        from {{ ref('int_published_rule') }}
        {% if role != 'value' -%} where {{ role }}_measure is not null {%- endif %}
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
)

select
    wanted.metric_id,
    wanted.place,
    wanted.preference,
    wanted.part_played,
    wanted.how,
    wanted.scale,
    wanted.cells,
    observation.return_id,
    observation.period_type,
    observation.period_start,
    observation.period_end,
    observation.subject_type,
    observation.subject_code,
    observation.subject_ons_code,
    observation.is_control_total,
    observation.breakdown,
    case when landed.is_shown then observation.value end as value,
    case when landed.is_shown then observation.value_status else 'suppressed' end as value_status,
    case
        when landed.is_shown and observation.value_status <> 'suppressed'
            then observation.raw_text
        else '(withheld)'
    end as raw_text,
    observation.source_sha256,
    observation.source_sheet,
    observation.source_row,
    observation.source_column,
    landed_file.published_on,
    landed_file.maturity,
    landed_file.is_synthetic,
    {{ lineage_id([
        "'cell'", 'observation.source_sha256', 'observation.source_sheet',
        'observation.source_column', 'observation.source_row'
    ]) }} as lineage_id
from {{ source('lake', 'observation') }} as observation
inner join wanted
    on
        observation.return_id = wanted.return_id
        and observation.table_id = wanted.table_id
        and observation.measure = wanted.measure
        and {{ is_listed('observation.breakdown', 'wanted.breakdown') }}
inner join {{ ref('int_published_file') }} as landed_file
    on
        observation.source_sha256 = landed_file.source_sha256
        and observation.table_id = landed_file.table_id
        and observation.period_type = landed_file.period_type
        and observation.period_start = landed_file.period_start
inner join {{ ref('int_published_return') }} as landed
    on observation.return_id = landed.return_id
where {{ may_be_of_types('observation.subject_type', 'wanted.area_types') }}
