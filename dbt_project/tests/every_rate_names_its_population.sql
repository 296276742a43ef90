-- A rate for so many people names its denominator: the mid-year of the financial year in which its
-- period begins, of the ages its contract says; is what the two give; carries its status; and leads
-- back to it. Where no population of that year is loaded, the rate is missing.
select
    figure.metric_id,
    figure.area_code,
    figure.boundary,
    figure.period_type,
    figure.period_start,
    figure.denominator_id,
    figure.value,
    figure.numerator,
    figure.denominator,
    population.mid_year,
    population.population
from {{ ref('metric_value') }} as figure
inner join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
left join {{ ref('population') }} as population
    on figure.denominator_id = population.population_id
left join {{ ref('period') }} as period
    on figure.period_type = period.period_type and figure.period_start = period.period_start
left join {{ ref('lineage') }} as part
    on
        figure.lineage_id = part.lineage_id
        and population.lineage_id = part.child_lineage_id
where
    (
        contract.age_band is null
        and figure.denominator_id is not null
        and contract.derivation <> 'real_terms'
    )
    or (
        contract.age_band is not null
        and (
            (population.population_id is null and figure.value_status <> 'missing')
            or population.area_code <> figure.area_code
            or population.age_band <> contract.age_band
            or population.mid_year <> {{ mid_year_of('figure.period_start') }}
            or (population.population is null and figure.value is not null)
            or (population.value_status = 'estimated' and figure.value_status = 'reported')
            or (population.population is not null and population.series is null)
            or (population.lineage_id is not null and part.lineage_id is null)
            or (
                figure.value is not null
                and (
                    figure.numerator is null
                    or coalesce(figure.denominator, 0) <= 0
                    or abs(
                        figure.denominator
                        - population.population
                        * case
                            when contract.derivation = 'per_population_and_day'
                                then period.calendar_days
                            else 1
                        end
                    ) > 0.000000001 * figure.denominator
                    or abs(
                        figure.value
                        - contract.multiplier * figure.numerator / nullif(figure.denominator, 0)
                    ) > 0.000000001 * abs(figure.value)
                )
            )
        )
    )
