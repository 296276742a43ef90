-- Plans as published, and plans that boards put into their own returns.
with plan as (
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        plan_version,
        basis,
        value,
        step,
        unit,
        source,
        claim_id,
        false as is_synthetic,
        cast(null as {{ dbt.type_string() }}) as lineage_id
    from {{ ref('published_plans') }}
    union all
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        plan_version,
        'level' as basis,
        value,
        cast(null as double) as step,
        unit,
        'The board''s own plan' as source,
        cast(null as {{ dbt.type_string() }}) as claim_id,
        is_synthetic,
        lineage_id
    from {{ ref('int_board_plan') }}
)

select
    cast(plan.metric_id as {{ dbt.type_string() }}) as metric_id,
    cast(plan.area_code as {{ dbt.type_string() }}) as area_code,
    cast(plan.period_type as {{ dbt.type_string() }}) as period_type,
    cast(plan.period_start as date) as period_start,
    cast(period.period_end as date) as period_end,
    cast(plan.plan_version as {{ dbt.type_string() }}) as plan_version,
    cast(plan.basis as {{ dbt.type_string() }}) as basis,
    cast(plan.value as double) as value,
    cast(plan.step as double) as step,
    cast(plan.unit as {{ dbt.type_string() }}) as unit,
    cast(plan.source as {{ dbt.type_string() }}) as source,
    cast(plan.claim_id as {{ dbt.type_string() }}) as claim_id,
    cast(plan.is_synthetic as boolean) as is_synthetic,
    cast(plan.lineage_id as {{ dbt.type_string() }}) as lineage_id
from plan
inner join {{ ref('int_period') }} as period
    on
        plan.period_type = period.period_type
        and plan.period_start = period.period_start
