{#- Whether a figure is withheld for its own sake: the publisher did it, or the profile asks for it. -#}
{% macro is_withheld_by_itself(value, value_status, unit, is_national, profile) -%}
    (
        {{ value_status }} = 'suppressed'
        or (
            {{ profile }}.suppress_to is not null
            and {{ is_counted(unit, profile) }}
            and not ({{ is_national }} and {{ profile }}.is_national_exact)
            and {{ value }} > {{ profile }}.suppress_from - 1
            and {{ value }} < {{ profile }}.suppress_to + 1
        )
    )
{%- endmacro %}

{#- Whether a profile's rules are about figures of this unit: counts, not shares or money. -#}
{% macro is_counted(unit, profile) -%}
    (
        {{ profile }}.applies_to_units is null
        or {{ is_listed(unit, profile ~ '.applies_to_units') }}
    )
{%- endmacro %}

{#- Whether a profile has this figure rounded. -#}
{% macro is_rounded(unit, is_national, profile) -%}
    (
        {{ profile }}.round_to is not null
        and {{ is_counted(unit, profile) }}
        and not ({{ is_national }} and {{ profile }}.is_national_exact)
    )
{%- endmacro %}

{#- The measures that have to be withheld together: all, where the profile ties them, as one may be
    worked out from another (a rate, a percentage, a difference). -#}
{% macro tied_measure(measure, profile) -%}
    case when {{ profile }}.ties_measures then '*' else {{ measure }} end
{%- endmacro %}

{#- The dimensions of a breakdown without their members: `body=nhs;reason=a` is `body;reason`. -#}
{% macro breakdown_dimensions(column) -%}
    {{ return(adapter.dispatch('breakdown_dimensions', 'joinedup')(column)) }}
{%- endmacro %}

{% macro default__breakdown_dimensions(column) -%}
    regexp_replace({{ column }}, '=[^;]*', '')
{%- endmacro %}

{% macro duckdb__breakdown_dimensions(column) -%}
    regexp_replace({{ column }}, '=[^;]*', '', 'g')
{%- endmacro %}
