-- An explanation that no longer holds: its files, or later ones, are loaded, and the difference is
-- another. Of older files, as they were known on an earlier day, it says nothing, nor of
-- what is withheld.
select
    explained.metric_id,
    explained.period_start,
    figure.route,
    explained.difference as explained_difference,
    figure.difference,
    figure.published_on,
    figure.released_published_on
from {{ ref('explained_differences') }} as explained
inner join {{ ref('england_route') }} as figure
    on
        explained.metric_id = figure.metric_id
        and explained.period_start = figure.period_start
        and {{ is_listed('figure.route', 'explained.routes') }}
where
    not figure.is_synthetic
    and figure.explanation is null
    and figure.value_status <> 'suppressed'
    and figure.published_on >= explained.published_on
    and figure.released_published_on >= explained.released_published_on
