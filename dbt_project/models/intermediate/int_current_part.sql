-- What today's areas are made of in each month: an unchanged area of itself, a merged or split one
-- of those it was made from. Figures of areas without a way to today's are left where they are.
with reported as (
    select
        {{ month_columns() | indent(4) }}
    from {{ ref('int_reported_month') }}
    union all
    select
        {{ month_columns() | indent(4) }}
    from {{ ref('int_metric_cell') }}
    where not is_present
),

part as (
    select
        reported.metric_id,
        linked.current_area_code as area_code,
        reported.period_start,
        reported.period_end,
        reported.area_code as part_area_code,
        reported.value,
        reported.apportioned_value,
        reported.unit,
        reported.published_on,
        reported.is_provisional,
        reported.is_synthetic,
        reported.segment,
        reported.parts,
        reported.parts_missing,
        reported.is_present,
        reported.lineage_id as part_lineage_id,
        reported.area_code as part_lineage_area_code,
        contract.allows_partial,
        -- What a row under another's code holds is an inference.
        greatest(
            {{ status_rank('reported.value_status') }},
            case when early.area_code is null then 0 else {{ estimated_rank() }} end
        ) as status_rank,
        case
            when early.area_code is not null then 1
            else {{ weight_of_band('contract.weight_band') }}
        end as weight,
        coalesce(early.basis, linked.weight_basis) as weight_basis
    from reported
    inner join {{ ref('metric_contracts') }} as contract on reported.metric_id = contract.metric_id
    inner join {{ ref('int_current_area') }} as linked
        on reported.area_code = linked.area_code and linked.is_current
    left join {{ ref('early_successors') }} as early
        on
            reported.area_code = early.area_code
            and reported.period_start between early.period_start and early.period_end
            and {{ is_listed('early.return_id', 'contract.source_returns') }}
    -- A row that is already its successor's goes there as a whole.
    where early.area_code is null or linked.current_area_code = early.current_area_code
)

select * from part
where weight > 0
