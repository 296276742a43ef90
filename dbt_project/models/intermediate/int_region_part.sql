-- The councils that a region's figure is the sum of: those that report in the month, and those that
-- should and do not.
with council as (
    select
        {{ month_columns() | indent(4) }}
    from {{ ref('int_metric_cell') }}
    union all
    select
        {{ month_columns() | indent(4) }}
    from {{ ref('int_council_month') }}
)

select
    council.metric_id,
    region.area_code,
    council.period_start,
    council.period_end,
    council.area_code as part_area_code,
    council.value,
    council.apportioned_value,
    council.unit,
    council.published_on,
    council.is_provisional,
    council.is_synthetic,
    council.segment,
    council.parts,
    council.parts_missing,
    council.is_present,
    council.lineage_id as part_lineage_id,
    council.area_code as part_lineage_area_code,
    contract.allows_partial,
    {{ status_rank('council.value_status') }} as status_rank,
    cast(1 as double) as weight,
    cast(null as {{ dbt.type_string() }}) as weight_basis
from council
inner join {{ ref('int_area') }} as area
    on council.area_code = area.area_code and area.area_type = 'council'
inner join {{ ref('int_area') }} as region
    on area.parent_code = region.area_code and region.area_type = 'region'
inner join {{ ref('metric_contracts') }} as contract on council.metric_id = contract.metric_id
