-- Figures that publishers state for periods of their own. Those whose months add up are not here
-- but among the months (int_area_month). Where a margin is stated in place of limits, value and
-- margin may reach beyond what the unit allows: the interval ends there. A margin that is printed
-- as 0 is smaller than it is printed to, and not certainty: it gives no interval.
with bounded as (
    select
        figure.*,
        unit.lowest,
        unit.highest,
        figure.value - nullif(figure.margin, 0) as margin_lower,
        figure.value + nullif(figure.margin, 0) as margin_upper,
        case when figure.lower < figure.upper then figure.lower end as stated_lower,
        case when figure.lower < figure.upper then figure.upper end as stated_upper
    from {{ ref('int_published_figure') }} as figure
    left join {{ ref('metric_units') }} as unit on figure.unit = unit.unit
)

select
    figure.metric_id,
    'as_reported' as boundary,
    figure.area_code,
    figure.period_type,
    figure.period_start,
    figure.period_end,
    figure.value,
    case
        when figure.value is null then null
        when figure.stated_lower is null and figure.margin_lower < figure.lowest
            then figure.lowest
        else coalesce(figure.stated_lower, figure.margin_lower)
    end as lower,
    case
        when figure.value is null then null
        when figure.stated_upper is null and figure.margin_upper > figure.highest
            then figure.highest
        else coalesce(figure.stated_upper, figure.margin_upper)
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
from bounded as figure
inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
where
    figure.source_rank = 1
    and not contract.adds_up
    and {{ is_listed('figure.period_type', 'contract.period_types') }}
