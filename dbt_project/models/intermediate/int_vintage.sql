-- Whole files are ranked, so that the rows of two vintages never mix in one table and period.
with held as (
    select distinct
        return_id,
        table_id,
        period_type,
        period_start,
        period_end,
        source_sha256
    from {{ ref('int_observation') }}
),

dated as (
    select
        held.return_id,
        held.table_id,
        held.period_type,
        held.period_start,
        held.period_end,
        held.source_sha256,
        source_file.published_on,
        source_file.revised_on,
        source_file.is_synthetic,
        row_number() over (
            partition by held.return_id, held.table_id, held.period_type, held.period_start
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
    return_id,
    table_id,
    period_type,
    period_start,
    period_end,
    source_sha256,
    published_on,
    is_synthetic,
    case when revised_on is null then 'provisional' else 'revised' end as maturity,
    vintage_rank = 1 as is_current
from dated
