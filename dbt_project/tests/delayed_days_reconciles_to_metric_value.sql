-- The detailed mart and the metrics are two ways to the same figures.
select
    detail.area_code,
    detail.period_start,
    detail.responsible_body,
    detail.delayed_days,
    figure.value
from {{ ref('delayed_days') }} as detail
left join {{ ref('metric_value') }} as figure
    on
        detail.area_code = figure.area_code
        and detail.period_start = figure.period_start
        and figure.period_type = 'month'
        and figure.boundary = 'as_reported'
        and figure.metric_id = case detail.responsible_body
            when 'all' then 'delayed_days'
            else concat('delayed_days_', detail.responsible_body)
        end
where
    detail.split in ('total', 'responsible_body')
    and (figure.metric_id is null or detail.delayed_days is distinct from figure.value)
