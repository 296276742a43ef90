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
