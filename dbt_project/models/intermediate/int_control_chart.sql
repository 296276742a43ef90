-- Whether a metric's months are drawn as an XmR chart, and where not, why.
select
    contract.metric_id,
    contract.polarity,
    case
        when exception.metric_id is null and contract.period_type = 'month' then 'xmr'
        else 'none'
    end as control_chart,
    case
        when exception.metric_id is not null then exception.why
        when contract.period_type <> 'month' then 'No return gives it by month.'
    end as why_no_control_chart
from {{ ref('metric_contracts') }} as contract
left join {{ ref('control_chart_exceptions') }} as exception
    on contract.metric_id = exception.metric_id
