-- On today's boundaries councils add up to what they add up to on those of the time, where every
-- one of them has a value.
with total as (
    select
        figure.metric_id,
        figure.period_start,
        figure.boundary,
        sum(figure.value) as value,
        max(figure.parts_missing) as most_missing
    from {{ ref('metric_value') }} as figure
    inner join {{ ref('metric_contracts') }} as contract
        on figure.metric_id = contract.metric_id and contract.derivation = 'cell'
    inner join {{ ref('area') }} as area
        on figure.area_code = area.area_code and area.area_type = 'council'
    where figure.period_type = 'month'
    group by figure.metric_id, figure.period_start, figure.boundary
)

select
    reported.metric_id,
    reported.period_start,
    reported.value as as_reported,
    present.value as on_current
from total as reported
left join total as present
    on
        reported.metric_id = present.metric_id
        and reported.period_start = present.period_start
        and present.boundary = 'current'
where
    reported.boundary = 'as_reported'
    and reported.most_missing = 0
    and coalesce(present.most_missing, 0) = 0
    and (present.value is null or abs(reported.value - present.value) > 0.0001)
