-- What one admission or one delayed day costs, from published totals, with the interval that their
-- rounding leaves: each input anywhere within half a step of what was printed. Costs of one year's
-- prices are put into those of each other year by the GDP deflator, where both years have one.
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
),

published as (
    select
        bounded.measure,
        bounded.scenario,
        bounded.amount * bounded.share / (bounded.units / bounded.growth) as value,
        bounded.amount_lower * bounded.share / (bounded.units_upper / bounded.growth_lower)
            as lower,
        bounded.amount_upper * bounded.share / (bounded.units_lower / bounded.growth_upper)
            as upper,
        bounded.price_year,
        bounded.meaning,
        bounded.source,
        cast(concat(left(bounded.price_year, 4), '-04-01') as date) as price_year_start
    from bounded
),

year as (
    select period_start
    from {{ ref('int_period') }}
    where period_type = 'financial_year'
),

moved as (
    select
        published.*,
        year.period_start,
        case
            when year.period_start = published.price_year_start then 1
            else to_prices.price_ratio / from_prices.price_ratio
        end as price_change,
        published.price_year_start <> year.period_start
        and (to_prices.is_synthetic or from_prices.is_synthetic) as is_synthetic
    from published
    cross join year
    left join {{ ref('int_deflator') }} as from_prices
        on published.price_year_start = from_prices.period_start
    left join {{ ref('int_deflator') }} as to_prices
        on year.period_start = to_prices.period_start
)

select
    measure,
    scenario,
    period_start,
    value * price_change as value,
    lower * price_change as lower,
    upper * price_change as upper,
    price_year,
    meaning,
    source,
    coalesce(is_synthetic, false) as is_synthetic,
    case
        when value is null then 'no source gives such a cost'
        when price_change is null
            then
                concat(
                    'the cost is in prices of ', price_year,
                    ', and no deflator of both years is loaded'
                )
    end as why_missing
from moved
