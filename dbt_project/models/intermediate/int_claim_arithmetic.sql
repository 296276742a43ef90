-- Claims that follow from other published figures: a product of factors, each a sum of terms that
-- is multiplied by or divided by. The interval is what the rounding of the terms leaves open,
-- factor by factor; a product of several factors takes them to be positive, which a test holds. Of
-- a sum of claims that are themselves worked out, it is also said what comes of it unrounded.
with term as (
    select
        arithmetic.claim_id,
        arithmetic.input_claim_id,
        arithmetic.term,
        arithmetic.factor,
        arithmetic.power,
        arithmetic.sign,
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

-- Doubles are added in no fixed order; rounded far behind the point, two builds are the same.
summed as (
    select
        claim_id,
        factor,
        min(power) as power,
        round(sum(value), 9) as value,
        round(sum(value) - sum(half_step), 9) as lower,
        round(sum(value) + sum(half_step), 9) as upper
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
),

worked_out as (
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
),

-- Sums of which a term is worked out too, with that term as it comes out.
unrounded as (
    select
        term.claim_id,
        sum(coalesce(term.sign * inner_claim.value, term.value)) as value,
        sum(
            case
                when inner_claim.claim_id is null then term.value - term.half_step
                when term.sign < 0 then -inner_claim.upper
                else inner_claim.lower
            end
        ) as lower,
        sum(
            case
                when inner_claim.claim_id is null then term.value + term.half_step
                when term.sign < 0 then -inner_claim.lower
                else inner_claim.upper
            end
        ) as upper
    from term
    left join worked_out as inner_claim on term.input_claim_id = inner_claim.claim_id
    group by term.claim_id
    having count(inner_claim.claim_id) > 0 and max(term.factor) = 1 and min(term.power) = 1
)

select
    worked_out.claim_id,
    worked_out.factors,
    worked_out.lowest_factor,
    worked_out.value,
    worked_out.lower,
    worked_out.upper,
    concat(
        worked_out.words,
        case
            when
                round(unrounded.value / published.published_precision)
                <> round(published.published_value / published.published_precision)
                then
                    concat(
                        '; with what was worked out here in place of those rounded figures it is ',
                        {{ in_unit('unrounded.value', 'published.published_unit') }}, ' (',
                        {{ in_unit('unrounded.lower', 'published.published_unit') }}, ' to ',
                        {{ in_unit('unrounded.upper', 'published.published_unit') }}, ')'
                    )
            else ''
        end
    ) as words
from worked_out
left join unrounded on worked_out.claim_id = unrounded.claim_id
left join {{ ref('published_claims') }} as published on worked_out.claim_id = published.claim_id
