-- A council, commissioner or country code that the registers do not know on the period's date.
select
    return_id,
    subject_type,
    subject_code,
    min(period_start) as first_period_start,
    max(period_start) as last_period_start
from {{ ref('int_subject_area') }}
where not is_resolved
group by return_id, subject_type, subject_code
union all
select
    subject.return_id,
    subject.subject_type,
    subject.subject_code,
    min(subject.period_start) as first_period_start,
    max(subject.period_start) as last_period_start
from {{ ref('int_published_subject') }} as subject
inner join {{ ref('int_published_figure') }} as figure
    on
        subject.subject_code = figure.area_code
        and subject.period_start between figure.period_start and figure.period_end
where not subject.is_resolved
group by subject.return_id, subject.subject_type, subject.subject_code
