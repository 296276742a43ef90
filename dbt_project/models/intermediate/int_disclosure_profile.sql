{{ config(materialized='view') }}

-- How the figures of each return are protected: of those in use, where one that nobody has looked
-- at shows none, and of any other that is to be protected, as mart revision tells of all returns.
with protected as (
    select return_id
    from {{ ref('int_used_return') }}
    where return_id is not null
    union
    select return_id
    from {{ ref('disclosure_returns') }}
    where profile_id <> 'published_as_is'
)

select
    protected.return_id,
    profile.profile_id,
    profile.suppress_from,
    profile.suppress_to,
    profile.round_to,
    profile.is_national_exact,
    profile.applies_to_units,
    profile.ties_measures,
    profile.width,
    profile.profile_id in ('unreviewed', 'restricted') as is_all_withheld
from protected
left join {{ ref('disclosure_returns') }} as reviewed on protected.return_id = reviewed.return_id
inner join {{ ref('disclosure_profiles') }} as profile
    on coalesce(reviewed.profile_id, 'unreviewed') = profile.profile_id
