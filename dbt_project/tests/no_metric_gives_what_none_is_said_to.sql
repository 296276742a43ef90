-- A figure that no metric is said to give: a metric that gives three of them, and most of those it
-- has, is of the same count. Figures of fewer than four digits agree by chance.
with named as (
    select
        named.published_metric,
        named.edition,
        named.published_precision,
        figure.area_code,
        figure.period_type,
        figure.period_start,
        figure.published_value
    from {{ ref('published_metrics') }} as named
    inner join {{ ref('published_figures') }} as figure
        on
            named.published_metric = figure.published_metric
            and named.edition = figure.edition
    where
        named.metric_id is null
        and figure.published_value is not null
        and abs(figure.published_value) >= 1000 * named.published_precision
)

select
    named.published_metric,
    named.edition,
    released.metric_id
from named
inner join {{ ref('int_metric_value') }} as released
    on
        named.area_code = released.area_code
        and named.period_type = released.period_type
        and named.period_start = released.period_start
where
    released.boundary = 'as_reported'
    and released.value is not null
    and not released.is_synthetic
group by named.published_metric, named.edition, released.metric_id
having
    sum(
        case
            when
                abs(released.value - named.published_value) <= named.published_precision
                then 1
            else 0
        end
    )
    >= greatest(3, count(*) / 2.0)
