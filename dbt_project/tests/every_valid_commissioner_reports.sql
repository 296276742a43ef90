-- Commissioners come and go each April; a missing one is told, the control total decides.
{{ config(severity='warn') }}
with month as (
    select distinct
        period_start,
        period_end
    from {{ ref('int_current_observation') }}
    where subject_type = 'commissioner'
),

present as (
    select distinct
        period_start,
        area_code
    from {{ ref('int_current_observation') }}
    where subject_type = 'commissioner'
)

select
    month.period_start,
    commissioner.area_code,
    commissioner.name
from month
inner join {{ ref('commissioners') }} as commissioner
    on
        month.period_start >= commissioner.valid_from
        and month.period_end <= coalesce(commissioner.valid_to, {{ end_of_time() }})
left join present
    on
        month.period_start = present.period_start
        and commissioner.area_code = present.area_code
where present.area_code is null
