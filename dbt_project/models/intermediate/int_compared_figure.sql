-- The figures of the files that int_successive_file compares, and no others: few of a lake. What is
-- there more than once under one name in a file is told apart by its order in it.
with observation as (
    {{ observations_in(source('lake', 'observation')) }}
),

compared as (
    select
        return_id,
        table_id,
        period_type,
        period_start,
        old_source_sha256 as source_sha256
    from {{ ref('int_successive_file') }}
    union
    select
        return_id,
        table_id,
        period_type,
        period_start,
        new_source_sha256 as source_sha256
    from {{ ref('int_successive_file') }}
)

select
    observation.return_id,
    observation.table_id,
    observation.period_type,
    observation.period_start,
    observation.period_end,
    observation.subject_type,
    coalesce(observation.subject_code, '') as subject_code,
    observation.subject_name,
    observation.subject_ons_code,
    observation.is_control_total,
    observation.measure,
    coalesce(observation.breakdown, '') as breakdown,
    observation.unit,
    observation.value,
    observation.value_status,
    observation.source_sha256,
    observation.source_sheet,
    observation.source_row,
    observation.source_column,
    row_number() over (
        partition by
            observation.source_sha256,
            observation.table_id,
            observation.period_type,
            observation.period_start,
            observation.period_end,
            observation.subject_type,
            observation.subject_code,
            observation.is_control_total,
            observation.measure,
            observation.breakdown,
            observation.unit
        order by
            observation.parent_code asc,
            observation.subject_name asc,
            observation.source_sheet asc,
            observation.source_row asc,
            observation.source_column asc
    ) as occurrence
from observation
inner join compared
    on
        observation.return_id = compared.return_id
        and observation.table_id = compared.table_id
        and observation.period_type = compared.period_type
        and observation.period_start = compared.period_start
        and observation.source_sha256 = compared.source_sha256
