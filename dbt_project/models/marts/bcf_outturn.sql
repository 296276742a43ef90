-- The two measures, and both together where both have a cost.
with saving_of_all as (
    select
        area_code,
        period_start,
        plan_version,
        'published' as outturn_source,
        value as planned_saving
    from {{ ref('published_bcf_inputs') }}
    where measure = 'all' and quantity = 'planned_saving'
    union all
    select
        area_code,
        plan_year as period_start,
        plan_version,
        'board_returns' as outturn_source,
        planned_saving
    from {{ ref('int_board_saving') }}
    where measure = 'all'
),

together as (
    select
        area_code,
        period_start,
        outturn_source,
        plan_version,
        scenario,
        unit_value_of,
        sum(planned_saving) as planned_saving_counted,
        sum(cost_over_plan) as cost_over_plan,
        sum(cost_over_plan_lower) as cost_over_plan_lower,
        sum(cost_over_plan_upper) as cost_over_plan_upper,
        sum(forgone_saving) as forgone_saving,
        sum(growth_cost) as growth_cost,
        min(boards) as boards,
        max(boards_missing) as boards_missing,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('int_bcf_outturn') }}
    group by
        area_code, period_start, outturn_source, plan_version, scenario, unit_value_of
    having count(*) = 2 and count(cost_over_plan) = 2
),

outturn as (
    select
        area_code,
        measure,
        period_start,
        outturn_source,
        plan_version,
        scenario,
        unit_value_of,
        unit,
        baseline,
        planned,
        outturn,
        change_planned,
        change_made,
        gap,
        optimism_ratio,
        planned_saving,
        planned_saving as planned_saving_counted,
        unit_value,
        unit_value_lower,
        unit_value_upper,
        unit_value_price_year,
        unit_value_meaning,
        unit_value_source,
        cost_over_plan,
        cost_over_plan_lower,
        cost_over_plan_upper,
        forgone_saving,
        growth_cost,
        boards,
        boards_missing,
        value_status,
        reason,
        is_synthetic,
        source
    from {{ ref('int_bcf_outturn') }}
    union all
    select
        together.area_code,
        'both' as measure,
        together.period_start,
        together.outturn_source,
        together.plan_version,
        together.scenario,
        together.unit_value_of,
        cast(null as {{ dbt.type_string() }}) as unit,
        cast(null as double) as baseline,
        cast(null as double) as planned,
        cast(null as double) as outturn,
        cast(null as double) as change_planned,
        cast(null as double) as change_made,
        cast(null as double) as gap,
        cast(null as double) as optimism_ratio,
        saving.planned_saving,
        together.planned_saving_counted,
        cast(null as double) as unit_value,
        cast(null as double) as unit_value_lower,
        cast(null as double) as unit_value_upper,
        {{ financial_year_name('together.period_start') }} as unit_value_price_year,
        cast(null as {{ dbt.type_string() }}) as unit_value_meaning,
        cast(null as {{ dbt.type_string() }}) as unit_value_source,
        together.cost_over_plan,
        together.cost_over_plan_lower,
        together.cost_over_plan_upper,
        together.forgone_saving,
        together.growth_cost,
        together.boards,
        together.boards_missing,
        'reported' as value_status,
        cast(null as {{ dbt.type_string() }}) as reason,
        together.is_synthetic,
        'The rows of the two measures, added up' as source
    from together
    left join saving_of_all as saving
        on
            together.area_code = saving.area_code
            and together.period_start = saving.period_start
            and together.outturn_source = saving.outturn_source
            and together.plan_version = saving.plan_version
)

select
    cast(outturn.area_code as {{ dbt.type_string() }}) as area_code,
    cast(outturn.measure as {{ dbt.type_string() }}) as measure,
    cast('financial_year' as {{ dbt.type_string() }}) as period_type,
    cast(outturn.period_start as date) as period_start,
    cast(period.period_end as date) as period_end,
    cast(outturn.outturn_source as {{ dbt.type_string() }}) as outturn_source,
    cast(outturn.plan_version as {{ dbt.type_string() }}) as plan_version,
    cast(outturn.scenario as {{ dbt.type_string() }}) as scenario,
    cast(outturn.unit_value_of as {{ dbt.type_string() }}) as unit_value_of,
    cast(outturn.unit as {{ dbt.type_string() }}) as unit,
    cast(outturn.baseline as double) as baseline,
    cast(outturn.planned as double) as planned,
    cast(outturn.outturn as double) as outturn,
    cast(outturn.change_planned as double) as change_planned,
    cast(outturn.change_made as double) as change_made,
    cast(outturn.gap as double) as gap,
    cast(outturn.optimism_ratio as double) as optimism_ratio,
    cast(outturn.planned_saving as double) as planned_saving,
    cast(outturn.planned_saving_counted as double) as planned_saving_counted,
    cast(outturn.unit_value as double) as unit_value,
    cast(outturn.unit_value_lower as double) as unit_value_lower,
    cast(outturn.unit_value_upper as double) as unit_value_upper,
    cast(outturn.unit_value_price_year as {{ dbt.type_string() }}) as unit_value_price_year,
    cast(outturn.unit_value_meaning as {{ dbt.type_string() }}) as unit_value_meaning,
    cast(outturn.unit_value_source as {{ dbt.type_string() }}) as unit_value_source,
    cast(outturn.cost_over_plan as double) as cost_over_plan,
    cast(outturn.cost_over_plan_lower as double) as cost_over_plan_lower,
    cast(outturn.cost_over_plan_upper as double) as cost_over_plan_upper,
    cast(outturn.forgone_saving as double) as forgone_saving,
    cast(outturn.growth_cost as double) as growth_cost,
    cast(outturn.boards as bigint) as boards,
    cast(outturn.boards_missing as bigint) as boards_missing,
    cast(outturn.value_status as {{ dbt.type_string() }}) as value_status,
    cast(outturn.reason as {{ dbt.type_string() }}) as reason,
    cast(outturn.is_synthetic as boolean) as is_synthetic,
    cast(outturn.source as {{ dbt.type_string() }}) as source
from outturn
inner join {{ ref('int_period') }} as period
    on period.period_type = 'financial_year' and outturn.period_start = period.period_start
