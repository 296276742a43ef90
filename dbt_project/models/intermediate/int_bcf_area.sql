-- The inputs of every area, with England as the sum of the boards: only where every board there was
-- gave both a plan and an outturn, and else without a value, saying how many did. A board of two
-- councils counts into England and is no area of its own.
with board as (
    select
        board_code,
        max(area_code) as area_code,
        min(valid_from) as valid_from,
        max(coalesce(valid_to, {{ end_of_time() }})) as valid_to
    from {{ ref('boards') }}
    group by board_code
),

returned as (
    select
        *,
        change_planned is not null and change_made is not null as is_whole
    from {{ ref('int_bcf_input') }}
    where outturn_source = 'board_returns'
),

asked as (
    select
        measure,
        period_start,
        plan_version,
        min(unit) as unit,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from returned
    group by measure, period_start, plan_version
),

added as (
    select
        asked.measure,
        asked.period_start,
        asked.plan_version,
        asked.unit,
        asked.is_synthetic,
        count(*) as boards_expected,
        count(returned.area_code) as boards,
        round(sum(returned.change_planned), 6) as change_planned,
        round(sum(returned.change_made), 6) as change_made,
        case
            when count(returned.planned_saving) = count(*)
                then round(sum(returned.planned_saving), 6)
        end as planned_saving,
        round(sum(returned.baseline), 6) as baseline,
        round(sum(returned.planned), 6) as planned,
        round(sum(returned.outturn), 6) as outturn
    from asked
    inner join board on asked.period_start between board.valid_from and board.valid_to
    left join returned
        on
            board.board_code = returned.area_code
            and asked.measure = returned.measure
            and asked.period_start = returned.period_start
            and asked.plan_version = returned.plan_version
            and returned.is_whole
    group by
        asked.measure, asked.period_start, asked.plan_version, asked.unit, asked.is_synthetic
),

england as (
    select
        'board_returns' as outturn_source,
        measure,
        '{{ var("england_code") }}' as area_code,
        period_start,
        plan_version,
        unit,
        case when boards = boards_expected then change_planned end as change_planned,
        0.0 as change_planned_half_step,
        case when boards = boards_expected then change_made end as change_made,
        0.0 as change_made_half_step,
        case when boards = boards_expected then planned_saving end as planned_saving,
        0.0 as planned_saving_half_step,
        case when boards = boards_expected then baseline end as baseline,
        case when boards = boards_expected then planned end as planned,
        case when boards = boards_expected then outturn end as outturn,
        is_synthetic,
        case
            when boards < boards_expected
                then
                    concat(
                        'of ', cast(boards_expected as {{ dbt.type_string() }}), ' boards, ',
                        cast(boards as {{ dbt.type_string() }}), ' gave both a plan and an outturn'
                    )
        end as why_missing,
        'The plans and quarterly returns of every board, added up' as source,
        boards,
        boards_expected - boards as boards_missing
    from added
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
where
    area_code not in (
        select board.board_code from board
        where board.area_code is null
    )
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
