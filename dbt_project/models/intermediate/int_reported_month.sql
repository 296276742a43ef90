-- Months on the boundaries of the time: cells, councils worked out from commissioners, and regions.
{% for model in ['int_metric_cell', 'int_council_month', 'int_region_month'] -%}
    select
        {{ month_columns() | indent(4) }}
    from {{ ref(model) }}
    where is_present
    {% if not loop.last -%} union all {%- endif %}
{% endfor %}
