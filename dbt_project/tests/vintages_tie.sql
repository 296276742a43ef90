-- Files of one return and period that are equally late: only the order of landing decides.
-- Told once for all tables of the files.
{{ config(severity='warn') }}
with latest as (
    select
        return_id,
        table_id,
        period_type,
        period_start,
        published_on
    from {{ ref('int_vintage') }}
    where is_current
),

tie as (
    select
        vintage.return_id,
        vintage.period_type,
        vintage.period_start,
        vintage.published_on,
        count(*) as files,
        min(source_file.file_name) as one_file,
        max(source_file.file_name) as other_file
    from {{ ref('int_vintage') }} as vintage
    inner join latest
        on
            vintage.return_id = latest.return_id
            and vintage.table_id = latest.table_id
            and vintage.period_type = latest.period_type
            and vintage.period_start = latest.period_start
            and vintage.published_on is not distinct from latest.published_on
    inner join {{ ref('stg_source_file') }} as source_file
        on vintage.source_sha256 = source_file.source_sha256
    group by
        vintage.return_id, vintage.table_id, vintage.period_type, vintage.period_start,
        vintage.published_on
    having count(*) > 1
)

select distinct
    return_id,
    period_type,
    period_start,
    published_on,
    files,
    one_file,
    other_file
from tie
