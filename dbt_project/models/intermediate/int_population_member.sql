-- What regions and England are added up from where no publication states them: the councils of the
-- year or, where one of them has no population, today's. Both add up to the same people, however an
-- area was split.
with council as (
    select
        wanted.mid_year,
        wanted.age_band,
        1 as choice,
        council.parent_code,
        council.area_code as part_area_code,
        {{ status_rank("coalesce(stated.value_status, 'missing')") }} as status_rank,
        stated.population,
        stated.series,
        stated.published_on,
        stated.lineage_id as part_lineage_id
    from {{ ref('int_population_year') }} as wanted
    inner join {{ ref('areas') }} as council
        on
            council.area_type = 'council'
            and wanted.mid_year_day between council.valid_from
            and coalesce(council.valid_to, {{ end_of_time() }})
    left join {{ ref('int_population_stated') }} as stated
        on
            council.area_code = stated.area_code
            and wanted.mid_year = stated.mid_year
            and wanted.age_band = stated.age_band
    union all
    select
        wanted.mid_year,
        wanted.age_band,
        2 as choice,
        council.parent_code,
        council.area_code as part_area_code,
        coalesce(
            linked.status_rank,
            {{ status_rank("coalesce(stated.value_status, 'missing')") }}
        ) as status_rank,
        coalesce(stated.population, linked.population) as population,
        coalesce(stated.series, linked.series) as series,
        coalesce(stated.published_on, linked.published_on) as published_on,
        coalesce(stated.lineage_id, linked.lineage_id) as part_lineage_id
    from {{ ref('int_population_year') }} as wanted
    inner join {{ ref('areas') }} as council
        on council.area_type = 'council' and council.valid_to is null
    left join {{ ref('int_population_stated') }} as stated
        on
            council.area_code = stated.area_code
            and wanted.mid_year = stated.mid_year
            and wanted.age_band = stated.age_band
    left join {{ ref('int_population_linked') }} as linked
        on
            council.area_code = linked.area_code
            and wanted.mid_year = linked.mid_year
            and wanted.age_band = linked.age_band
),

larger as (
    select
        parent_code as area_code,
        mid_year,
        age_band,
        choice,
        part_area_code,
        status_rank,
        population,
        series,
        published_on,
        part_lineage_id
    from council
    union all
    select
        '{{ var("england_code") }}' as area_code,
        mid_year,
        age_band,
        choice,
        part_area_code,
        status_rank,
        population,
        series,
        published_on,
        part_lineage_id
    from council
)

select larger.*
from larger
left join {{ ref('int_population_stated') }} as own
    on
        larger.area_code = own.area_code
        and larger.mid_year = own.mid_year
        and larger.age_band = own.age_band
where own.area_code is null
