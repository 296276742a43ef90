-- The returns, measures and periods of which some figure is withheld. Only these are looked at any
-- further, so that a return without a suppressed figure costs one scan.
select distinct
    observation.return_id,
    {{ tied_measure('observation.measure', 'profile') }} as tied_measure,
    observation.period_start,
    observation.period_end
from {{ ref('int_current_observation') }} as observation
inner join {{ ref('int_disclosure_profile') }} as profile
    on observation.return_id = profile.return_id
where
    observation.area_code is not null
    and not profile.is_all_withheld
    and {{ is_counted('observation.unit', 'profile') }}
    and {{ is_withheld_by_itself(
        'observation.value', 'observation.value_status', 'observation.unit',
        "observation.area_code = '" ~ var('england_code') ~ "'", 'profile'
    ) }}
