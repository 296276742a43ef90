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

{#- Words of a figure with their unit where it is money: £458.17m. Of another unit, as they are. -#}
{% macro in_pounds(words, unit) -%}
    case {{ unit }}
        when 'GBP m' then concat('£', {{ words }}, 'm')
        when 'GBP bn' then concat('£', {{ words }}, 'bn')
        else {{ words }}
    end
{%- endmacro %}
