-- Of each table and period of a published metric, the latest file. Where each file is about one
-- body, a later one about another does not take its place.
with used as (
    select distinct
        return_id,
        table_id
    from {{ ref('int_published_rule') }}
),

ranked as (
    select
        held.return_id,
        held.source_sha256,
        held.table_id,
        held.period_type,
        held.period_start,
        source_file.published_on,
        source_file.revised_on,
        source_file.is_synthetic,
        row_number() over (
            partition by
                held.return_id, held.table_id, held.period_type, held.period_start,
                held.subject_code
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                held.source_sha256 desc
        ) as vintage_rank
    from {{ ref('stg_file_period') }} as held
    inner join {{ ref('stg_source_file') }} as source_file
        on held.source_sha256 = source_file.source_sha256
    inner join used
        on held.return_id = used.return_id and held.table_id = used.table_id
)

select
    return_id,
    source_sha256,
    table_id,
    period_type,
    period_start,
    published_on,
    is_synthetic,
    case when revised_on is null then 'provisional' else 'revised' end as maturity
from ranked
where vintage_rank = 1
