{{ config(materialized='view') }}

-- Every figure of the returns that a metric is read from, or checked against.
{{ observations_in(source('lake', 'observation')) }}
where return_id in (select used.return_id from {{ ref('int_used_return') }} as used)
