-- What editions that are stored, and are not the latest, gave for a metric: the other routes to
-- England where they were published before, and the old values of revised figures.
select
    metric_id,
    '{{ var("england_code") }}' as area_code,
    'month' as period_type,
    period_start,
    value
from {{ ref('england_route') }}
where
    route in ('england_row', 'time_series')
    and published_on < released_published_on
    and value is not null
    and not is_synthetic
union all
select
    reading.metric_id,
    revised.area_code,
    revised.period_type,
    revised.period_start,
    revised.old_value * reading.scale as value
from {{ ref('revision') }} as revised
inner join {{ ref('int_published_rule') }} as reading
    on
        revised.return_id = reading.return_id
        and revised.table_id = reading.table_id
        and revised.measure = reading.measure
        and revised.breakdown = reading.breakdown
inner join {{ ref('stg_source_file') }} as landed
    on revised.old_source_sha256 = landed.source_sha256
where
    reading.how = 'as_is'
    and revised.old_value is not null
    and not landed.is_synthetic
