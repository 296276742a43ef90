-- A month with figures for councils or commissioners has one for England; of boards only those are
-- there whose own returns are loaded.
select
    figure.metric_id,
    figure.boundary,
    figure.period_type,
    figure.period_start
from {{ ref('metric_value') }} as figure
inner join {{ ref('metric_contracts') }} as contract
    on figure.metric_id = contract.metric_id and contract.derivation <> 'board_return'
left join {{ ref('metric_value') }} as england
    on
        figure.metric_id = england.metric_id
        and figure.boundary = england.boundary
        and figure.period_type = england.period_type
        and figure.period_start = england.period_start
        and england.area_code = '{{ var("england_code") }}'
where england.metric_id is null
group by figure.metric_id, figure.boundary, figure.period_type, figure.period_start
