-- Rates that can be compared rest on populations that can be: one segment of a rate has one series.
select
    figure.metric_id,
    figure.boundary,
    figure.area_code,
    figure.segment,
    min(population.series) as one_series,
    max(population.series) as other_series
from {{ ref('metric_value') }} as figure
inner join {{ ref('population') }} as population
    on figure.denominator_id = population.population_id
where
    population.series is not null
    and figure.segment not in ('straddles_a_break', 'undefined')
group by figure.metric_id, figure.boundary, figure.area_code, figure.segment
having min(population.series) <> max(population.series)
