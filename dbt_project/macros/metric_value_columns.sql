{#- The columns of a figure, in order: what every branch of `int_metric_value` gives.

    `lower` and `upper` are those that a publisher states; `interval_method` of the contract says
    which others are worked out. `base_lineage_id` and `denominator_lineage_id` lead to the two
    figures of a ratio, which `operation` and `denominator_operation` call by what was done. -#}
{% macro metric_value_columns() -%}
    {{ return([
        'metric_id', 'boundary', 'area_code', 'period_type', 'period_start', 'period_end',
        'value', 'lower', 'upper', 'numerator', 'denominator', 'denominator_id', 'unit',
        'value_status', 'maturity', 'is_synthetic', 'segment', 'apportioned_share', 'parts',
        'parts_missing', 'is_partial', 'published_on', 'is_same_as_reported', 'lineage_id',
        'base_lineage_id', 'denominator_lineage_id', 'operation', 'denominator_operation'
    ]) }}
{%- endmacro %}
