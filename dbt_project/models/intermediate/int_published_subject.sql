-- The area that a code of a published figure stands for in a period, by whatever code the return
-- prints: the NHS code that was valid, else the ONS code.
with subject as (
    select distinct
        return_id,
        subject_type,
        subject_code,
        subject_ons_code,
        is_control_total,
        period_start
    from {{ ref('int_published_cell') }}
),

matched as (
    select
        subject.return_id,
        subject.subject_type,
        subject.subject_code,
        subject.subject_ons_code,
        subject.is_control_total,
        subject.period_start,
        coalesce(
            case
                when
                    subject.subject_type = 'country'
                    and (
                        subject.is_control_total
                        or subject.subject_code = '{{ var("england_code") }}'
                        or subject.subject_ons_code = '{{ var("england_code") }}'
                    )
                    then '{{ var("england_code") }}'
            end,
            reporting_exception.area_code,
            by_nhs_code.area_code,
            by_ons_code.area_code
        ) as area_code,
        coalesce(reporting_exception.kind = 'of_several_areas', false) as is_of_several,
        by_ons_code.area_code is not null as has_valid_ons_code,
        max(case when by_ons_code.area_code is not null then 1 else 0 end) over (
            partition by
                subject.return_id, subject.subject_type, subject.subject_code,
                subject.is_control_total, subject.period_start
        ) = 1 as has_a_row_of_its_own,
        row_number() over (
            partition by
                subject.return_id, subject.subject_type, subject.subject_code,
                subject.subject_ons_code, subject.is_control_total, subject.period_start
            order by by_nhs_code.area_code asc, by_ons_code.area_code asc
        ) as match_rank
    from subject
    left join {{ ref('reporting_exceptions') }} as reporting_exception
        on
            subject.return_id = reporting_exception.return_id
            and subject.subject_code = reporting_exception.subject_code
            and reporting_exception.kind
            in ('reports_after_its_end', 'has_successors_code', 'of_several_areas')
            and subject.period_start between reporting_exception.period_start
            and reporting_exception.period_end
    left join {{ ref('int_area') }} as by_nhs_code
        on
            subject.subject_code = by_nhs_code.nhs_code
            and {{ is_of_subject_type('by_nhs_code.area_type', 'subject.subject_type') }}
            and subject.period_start between by_nhs_code.valid_from
            and coalesce(by_nhs_code.valid_to, {{ end_of_time() }})
    left join {{ ref('int_area') }} as by_ons_code
        on
            coalesce(subject.subject_ons_code, subject.subject_code) = by_ons_code.area_code
            and {{ is_of_subject_type('by_ons_code.area_type', 'subject.subject_type') }}
            and subject.period_start between by_ons_code.valid_from
            and coalesce(by_ons_code.valid_to, {{ end_of_time() }})
)

select
    return_id,
    subject_type,
    subject_code,
    subject_ons_code,
    is_control_total,
    period_start,
    coalesce(area_code, subject_code) as area_code,
    area_code is not null as is_resolved,
    -- A figure of several areas together is shown for none. A row for the area that went before,
    -- under the same code, says nothing beside the row of the area itself, even where it repeats
    -- its figure.
    is_of_several or (has_a_row_of_its_own and not has_valid_ons_code) as is_left_out
from matched
where match_rank = 1
