-- Populations before anything is interpolated: stated; else the sum of the areas that an area was
-- made from; regions and England else the sum of their councils.
select
    area_code,
    mid_year,
    age_band,
    population,
    value_status,
    basis,
    geography,
    series,
    published_on,
    source,
    lineage_id
from {{ ref('int_population_stated') }}
union all
select
    area_code,
    mid_year,
    age_band,
    population,
    value_status,
    basis,
    geography,
    series,
    published_on,
    source,
    lineage_id
from {{ ref('int_population_linked') }}
union all
select
    area_code,
    mid_year,
    age_band,
    population,
    value_status,
    basis,
    geography,
    series,
    published_on,
    source,
    lineage_id
from {{ ref('int_population_summed') }}
