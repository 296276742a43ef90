{#- The columns of a population but its reason and lineage, in one order. -#}
{% macro population_columns() -%}
    area_code,
    mid_year,
    age_band,
    population,
    value_status,
    basis,
    geography,
    series,
    published_on,
    source
{%- endmacro %}
