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

{#- The day integrated care boards began: a floor where a list of them has no date. -#}
{% macro boards_start() -%}
    cast('{{ var("boards_start") }}' as date)
{%- endmacro %}

{#- The year whose mid-year population a period is divided by: that of the 30 June of the financial
    year in which the period begins. -#}
{% macro mid_year_of(period_start) -%}
    cast(extract(year from {{ add_months(period_start, -3) }}) as integer)
{%- endmacro %}

{#- The day of a mid-year estimate. -#}
{% macro mid_year_day(year) -%}
    cast(concat(cast({{ year }} as {{ dbt.type_string() }}), '-06-30') as date)
{%- endmacro %}

{#- The latest of a group's days, or null where one of them is not known. -#}
{% macro latest_known(day) -%}
    case when count({{ day }}) = count(*) then max({{ day }}) end
{%- endmacro %}
