-- A rate for so many people names its denominator: the mid-year of the financial year in which its
-- period begins, of the ages its contract says; and carries its status.
select
    figure.metric_id,
    figure.area_code,
    figure.boundary,
    figure.period_type,
    figure.period_start,
    figure.denominator_id,
    population.mid_year,
    population.population
from {{ ref('metric_value') }} as figure
inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
left join {{ ref('population') }} as population
    on figure.denominator_id = population.population_id
where
    (contract.age_band is null and figure.denominator_id is not null)
    or (
        contract.age_band is not null
        and (
            population.population_id is null
            or population.area_code <> figure.area_code
            or population.age_band <> contract.age_band
            or population.mid_year <> {{ mid_year_of('figure.period_start') }}
            or (population.population is null and figure.value is not null)
            or (population.value_status = 'estimated' and figure.value_status = 'reported')
        )
    )
