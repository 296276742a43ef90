-- The fixed number of steps from an area to today's is enough.
select
    area_code,
    current_area_code
from {{ ref('int_current_area') }}
where is_left_over
