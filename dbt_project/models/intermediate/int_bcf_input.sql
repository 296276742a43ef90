-- What an area planned for a year, what it expected to save by it, and what came: by published
-- figures, by published plans beside the open returns, and by boards' own returns. A half
-- step is half of what a figure was rounded to, and nought where it was not rounded.
with saving as (
    select
        measure,
        area_code,
        period_start,
        plan_version,
        value,
        step,
        claim_id,
        source
    from {{ ref('published_bcf_inputs') }}
    where quantity = 'planned_saving'
),

made as (
    select
        measure,
        area_code,
        period_start,
        value,
        step,
        claim_id,
        source
    from {{ ref('published_bcf_inputs') }}
    where quantity = 'change_made'
),

published_plan as (
    select
        plan.measure,
        plan.metric_id,
        plan.area_code,
        plan.period_start,
        plan.plan_version,
        plan.value as change_planned,
        plan.step / 2 as change_planned_half_step,
        plan.unit,
        plan.source as plan_source,
        saving.value as planned_saving,
        saving.step / 2 as planned_saving_half_step,
        saving.source as saving_source
    from {{ ref('published_plans') }} as plan
    left join saving
        on
            plan.measure = saving.measure
            and plan.area_code = saving.area_code
            and plan.period_start = saving.period_start
            and plan.plan_version = saving.plan_version
    where plan.basis = 'change_on_previous_year' and plan.measure is not null
),

open_year as (
    select
        metric_id,
        area_code,
        period_start,
        value,
        segment,
        is_synthetic
    from {{ ref('int_metric_period') }}
    where boundary = 'as_reported' and period_type = 'financial_year'
),

published as (
    select
        'published' as outturn_source,
        plan.measure,
        plan.area_code,
        plan.period_start,
        plan.plan_version,
        plan.unit,
        plan.change_planned,
        plan.change_planned_half_step,
        made.value as change_made,
        made.step / 2 as change_made_half_step,
        plan.planned_saving,
        plan.planned_saving_half_step,
        cast(null as double) as baseline,
        cast(null as double) as planned,
        cast(null as double) as outturn,
        false as is_synthetic,
        case when made.value is null then 'no published outturn' end as why_missing,
        concat('Plan: ', plan.plan_source, '. Outturn: ', made.source) as source
    from published_plan as plan
    left join made
        on
            plan.measure = made.measure
            and plan.area_code = made.area_code
            and plan.period_start = made.period_start
),

open_returns as (
    select
        'open_returns' as outturn_source,
        plan.measure,
        plan.area_code,
        plan.period_start,
        plan.plan_version,
        plan.unit,
        plan.change_planned,
        plan.change_planned_half_step,
        {{ change_between('open_now.value', 'open_now.segment', 'base.value', 'base.segment') }}
            as change_made,
        0.0 as change_made_half_step,
        plan.planned_saving,
        plan.planned_saving_half_step,
        base.value as baseline,
        base.value + plan.change_planned as planned,
        open_now.value as outturn,
        coalesce(open_now.is_synthetic, false)
        or coalesce(base.is_synthetic, false) as is_synthetic,
        case
            when open_now.value is null or base.value is null
                then 'one of the two years has no whole figure in the open returns'
            else {{ why_no_change('open_now.segment', 'base.segment') }}
        end as why_missing,
        concat('Plan: ', plan.plan_source, '. Outturn: the open returns, metric ', plan.metric_id)
            as source
    from published_plan as plan
    inner join open_year as open_now
        on
            plan.metric_id = open_now.metric_id
            and plan.area_code = open_now.area_code
            and plan.period_start = open_now.period_start
    left join open_year as base
        on
            plan.metric_id = base.metric_id
            and plan.area_code = base.area_code
            and {{ add_months('plan.period_start', -12) }} = base.period_start
),

board as (
    select
        plan.area_code,
        plan.measure,
        plan.plan_year as period_start,
        plan.plan_version,
        plan.unit,
        baseline.value as baseline,
        plan.value as planned,
        outturn.value as outturn,
        saving.planned_saving,
        plan.is_synthetic or coalesce(outturn.is_synthetic, false) as is_synthetic,
        case
            when plan.value is null then 'the plan does not give all four quarters of the year'
            when baseline.value is null
                then 'the plan does not give all four quarters of the year before'
            when outturn.value is null
                then 'the quarterly returns do not give all four quarters of the year'
        end as why_missing
    from {{ ref('int_board_year') }} as plan
    left join {{ ref('int_board_year') }} as baseline
        on
            plan.area_code = baseline.area_code
            and plan.measure = baseline.measure
            and plan.plan_version = baseline.plan_version
            and plan.plan_year = baseline.plan_year
            and baseline.told_as = 'baseline'
            and {{ add_months('plan.plan_year', -12) }} = baseline.year_start
    left join {{ ref('int_board_year') }} as outturn
        on
            plan.area_code = outturn.area_code
            and plan.measure = outturn.measure
            and plan.plan_year = outturn.year_start
            and outturn.told_as = 'outturn'
    left join {{ ref('int_board_saving') }} as saving
        on
            plan.area_code = saving.area_code
            and plan.measure = saving.measure
            and plan.plan_version = saving.plan_version
            and plan.plan_year = saving.plan_year
    where plan.told_as = 'plan' and plan.year_start = plan.plan_year
),

board_returns as (
    select
        'board_returns' as outturn_source,
        measure,
        area_code,
        period_start,
        plan_version,
        unit,
        planned - baseline as change_planned,
        0.0 as change_planned_half_step,
        outturn - baseline as change_made,
        0.0 as change_made_half_step,
        planned_saving,
        0.0 as planned_saving_half_step,
        baseline,
        planned,
        outturn,
        is_synthetic,
        why_missing,
        'The board''s plan and quarterly returns' as source
    from board
)

select * from published
union all
select * from open_returns
union all
select * from board_returns
