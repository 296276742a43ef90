{#- The columns of a metric's month for an area, in one order, so that models of months can be put
    below one another. `is_present` is false for what should be there and is in no file. -#}
{% macro month_columns() -%}
    metric_id,
    area_code,
    period_start,
    period_end,
    value,
    apportioned_value,
    value_status,
    unit,
    published_on,
    is_provisional,
    is_synthetic,
    segment,
    parts,
    parts_missing,
    is_partial,
    is_present,
    lineage_id
{%- endmacro %}

{#- One sum for each metric, area and month of weighted parts: its value, worst status, counts of
    parts, the share that came through weights other than 0 or 1, and its lineage.

    A sum with a part that has no value has none, unless the metric's contract allows a partial one:
    then it is flagged, and estimated. A withheld part is never left out: such a sum is withheld. A sum of one whole part is that part, and keeps its lineage.
    `kind` goes into the key of the others. Parts that no file has only count as missing: where no
    part is there, there is no sum. A part of which only a share comes makes the sum an estimate. -#}
{% macro sum_of_parts(relation, kind) -%}
{% set rank = 'greatest(status_rank, ' ~ rank_of_weight('weight') ~ ')' -%}
select
    metric_id,
    area_code,
    period_start,
    max(period_end) as period_end,
    {{ summed('value * weight', rank, 'allows_partial') }} as value,
    coalesce(
        {{ summed(
            'case when weight = 1 then apportioned_value else value * weight end',
            rank, 'allows_partial'
        ) }}, 0
    ) as apportioned_value,
    {{ status_of_rank(rank_of_sum('value', rank, 'allows_partial')) }} as value_status,
    max(unit) as unit,
    max(published_on) as published_on,
    max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
    max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic,
    case
        when min(segment) = max(segment) then min(segment)
        else 'straddles_a_break'
    end as segment,
    sum(parts) as parts,
    sum(parts_missing) as parts_missing,
    {{ is_partial_sum('value', rank, 'allows_partial') }} as is_partial,
    true as is_present,
    count(*) = 1 and min(weight) = 1 as is_shared,
    case
        when count(*) = 1 and min(weight) = 1 then min(part_lineage_area_code)
        else area_code
    end as lineage_area_code,
    case
        when count(*) = 1 and min(weight) = 1 then min(part_lineage_id)
        else {{ lineage_id(["'" ~ kind ~ "'", 'metric_id', 'area_code', 'period_start']) }}
    end as lineage_id
from {{ relation }}
group by metric_id, area_code, period_start, allows_partial
having max(case when is_present then 1 else 0 end) = 1
{%- endmacro %}

{#- The sum of a group of parts, or null where a part has no value and none may be left out.

    Parts are added in no fixed order, and doubles differ by it far behind the point: rounded there,
    two builds of one lake are the same. -#}
{% macro summed(value, rank, allows_partial) -%}
    case
        when
            {{ rank_has_value('max(' ~ rank ~ ')') }}
            or ({{ allows_partial }} and max({{ rank }}) < {{ suppressed_rank() }})
            then round(sum({{ value }}), 9)
    end
{%- endmacro %}

{#- Whether a sum leaves out parts that have no value; none leaves out what is withheld. -#}
{% macro is_partial_sum(value, rank, allows_partial) -%}
    {{ allows_partial }}
    and not {{ rank_has_value('max(' ~ rank ~ ')') }}
    and max({{ rank }}) < {{ suppressed_rank() }}
    and count({{ value }}) > 0
{%- endmacro %}

{#- The status of a sum as a number: the worst of its parts, or estimated where it is partial. -#}
{% macro rank_of_sum(value, rank, allows_partial) -%}
    case
        when {{ is_partial_sum(value, rank, allows_partial) }} then {{ estimated_rank() }}
        else max({{ rank }})
    end
{%- endmacro %}

{#- Of a link's three weights, the one for the ages that a metric counts. -#}
{% macro weight_of_band(band) -%}
    case {{ band }} when '18+' then weight_18plus when '65+' then weight_65plus else weight_all end
{%- endmacro %}

{#- The status that a weight gives a figure, as a number: a share of one is an estimate. -#}
{% macro rank_of_weight(weight) -%}
    case when {{ weight }} < 1 then {{ estimated_rank() }} else 0 end
{%- endmacro %}
