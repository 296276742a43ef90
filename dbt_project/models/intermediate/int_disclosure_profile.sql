{{ config(materialized='view') }}

-- How the figures of each return in use are protected. One that nobody has looked at shows none.
select
    used.return_id,
    profile.profile_id,
    profile.suppress_from,
    profile.suppress_to,
    profile.round_to,
    profile.is_national_exact,
    profile.applies_to_units,
    profile.ties_measures,
    profile.width,
    profile.profile_id = 'unreviewed' as is_all_withheld
from {{ ref('int_used_return') }} as used
left join {{ ref('disclosure_returns') }} as reviewed on used.return_id = reviewed.return_id
inner join {{ ref('disclosure_profiles') }} as profile
    on coalesce(reviewed.profile_id, 'unreviewed') = profile.profile_id
where used.return_id is not null
