{#- How many items a list written as `one; another` has; an empty text is a list of one empty item. -#}
{% macro items_in_list(list) -%}
    cast(
        1 + (length({{ list }}) - length(replace({{ list }}, '; ', ''))) / 2 as integer
    )
{%- endmacro %}

{#- Whether what a return calls a subject of this type can be of one of the area types of a list. -#}
{% macro may_be_of_types(subject_type, area_types) -%}
    (
        {{ is_listed(
            "case " ~ subject_type ~ " when 'provider' then 'trust' else " ~ subject_type ~ " end",
            area_types
        ) }}
        or ({{ subject_type }} = 'region' and {{ is_listed("'nhs_region'", area_types) }})
    )
{%- endmacro %}

{#- Whether an area of this type can be what a return calls a subject of that type. -#}
{% macro is_of_subject_type(area_type, subject_type) -%}
    (
        {{ area_type }} = {{ subject_type }}
        or ({{ subject_type }} = 'provider' and {{ area_type }} = 'trust')
        or ({{ subject_type }} = 'region' and {{ area_type }} = 'nhs_region')
    )
{%- endmacro %}
