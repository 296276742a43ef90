{{ config(materialized='view') }}

-- What stands behind each figure, one step down: a cell, or the figures it was worked out from.
with cell_of_published as (
    select
        figure.lineage_id,
        cell.lineage_id as cell_lineage_id,
        case
            when figure.is_unanswered then 'no respondents'
            when figure.how = 'sum' then 'sum of cells'
            when figure.how = 'daily_mean' then 'mean of days'
            else concat('times ', cast(figure.scale as {{ dbt.type_string() }}))
        end as operation
    from {{ ref('int_published_figure') }} as figure
    inner join {{ ref('int_published_placed') }} as cell
        on
            figure.metric_id = cell.metric_id
            and figure.return_id = cell.return_id
            and figure.preference = cell.preference
            and (
                cell.part_played = 'value'
                or (cell.part_played = 'respondents' and figure.is_unanswered)
            )
            and figure.area_code = cell.area_code
            and figure.period_type = cell.figure_period_type
            and figure.period_start = cell.figure_period_start
    where figure.source_rank = 1
),

cell as (
    select
        observation.lineage_id,
        1 as part,
        'cell' as part_kind,
        cast(null as {{ dbt.type_string() }}) as child_lineage_id,
        observation.source_sha256,
        observation.source_sheet,
        observation.source_row,
        observation.source_column,
        observation.raw_text,
        'read' as operation
    from {{ ref('int_area_observation') }} as observation
    where
        observation.lineage_id in (
            select metric_month.lineage_id from {{ ref('int_metric_month') }} as metric_month
        )
        or observation.lineage_id in (
            select detail.lineage_id from {{ ref('delayed_days') }} as detail
        )
),

published_cell as (
    select
        cell.lineage_id,
        1 as part,
        'cell' as part_kind,
        cast(null as {{ dbt.type_string() }}) as child_lineage_id,
        min(cell.source_sha256) as source_sha256,
        min(cell.source_sheet) as source_sheet,
        min(cell.source_row) as source_row,
        min(cell.source_column) as source_column,
        min(cell.raw_text) as raw_text,
        'read' as operation
    from {{ ref('int_published_cell') }} as cell
    inner join cell_of_published as used on cell.lineage_id = used.cell_lineage_id
    -- A cell that a counted metric is read from too has its row already.
    left join cell as counted on cell.lineage_id = counted.lineage_id
    where counted.lineage_id is null
    group by cell.lineage_id
),

population_cell as (
    select
        stated.lineage_id,
        row_number() over (
            partition by stated.area_code, stated.mid_year, stated.age_band order by cell.age
        ) as part,
        'cell' as part_kind,
        cast(null as {{ dbt.type_string() }}) as child_lineage_id,
        cell.source_sha256,
        cell.source_sheet,
        cell.source_row,
        cell.source_column,
        cell.raw_text,
        case when cell.age_band = 'all' then 'read' else 'sum of ages' end as operation
    from {{ ref('int_population_cell') }} as cell
    inner join {{ ref('int_population_stated') }} as stated
        on
            cell.area_code = stated.area_code
            and cell.mid_year = stated.mid_year
            and cell.age_band = stated.age_band
            and stated.origin = 'file'
),

part_of_month as (
{% for month, parts, operation in [
    ('int_council_month', 'int_council_part', none),
    ('int_region_month', 'int_region_part', 'sum of councils'),
    ('int_current_month', 'int_current_part', 'sum of areas'),
] %}
        select
            total.lineage_id,
            part.part_lineage_id as child_lineage_id,
            case
                when part.weight < 1
                    then
                        concat(
                            'apportioned ',
                            cast(round(part.weight, 10) as {{ dbt.type_string() }}),
                            ' (', part.weight_basis, ')'
                        )
                else '{{ operation or "whole" }}'
            end as operation,
            row_number() over (partition by total.lineage_id order by part.part_area_code) as part
        from {{ ref(month) }} as total
        inner join {{ ref(parts) }} as part
            on
                total.metric_id = part.metric_id
                and total.area_code = part.area_code
                and total.period_start = part.period_start
        where not total.is_shared and part.is_present
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

month_of_sum as (
    select
        total.lineage_id,
        month.lineage_id as child_lineage_id,
        'sum of months' as operation,
        row_number() over (
            partition by total.lineage_id order by month.period_start
        ) as part
    from {{ ref('int_metric_period') }} as total
    inner join {{ ref('int_period_month') }} as period_month
        on
            total.period_type = period_month.period_type
            and total.period_start = period_month.period_start
    inner join {{ ref('int_area_month') }} as month
        on
            total.metric_id = month.metric_id
            and total.boundary = month.boundary
            and total.area_code = month.area_code
            and period_month.month_start = month.period_start
    where total.period_type <> 'month' and not total.is_same_as_reported
),

base_of_ratio as (
    select
        lineage_id,
        base_lineage_id as child_lineage_id,
        operation,
        1 as part
    from {{ ref('int_metric_value') }}
    where base_lineage_id is not null and not is_same_as_reported
    union all
    select
        lineage_id,
        denominator_lineage_id as child_lineage_id,
        denominator_operation as operation,
        2 as part
    from {{ ref('int_metric_value') }}
    where denominator_lineage_id is not null and not is_same_as_reported
),

side_of_claim as (
    select
        lineage_id,
        figure_lineage_id as child_lineage_id,
        comparison as operation,
        1 as part
    from {{ ref('int_claim') }}
    where lineage_id is not null
    union all
    select
        lineage_id,
        base_lineage_id as child_lineage_id,
        concat(comparison, ': base') as operation,
        2 as part
    from {{ ref('int_claim') }}
    where lineage_id is not null and base_lineage_id is not null
),

part_of_published as (
    select
        lineage_id,
        cell_lineage_id as child_lineage_id,
        operation,
        row_number() over (partition by lineage_id order by cell_lineage_id) as part
    from cell_of_published
    where lineage_id <> cell_lineage_id
),

figure as (
    select
        lineage_id,
        child_lineage_id,
        operation,
        part
    from part_of_published
    union all
    select
        lineage_id,
        child_lineage_id,
        operation,
        part
    from part_of_month
    union all
    select
        lineage_id,
        child_lineage_id,
        operation,
        part
    from month_of_sum
    union all
    select
        lineage_id,
        child_lineage_id,
        operation,
        part
    from base_of_ratio
    union all
    select
        lineage_id,
        child_lineage_id,
        operation,
        part
    from side_of_claim
)

select
    lineage_id,
    part,
    part_kind,
    child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    operation
from cell
union all
select
    lineage_id,
    part,
    part_kind,
    child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    operation
from published_cell
union all
select
    lineage_id,
    part,
    part_kind,
    child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    operation
from population_cell
union all
select
    lineage_id,
    row_number() over (partition by lineage_id order by sort_key) as part,
    part_kind,
    child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    raw_text,
    operation
from {{ ref('int_population_part') }}
union all
select
    lineage_id,
    part,
    'figure' as part_kind,
    child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    operation
from figure
union all
select
    lineage_id,
    part,
    part_kind,
    child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    operation
from {{ ref('int_spending_lineage') }}
union all
select
    lineage_id,
    part,
    part_kind,
    child_lineage_id,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    raw_text,
    operation
from {{ ref('int_board_lineage') }}
union all
select distinct
    lineage_id,
    1 as part,
    'source' as part_kind,
    cast(null as {{ dbt.type_string() }}) as child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    concat(
        'No file that was read has ', metric_id, ' for ', period_name,
        ' and areas of the type ', area_type, '.'
    ) as raw_text,
    'not found' as operation
from {{ ref('int_missing_period') }}
