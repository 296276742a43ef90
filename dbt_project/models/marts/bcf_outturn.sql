-- A saving on its own is no plan of admissions or days.
{% set of_units = [
    'baseline', 'planned', 'outturn', 'change_planned', 'change_made', 'gap', 'optimism_ratio',
] %}

-- The two measures, and both together where both have a cost; and what was to be saved by plans
-- whose changes were not published.
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
        round(sum(planned_saving), 6) as planned_saving_counted,
        round(sum(cost_over_plan), 6) as cost_over_plan,
        round(sum(cost_over_plan_lower), 6) as cost_over_plan_lower,
        round(sum(cost_over_plan_upper), 6) as cost_over_plan_upper,
        round(sum(forgone_saving), 6) as forgone_saving,
        round(sum(growth_cost), 6) as growth_cost,
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
        {% for column in of_units -%}
            cast(null as double) as {{ column }},
        {% endfor -%}
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
),

-- What a version of the plan was to save, of which no change in units was published: shown, with
-- nothing worked out from it.
saving as (
    select
        case measure when 'all' then 'both' else measure end as measure,
        area_code,
        period_start,
        plan_version,
        value as planned_saving,
        source
    from {{ ref('published_bcf_inputs') }}
    where quantity = 'planned_saving'
),

shown as (
    select * from outturn
    union all
    select
        saving.area_code,
        saving.measure,
        saving.period_start,
        'published' as outturn_source,
        saving.plan_version,
        'planned' as scenario,
        'own' as unit_value_of,
        cast(null as {{ dbt.type_string() }}) as unit,
        {% for column in of_units -%}
            cast(null as double) as {{ column }},
        {% endfor -%}
        saving.planned_saving,
        cast(null as double) as planned_saving_counted,
        cast(null as double) as unit_value,
        cast(null as double) as unit_value_lower,
        cast(null as double) as unit_value_upper,
        {{ financial_year_name('saving.period_start') }} as unit_value_price_year,
        cast(null as {{ dbt.type_string() }}) as unit_value_meaning,
        cast(null as {{ dbt.type_string() }}) as unit_value_source,
        cast(null as double) as cost_over_plan,
        cast(null as double) as cost_over_plan_lower,
        cast(null as double) as cost_over_plan_upper,
        cast(null as double) as forgone_saving,
        cast(null as double) as growth_cost,
        cast(null as bigint) as boards,
        cast(null as bigint) as boards_missing,
        'missing' as value_status,
        concat(
            'no change in admissions or days was published for this version of the plan, ',
            'to divide the saving by'
        ) as reason,
        false as is_synthetic,
        saving.source
    from saving
    left join outturn
        on
            saving.measure = outturn.measure
            and saving.area_code = outturn.area_code
            and saving.period_start = outturn.period_start
            and saving.plan_version = outturn.plan_version
            and outturn.outturn_source = 'published'
    where outturn.area_code is null
)

select
    cast(shown.area_code as {{ dbt.type_string() }}) as area_code,
    cast(shown.measure as {{ dbt.type_string() }}) as measure,
    cast('financial_year' as {{ dbt.type_string() }}) as period_type,
    cast(shown.period_start as date) as period_start,
    cast(period.period_end as date) as period_end,
    cast(shown.outturn_source as {{ dbt.type_string() }}) as outturn_source,
    cast(shown.plan_version as {{ dbt.type_string() }}) as plan_version,
    cast(shown.scenario as {{ dbt.type_string() }}) as scenario,
    cast(shown.unit_value_of as {{ dbt.type_string() }}) as unit_value_of,
    cast(shown.unit as {{ dbt.type_string() }}) as unit,
    cast(shown.baseline as double) as baseline,
    cast(shown.planned as double) as planned,
    cast(shown.outturn as double) as outturn,
    cast(shown.change_planned as double) as change_planned,
    cast(shown.change_made as double) as change_made,
    cast(shown.gap as double) as gap,
    cast(shown.optimism_ratio as double) as optimism_ratio,
    cast(shown.planned_saving as double) as planned_saving,
    cast(shown.planned_saving_counted as double) as planned_saving_counted,
    cast(shown.unit_value as double) as unit_value,
    cast(shown.unit_value_lower as double) as unit_value_lower,
    cast(shown.unit_value_upper as double) as unit_value_upper,
    cast(shown.unit_value_price_year as {{ dbt.type_string() }}) as unit_value_price_year,
    cast(shown.unit_value_meaning as {{ dbt.type_string() }}) as unit_value_meaning,
    cast(shown.unit_value_source as {{ dbt.type_string() }}) as unit_value_source,
    cast(shown.cost_over_plan as double) as cost_over_plan,
    cast(shown.cost_over_plan_lower as double) as cost_over_plan_lower,
    cast(shown.cost_over_plan_upper as double) as cost_over_plan_upper,
    cast(shown.forgone_saving as double) as forgone_saving,
    cast(shown.growth_cost as double) as growth_cost,
    cast(shown.boards as bigint) as boards,
    cast(shown.boards_missing as bigint) as boards_missing,
    cast(shown.value_status as {{ dbt.type_string() }}) as value_status,
    cast(shown.reason as {{ dbt.type_string() }}) as reason,
    cast(shown.is_synthetic as boolean) as is_synthetic,
    cast(shown.source as {{ dbt.type_string() }}) as source
from shown
inner join {{ ref('int_period') }} as period
    on period.period_type = 'financial_year' and shown.period_start = period.period_start
