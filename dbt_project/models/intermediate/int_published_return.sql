{{ config(materialized='view') }}

-- The landed returns of which a metric is a published figure, and how their figures are protected.
-- The publisher's own decision stands: a return whose profile asks for more is not shown from here.
with used as (
    select distinct source_file.return_id
    from {{ ref('stg_source_file') }} as source_file
    inner join {{ ref('metric_contracts') }} as contract
        on
            contract.derivation = 'published'
            and {{ is_listed('source_file.return_id', "coalesce(contract.source_returns, '')") }}
)

select
    used.return_id,
    coalesce(reviewed.profile_id, 'unreviewed') as profile_id,
    coalesce(reviewed.profile_id, '') = 'published_as_is' as is_shown
from used
left join {{ ref('disclosure_returns') }} as reviewed on used.return_id = reviewed.return_id
