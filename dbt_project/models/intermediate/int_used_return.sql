{{ config(materialized='view') }}

-- The returns that a metric is read from, or checked against, by its contract. The others are
-- staged and audited, and no mart has figures of them.
select distinct source_file.return_id
from {{ ref('stg_source_file') }} as source_file
inner join {{ ref('metric_contracts') }} as contracts
    on
        -- Money and boards' own returns have a way of their own, int_spending_value: a few lines of
        -- large files are read there, and each board has a file of its own.
        contracts.derivation not in (
            'spending', 'real_terms', 'spending_per_population', 'board_return', 'in_mart'
        )
        and (
            {{ is_listed('source_file.return_id', "coalesce(contracts.source_returns, '')") }}
            or {{ is_listed('source_file.return_id', "coalesce(contracts.checked_against, '')") }}
        )
