{#- The statuses from best to worst. A sum takes the worst status of its parts. -#}
{% macro value_statuses() -%}
    {{ return(['reported', 'estimated', 'not_applicable', 'not_collected', 'missing', 'suppressed']) }}
{%- endmacro %}

{#- The status as a number, 0 for the best; an unknown status counts as the worst. -#}
{% macro status_rank(column) -%}
    case {{ column }}
        {%- for status in value_statuses() %}
        when '{{ status }}' then {{ loop.index0 }}
        {%- endfor %}
        else {{ value_statuses() | length - 1 }}
    end
{%- endmacro %}

{#- The text of a rank. -#}
{% macro status_of_rank(rank) -%}
    case {{ rank }}
        {%- for status in value_statuses() %}
        when {{ loop.index0 }} then '{{ status }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- Whether a figure of this rank has a value: reported and estimated ones only. -#}
{% macro rank_has_value(rank) -%}
    {{ rank }} <= 1
{%- endmacro %}

{#- The rank of a period of which a month is absent. -#}
{% macro missing_rank() -%}
    {{ return(value_statuses().index('missing')) }}
{%- endmacro %}

{#- The rank of what was not asked, or asked of nobody. -#}
{% macro not_collected_rank() -%}
    {{ return(value_statuses().index('not_collected')) }}
{%- endmacro %}

{#- The rank of what cannot be. -#}
{% macro not_applicable_rank() -%}
    {{ return(value_statuses().index('not_applicable')) }}
{%- endmacro %}

{#- The rank of what is withheld, the worst. -#}
{% macro suppressed_rank() -%}
    {{ return(value_statuses().index('suppressed')) }}
{%- endmacro %}

{#- The rank of a figure that was worked out in part from others. -#}
{% macro estimated_rank() -%}
    {{ return(value_statuses().index('estimated')) }}
{%- endmacro %}
