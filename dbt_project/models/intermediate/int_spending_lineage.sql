-- What stands behind spending: its cells, the councils and lines of a sum, and the two indices of a
-- deflator.
with part_of_sum as (
    select
        of_year.lineage_id,
        cell.lineage_id as child_lineage_id,
        'sum of lines' as operation,
        cell.area_code,
        cell.lineage_id as sort_key
    from {{ ref('int_spending_year') }} as of_year
    inner join {{ ref('int_spending_cell') }} as cell
        on
            of_year.metric_id = cell.metric_id
            and of_year.area_code = cell.area_code
            and of_year.period_start = cell.period_start
    where not of_year.is_cell
    union all
    select
        england.lineage_id,
        council.lineage_id as child_lineage_id,
        'sum of councils' as operation,
        council.area_code,
        council.lineage_id as sort_key
    from {{ ref('int_spending_year') }} as england
    inner join {{ ref('int_spending_year') }} as council
        on
            england.metric_id = council.metric_id
            and england.period_start = council.period_start
            and council.area_code <> '{{ var("england_code") }}'
    left join {{ ref('int_spending_cell') }} as cell
        on
            england.metric_id = cell.metric_id
            and england.period_start = cell.period_start
            and england.area_code = cell.area_code
    where
        england.area_code = '{{ var("england_code") }}'
        and not england.is_cell
        and cell.metric_id is null
),

cell as (
    select
        lineage_id,
        source_sha256,
        source_sheet,
        source_row,
        source_column,
        raw_text
    from {{ ref('int_spending_cell') }}
    union
    select
        cell_lineage_id as lineage_id,
        source_sha256,
        source_sheet,
        source_row,
        source_column,
        raw_text
    from {{ ref('int_deflator') }}
)

select
    lineage_id,
    1 as part,
    'cell' as part_kind,
    cast(null as {{ dbt.type_string() }}) as child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    'read' as operation
from cell
union all
select
    lineage_id,
    row_number() over (partition by lineage_id order by area_code, sort_key) as part,
    'figure' as part_kind,
    child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    operation
from part_of_sum
union all
select
    lineage_id,
    1 as part,
    'figure' as part_kind,
    cell_lineage_id as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    'index of the year' as operation
from {{ ref('int_deflator') }}
union all
select
    lineage_id,
    2 as part,
    'figure' as part_kind,
    price_year_lineage_id as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    'index of the price year' as operation
from {{ ref('int_deflator') }}
