-- Where a file prints an ONS code, the register must come to the same one.
select
    return_id,
    subject_code,
    subject_ons_code,
    area_code,
    min(period_start) as first_period_start
from {{ ref('int_current_observation') }}
where subject_ons_code is not null and subject_ons_code <> area_code
group by return_id, subject_code, subject_ons_code, area_code
