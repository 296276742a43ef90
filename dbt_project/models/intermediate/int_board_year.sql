-- Admissions and delayed days of a board in a financial year, as planned, before the plan, and as
-- they came out: the sum of its four quarters, which is given only where each of them has a value.
with quarter as (
    select
        observation.board_code as area_code,
        observation.measure,
        observation.plan_version,
        observation.file_period_start,
        period.period_start as year_start,
        case
            when observation.return_id = 'better_care_fund_plan' then observation.basis
            else 'outturn'
        end as told_as,
        observation.period_start,
        observation.value,
        observation.unit,
        observation.published_on,
        observation.maturity,
        observation.is_synthetic,
        observation.lineage_id,
        {{ status_rank('observation.value_status') }} as status_rank
    from {{ ref('int_board_observation') }} as observation
    inner join {{ ref('int_period') }} as period
        on
            period.period_type = 'financial_year'
            and observation.period_start between period.period_start and period.period_end
    where
        observation.board_code is not null
        and observation.period_type = 'quarter'
        and observation.measure in ('nonelective_admissions', 'delayed_days')
        and (
            (observation.return_id = 'better_care_fund_plan' and observation.table_id = 'metrics')
            or (
                observation.return_id = 'better_care_fund_quarterly'
                and observation.table_id in ('nonelective', 'supporting_metrics')
                and observation.basis = 'actual'
            )
        )
),

summed as (
    select
        area_code,
        measure,
        plan_version,
        told_as,
        year_start,
        -- Of a plan: the year it is for, which is a year after the one it starts from.
        case when told_as in ('baseline', 'plan') then file_period_start else year_start end
            as plan_year,
        count(distinct period_start) as quarters,
        round(sum(value), 6) as value,
        greatest(
            max(status_rank),
            case when count(distinct period_start) < 4 then {{ missing_rank() }} else 0 end
        ) as status_rank,
        min(unit) as unit,
        max(published_on) as published_on,
        max(case when maturity = 'provisional' then 1 else 0 end) = 1 as is_provisional,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from quarter
    group by
        area_code, measure, plan_version, told_as, year_start,
        case when told_as in ('baseline', 'plan') then file_period_start else year_start end
)

select
    area_code,
    measure,
    plan_version,
    told_as,
    year_start,
    plan_year,
    quarters,
    case when {{ rank_has_value('status_rank') }} then value end as value,
    {{ status_of_rank('status_rank') }} as value_status,
    unit,
    published_on,
    is_provisional,
    is_synthetic
from summed
