-- A population has a way back, and a day of publication or the reason why there is none; a look
-- back has none that was published later.
select
    population_id,
    source,
    published_on,
    reason,
    lineage_id
from {{ ref('population') }}
where
    (population is not null and lineage_id is null)
    or (published_on is null and reason is null)
    or (
        '{{ var("as_at") }}' <> ''
        and population is not null
        and published_on is null
        and source like 'seed %'
    )
    or published_on > cast('{{ var("as_at") or "9999-12-31" }}' as date)
