-- What an area is shared out into on a day is the whole of it.
select
    link_kind,
    from_area_code,
    valid_from,
    sum(weight) as weight,
    sum(weight_18plus) as weight_18plus,
    sum(weight_65plus) as weight_65plus
from {{ ref('area_link') }}
group by link_kind, from_area_code, valid_from
having
    abs(sum(weight) - 1) > 0.000001
    or abs(coalesce(sum(weight_18plus), 1) - 1) > 0.000001
    or abs(coalesce(sum(weight_65plus), 1) - 1) > 0.000001
    or min(weight) < 0
    -- Weights for ages are given for every part or for none.
    or count(weight_18plus) not in (0, count(*))
    or count(weight_65plus) not in (0, count(*))
