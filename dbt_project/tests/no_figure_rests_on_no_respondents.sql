-- Where a return says that nobody answered, no return may fill in the figure.
select
    figure.metric_id,
    figure.area_code,
    figure.period_type,
    figure.period_start,
    figure.value
from {{ ref('metric_value') }} as figure
inner join {{ ref('int_published_figure') }} as unanswered
    on
        figure.metric_id = unanswered.metric_id
        and figure.area_code = unanswered.area_code
        and figure.period_type = unanswered.period_type
        and figure.period_start = unanswered.period_start
where
    unanswered.is_unanswered
    and figure.boundary = 'as_reported'
    and figure.value is not null
