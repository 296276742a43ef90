{#- A change over time, from a base to a later figure, which refuses to cross a break: null unless both
    lie in one named segment of the series. `why_no_change` says why.

    change_between('now.value', 'now.segment', 'then.value', 'then.segment') is a difference;
    with 'percent' as the last argument, per cent of the base. -#}
{% macro change_between(value, segment, base_value, base_segment, kind='difference') -%}
    case
        when {{ is_one_segment(segment, base_segment) }}
            then
                {% if kind == 'percent' -%}
                    100.0 * ({{ value }} / nullif({{ base_value }}, 0) - 1)
                {%- else -%}
                    {{ value }} - {{ base_value }}
                {%- endif %}
    end
{%- endmacro %}

{#- Why no change is worked out between two figures, or null where one is. A figure that is absent has
    no segment, and that is another reason. -#}
{% macro why_no_change(segment, base_segment) -%}
    case
        when {{ segment }} is null or {{ base_segment }} is null then null
        when not ({{ is_one_segment(segment, base_segment) }})
            then 'The periods do not lie in one segment of the series: no change is worked out.'
    end
{%- endmacro %}

{#- Two periods that both straddle a break, or lie in no segment, have no segment in common. -#}
{% macro is_one_segment(segment, base_segment) -%}
    {{ segment }} = {{ base_segment }}
    and {{ segment }} not in ('straddles_a_break', 'undefined')
{%- endmacro %}
