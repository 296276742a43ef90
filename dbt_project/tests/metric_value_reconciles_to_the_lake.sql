-- Straight from the lake's current files to the mart: as many figures, and the same sum, for each
-- metric and month outside England. Nothing lost on the way, nothing counted twice. Where figures
-- are withheld or rounded to protect people, only their number is compared.
with withheld as (
    select distinct
        return_id,
        measure,
        period_start
    from {{ ref('int_withheld') }}
),

lake as (
    select
        contract.metric_id,
        observation.period_start,
        count(*) as figures,
        coalesce(sum(observation.value), 0) as value,
        max(case
            when withheld.return_id is not null or profile.round_to is not null then 1
            else 0
        end) as is_protected
    from {{ source('lake', 'observation') }} as observation
    inner join {{ ref('metric_contracts') }} as contract
        on
            contract.derivation = 'cell'
            and {{ is_listed('observation.return_id', 'contract.source_returns') }}
            and {{ is_listed("'council'", 'contract.area_types') }}
            and observation.table_id = contract.table_id
            and observation.measure = contract.measure
            and observation.breakdown = coalesce(contract.breakdown, '')
    inner join {{ ref('int_vintage') }} as vintage
        on
            observation.source_sha256 = vintage.source_sha256
            and observation.table_id = vintage.table_id
            and observation.period_start = vintage.period_start
            and vintage.is_current
    left join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    left join withheld
        on
            observation.return_id = withheld.return_id
            and observation.measure = withheld.measure
            and observation.period_start = withheld.period_start
    where
        observation.subject_type in ('council', 'commissioner')
        and not observation.is_control_total
    group by contract.metric_id, observation.period_start
),

mart as (
    select
        figure.metric_id,
        figure.period_start,
        count(*) as figures,
        coalesce(sum(figure.value), 0) as value
    from {{ ref('metric_value') }} as figure
    inner join {{ ref('metric_contracts') }} as contract
        on figure.metric_id = contract.metric_id and contract.derivation = 'cell'
    left join {{ ref('area') }} as area on figure.area_code = area.area_code
    where
        figure.period_type = 'month'
        and figure.boundary = 'as_reported'
        -- Worked out, and not read: regions, and councils of the metrics of commissioners.
        and coalesce(area.area_type, '') not in ('country', 'region')
        and not (
            contract.is_apportioned_to_councils and coalesce(area.area_type, '') = 'council'
        )
    group by figure.metric_id, figure.period_start
)

select
    coalesce(lake.metric_id, mart.metric_id) as metric_id,
    coalesce(lake.period_start, mart.period_start) as period_start,
    lake.figures as lake_figures,
    mart.figures as mart_figures,
    lake.value as lake_value,
    mart.value as mart_value
from lake
full outer join mart
    on lake.metric_id = mart.metric_id and lake.period_start = mart.period_start
where
    lake.figures is distinct from mart.figures
    or (
        coalesce(lake.is_protected, 0) = 0
        and abs(coalesce(lake.value, 0) - coalesce(mart.value, 0)) > 0.01
    )
