-- Commissioners' figures shared out among the councils their population lives in, by the weights
-- that held in the month. Weights are rounded where they are published: here they add up to one.
with weighted as (
    select
        from_area_code,
        to_area_code,
        valid_from,
        valid_to,
        weight / sum(weight) over (partition by from_area_code, valid_from) as weight_all,
        coalesce(weight_18plus, weight)
        / sum(coalesce(weight_18plus, weight)) over (partition by from_area_code, valid_from)
            as weight_18plus,
        coalesce(weight_65plus, weight)
        / sum(coalesce(weight_65plus, weight)) over (partition by from_area_code, valid_from)
            as weight_65plus,
        basis
    from {{ ref('int_area_link') }}
    where link_kind = 'commissioner_council'
),

part as (
    select
        cell.metric_id,
        weighted.to_area_code as area_code,
        cell.period_start,
        cell.period_end,
        cell.area_code as part_area_code,
        cell.value,
        cell.apportioned_value,
        cell.unit,
        cell.published_on,
        cell.is_provisional,
        cell.is_synthetic,
        cell.segment,
        cell.parts,
        cell.parts_missing,
        cell.is_present,
        cell.lineage_id as part_lineage_id,
        contract.allows_partial,
        {{ status_rank('cell.value_status') }} as status_rank,
        {{ weight_of_band('contract.weight_band') }} as weight,
        weighted.basis as weight_basis
    from {{ ref('int_metric_cell') }} as cell
    inner join {{ ref('metric_contracts') }} as contract
        on cell.metric_id = contract.metric_id and contract.is_apportioned_to_councils
    inner join weighted
        on
            cell.area_code = weighted.from_area_code
            and cell.period_start between weighted.valid_from
            and coalesce(weighted.valid_to, {{ end_of_time() }})
)

select
    *,
    -- A whole commissioner is still an estimate of a council: the month has a key of its own.
    cast(null as {{ dbt.type_string() }}) as part_lineage_area_code
from part
where weight > 0
