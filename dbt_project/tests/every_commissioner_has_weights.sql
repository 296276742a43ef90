-- A commissioner whose figures are shared out among councils has weights in every month it reports;
-- only national ones belong to no council.
select
    cell.metric_id,
    cell.area_code,
    min(cell.period_start) as first_period_start,
    max(cell.period_start) as last_period_start
from {{ ref('int_metric_month') }} as cell
inner join {{ ref('metric_contracts') }} as contract
    on cell.metric_id = contract.metric_id and contract.is_apportioned_to_councils
inner join {{ ref('area') }} as area
    on
        cell.area_code = area.area_code
        and area.area_type = 'commissioner'
        and area.area_class <> 'national'
left join {{ ref('area_link') }} as link
    on
        cell.area_code = link.from_area_code
        and link.link_kind = 'commissioner_council'
        and cell.period_start between link.valid_from
        and coalesce(link.valid_to, {{ end_of_time() }})
where link.from_area_code is null
group by cell.metric_id, cell.area_code
