{{ config(materialized='view') }}

-- Every metric in one shape, from the branches that make them.
{% for branch in [
    'int_counted_value',
] %}
select
    {{ metric_value_columns() | join(',\n    ') }}
from {{ ref(branch) }}
{% if not loop.last -%} union all {%- endif %}
{% endfor %}
