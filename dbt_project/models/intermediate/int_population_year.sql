-- The years and ages that populations are stated for.
select distinct
    mid_year,
    age_band,
    {{ mid_year_day('mid_year') }} as mid_year_day
from {{ ref('int_population_stated') }}
