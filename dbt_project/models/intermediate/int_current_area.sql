-- Which of today's areas each area has become, and by what share, for figures of all ages, of
-- people of 18 and over and of 65 and over. A fixed number of steps: a test sees that none is left
-- over.
{% set hops = 8 %}
with successor as (
    -- Shares are rounded where they are published; here they add up to one.
    select
        from_area_code,
        to_area_code,
        weight / sum(weight) over (partition by from_area_code) as weight_all,
        coalesce(weight_18plus, weight)
        / sum(coalesce(weight_18plus, weight)) over (partition by from_area_code) as weight_18plus,
        coalesce(weight_65plus, weight)
        / sum(coalesce(weight_65plus, weight)) over (partition by from_area_code) as weight_65plus,
        case when basis = 'measured' then 0 else 1 end as is_derived
    from {{ ref('int_area_link') }}
    where link_kind = 'successor'
),

ended as (
    select distinct from_area_code from successor
),

hop_0 as (
    select
        area_code,
        area_code as current_area_code,
        cast(1 as double) as weight_all,
        cast(1 as double) as weight_18plus,
        cast(1 as double) as weight_65plus,
        0 as is_derived
    from {{ ref('int_area') }}
),

{% for hop in range(1, hops + 1) %}
    hop_{{ hop }} as (
        select
            step.area_code,
            coalesce(successor.to_area_code, step.current_area_code) as current_area_code,
            sum(step.weight_all * coalesce(successor.weight_all, 1)) as weight_all,
            sum(step.weight_18plus * coalesce(successor.weight_18plus, 1)) as weight_18plus,
            sum(step.weight_65plus * coalesce(successor.weight_65plus, 1)) as weight_65plus,
            max(greatest(step.is_derived, coalesce(successor.is_derived, 0))) as is_derived
        from hop_{{ hop - 1 }} as step
        left join successor on step.current_area_code = successor.from_area_code
        group by step.area_code, coalesce(successor.to_area_code, step.current_area_code)
    ){% if not loop.last %},
    {% endif %}
{% endfor %}

select
    step.area_code,
    step.current_area_code,
    -- A share of one is exactly one: sums of doubles are not.
    case when abs(step.weight_all - 1) < 1e-9 then 1 else step.weight_all end as weight_all,
    case
        when abs(step.weight_18plus - 1) < 1e-9 then 1 else step.weight_18plus
    end as weight_18plus,
    case
        when abs(step.weight_65plus - 1) < 1e-9 then 1 else step.weight_65plus
    end as weight_65plus,
    -- Measured where each of its steps is.
    case when step.is_derived = 1 then 'derived' else 'measured' end as weight_basis,
    today.valid_to is null as is_current,
    ended.from_area_code is not null as is_left_over
from hop_{{ hops }} as step
inner join {{ ref('int_area') }} as today on step.current_area_code = today.area_code
left join ended on step.current_area_code = ended.from_area_code
