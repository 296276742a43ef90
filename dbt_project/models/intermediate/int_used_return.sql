{{ config(materialized='view') }}

-- The returns that a metric is counted from, or checked against, by its contract. A figure that a
-- publisher states is read another way (int_published_return); the other returns are staged and
-- audited, and no mart has figures of them.
select distinct source_file.return_id
from {{ ref('stg_source_file') }} as source_file
inner join {{ ref('metric_contracts') }} as contracts
    on
        contracts.derivation = 'cell'
        and (
            {{ is_listed('source_file.return_id', "coalesce(contracts.source_returns, '')") }}
            or
            {{ is_listed('source_file.return_id', "coalesce(contracts.checked_against, '')") }}
        )
