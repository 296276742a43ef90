-- A return that nobody has looked at is withheld whole; that must not pass for a finished release.
select profile.return_id
from {{ ref('int_disclosure_profile') }} as profile
inner join {{ ref('int_used_return') }} as used on profile.return_id = used.return_id
where profile.is_all_withheld
union
-- A published figure is shown as it is, or not at all.
select return_id
from {{ ref('int_published_return') }}
where not is_shown
