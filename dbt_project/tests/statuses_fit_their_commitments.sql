-- A finding is not met or missed, and a target is not borne out; a typed status names its source.
-- What was missed, superseded or is not due yet had a day it was due; where a person typed that it
-- was missed or superseded, the reason says when.
select
    promised.commitment_id,
    promised.kind,
    promised.status,
    promised.due_on
from {{ ref('commitment') }} as promised
left join {{ ref('commitment_statuses') }} as vocabulary
    on
        promised.status = vocabulary.status
        and {{ is_listed('promised.kind', 'vocabulary.kinds') }}
where
    (vocabulary.status is null and promised.status <> 'not_tested')
    or (
        promised.status_basis = 'typed'
        and promised.status <> 'not_tested'
        and promised.status_source is null
    )
    or (promised.status in ('missed', 'superseded', 'not_due') and promised.due_on is null)
    or (
        promised.status in ('missed', 'superseded')
        and promised.status_basis = 'typed'
        and coalesce(promised.status_why, '') not like '%20__%'
    )
