{#- The name of the financial year that begins on a day: `2015-16`. -#}
{% macro financial_year_name(date) -%}
    concat(
        cast(extract(year from {{ date }}) as {{ dbt.type_string() }}),
        '-',
        right(cast(extract(year from {{ date }}) + 1 as {{ dbt.type_string() }}), 2)
    )
{%- endmacro %}
