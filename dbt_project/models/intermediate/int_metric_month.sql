-- Metrics that are one published cell a month. Which cell is said by the metric's contract. What a
-- later file prints for months before its column began is no count: such a month was not collected.
select
    contract.metric_id,
    observation.area_code,
    observation.period_start,
    observation.period_end,
    case
        when
            observation.period_start
            >= coalesce(contract.first_period_start, observation.period_start)
            then observation.value
    end as value,
    case
        when
            observation.period_start
            >= coalesce(contract.first_period_start, observation.period_start)
            then observation.value_status
        else 'not_collected'
    end as value_status,
    contract.unit,
    observation.published_on,
    observation.maturity,
    observation.is_synthetic,
    coalesce(segment.segment, 'undefined') as segment,
    observation.lineage_id
from {{ ref('int_area_observation') }} as observation
inner join {{ ref('metric_contracts') }} as contract
    on
        {{ is_listed('observation.return_id', 'contract.source_returns') }}
        and observation.table_id = contract.table_id
        and observation.measure = contract.measure
        and observation.breakdown = coalesce(contract.breakdown, '')
left join {{ ref('int_metric_segment') }} as segment
    on
        contract.metric_id = segment.metric_id
        and observation.period_start between segment.first_period_start
        and segment.last_period_start
left join {{ ref('int_area') }} as area on observation.area_code = area.area_code
where
    contract.derivation = 'cell'
    -- A code that nobody knows stays visible.
    and (
        area.area_code is null or {{ is_listed('area.area_type', 'contract.area_types') }}
    )
