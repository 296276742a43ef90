{#- A whole number in words that are put together. -#}
{% macro whole_number(value) -%}
    cast(cast(round({{ value }}) as bigint) as {{ dbt.type_string() }})
{%- endmacro %}

{#- A number to one place, which is always shown, in words that are put together. -#}
{% macro tenths(value) -%}
    cast(cast(round({{ value }}, 1) as decimal(9, 1)) as {{ dbt.type_string() }})
{%- endmacro %}

{#- A number to two places in words that are put together. -#}
{% macro hundredths(value) -%}
    cast(round(cast({{ value }} as double), 2) as {{ dbt.type_string() }})
{%- endmacro %}

{#- A number to two places, in pounds where its unit is money: £458.17m. -#}
{% macro in_unit(value, unit) -%}
    case {{ unit }}
        when 'GBP m' then concat('£', {{ hundredths(value) }}, 'm')
        when 'GBP bn' then concat('£', {{ hundredths(value) }}, 'bn')
        else {{ hundredths(value) }}
    end
{%- endmacro %}
