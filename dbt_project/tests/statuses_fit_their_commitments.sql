-- A finding is not met or missed, and a target is not borne out; a typed status names its source.
select
    promised.commitment_id,
    promised.kind,
    promised.status
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
