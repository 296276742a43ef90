-- An area that has ended leads to another, or says why it does not.
select
    area.area_code,
    area.name,
    area.valid_to
from {{ ref('area') }} as area
left join {{ ref('area_link') }} as link
    on area.area_code = link.from_area_code and link.link_kind = 'successor'
where
    area.valid_to is not null
    and link.from_area_code is null
    and area.why_no_successor is null
