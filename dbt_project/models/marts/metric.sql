-- A metric that is worked out from returns has no figures where none of their files is loaded.
with valued as (
    select distinct metric_id
    from {{ ref('metric_value') }}
)

select
    cast(contract.metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(contract.title as {{ dbt.type_string() }}) as title,
    cast(contract.definition as {{ dbt.type_string() }}) as definition,
    cast(contract.numerator as {{ dbt.type_string() }}) as numerator,
    cast(contract.denominator as {{ dbt.type_string() }}) as denominator,
    cast(contract.unit as {{ dbt.type_string() }}) as unit,
    cast(contract.multiplier as double) as multiplier,
    cast(contract.polarity as {{ dbt.type_string() }}) as polarity,
    cast(contract.period_type as {{ dbt.type_string() }}) as period_type,
    cast(contract.rounding as {{ dbt.type_string() }}) as rounding,
    cast(contract.interval_method as {{ dbt.type_string() }}) as interval_method,
    cast(coalesce(contract.source_returns, 'none') as {{ dbt.type_string() }}) as source_returns,
    cast(contract.caveats as {{ dbt.type_string() }}) as caveats,
    cast(contract.register_id as {{ dbt.type_string() }}) as register_id,
    cast(
        case
            when contract.availability = 'computed' and valued.metric_id is null then 'not_loaded'
            else contract.availability
        end as {{ dbt.type_string() }}
    ) as availability,
    cast(
        case
            when contract.availability = 'computed' and valued.metric_id is null
                then
                    concat(
                        'No loaded file has it; it is read from ', contract.source_returns, '.'
                    )
            else contract.why_not
        end as {{ dbt.type_string() }}
    ) as why_not,
    cast(contract.derivation as {{ dbt.type_string() }}) as derivation,
    cast(contract.base_metric_id as {{ dbt.type_string() }}) as base_metric_id,
    cast(contract.denominator_metric_id as {{ dbt.type_string() }}) as denominator_metric_id,
    cast(contract.period_types as {{ dbt.type_string() }}) as period_types,
    cast(contract.area_types as {{ dbt.type_string() }}) as area_types,
    cast(contract.value_rounded_to as double) as value_rounded_to,
    cast(contract.counts_rounded_to as double) as counts_rounded_to,
    cast(unit.lowest as double) as lowest,
    cast(unit.highest as double) as highest,
    cast(chart.control_chart as {{ dbt.type_string() }}) as control_chart,
    cast(chart.why_no_control_chart as {{ dbt.type_string() }}) as why_no_control_chart
from {{ ref('metric_contracts') }} as contract
left join {{ ref('metric_units') }} as unit on contract.unit = unit.unit
left join valued on contract.metric_id = valued.metric_id
inner join {{ ref('int_control_chart') }} as chart on contract.metric_id = chart.metric_id
