-- A successor begins when its predecessor has ended, by the dates of both; any other link lies
-- within the days of both its areas.
select
    link.link_kind,
    link.from_area_code,
    link.to_area_code,
    link.valid_from,
    link.valid_to,
    from_area.valid_to as predecessor_valid_to,
    to_area.valid_from as successor_valid_from
from {{ ref('area_link') }} as link
inner join {{ ref('area') }} as from_area on link.from_area_code = from_area.area_code
inner join {{ ref('area') }} as to_area on link.to_area_code = to_area.area_code
where
    link.valid_from not between to_area.valid_from
    and coalesce(to_area.valid_to, {{ end_of_time() }})
    or (
        link.link_kind = 'successor'
        and (
            from_area.valid_to is null
            or {{ days_inclusive('from_area.valid_to', 'link.valid_from') }} <> 2
        )
    )
    or (
        link.link_kind <> 'successor'
        and link.valid_from not between from_area.valid_from
        and coalesce(from_area.valid_to, {{ end_of_time() }})
    )
