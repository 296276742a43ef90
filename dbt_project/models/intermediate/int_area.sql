{{ config(materialized='view') }}

select
    area_code,
    area_type,
    name,
    nhs_code,
    parent_code,
    valid_from,
    valid_to,
    basis
from {{ ref('areas') }}
union all
select
    area_code,
    'commissioner' as area_type,
    name,
    nhs_code,
    '{{ var("england_code") }}' as parent_code,
    valid_from,
    valid_to,
    basis
from {{ ref('commissioners') }}
