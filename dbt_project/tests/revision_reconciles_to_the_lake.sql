-- Straight from the lake: what the newer file of a table and period has more than the older, in
-- values and in sum, is what the revisions say. None is left out, none told twice. Files of which
-- some figure is withheld or rounded to protect people are not compared.
with protected as (
    select distinct
        withheld.return_id,
        withheld.period_start
    from {{ ref('int_compared_withheld') }} as withheld
    union
    select
        pair.return_id,
        pair.period_start
    from {{ ref('int_successive_file') }} as pair
    inner join {{ ref('int_disclosure_profile') }} as profile
        on pair.return_id = profile.return_id and profile.round_to is not null
),

held as (
    select
        source_sha256,
        return_id,
        table_id,
        period_type,
        period_start,
        count(value) as figures,
        coalesce(sum(value), 0) as value
    from {{ source('lake', 'observation') }}
    where
        source_sha256 in (
            select pair.old_source_sha256 from {{ ref('int_successive_file') }} as pair
            union
            select pair.new_source_sha256 from {{ ref('int_successive_file') }} as pair
        )
    group by source_sha256, return_id, table_id, period_type, period_start
),

told as (
    select
        old_source_sha256,
        new_source_sha256,
        return_id,
        table_id,
        period_type,
        period_start,
        count(new_value) - count(old_value) as figures,
        sum(coalesce(new_value, 0) - coalesce(old_value, 0)) as value
    from {{ ref('revision') }}
    group by
        old_source_sha256, new_source_sha256, return_id, table_id, period_type, period_start
),

compared as (
    select
        pair.return_id,
        pair.table_id,
        pair.period_type,
        pair.period_start,
        pair.old_source_sha256,
        pair.new_source_sha256,
        newer.figures - older.figures as lake_figures,
        coalesce(told.figures, 0) as revision_figures,
        newer.value - older.value as lake_value,
        protected.return_id is not null as is_protected,
        coalesce(told.value, 0) as revision_value,
        0.01 + 0.000000001 * (abs(newer.value) + abs(older.value)) as tolerance
    from {{ ref('int_successive_file') }} as pair
    inner join held as older
        on
            pair.old_source_sha256 = older.source_sha256
            and pair.return_id = older.return_id
            and pair.table_id = older.table_id
            and pair.period_type = older.period_type
            and pair.period_start = older.period_start
    inner join held as newer
        on
            pair.new_source_sha256 = newer.source_sha256
            and pair.return_id = newer.return_id
            and pair.table_id = newer.table_id
            and pair.period_type = newer.period_type
            and pair.period_start = newer.period_start
    left join told
        on
            pair.old_source_sha256 = told.old_source_sha256
            and pair.new_source_sha256 = told.new_source_sha256
            and pair.return_id = told.return_id
            and pair.table_id = told.table_id
            and pair.period_type = told.period_type
            and pair.period_start = told.period_start
    left join protected
        on pair.return_id = protected.return_id and pair.period_start = protected.period_start
)

select
    return_id,
    table_id,
    period_type,
    period_start,
    old_source_sha256,
    new_source_sha256,
    lake_figures,
    revision_figures,
    lake_value,
    revision_value
from compared
where
    not is_protected
    and (lake_figures <> revision_figures or abs(lake_value - revision_value) > tolerance)
