-- Figures that publishers state for periods of their own. Those whose months add up are not here
-- but among the months (int_area_month).
select
    figure.metric_id,
    'as_reported' as boundary,
    figure.area_code,
    figure.period_type,
    figure.period_start,
    figure.period_end,
    figure.value,
    case
        when figure.value is not null then coalesce(figure.lower, figure.value - figure.margin)
    end as lower,
    case
        when figure.value is not null then coalesce(figure.upper, figure.value + figure.margin)
    end as upper,
    -- What stands above and below the line is given together, or not.
    case
        when figure.value is not null and figure.denominator > 0 then figure.numerator
    end as numerator,
    case
        when figure.value is not null and figure.numerator is not null and figure.denominator > 0
            then figure.denominator
    end as denominator,
    cast(null as {{ dbt.type_string() }}) as denominator_id,
    figure.unit,
    figure.value_status,
    figure.maturity,
    figure.is_synthetic,
    figure.segment,
    cast(0 as double) as apportioned_share,
    figure.parts,
    figure.parts_missing,
    false as is_partial,
    figure.published_on,
    false as is_same_as_reported,
    figure.lineage_id,
    cast(null as {{ dbt.type_string() }}) as base_lineage_id,
    cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
    cast(null as {{ dbt.type_string() }}) as operation,
    cast(null as {{ dbt.type_string() }}) as denominator_operation
from {{ ref('int_published_figure') }} as figure
inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
where
    figure.source_rank = 1
    and not contract.adds_up
    and {{ is_listed('figure.period_type', 'contract.period_types') }}
