-- Both ends of a link are areas.
select
    link.link_kind,
    link.from_area_code,
    link.to_area_code,
    link.valid_from
from {{ ref('area_link') }} as link
left join {{ ref('area') }} as from_area on link.from_area_code = from_area.area_code
left join {{ ref('area') }} as to_area on link.to_area_code = to_area.area_code
where
    from_area.area_code is null
    or to_area.area_code is null
    or link.from_area_code = link.to_area_code
