-- Where several returns give one published figure, the one that is shown and the others, beyond
-- what rounding explains.
{{ config(severity='warn') }}
select
    shown.metric_id,
    shown.area_code,
    shown.period_type,
    shown.period_start,
    shown.return_id as shown_return,
    shown.value as shown_value,
    other.return_id as other_return,
    other.value as other_value
from {{ ref('int_published_figure') }} as shown
inner join {{ ref('int_published_figure') }} as other
    on
        shown.metric_id = other.metric_id
        and shown.area_code = other.area_code
        and shown.period_type = other.period_type
        and shown.period_start = other.period_start
        and shown.source_rank = 1
        and other.source_rank > 1
inner join {{ ref('metric_contracts') }} as contract on shown.metric_id = contract.metric_id
where
    abs(shown.value - other.value)
    > greatest(0.501 * coalesce(contract.value_rounded_to, 0), 0.000001 * abs(shown.value))
    or (shown.value_status = 'suppressed' and other.value is not null)
    or (other.value_status = 'suppressed' and shown.value is not null)
