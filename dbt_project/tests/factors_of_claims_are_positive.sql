-- The interval of a product is worked out from the ends of its factors, as if each were positive.
select
    claim_id,
    lowest_factor
from {{ ref('int_claim_arithmetic') }}
where factors > 1 and lowest_factor <= 0
