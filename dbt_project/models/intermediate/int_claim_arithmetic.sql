-- Claims that follow from other published figures: a product of factors, each a sum of terms that
-- is multiplied by or divided by. The interval is what the rounding of the terms leaves open,
-- factor by factor; a product of several factors takes them to be positive, which a test holds.
with term as (
    select
        arithmetic.claim_id,
        arithmetic.term,
        arithmetic.factor,
        arithmetic.power,
        arithmetic.sign * coalesce(given.published_value, arithmetic.input_value) as value,
        coalesce(given.published_precision, arithmetic.input_precision) / 2.0 as half_step,
        concat(
            case when arithmetic.power < 0 then 'divided by ' else '' end,
            arithmetic.what,
            case
                when arithmetic.input_claim_id is null then ''
                else concat(' (', arithmetic.input_claim_id, ')')
            end
        ) as words
    from {{ ref('claim_arithmetic') }} as arithmetic
    left join {{ ref('published_claims') }} as given
        on arithmetic.input_claim_id = given.claim_id
),

summed as (
    select
        claim_id,
        factor,
        min(power) as power,
        sum(value) as value,
        sum(value) - sum(half_step) as lower,
        sum(value) + sum(half_step) as upper
    from term
    group by claim_id, factor
),

powered as (
    select
        claim_id,
        factor,
        lower as lower_end,
        case when power < 0 then 1.0 / value else value end as value,
        case when power < 0 then 1.0 / upper else lower end as lower,
        case when power < 0 then 1.0 / lower else upper end as upper
    from summed
),

worded as (
    select
        claim_id,
        {{ dbt.listagg('words', "', '", 'order by term') }} as words
    from term
    group by claim_id
)

select
    powered.claim_id,
    count(*) as factors,
    min(powered.lower_end) as lowest_factor,
    {% for column in ['value', 'lower', 'upper'] %}
        {% for factor in [1, 2, 3] -%}
            coalesce(
                max(case when powered.factor = {{ factor }} then powered.{{ column }} end), 1.0
            )
            {%- if not loop.last %}
                *
            {% endif -%}
        {% endfor %} as {{ column }},
    {% endfor %}
    min(worded.words) as words
from powered
inner join worded on powered.claim_id = worded.claim_id
group by powered.claim_id
