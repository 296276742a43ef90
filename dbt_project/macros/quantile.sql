{#- The value below which a fraction of a group's values lie, between two of them on a straight line. -#}
{% macro quantile(column, fraction) -%}
    {{ return(adapter.dispatch('quantile', 'joinedup')(column, fraction)) }}
{%- endmacro %}

{% macro default__quantile(column, fraction) -%}
    percentile({{ column }}, {{ fraction }})
{%- endmacro %}

{% macro duckdb__quantile(column, fraction) -%}
    quantile_cont({{ column }}, {{ fraction }})
{%- endmacro %}

{#- With figures of fewer peers than this, more than half of fifteen, no median is given. -#}
{% macro fewest_peers() -%}8{%- endmacro %}
