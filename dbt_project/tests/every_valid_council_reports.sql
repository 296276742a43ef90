-- A council whose NHS code is known and which is valid in a month must be in that month's file.
with month as (
    select distinct
        return_id,
        table_id,
        period_start,
        period_end
    from {{ ref('int_current_observation') }}
    where subject_type = 'council'
),

present as (
    select distinct
        return_id,
        table_id,
        period_start,
        area_code
    from {{ ref('int_current_observation') }}
    where subject_type = 'council'
)

select
    month.return_id,
    month.table_id,
    month.period_start,
    area.area_code,
    area.name
from month
inner join {{ ref('areas') }} as area
    on
        area.nhs_code is not null
        and month.period_start >= area.valid_from
        and month.period_end <= coalesce(area.valid_to, {{ end_of_time() }})
left join present
    on
        month.return_id = present.return_id
        and month.table_id = present.table_id
        and month.period_start = present.period_start
        and area.area_code = present.area_code
left join {{ ref('reporting_exceptions') }} as exception
    on
        month.return_id = exception.return_id
        and area.area_code = exception.area_code
        and exception.kind = 'does_not_report_yet'
        and month.period_start between exception.period_start and exception.period_end
where present.area_code is null and exception.area_code is null
