-- Which file follows which, for each table and period that more than one file has. The order is
-- that of int_current_file. Where files are about one body each, those of one body are compared.
with ranked as (
    select
        file_period.return_id,
        file_period.table_id,
        file_period.period_type,
        file_period.period_start,
        file_period.subject_code as body_code,
        file_period.source_sha256,
        source_file.published_on,
        row_number() over (
            partition by
                file_period.return_id,
                file_period.table_id,
                file_period.period_type,
                file_period.period_start,
                file_period.subject_code
            order by
                source_file.published_on asc nulls first,
                source_file.landed_seq asc,
                file_period.source_sha256 asc
        ) as vintage
    from {{ ref('stg_file_period') }} as file_period
    inner join {{ ref('stg_source_file') }} as source_file
        on file_period.source_sha256 = source_file.source_sha256
)

select
    newer.return_id,
    newer.table_id,
    newer.period_type,
    newer.period_start,
    newer.body_code,
    older.source_sha256 as old_source_sha256,
    newer.source_sha256 as new_source_sha256,
    older.published_on as old_published_on,
    newer.published_on as new_published_on,
    newer.vintage as new_vintage,
    case
        when older.published_on < newer.published_on then 'published_on'
        when older.published_on is null and newer.published_on is not null then 'one_date'
        else 'landing'
    end as order_basis
from ranked as newer
inner join ranked as older
    on
        newer.return_id = older.return_id
        and newer.table_id = older.table_id
        and newer.period_type = older.period_type
        and newer.period_start = older.period_start
        and coalesce(newer.body_code, '') = coalesce(older.body_code, '')
        and newer.vintage = older.vintage + 1
