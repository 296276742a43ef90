select
    cast(programme.programme_id as {{ dbt.type_string() }}) as programme_id,
    cast(programme.title as {{ dbt.type_string() }}) as title,
    cast(programme.kind as {{ dbt.type_string() }}) as kind,
    cast(programme.responsible as {{ dbt.type_string() }}) as responsible,
    cast(programme.started_on as date) as started_on,
    cast(programme.ended_on as date) as ended_on,
    cast(programme.date_precision as {{ dbt.type_string() }}) as date_precision,
    cast(programme.description as {{ dbt.type_string() }}) as description,
    cast(count(promised.commitment_id) as bigint) as commitments,
    cast(count(case when promised.status = 'met' then 1 end) as bigint) as commitments_met,
    cast(count(case when promised.status = 'missed' then 1 end) as bigint) as commitments_missed,
    cast(programme.claim_ids as {{ dbt.type_string() }}) as claim_ids,
    cast(programme.source as {{ dbt.type_string() }}) as source
from {{ ref('programmes') }} as programme
left join {{ ref('int_commitment') }} as promised
    on
        programme.programme_id = promised.programme_id
        and promised.kind in ('target', 'deliverable')
group by
    programme.programme_id,
    programme.title,
    programme.kind,
    programme.responsible,
    programme.started_on,
    programme.ended_on,
    programme.date_precision,
    programme.description,
    programme.claim_ids,
    programme.source
