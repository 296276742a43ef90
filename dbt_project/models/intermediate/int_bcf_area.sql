-- The inputs of every area, with England as the sum of the boards whose plan and outturn are both
-- there, and how many boards that is.
with expected as (
    select
        period.period_start,
        count(*) as boards
    from {{ ref('int_period') }} as period
    inner join {{ ref('areas') }} as area
        on
            area.area_type = 'council'
            and period.period_start between area.valid_from
            and coalesce(area.valid_to, {{ end_of_time() }})
    where period.period_type = 'financial_year'
    group by period.period_start
),

whole as (
    select
        outturn_source,
        measure,
        area_code,
        period_start,
        plan_version,
        unit,
        change_planned,
        change_made,
        planned_saving,
        baseline,
        planned,
        outturn,
        is_synthetic
    from {{ ref('int_bcf_input') }}
    where
        outturn_source = 'board_returns'
        and change_planned is not null
        and change_made is not null
),

england as (
    select
        whole.outturn_source,
        whole.measure,
        '{{ var("england_code") }}' as area_code,
        whole.period_start,
        whole.plan_version,
        min(whole.unit) as unit,
        sum(whole.change_planned) as change_planned,
        0.0 as change_planned_half_step,
        sum(whole.change_made) as change_made,
        0.0 as change_made_half_step,
        case when count(whole.planned_saving) = count(*) then sum(whole.planned_saving) end
            as planned_saving,
        0.0 as planned_saving_half_step,
        sum(whole.baseline) as baseline,
        sum(whole.planned) as planned,
        sum(whole.outturn) as outturn,
        max(case when whole.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        cast(null as {{ dbt.type_string() }}) as why_missing,
        'The plans and quarterly returns of the boards that gave both' as source,
        count(*) as boards,
        max(expected.boards) - count(*) as boards_missing
    from whole
    inner join expected on whole.period_start = expected.period_start
    group by whole.outturn_source, whole.measure, whole.period_start, whole.plan_version
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
    is_synthetic,
    why_missing,
    source,
    cast(null as bigint) as boards,
    cast(null as bigint) as boards_missing
from {{ ref('int_bcf_input') }}
union all
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
    boards_missing
from england
