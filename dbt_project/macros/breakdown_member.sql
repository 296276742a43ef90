{#- The member of one dimension in a canonical breakdown, or `all` where it is not split by it.

    breakdown_member('breakdown', 'body') of `body=nhs;reason=a` is `nhs`. -#}
{% macro breakdown_member(column, dimension) -%}
    {{ return(adapter.dispatch('breakdown_member', 'joinedup')(column, dimension)) }}
{%- endmacro %}

{% macro default__breakdown_member(column, dimension) -%}
    coalesce(nullif(regexp_extract({{ column }}, '(^|;){{ dimension }}=([^;]+)', 2), ''), 'all')
{%- endmacro %}

{% macro duckdb__breakdown_member(column, dimension) -%}
    coalesce(nullif(regexp_extract({{ column }}, '(?:^|;){{ dimension }}=([^;]+)', 1), ''), 'all')
{%- endmacro %}
