{#- A short stable key: the first 13 hexadecimal digits (52 bits) of the MD5 of the parts, joined by `|`.

    A part is a column or a quoted text. A null part counts as an empty text. -#}
{% macro lineage_id(parts) -%}
    left(md5(concat(
        {%- for part in parts %}
        coalesce(cast({{ part }} as {{ dbt.type_string() }}), '')
        {%- if not loop.last %}, '|',{% endif %}
        {%- endfor %}
    )), 13)
{%- endmacro %}

{#- What tells the key of a figure on today's boundaries from the one as reported: nothing, where both
    are the same figure. -#}
{% macro boundary_of_lineage(boundary, is_same_as_reported) -%}
    case
        when {{ boundary }} = 'current' and not {{ is_same_as_reported }}
            then 'current'
        else ''
    end
{%- endmacro %}

{#- The key of a population, wherever it comes from. -#}
{% macro population_lineage_id(relation='') -%}
    {%- set of = relation ~ '.' if relation else '' -%}
    {{ lineage_id(["'population'", of ~ 'area_code', of ~ 'mid_year', of ~ 'age_band']) }}
{%- endmacro %}
