-- A file counts while it is the latest for any of its tables and periods. Where each file is about
-- one body, a later one about another body does not take its place. Records have no periods of
-- their own: of them the latest file of a layout counts.
with held as (
    select
        return_id,
        source_sha256,
        table_id,
        period_type,
        period_start,
        subject_code
    from {{ ref('stg_file_period') }}
    union all
    select
        return_id,
        source_sha256,
        layout_id as table_id,
        cast(null as {{ dbt.type_string() }}) as period_type,
        period_start,
        cast(null as {{ dbt.type_string() }}) as subject_code
    from {{ ref('stg_source_file') }}
    where state = 'read' and is_record
),

ranked as (
    select
        held.source_sha256,
        held.subject_code,
        row_number() over (
            partition by
                held.return_id,
                held.table_id,
                held.period_type,
                held.period_start,
                held.subject_code
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                held.source_sha256 desc
        ) as vintage_rank
    from held
    inner join {{ ref('stg_source_file') }} as source_file
        on held.source_sha256 = source_file.source_sha256
)

select
    source_sha256,
    min(vintage_rank) = 1 as is_current_vintage,
    case when min(subject_code) = max(subject_code) then min(subject_code) end as subject_code
from ranked
group by source_sha256
