-- What commissioners report is, to the last unit, what councils get, with what lies outside England
-- and what national commissioners keep.
with reported as (
    select
        cell.metric_id,
        cell.period_start,
        sum(cell.value) as value
    from {{ ref('int_metric_month') }} as cell
    inner join {{ ref('metric_contracts') }} as contract
        on cell.metric_id = contract.metric_id and contract.is_apportioned_to_councils
    inner join {{ ref('area') }} as area
        on cell.area_code = area.area_code and area.area_type = 'commissioner'
    group by cell.metric_id, cell.period_start
),

shared_out as (
    select
        part.metric_id,
        part.period_start,
        sum(part.value * part.weight) as value
    from {{ ref('int_council_part') }} as part
    group by part.metric_id, part.period_start
),

national as (
    select
        cell.metric_id,
        cell.period_start,
        sum(cell.value) as value
    from {{ ref('int_metric_month') }} as cell
    inner join {{ ref('area') }} as area
        on cell.area_code = area.area_code and area.area_class = 'national'
    group by cell.metric_id, cell.period_start
)

select
    reported.metric_id,
    reported.period_start,
    reported.value as before_it,
    shared_out.value as after_it,
    national.value as national_value
from reported
left join shared_out
    on
        reported.metric_id = shared_out.metric_id
        and reported.period_start = shared_out.period_start
left join national
    on
        reported.metric_id = national.metric_id
        and reported.period_start = national.period_start
where
    abs(reported.value - coalesce(shared_out.value, 0) - coalesce(national.value, 0)) > 0.0001
