-- The figures that a scorecard draws on: of today's councils, regions, boards and England, on
-- today's boundaries, and as reported of a metric that is given in no other way.
with by_boundary as (
    select
        metric_id,
        max(case when boundary = 'current' then 1 else 0 end) as has_current
    from {{ ref('metric_value') }}
    group by metric_id
)

select
    figure.metric_id,
    figure.area_code,
    area.area_type,
    figure.boundary,
    figure.period_type,
    figure.period_start,
    figure.period_end,
    figure.unit,
    figure.value,
    figure.value_status,
    figure.lower,
    figure.upper,
    figure.segment,
    figure.published_on,
    figure.lineage_id
from {{ ref('metric_value') }} as figure
inner join by_boundary
    on
        figure.metric_id = by_boundary.metric_id
        and figure.boundary
        = case by_boundary.has_current when 1 then 'current' else 'as_reported' end
inner join {{ ref('int_area') }} as area
    on
        figure.area_code = area.area_code
        and area.area_type in ('council', 'region', 'nhs_region', 'icb', 'country')
        and area.valid_to is null
