-- What boards planned, in the measures that a metric has: each period as the plan gives it, and of
-- counts the financial year as the sum of its four quarters.
with cell as (
    select
        plan_measure.metric_id,
        contract.unit,
        plan_measure.is_summed,
        observation.area_code,
        observation.plan_version,
        observation.file_period_start,
        observation.period_type,
        observation.period_start,
        observation.period_end,
        observation.basis,
        observation.value,
        observation.is_synthetic,
        observation.lineage_id,
        {{ status_rank('observation.value_status') }} as status_rank
    from {{ ref('int_board_observation') }} as observation
    inner join {{ ref('plan_measures') }} as plan_measure
        on
            observation.table_id = plan_measure.table_id
            and observation.measure = plan_measure.measure
            and observation.breakdown = plan_measure.breakdown
    inner join {{ ref('metric_contracts') }} as contract
        on plan_measure.metric_id = contract.metric_id
    where
        observation.return_id = 'better_care_fund_plan'
        and observation.area_code is not null
        and observation.period_type in ('quarter', 'financial_year')
        and observation.period_start >= observation.file_period_start
),

year as (
    select
        cell.metric_id,
        cell.unit,
        cell.area_code,
        cell.plan_version,
        period.period_type,
        period.period_start,
        period.period_end,
        round(sum(cell.value), 6) as value,
        max(case when cell.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        {{ lineage_id([
            "'plan'", 'cell.metric_id', 'cell.area_code', 'cell.plan_version',
            'period.period_start'
        ]) }} as lineage_id
    from cell
    inner join {{ ref('int_period') }} as period
        on
            period.period_type = 'financial_year'
            and cell.period_start between period.period_start and period.period_end
    where cell.is_summed and cell.period_type = 'quarter'
    group by
        cell.metric_id, cell.unit, cell.area_code, cell.plan_version, period.period_type,
        period.period_start, period.period_end
    having count(cell.value) = 4
)

select
    metric_id,
    unit,
    area_code,
    plan_version,
    period_type,
    period_start,
    period_end,
    value,
    is_synthetic,
    lineage_id
from cell
where value is not null and not (is_summed and period_type = 'financial_year')
union all
select
    metric_id,
    unit,
    area_code,
    plan_version,
    period_type,
    period_start,
    period_end,
    value,
    is_synthetic,
    lineage_id
from year
