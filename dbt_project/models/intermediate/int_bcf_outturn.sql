-- Plan against outturn, priced. What an activity was worth is taken in several ways: what the plan
-- itself put on it (the area's own value, and England's for a board), the full average cost, a
-- reference cost, and the marginal cost, all in prices of the year. Each interval lets every input
-- lie within half a step of what was printed.
with changed as (
    select
        outturn_source,
        measure,
        area_code,
        period_start,
        plan_version,
        unit,
        change_planned,
        change_planned_half_step,
        change_made,
        change_made_half_step,
        planned_saving,
        planned_saving_half_step,
        baseline,
        planned,
        outturn,
        is_synthetic,
        why_missing,
        source,
        boards,
        boards_missing,
        change_made - change_planned as gap,
        change_made_half_step + change_planned_half_step as gap_half_step,
        -- Nearly nothing: within its own rounding, or less than a thousandth of what there was.
        abs(change_planned) <= change_planned_half_step
        or abs(change_planned) < {{ var('smallest_planned_share') }} * coalesce(baseline, 0)
        or change_planned = 0 as is_plan_near_nought
    from {{ ref('int_bcf_area') }}
),

own_value as (
    select
        outturn_source,
        measure,
        area_code,
        period_start,
        plan_version,
        planned_saving / -change_planned as value,
        (planned_saving - planned_saving_half_step)
        / (-change_planned + change_planned_half_step) as lower,
        (planned_saving + planned_saving_half_step)
        / (-change_planned - change_planned_half_step) as upper
    from changed
    where change_planned < 0 and not is_plan_near_nought
),

priced as (
    select
        changed.*,
        'planned' as scenario,
        'own' as unit_value_of,
        own.value as unit_value,
        own.lower as unit_value_lower,
        own.upper as unit_value_upper,
        cast(null as {{ dbt.type_string() }}) as why_no_cost,
        false as is_cost_synthetic,
        'Planned saving divided by planned fall' as unit_value_meaning,
        'The area''s own plan' as unit_value_source
    from changed
    left join own_value as own
        on
            changed.outturn_source = own.outturn_source
            and changed.measure = own.measure
            and changed.area_code = own.area_code
            and changed.period_start = own.period_start
            and changed.plan_version = own.plan_version
    union all
    select
        changed.*,
        'planned' as scenario,
        'england' as unit_value_of,
        england.value as unit_value,
        england.lower as unit_value_lower,
        england.upper as unit_value_upper,
        cast(null as {{ dbt.type_string() }}) as why_no_cost,
        false as is_cost_synthetic,
        'Planned saving divided by planned fall' as unit_value_meaning,
        'The plans of England' as unit_value_source
    from changed
    inner join own_value as england
        on
            changed.outturn_source = england.outturn_source
            and changed.measure = england.measure
            and changed.period_start = england.period_start
            and changed.plan_version = england.plan_version
            and england.area_code = '{{ var("england_code") }}'
    where changed.area_code <> '{{ var("england_code") }}'
    union all
    select
        changed.*,
        unit_cost.scenario,
        'unit_cost' as unit_value_of,
        unit_cost.value as unit_value,
        unit_cost.lower as unit_value_lower,
        unit_cost.upper as unit_value_upper,
        unit_cost.why_missing as why_no_cost,
        unit_cost.is_synthetic as is_cost_synthetic,
        concat(unit_cost.meaning, ' Published in prices of ', unit_cost.price_year, '.')
            as unit_value_meaning,
        unit_cost.source as unit_value_source
    from changed
    inner join {{ ref('int_bcf_unit_cost') }} as unit_cost
        on
            changed.measure = unit_cost.measure
            and changed.period_start = unit_cost.period_start
),

valued as (
    select
        *,
        gap * unit_value as cost_over_plan,
        case
            when gap is not null
                then least(
                    (gap - gap_half_step) * unit_value_lower,
                    (gap - gap_half_step) * unit_value_upper
                )
        end as cost_over_plan_lower,
        case
            when gap is not null
                then greatest(
                    (gap + gap_half_step) * unit_value_lower,
                    (gap + gap_half_step) * unit_value_upper
                )
        end as cost_over_plan_upper,
        -- A fall that did not come, and a rise that did: the two make up the gap.
        case
            when gap is not null
                then (least(change_made, 0) - least(change_planned, 0)) * unit_value
        end as forgone_saving,
        case
            when gap is not null
                then (greatest(change_made, 0) - greatest(change_planned, 0)) * unit_value
        end as growth_cost
    from priced
),

-- What the boards' own values add up to, where every board has one.
boards_added as (
    select
        outturn_source,
        measure,
        period_start,
        plan_version,
        case when count(cost_over_plan) = count(*) then round(sum(cost_over_plan), 6) end
            as cost_over_plan,
        case when count(cost_over_plan) = count(*) then round(sum(forgone_saving), 6) end
            as forgone_saving,
        case when count(cost_over_plan) = count(*) then round(sum(growth_cost), 6) end
            as growth_cost
    from valued
    where
        outturn_source = 'board_returns'
        and unit_value_of = 'own'
        and area_code <> '{{ var("england_code") }}'
        and gap is not null
    group by outturn_source, measure, period_start, plan_version
),

-- England as the boards themselves priced it: each at its own value, then added up.
at_boards_values as (
    select
        england.*,
        'planned' as scenario,
        'boards' as unit_value_of,
        cast(null as double) as unit_value,
        cast(null as double) as unit_value_lower,
        cast(null as double) as unit_value_upper,
        cast(null as {{ dbt.type_string() }}) as why_no_cost,
        false as is_cost_synthetic,
        'Planned saving divided by planned fall, of each board' as unit_value_meaning,
        'The boards'' own plans' as unit_value_source,
        board.cost_over_plan,
        board.cost_over_plan as cost_over_plan_lower,
        board.cost_over_plan as cost_over_plan_upper,
        board.forgone_saving,
        board.growth_cost
    from changed as england
    inner join boards_added as board
        on
            england.outturn_source = board.outturn_source
            and england.measure = board.measure
            and england.period_start = board.period_start
            and england.plan_version = board.plan_version
            and england.area_code = '{{ var("england_code") }}'
            and england.why_missing is null
),

measured as (
    select * from valued
    union all
    select * from at_boards_values
)

select
    outturn_source,
    measure,
    area_code,
    period_start,
    plan_version,
    unit,
    change_planned,
    change_planned_half_step,
    change_made,
    change_made_half_step,
    planned_saving,
    planned_saving_half_step,
    baseline,
    planned,
    outturn,
    is_synthetic or is_cost_synthetic as is_synthetic,
    why_missing,
    source,
    boards,
    boards_missing,
    gap,
    gap_half_step,
    is_plan_near_nought,
    scenario,
    unit_value_of,
    unit_value,
    unit_value_lower,
    unit_value_upper,
    {{ financial_year_name('period_start') }} as unit_value_price_year,
    unit_value_meaning,
    unit_value_source,
    cost_over_plan,
    cost_over_plan_lower,
    cost_over_plan_upper,
    forgone_saving,
    growth_cost,
    case when not is_plan_near_nought then change_made / change_planned end as optimism_ratio,
    case
        when why_missing is not null then why_missing
        when cost_over_plan is not null then null
        when why_no_cost is not null then why_no_cost
        when is_plan_near_nought
            then 'the planned change is nearly nothing: neither a value nor a ratio can rest on it'
        when scenario = 'planned' and change_planned > 0
            then 'a rise was planned, and no saving can be put on it'
        when unit_value_of = 'boards' then 'a board has no value of its own'
        else 'the plan puts no saving on it'
    end as reason,
    case
        when why_missing is not null or why_no_cost is not null then 'missing'
        when cost_over_plan is null then 'not_applicable'
        else 'reported'
    end as value_status
from measured
