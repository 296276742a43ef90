-- Files of one table and period, of any return, of which no date says which is later: only the
-- order of landing decides which is current, or which way a revision goes. Told once for all
-- their tables.
{{ config(severity='warn') }}
select distinct
    pair.return_id,
    pair.period_type,
    pair.period_start,
    pair.new_published_on as published_on,
    older.file_name as one_file,
    newer.file_name as other_file
from {{ ref('int_successive_file') }} as pair
inner join {{ ref('stg_source_file') }} as older on pair.old_source_sha256 = older.source_sha256
inner join {{ ref('stg_source_file') }} as newer on pair.new_source_sha256 = newer.source_sha256
where pair.order_basis = 'landing'
