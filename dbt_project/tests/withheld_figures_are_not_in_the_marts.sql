-- What is withheld has no value in the marts, in no column and by no way round, and neither has the
-- text of its cell.
with withheld_cell as (
    select
        cell.lineage_id,
        withheld.measure,
        withheld.area_code,
        withheld.period_start,
        withheld.reason
    from {{ ref('int_withheld') }} as withheld
    inner join {{ ref('int_area_cell') }} as cell
        on
            withheld.return_id = cell.return_id
            and withheld.table_id = cell.table_id
            and withheld.measure = cell.measure
            and withheld.period_start = cell.period_start
            and withheld.period_end = cell.period_end
            and withheld.area_code = cell.area_code
            and withheld.breakdown = cell.breakdown
),

shown as (
    select lineage_id
    from {{ ref('metric_value') }}
    where value is not null or numerator is not null or lower is not null or upper is not null
    union all
    select lineage_id from {{ ref('delayed_days') }}
    where delayed_days is not null
    union all
    select lineage_id from {{ ref('lineage') }}
    where raw_text <> '(withheld)'
),

-- England as any file prints it: not all of them are the source of the released figure.
withheld_route as (
    select distinct
        contract.metric_id,
        withheld.measure,
        withheld.area_code,
        withheld.period_start,
        withheld.reason,
        case when observation.is_control_total then 'england_row' else 'time_series' end as route
    from {{ ref('int_withheld') }} as withheld
    inner join {{ ref('int_current_observation') }} as observation
        on
            withheld.return_id = observation.return_id
            and withheld.table_id = observation.table_id
            and withheld.measure = observation.measure
            and withheld.period_start = observation.period_start
            and withheld.period_end = observation.period_end
            and withheld.area_code = observation.area_code
            and withheld.breakdown = observation.breakdown
    inner join {{ ref('metric_contracts') }} as contract
        on
            withheld.measure = contract.measure
            and withheld.breakdown = coalesce(contract.breakdown, '')
            and contract.derivation = 'cell'
            and (
                withheld.table_id = contract.table_id
                or {{ is_listed('withheld.return_id', "coalesce(contract.checked_against, '')") }}
            )
    where withheld.area_code = '{{ var("england_code") }}'
)

select withheld_cell.*
from withheld_cell
inner join shown on withheld_cell.lineage_id = shown.lineage_id
union all
select
    withheld_route.route as lineage_id,
    withheld_route.measure,
    withheld_route.area_code,
    withheld_route.period_start,
    withheld_route.reason
from withheld_route
inner join {{ ref('england_route') }} as shown
    on
        withheld_route.metric_id = shown.metric_id
        and withheld_route.period_start = shown.period_start
        and withheld_route.route = shown.route
where shown.value is not null
union all
select
    revision.new_source_sha256 as lineage_id,
    withheld.measure,
    withheld.area_code,
    withheld.period_start,
    withheld.reason
from {{ ref('int_withheld') }} as withheld
inner join {{ ref('revision') }} as revision
    on
        withheld.return_id = revision.return_id
        and withheld.table_id = revision.table_id
        and withheld.measure = revision.measure
        and withheld.period_start = revision.period_start
        and withheld.period_end = revision.period_end
        and withheld.area_code = revision.area_code
        and withheld.breakdown = revision.breakdown
where revision.old_value is not null or revision.new_value is not null
