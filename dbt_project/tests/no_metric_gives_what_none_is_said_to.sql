-- A figure that no metric is said to give: a metric that gives three of them, and most of those it
-- has, is of the same count. Figures of fewer than four digits agree by chance.
with unmatched as (
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
    unmatched.published_metric,
    unmatched.edition,
    released.metric_id
from unmatched
inner join {{ ref('int_metric_value') }} as released
    on
        unmatched.area_code = released.area_code
        and unmatched.period_type = released.period_type
        and unmatched.period_start = released.period_start
where
    released.boundary = 'as_reported'
    and released.value is not null
    and not released.is_synthetic
group by unmatched.published_metric, unmatched.edition, released.metric_id
having
    sum(
        case
            when
                abs(released.value - unmatched.published_value) <= unmatched.published_precision
                then 1
            else 0
        end
    )
    >= greatest(3, count(*) / 2.0)
