-- Every control total of the current files beside the sum of its parts. A total that cannot be
-- checked, because a part has no value, is marked and not passed over.
with observation as (
    select
        return_id,
        table_id,
        period_start,
        measure,
        breakdown,
        subject_type,
        value,
        is_control_total,
        source_sha256,
        case when {{ rank_has_value(status_rank('value_status')) }} then 0 else 1 end as is_unvalued
    from {{ ref('int_current_observation') }}
)

select
    return_id,
    table_id,
    period_start,
    measure,
    breakdown,
    source_sha256,
    sum(case when is_control_total then 1 else 0 end) as totals,
    sum(case when is_control_total then 0 else 1 end) as parts,
    sum(is_unvalued) as unvalued,
    sum(case when is_control_total then value end) as total_value,
    sum(case when not is_control_total then value end) as parts_value
from observation
-- A return of England alone has nothing to add up.
where
    return_id in (
        select local.return_id from observation as local
        where local.subject_type <> 'country'
    )
group by return_id, table_id, period_start, measure, breakdown, source_sha256
