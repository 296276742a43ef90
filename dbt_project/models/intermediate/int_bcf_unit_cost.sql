-- What one admission or one delayed day costs, from published totals, with the interval that their
-- rounding leaves: each input anywhere within half a step of what was printed.
with bounded as (
    select
        *,
        amount - amount_step / 2 as amount_lower,
        amount + amount_step / 2 as amount_upper,
        units - units_step / 2 as units_lower,
        units + units_step / 2 as units_upper,
        1 + growth_percent / 100 as growth,
        1 + (growth_percent - growth_percent_step / 2) / 100 as growth_lower,
        1 + (growth_percent + growth_percent_step / 2) / 100 as growth_upper
    from {{ ref('unit_costs') }}
)

select
    measure,
    scenario,
    amount * share / (units / growth) as value,
    amount_lower * share / (units_upper / growth_lower) as lower,
    amount_upper * share / (units_lower / growth_upper) as upper,
    price_year,
    meaning,
    source
from bounded
