-- A return of a board whose name is neither a council's nor in the seed of boards counts nowhere.
{{ config(severity='warn') }}
select
    return_id,
    subject_name,
    min(file_period_start) as first_period_start,
    count(*) as cells
from {{ ref('int_board_observation') }}
where board_code is null
group by return_id, subject_name
