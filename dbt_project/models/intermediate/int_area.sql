-- Every area: the two registers, and the boards and trusts of the loaded lists.
with area as (
    select
        area_code,
        area_type,
        coalesce(council_class, area_type) as area_class,
        name,
        nhs_code,
        parent_code,
        valid_from,
        valid_to,
        basis
    from {{ ref('areas') }}
    union all
    select
        area_code,
        'commissioner' as area_type,
        commissioner_class as area_class,
        name,
        nhs_code,
        '{{ var("england_code") }}' as parent_code,
        valid_from,
        valid_to,
        basis
    from {{ ref('commissioners') }}
    union all
    select
        organisation.area_code,
        organisation.area_type,
        organisation.area_class,
        organisation.name,
        organisation.nhs_code,
        '{{ var("england_code") }}' as parent_code,
        organisation.valid_from,
        organisation.valid_to,
        organisation.basis
    from {{ ref('int_organisation') }} as organisation
    left join {{ ref('areas') }} as area on organisation.area_code = area.area_code
    left join {{ ref('commissioners') }} as commissioner
        on organisation.area_code = commissioner.area_code
    where area.area_code is null and commissioner.area_code is null
)

select
    area.area_code,
    area.area_type,
    area.area_class,
    area.name,
    area.nhs_code,
    area.parent_code,
    area.valid_from,
    area.valid_to,
    area.basis,
    coalesce(of_area.reason, of_class.reason) as why_no_successor
from area
left join {{ ref('int_area_link') }} as successor
    on
        area.area_code = successor.from_area_code
        and successor.link_kind = 'successor'
        and successor.link_rank = 1
left join {{ ref('ends_without_successor') }} as of_area
    on
        area.area_code = of_area.area_code
        and area.valid_to is not null
        and successor.from_area_code is null
left join {{ ref('ends_without_successor') }} as of_class
    on
        area.area_class = of_class.area_class
        and of_class.area_code is null
        and area.valid_to is not null
        and successor.from_area_code is null
