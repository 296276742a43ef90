-- Where no crossing has room, two areas are withheld whole, the total and each split: the one with
-- the withheld figure, and the smallest with room in that column, in its total and in each split.
with cell as (
    select
        group_id,
        area_code,
        breakdown,
        split_by,
        is_national,
        width,
        max(is_withheld) as is_withheld,
        min(counted) as counted
    from {{ ref('int_disclosure_cell') }}
    group by group_id, area_code, breakdown, split_by, is_national, width
),

split_of_area as (
    select
        group_id,
        area_code,
        split_by,
        max(case when is_withheld = 0 and counted > width then 1 else 0 end) as has_room,
        sum(counted) as size
    from cell
    where not is_national
    group by group_id, area_code, split_by
),

area as (
    select
        group_id,
        area_code,
        max(size) as size
    from split_of_area
    group by group_id, area_code
    having min(has_room) = 1
),

unprotected as (
    select distinct
        mate.group_id,
        mate.area_code,
        mate.breakdown
    from {{ ref('int_disclosure_mate') }} as mate
    where not mate.is_protected and mate.area_code <> '{{ var("england_code") }}'
),

ranked as (
    select
        unprotected.group_id,
        unprotected.area_code,
        unprotected.breakdown,
        area.area_code as mate_area,
        row_number() over (
            partition by unprotected.group_id, unprotected.area_code, unprotected.breakdown
            order by area.size, area.area_code
        ) as area_rank
    from unprotected
    inner join area
        on unprotected.group_id = area.group_id and unprotected.area_code <> area.area_code
    inner join cell
        on
            area.group_id = cell.group_id
            and area.area_code = cell.area_code
            and unprotected.breakdown = cell.breakdown
            and cell.is_withheld = 0
            and cell.counted > cell.width
)

select
    group_id,
    area_code,
    breakdown,
    mate_area
from ranked
where area_rank = 1
