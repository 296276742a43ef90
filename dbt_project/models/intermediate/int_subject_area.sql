-- The area a published code stands for in a period. Exceptions first: a file may still carry
-- a council that has ended.
with subject as (
    select distinct
        return_id,
        subject_type,
        subject_code,
        is_control_total,
        period_start,
        period_end
    from {{ ref('int_observation') }}
    where subject_type in ('council', 'commissioner', 'country')
),

register as (
    select
        'council' as subject_type,
        nhs_code as subject_code,
        area_code,
        valid_from,
        valid_to
    from {{ ref('areas') }}
    where nhs_code is not null
    union all
    select
        'country' as subject_type,
        area_code as subject_code,
        area_code,
        valid_from,
        valid_to
    from {{ ref('areas') }}
    where area_type = 'country'
    union all
    select
        'commissioner' as subject_type,
        nhs_code as subject_code,
        area_code,
        valid_from,
        valid_to
    from {{ ref('commissioners') }}
),

matched as (
    select
        subject.return_id,
        subject.subject_type,
        subject.subject_code,
        subject.is_control_total,
        subject.period_start,
        subject.period_end,
        case
            -- The only control total without a code is the England row.
            when subject.is_control_total and subject.subject_type = 'country'
                then '{{ var("england_code") }}'
            else coalesce(reporting_exceptions.area_code, register.area_code)
        end as area_code
    from subject
    left join {{ ref('reporting_exceptions') }} as reporting_exceptions
        on
            subject.return_id = reporting_exceptions.return_id
            and subject.subject_code = reporting_exceptions.subject_code
            and reporting_exceptions.kind = 'reports_after_its_end'
            and subject.period_start between reporting_exceptions.period_start
            and reporting_exceptions.period_end
    left join register
        on
            subject.subject_type = register.subject_type
            and subject.subject_code = register.subject_code
            and subject.period_start between register.valid_from
            and coalesce(register.valid_to, {{ end_of_time() }})
)

select
    return_id,
    subject_type,
    subject_code,
    is_control_total,
    period_start,
    period_end,
    -- An unknown code stays visible under its own name; a test blocks its release.
    coalesce(area_code, subject_code) as area_code,
    area_code is not null as is_resolved
from matched
