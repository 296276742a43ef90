-- Populations as a publication states them: of a loaded file or of the seed, whichever was
-- published last. A look back takes nothing that was published later, or on a day that is not
-- known.
with in_file as (
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
        max(cell.published_on) as published_on,
        concat('population_estimates: ', max(cell.file_name)) as source
    from {{ ref('int_population_cell') }} as cell
    group by cell.area_code, cell.mid_year, cell.age_band
),

given as (
    select
        in_file.area_code,
        in_file.mid_year,
        in_file.age_band,
        in_file.population,
        in_file.value_status,
        in_file.basis,
        in_file.geography,
        coalesce(
            series.series,
            concat('mid-', cast(in_file.mid_year as {{ dbt.type_string() }}), ', series not known')
        ) as series,
        in_file.published_on,
        in_file.source,
        'file' as origin,
        1 as choice
    from in_file
    left join {{ ref('population_series') }} as series
        on
            in_file.mid_year between series.first_mid_year and series.last_mid_year
            and in_file.published_on between series.published_from
            and coalesce(series.published_to, {{ end_of_time() }})
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
        seed.published_on,
        concat('seed populations: ', seed.source) as source,
        'seed' as origin,
        2 as choice
    from {{ ref('populations') }} as seed
    {% if var('as_at') -%}
        where seed.published_on <= cast('{{ var("as_at") }}' as date)
    {%- endif %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by area_code, mid_year, age_band
            order by published_on desc nulls last, choice asc
        ) as vintage_rank
    from given
)

select
    {{ population_columns() }},
    origin,
    {{ population_lineage_id() }} as lineage_id
from ranked
where vintage_rank = 1
