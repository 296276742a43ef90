-- Populations before anything is interpolated: of the return where it is loaded, else of the seed;
-- else the sum of the areas that an area was made from; regions and England else the sum of their
-- councils.
{% set england = var("england_code") %}
with in_return as (
    select
        cell.area_code,
        cell.mid_year,
        cell.age_band,
        case
            when {{ rank_has_value('max(' ~ status_rank('cell.value_status') ~ ')') }}
                then sum(cell.value)
        end as population,
        {{ status_of_rank('max(' ~ status_rank('cell.value_status') ~ ')') }} as value_status,
        case when cell.age_band = 'all' then 'published' else 'summed' end as basis,
        'As in the file' as geography,
        coalesce(
            max(series.series),
            concat('mid-', cast(cell.mid_year as {{ dbt.type_string() }}), ', series not known')
        ) as series,
        max(cell.published_on) as published_on,
        concat('population_estimates: ', max(cell.file_name)) as source,
        {{ lineage_id(["'population'", 'cell.area_code', 'cell.mid_year', 'cell.age_band']) }}
            as lineage_id
    from {{ ref('int_population_cell') }} as cell
    left join {{ ref('population_series') }} as series on cell.mid_year = series.mid_year
    group by cell.area_code, cell.mid_year, cell.age_band
),

stated as (
    select * from in_return
    union all
    select
        seed.area_code,
        seed.mid_year,
        seed.age_band,
        cast(seed.population as double) as population,
        'reported' as value_status,
        case when seed.source like 'sum of %' then 'summed' else 'published' end as basis,
        seed.geography,
        seed.series,
        cast(null as date) as published_on,
        concat('seed populations: ', seed.source) as source,
        cast(null as {{ dbt.type_string() }}) as lineage_id
    from {{ ref('populations') }} as seed
    left join in_return
        on
            seed.area_code = in_return.area_code
            and seed.mid_year = in_return.mid_year
            and seed.age_band = in_return.age_band
    where in_return.area_code is null
),

year as (
    select distinct
        mid_year,
        age_band,
        {{ mid_year_day('mid_year') }} as mid_year_day
    from stated
),

-- Today's areas that a year has no row for, from those that they were made of.
predecessor as (
    select
        year.mid_year,
        year.age_band,
        linked.current_area_code as area_code,
        {{ status_rank("coalesce(stated.value_status, 'missing')") }} as status_rank,
        stated.population,
        stated.series,
        stated.published_on,
        case year.age_band
            when '18+' then linked.weight_18plus
            when '65+' then linked.weight_65plus
            else linked.weight_all
        end as weight
    from year
    inner join {{ ref('int_current_area') }} as linked
        on linked.is_current and linked.area_code <> linked.current_area_code
    inner join {{ ref('int_area') }} as area
        on
            linked.area_code = area.area_code
            and area.area_type = 'council'
            and year.mid_year_day between area.valid_from
            and coalesce(area.valid_to, {{ end_of_time() }})
    left join stated
        on
            area.area_code = stated.area_code
            and year.mid_year = stated.mid_year
            and year.age_band = stated.age_band
),

linked as (
    select
        predecessor.area_code,
        predecessor.mid_year,
        predecessor.age_band,
        round(sum(predecessor.population * predecessor.weight), 6) as population,
        case
            when min(predecessor.weight) < 1 then 'estimated'
            else {{ status_of_rank('max(predecessor.status_rank)') }}
        end as value_status,
        case when min(predecessor.weight) < 1 then 'apportioned' else 'summed' end as basis,
        'Areas of the time, added up through area_link' as geography,
        min(predecessor.series) as series,
        max(predecessor.published_on) as published_on,
        'Populations of the areas it was made from' as source,
        cast(null as {{ dbt.type_string() }}) as lineage_id,
        max(predecessor.status_rank) as status_rank
    from predecessor
    left join stated
        on
            predecessor.area_code = stated.area_code
            and predecessor.mid_year = stated.mid_year
            and predecessor.age_band = stated.age_band
    where stated.area_code is null
    group by predecessor.area_code, predecessor.mid_year, predecessor.age_band
    having
        {{ rank_has_value('max(predecessor.status_rank)') }}
        and min(predecessor.series) = max(predecessor.series)
),

-- Regions and England, where every council has a population of one series: the councils of the year
-- or, where one of them has none, today's. Both add up to the same people, however an area was split.
member as (
    select
        year.mid_year,
        year.age_band,
        'Councils of the time' as geography,
        council.parent_code as region_code,
        {{ status_rank("coalesce(stated.value_status, 'missing')") }} as status_rank,
        stated.population,
        stated.series,
        stated.published_on
    from year
    inner join {{ ref('areas') }} as council
        on
            council.area_type = 'council'
            and year.mid_year_day between council.valid_from
            and coalesce(council.valid_to, {{ end_of_time() }})
    left join stated
        on
            council.area_code = stated.area_code
            and year.mid_year = stated.mid_year
            and year.age_band = stated.age_band
    union all
    select
        year.mid_year,
        year.age_band,
        'Councils of today' as geography,
        council.parent_code as region_code,
        coalesce(
            linked.status_rank,
            {{ status_rank("coalesce(stated.value_status, 'missing')") }}
        ) as status_rank,
        coalesce(stated.population, linked.population) as population,
        coalesce(stated.series, linked.series) as series,
        coalesce(stated.published_on, linked.published_on) as published_on
    from year
    inner join {{ ref('areas') }} as council
        on council.area_type = 'council' and council.valid_to is null
    left join stated
        on
            council.area_code = stated.area_code
            and year.mid_year = stated.mid_year
            and year.age_band = stated.age_band
    left join linked
        on
            council.area_code = linked.area_code
            and year.mid_year = linked.mid_year
            and year.age_band = linked.age_band
),

total as (
    select
        region_code as area_code,
        mid_year,
        age_band,
        geography,
        status_rank,
        population,
        series,
        published_on
    from member
    union all
    select
        '{{ england }}' as area_code,
        mid_year,
        age_band,
        geography,
        status_rank,
        population,
        series,
        published_on
    from member
),

added_up as (
    select
        area_code,
        mid_year,
        age_band,
        geography,
        sum(population) as population,
        max(status_rank) as status_rank,
        min(series) as series,
        max(published_on) as published_on,
        row_number() over (
            partition by area_code, mid_year, age_band order by case geography when 'Councils of the time' then 1 else 2 end
        ) as choice
    from total
    group by area_code, mid_year, age_band, geography
    having {{ rank_has_value('max(status_rank)') }} and min(series) = max(series)
),

summed as (
    select
        added_up.area_code,
        added_up.mid_year,
        added_up.age_band,
        added_up.population,
        {{ status_of_rank('added_up.status_rank') }} as value_status,
        'summed' as basis,
        added_up.geography,
        added_up.series,
        added_up.published_on,
        'Populations of its councils' as source,
        cast(null as {{ dbt.type_string() }}) as lineage_id
    from added_up
    left join stated
        on
            added_up.area_code = stated.area_code
            and added_up.mid_year = stated.mid_year
            and added_up.age_band = stated.age_band
    where stated.area_code is null and added_up.choice = 1
)

select * from stated
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
from linked
union all
select * from summed
