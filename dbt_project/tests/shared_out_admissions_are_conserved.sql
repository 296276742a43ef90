-- What commissioners report is what councils get, with what national commissioners keep: in the
-- parts, and, where every council has a value, in the released figures, which are rounded.
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

released as (
    select
        figure.metric_id,
        figure.period_start,
        sum(figure.value) as value,
        count(*) as councils,
        max(figure.parts_missing) as most_missing
    from {{ ref('metric_value') }} as figure
    inner join {{ ref('metric_contracts') }} as contract
        on figure.metric_id = contract.metric_id and contract.is_apportioned_to_councils
    inner join {{ ref('area') }} as area
        on figure.area_code = area.area_code and area.area_type = 'council'
    where figure.boundary = 'as_reported' and figure.period_type = 'month'
    group by figure.metric_id, figure.period_start
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
    released.value as released_value,
    national.value as national_value
from reported
left join shared_out
    on
        reported.metric_id = shared_out.metric_id
        and reported.period_start = shared_out.period_start
left join released
    on
        reported.metric_id = released.metric_id
        and reported.period_start = released.period_start
left join national
    on
        reported.metric_id = national.metric_id
        and reported.period_start = national.period_start
where
    abs(reported.value - coalesce(shared_out.value, 0) - coalesce(national.value, 0)) > 0.000001
    or (
        coalesce(released.most_missing, 0) = 0
        and abs(reported.value - coalesce(released.value, 0) - coalesce(national.value, 0))
        > 0.000001 * coalesce(released.councils, 1)
    )
