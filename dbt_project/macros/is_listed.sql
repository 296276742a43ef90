{#- Whether a text is one of those in a list written as `one; another`. -#}
{% macro is_listed(item, list) -%}
    {{ dbt.position(
        "concat('; ', " ~ item ~ ", ';')",
        "concat('; ', " ~ list ~ ", ';')"
    ) }} > 0
{%- endmacro %}
