-- A period with figures for councils or commissioners has one for England, where the metric is to
-- have one. Of published figures only those of a return that gives England somewhere: another has
-- no row for it.
with gives_england as (
    select distinct
        metric_id,
        return_id
    from {{ ref('int_published_figure') }}
    where area_code = '{{ var("england_code") }}'
),

without_england as (
    select distinct
        figure.metric_id,
        figure.period_type,
        figure.period_start
    from {{ ref('int_published_figure') }} as figure
    left join gives_england
        on
            figure.metric_id = gives_england.metric_id
            and figure.return_id = gives_england.return_id
    where figure.source_rank = 1 and gives_england.return_id is null
)

select
    figure.metric_id,
    figure.boundary,
    figure.period_type,
    figure.period_start
from {{ ref('metric_value') }} as figure
inner join {{ ref('metric_contracts') }} as contract
    on
        figure.metric_id = contract.metric_id
        and {{ is_listed("'country'", 'contract.area_types') }}
left join {{ ref('metric_value') }} as england
    on
        figure.metric_id = england.metric_id
        and figure.boundary = england.boundary
        and figure.period_type = england.period_type
        and figure.period_start = england.period_start
        and england.area_code = '{{ var("england_code") }}'
left join without_england
    on
        figure.metric_id = without_england.metric_id
        and figure.period_type = without_england.period_type
        and figure.period_start = without_england.period_start
where england.metric_id is null and without_england.metric_id is null
group by figure.metric_id, figure.boundary, figure.period_type, figure.period_start
