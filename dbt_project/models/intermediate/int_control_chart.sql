-- Whether a metric's months are drawn as an XmR chart, and where not, why.
select
    metric_id,
    polarity,
    case
        when
            availability <> 'computed'
            or period_type <> 'month'
            or derivation in ('per_population', 'per_population_and_day')
            then 'none'
        else 'xmr'
    end as control_chart,
    case
        when availability <> 'computed'
            then 'There are no figures of it.'
        when period_type <> 'month'
            then 'It is not given by month.'
        when derivation in ('per_population', 'per_population_and_day')
            then
                concat(
                    'Its yearly population puts a step into each April; the count is charted: ',
                    base_metric_id
                )
    end as why_no_control_chart
from {{ ref('metric_contracts') }}
