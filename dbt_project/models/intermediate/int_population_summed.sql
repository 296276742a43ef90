-- Regions and England that no publication states, where every council has a population of one
-- series.
with added_up as (
    select
        area_code,
        mid_year,
        age_band,
        choice,
        sum(population) as population,
        max(status_rank) as status_rank,
        min(series) as series,
        {{ latest_known('published_on') }} as published_on,
        row_number() over (
            partition by area_code, mid_year, age_band order by choice
        ) as place
    from {{ ref('int_population_member') }}
    group by area_code, mid_year, age_band, choice
    having {{ rank_has_value('max(status_rank)') }} and min(series) = max(series)
)

select
    area_code,
    mid_year,
    age_band,
    population,
    {{ status_of_rank('status_rank') }} as value_status,
    'summed' as basis,
    case choice when 1 then 'Councils of the time' else 'Councils of today' end as geography,
    series,
    published_on,
    'Populations of its councils' as source,
    choice,
    {{ population_lineage_id() }} as lineage_id
from added_up
where place = 1
