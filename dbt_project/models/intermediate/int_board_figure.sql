-- The figures of boards' quarterly returns that a contract asks for: each quarter, and the year as
-- the sum of its four, where each of them has a value.
with cell as (
    select
        contract.metric_id,
        contract.unit,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        observation.value,
        {{ status_rank('observation.value_status') }} as status_rank,
        observation.maturity,
        observation.is_synthetic,
        observation.published_on,
        observation.lineage_id
    from {{ ref('int_board_observation') }} as observation
    inner join {{ ref('metric_contracts') }} as contract
        on
            contract.derivation = 'board_return'
            and {{ is_listed('observation.return_id', 'contract.source_returns') }}
            and observation.table_id = contract.table_id
            and observation.measure = contract.measure
            and observation.breakdown = contract.breakdown
    where observation.period_type = 'quarter' and observation.area_code is not null
),

part as (
    select
        cell.*,
        period_month.period_type as of_period_type,
        period_month.period_start as of_period_start,
        period_month.period_end as of_period_end,
        case when period_month.period_type = 'quarter' then 1 else 4 end as quarters
    from cell
    inner join {{ ref('int_period_month') }} as period_month
        on
            cell.period_start = period_month.month_start
            and period_month.period_type in ('quarter', 'financial_year')
),

summed as (
    select
        metric_id,
        unit,
        area_code,
        of_period_type as period_type,
        of_period_start as period_start,
        max(of_period_end) as period_end,
        round(sum(value), 6) as value,
        greatest(
            max(status_rank),
            case when count(*) < quarters then {{ missing_rank() }} else 0 end
        ) as status_rank,
        quarters as parts,
        quarters - count(value) as parts_missing,
        max(case when maturity = 'provisional' then 1 else 0 end) = 1 as is_provisional,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        max(published_on) as published_on,
        min(lineage_id) as cell_lineage_id
    from part
    group by metric_id, unit, area_code, of_period_type, of_period_start, quarters
)

select
    metric_id,
    unit,
    area_code,
    period_type,
    period_start,
    period_end,
    case when {{ rank_has_value('status_rank') }} then value end as value,
    {{ status_of_rank('status_rank') }} as value_status,
    parts,
    parts_missing,
    case when is_provisional then 'provisional' else 'revised' end as maturity,
    is_synthetic,
    published_on,
    case
        when period_type = 'quarter' then cell_lineage_id
        else {{ lineage_id([
            "'figure'", 'metric_id', 'area_code', 'period_type', 'period_start'
        ]) }}
    end as lineage_id
from summed
