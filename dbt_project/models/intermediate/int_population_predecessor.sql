-- Today's areas that a year states nothing of, and those that they were made of.
select
    wanted.mid_year,
    wanted.age_band,
    linked.current_area_code as area_code,
    area.area_code as part_area_code,
    {{ status_rank("coalesce(stated.value_status, 'missing')") }} as status_rank,
    stated.population,
    stated.series,
    stated.published_on,
    stated.lineage_id as part_lineage_id,
    case wanted.age_band
        when '18+' then linked.weight_18plus
        when '65+' then linked.weight_65plus
        else linked.weight_all
    end as weight
from {{ ref('int_population_year') }} as wanted
inner join {{ ref('int_current_area') }} as linked
    on linked.is_current and linked.area_code <> linked.current_area_code
inner join {{ ref('int_area') }} as area
    on
        linked.area_code = area.area_code
        and area.area_type = 'council'
        and wanted.mid_year_day between area.valid_from
        and coalesce(area.valid_to, {{ end_of_time() }})
left join {{ ref('int_population_stated') }} as stated
    on
        area.area_code = stated.area_code
        and wanted.mid_year = stated.mid_year
        and wanted.age_band = stated.age_band
left join {{ ref('int_population_stated') }} as own
    on
        linked.current_area_code = own.area_code
        and wanted.mid_year = own.mid_year
        and wanted.age_band = own.age_band
where own.area_code is null
