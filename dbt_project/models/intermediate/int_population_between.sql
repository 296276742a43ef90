-- The years that a rate needs and no population is known of, with the nearest years before and
-- after.
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
)

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
    -- Not known where that of one of the two is not.
    case
        when before_it.published_on > after_it.published_on then before_it.published_on
        when before_it.published_on is not null then after_it.published_on
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
