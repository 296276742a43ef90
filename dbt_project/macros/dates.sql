{#- The first of a month, from a first day and a number of months. -#}
{% macro add_months(date, months) -%}
    cast({{ dbt.dateadd('month', months, date) }} as date)
{%- endmacro %}

{#- Whole days from one date to another, both counted. -#}
{% macro days_inclusive(first, last) -%}
    cast({{ dbt.datediff(first, last, 'day') }} + 1 as integer)
{%- endmacro %}

{#- The English name of a date's month. -#}
{% macro month_name(date) -%}
    case extract(month from {{ date }})
        {%- for name in [
            'January', 'February', 'March', 'April', 'May', 'June', 'July',
            'August', 'September', 'October', 'November', 'December'
        ] %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- The day a register row without an end is taken to end, so that dates can be compared. -#}
{% macro end_of_time() -%}
    cast('9999-12-31' as date)
{%- endmacro %}
