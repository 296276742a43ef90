-- The figures that a scorecard draws on: of today's councils, regions, boards and England, on
-- today's boundaries, and as reported of a metric that is given in no other way. Nobody leads the
-- latter to today's boundaries; what a council reported under a former code is with it all the same
-- where it continues that one whole, and no other.
with by_boundary as (
    select
        metric_id,
        max(case when boundary = 'current' then 1 else 0 end) as has_current
    from {{ ref('metric_value') }}
    group by metric_id
),

continued as (
    select
        current_area_code as area_code,
        min(area_code) as former_area_code
    from {{ ref('int_current_area') }}
    where is_current and area_code <> current_area_code
    group by current_area_code
    having count(*) = 1 and min(weight_all) = 1
),

placed as (
    select
        figure.metric_id,
        coalesce(continued.area_code, figure.area_code) as area_code,
        figure.area_code as figure_area_code,
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
    left join continued on figure.area_code = continued.former_area_code
)

select
    placed.metric_id,
    placed.area_code,
    placed.figure_area_code,
    area.area_type,
    placed.boundary,
    placed.period_type,
    placed.period_start,
    placed.period_end,
    placed.unit,
    placed.value,
    placed.value_status,
    placed.lower,
    placed.upper,
    placed.segment,
    placed.published_on,
    placed.lineage_id
from placed
inner join {{ ref('int_area') }} as area
    on
        placed.area_code = area.area_code
        and area.area_type in ('council', 'region', 'nhs_region', 'icb', 'country')
        and area.valid_to is null
-- A period of both codes is the council's own.
left join placed as own
    on
        placed.area_code <> placed.figure_area_code
        and placed.area_code = own.figure_area_code
        and placed.metric_id = own.metric_id
        and placed.period_type = own.period_type
        and placed.period_start = own.period_start
where own.metric_id is null
