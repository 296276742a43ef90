-- In each table the members add up to the total in the same row: by body, by care type, by reason.
-- A row with a member that has no value is left to the status rule.
with row_of_table as (
    select
        return_id,
        table_id,
        area_code,
        subject_code,
        period_start,
        measure,
        sum(case when breakdown <> '' then 1 else 0 end) as members,
        sum(case when value is null then 1 else 0 end) as unvalued,
        sum(case when breakdown = '' then value end) as total_value,
        sum(case when breakdown <> '' then value end) as members_value
    from {{ ref('int_current_observation') }}
    where table_id in ('care_type', 'responsible_body', 'reason')
    group by return_id, table_id, area_code, subject_code, period_start, measure
)

select
    return_id,
    table_id,
    area_code,
    period_start,
    measure,
    total_value,
    members_value
from row_of_table
where
    unvalued = 0
    and (members = 0 or total_value is null or abs(total_value - members_value) > 0.01)
