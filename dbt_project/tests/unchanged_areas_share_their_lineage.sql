-- A figure that is the same on both boundaries has one lineage, not two.
select
    reported.metric_id,
    reported.area_code,
    reported.period_type,
    reported.period_start
from {{ ref('metric_value') }} as reported
inner join {{ ref('metric_value') }} as present
    on
        reported.metric_id = present.metric_id
        and reported.area_code = present.area_code
        and reported.period_type = present.period_type
        and reported.period_start = present.period_start
        and reported.boundary = 'as_reported'
        and present.boundary = 'current'
where
    reported.lineage_id <> present.lineage_id
    and reported.area_code not in (
        select link.to_area_code from {{ ref('area_link') }} as link
        where link.link_kind = 'successor'
    )
