-- What stands behind the figures and plans of boards: the cells of their returns, and for a year
-- its four quarters.
with year_of_figure as (
    select
        of_year.lineage_id,
        quarter.lineage_id as child_lineage_id,
        quarter.period_start
    from {{ ref('int_board_figure') }} as of_year
    inner join {{ ref('int_board_figure') }} as quarter
        on
            of_year.metric_id = quarter.metric_id
            and of_year.area_code = quarter.area_code
            and quarter.period_type = 'quarter'
            and quarter.period_start between of_year.period_start and of_year.period_end
    where of_year.period_type = 'financial_year'
),

year_of_plan as (
    select
        of_year.lineage_id,
        quarter.lineage_id as child_lineage_id,
        quarter.period_start
    from {{ ref('int_board_plan') }} as of_year
    inner join {{ ref('int_board_plan') }} as quarter
        on
            of_year.metric_id = quarter.metric_id
            and of_year.area_code = quarter.area_code
            and of_year.plan_version = quarter.plan_version
            and quarter.period_type = 'quarter'
            and quarter.period_start between of_year.period_start and of_year.period_end
    inner join {{ ref('plan_measures') }} as plan_measure
        on of_year.metric_id = plan_measure.metric_id and plan_measure.is_summed
    where of_year.period_type = 'financial_year'
),

used as (
    select lineage_id from {{ ref('int_board_figure') }}
    where period_type = 'quarter'
    union
    select lineage_id from {{ ref('int_board_plan') }}
),

summed as (
    select * from year_of_figure
    union all
    select * from year_of_plan
)

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
from {{ ref('int_board_observation') }} as observation
where observation.lineage_id in (select used.lineage_id from used)
union all
select
    lineage_id,
    row_number() over (partition by lineage_id order by period_start) as part,
    'figure' as part_kind,
    child_lineage_id,
    cast(null as {{ dbt.type_string() }}) as source_sha256,
    cast(null as {{ dbt.type_string() }}) as source_sheet,
    cast(null as integer) as source_row,
    cast(null as {{ dbt.type_string() }}) as source_column,
    cast(null as {{ dbt.type_string() }}) as raw_text,
    'sum of quarters' as operation
from summed
