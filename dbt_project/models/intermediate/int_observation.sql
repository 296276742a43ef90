{{ config(materialized='view') }}

-- A new return is one more line here.
select * from {{ ref('stg_delayed_transfers_la') }} -- noqa: AM04
union all
select * from {{ ref('stg_delayed_transfers_england') }}
union all
select * from {{ ref('stg_monthly_activity_commissioner') }}
union all
select * from {{ ref('stg_monthly_activity_england') }}
