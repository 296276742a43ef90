-- Metrics that are one known metric divided by another of the same area and period. Both have to
-- have a value, on the same boundaries; what is divided by nothing has none.
with figure as (
    {% for branch in ['int_counted_value', 'int_published_value'] -%}
        select {{ metric_value_columns() | join(', ') }}
        from {{ ref(branch) }}
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

divided as (
    select
        contract.metric_id,
        base.boundary,
        base.area_code,
        base.period_type,
        base.period_start,
        base.period_end,
        contract.unit,
        contract.multiplier,
        base.value as numerator,
        case when below.value <> 0 then below.value end as denominator,
        base.is_synthetic or below.is_synthetic as is_synthetic,
        case
            when base.maturity = below.maturity then base.maturity else 'provisional'
        end as maturity,
        {{ segment_of_two('base.segment', 'below.segment') }} as segment,
        greatest(base.apportioned_share, below.apportioned_share) as apportioned_share,
        base.parts + below.parts as parts,
        base.parts_missing + below.parts_missing as parts_missing,
        base.is_partial or below.is_partial as is_partial,
        case
            when below.published_on > base.published_on then below.published_on
            else coalesce(base.published_on, below.published_on)
        end as published_on,
        base.is_same_as_reported and below.is_same_as_reported as is_same_as_reported,
        base.lineage_id as base_lineage_id,
        below.lineage_id as denominator_lineage_id,
        greatest(
            {{ status_rank('base.value_status') }}, {{ status_rank('below.value_status') }},
            case when below.value = 0 then {{ not_applicable_rank() }} else 0 end
        ) as status_rank
    from {{ ref('metric_contracts') }} as contract
    inner join figure as base on contract.base_metric_id = base.metric_id
    inner join figure as below
        on
            contract.denominator_metric_id = below.metric_id
            and base.boundary = below.boundary
            and base.area_code = below.area_code
            and base.period_type = below.period_type
            and base.period_start = below.period_start
    left join {{ ref('int_area') }} as area on base.area_code = area.area_code
    where
        contract.derivation = 'ratio'
        and {{ is_listed('base.period_type', 'contract.period_types') }}
        and (
            area.area_code is null
            or {{ is_listed('area.area_type', 'contract.area_types') }}
        )
)

select
    metric_id,
    boundary,
    area_code,
    period_type,
    period_start,
    period_end,
    case
        when {{ rank_has_value('status_rank') }} then multiplier * numerator / denominator
    end as value,
    cast(null as double) as lower,
    cast(null as double) as upper,
    numerator,
    denominator,
    cast(null as {{ dbt.type_string() }}) as denominator_id,
    unit,
    {{ status_of_rank('status_rank') }} as value_status,
    maturity,
    is_synthetic,
    segment,
    apportioned_share,
    parts,
    case
        when not {{ rank_has_value('status_rank') }} and parts_missing = 0 then 1
        else parts_missing
    end as parts_missing,
    is_partial and {{ rank_has_value('status_rank') }} as is_partial,
    published_on,
    is_same_as_reported,
    {{ lineage_id(["'ratio'", 'metric_id', 'base_lineage_id', 'denominator_lineage_id']) }}
        as lineage_id,
    base_lineage_id,
    denominator_lineage_id,
    'divided by another metric' as operation,
    'the metric divided by' as denominator_operation
from divided
