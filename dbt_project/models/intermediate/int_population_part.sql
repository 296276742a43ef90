{{ config(materialized='view') }}

-- What each population that no publication states was worked out from, and the publication that the
-- seed takes one from.
select
    {{ population_lineage_id('part') }} as lineage_id,
    'figure' as part_kind,
    part.part_lineage_id as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    case
        when part.weight < 1
            then
                concat(
                    'apportioned ',
                    cast(round(part.weight, 10) as {{ dbt.type_string() }})
                )
        else 'sum of areas'
    end as operation,
    part.part_area_code as sort_key
from {{ ref('int_population_predecessor') }} as part
inner join {{ ref('int_population_linked') }} as linked
    on
        part.area_code = linked.area_code
        and part.mid_year = linked.mid_year
        and part.age_band = linked.age_band
where part.weight > 0
union all
select
    {{ population_lineage_id('part') }} as lineage_id,
    'figure' as part_kind,
    part.part_lineage_id as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    'sum of councils' as operation,
    part.part_area_code as sort_key
from {{ ref('int_population_member') }} as part
inner join {{ ref('int_population_summed') }} as summed
    on
        part.area_code = summed.area_code
        and part.mid_year = summed.mid_year
        and part.age_band = summed.age_band
        and part.choice = summed.choice
union all
select
    {{ population_lineage_id('gap') }} as lineage_id,
    'figure' as part_kind,
    known.lineage_id as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    'on a straight line' as operation,
    cast(known.mid_year as {{ dbt.type_string() }}) as sort_key
from {{ ref('int_population_between') }} as gap
inner join {{ ref('int_population_known') }} as known
    on
        gap.area_code = known.area_code
        and gap.age_band = known.age_band
        and known.mid_year in (gap.year_before, gap.year_after)
where gap.is_between
union all
select
    lineage_id,
    'source' as part_kind,
    cast(null as {{ dbt.type_string() }}) as child_lineage_id,
    source as raw_text,
    'stated' as operation,
    '' as sort_key
from {{ ref('int_population_stated') }}
where origin = 'seed'
