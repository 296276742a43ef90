-- Today's areas that a year states nothing of, added up from those that they were made of, where
-- all of these are of one series.
select
    area_code,
    mid_year,
    age_band,
    round(sum(population * weight), 6) as population,
    case
        when min(weight) < 1 then 'estimated'
        else {{ status_of_rank('max(status_rank)') }}
    end as value_status,
    case when min(weight) < 1 then 'apportioned' else 'summed' end as basis,
    'Areas of the time, added up through area_link' as geography,
    min(series) as series,
    {{ latest_known('published_on') }} as published_on,
    'Populations of the areas it was made from' as source,
    max(status_rank) as status_rank,
    {{ population_lineage_id() }} as lineage_id
from {{ ref('int_population_predecessor') }}
group by area_code, mid_year, age_band
having {{ rank_has_value('max(status_rank)') }} and min(series) = max(series)
