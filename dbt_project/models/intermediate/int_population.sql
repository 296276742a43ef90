-- The denominators: what is known; a year between two years of the same series, on a straight line
-- and flagged as estimated; and for each year that a rate needs and nothing gives, a gap that says
-- why. Years of two series are never joined: an estimate as first published and a revised one
-- differ by more than people.
with needed as (
    select distinct
        figure.area_code,
        contract.age_band,
        {{ mid_year_of('figure.period_start') }} as mid_year
    from {{ ref('int_metric_period') }} as figure
    inner join {{ ref('metric_contracts') }} as contract
        on
            figure.metric_id = contract.base_metric_id
            and contract.age_band is not null
    inner join {{ ref('int_area') }} as area
        on
            figure.area_code = area.area_code
            and area.area_type in ('council', 'region', 'country')
),

absent as (
    select
        needed.area_code,
        needed.age_band,
        needed.mid_year,
        max(case when known.mid_year < needed.mid_year then known.mid_year end) as year_before,
        min(case when known.mid_year > needed.mid_year then known.mid_year end) as year_after
    from needed
    left join {{ ref('int_population_known') }} as known
        on
            needed.area_code = known.area_code
            and needed.age_band = known.age_band
            and known.population is not null
    group by needed.area_code, needed.age_band, needed.mid_year
    having max(case when known.mid_year = needed.mid_year then 1 else 0 end) = 0
),

beside as (
    select
        absent.area_code,
        absent.mid_year,
        absent.age_band,
        absent.year_before,
        absent.year_after,
        before_it.population as population_before,
        after_it.population as population_after,
        before_it.series as series_before,
        after_it.series as series_after,
        coalesce(before_it.series = after_it.series, false) as is_between,
        case
            when before_it.published_on > after_it.published_on then before_it.published_on
            else coalesce(after_it.published_on, before_it.published_on)
        end as published_on
    from absent
    left join {{ ref('int_population_known') }} as before_it
        on
            absent.area_code = before_it.area_code
            and absent.age_band = before_it.age_band
            and absent.year_before = before_it.mid_year
    left join {{ ref('int_population_known') }} as after_it
        on
            absent.area_code = after_it.area_code
            and absent.age_band = after_it.age_band
            and absent.year_after = after_it.mid_year
),

filled as (
    select
        area_code,
        mid_year,
        age_band,
        case
            when is_between
                then
                    population_before
                    + (population_after - population_before)
                    * (mid_year - year_before) / (year_after - year_before)
        end as population,
        case when is_between then 'estimated' else 'missing' end as value_status,
        case when is_between then 'interpolated' else 'none' end as basis,
        cast(null as {{ dbt.type_string() }}) as geography,
        case when is_between then series_before end as series,
        case when is_between then published_on end as published_on,
        case
            when is_between
                then concat(
                    'On a straight line between mid-',
                    cast(year_before as {{ dbt.type_string() }}),
                    ' and mid-',
                    cast(year_after as {{ dbt.type_string() }})
                )
        end as source,
        case
            when is_between then null
            when year_before is null and year_after is null
                then 'no year of this area and these ages is loaded'
            when year_before is null or year_after is null
                then 'the years that are loaded lie all on one side of it, and nothing is extrapolated'
            else 'the years before and after it are of two series, which are not joined'
        end as reason,
        cast(null as {{ dbt.type_string() }}) as lineage_id
    from beside
)

select
    concat(
        area_code, ' ', cast(mid_year as {{ dbt.type_string() }}), ' ', age_band
    ) as population_id,
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
    case
        when population is null then concat('the file gives it no value: ', value_status)
    end as reason,
    lineage_id
from {{ ref('int_population_known') }}
union all
select
    concat(
        area_code, ' ', cast(mid_year as {{ dbt.type_string() }}), ' ', age_band
    ) as population_id,
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
    reason,
    lineage_id
from filled
