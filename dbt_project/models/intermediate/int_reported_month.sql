-- Months on the boundaries of the time: cells, councils worked out from commissioners, and regions.
{% set derived = ['int_council_month', 'int_region_month'] %}
select
    metric_id,
    area_code,
    period_start,
    period_end,
    value,
    apportioned_value,
    value_status,
    unit,
    published_on,
    maturity = 'provisional' as is_provisional,
    is_synthetic,
    segment,
    parts,
    parts_missing,
    false as is_partial,
    lineage_id
from {{ ref('int_metric_cell') }}
where is_present
{% for model in derived %}
    union all
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        apportioned_value,
        value_status,
        unit,
        published_on,
        is_provisional,
        is_synthetic,
        segment,
        parts,
        parts_missing,
        is_partial,
        lineage_id
    from {{ ref(model) }}
{% endfor %}
