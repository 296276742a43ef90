-- Where the publisher prints delayed transfer beds, ours must be the same figure.
with printed as (
    select
        area_code,
        period_start,
        source_sha256,
        value
    from {{ ref('int_area_observation') }}
    where
        measure = 'delayed_transfer_beds'
        and table_id = 'responsible_body'
        and breakdown = ''
        and value is not null
)

select
    printed.area_code,
    printed.period_start,
    printed.value as printed_beds,
    ours.value as our_beds,
    printed.source_sha256
from printed
left join {{ ref('metric_value') }} as ours
    on
        ours.metric_id = 'delayed_transfer_beds'
        and ours.period_type = 'month'
        and ours.boundary = 'as_reported'
        and printed.area_code = ours.area_code
        and printed.period_start = ours.period_start
where ours.value is null or abs(printed.value - ours.value) > 0.05
