{#- Whether a text is one of those in a list written as `one; another`. A text may hold a semicolon
    without a space after it, as a breakdown does. -#}
{% macro is_listed(item, list) -%}
    {{ dbt.position(
        "concat('; ', " ~ item ~ ", '; ')",
        "concat('; ', " ~ list ~ ", '; ')"
    ) }} > 0
{%- endmacro %}

{#- Where a text stands in such a list: a smaller number is earlier, 0 is not in it. -#}
{% macro place_in_list(item, list) -%}
    {{ dbt.position(
        "concat('; ', " ~ item ~ ", '; ')",
        "concat('; ', " ~ list ~ ", '; ')"
    ) }}
{%- endmacro %}
