-- A withheld figure must not be what is left of a published total. So another area is withheld in
-- its column, another member in its row, and the crossing of the two: then any of the four may be
-- larger or smaller without a total changing. The smallest that leave room enough are taken.
--
-- `split_by` says by what a figure is split: `body`, or nothing for a total. `part` is the split in
-- which it adds up: a total does so in each split, and has one other area for all of them.
with cell as (
    select
        group_id,
        area_code,
        breakdown,
        split_by,
        is_national,
        width,
        max(has_england) as has_england,
        max(is_withheld) as is_withheld,
        min(counted) as counted
    from {{ ref('int_disclosure_cell') }}
    group by group_id, area_code, breakdown, split_by, is_national, width
),

-- Figures that may be withheld for another's sake: with room to be smaller by the whole width.
roomy as (
    select
        group_id,
        area_code,
        breakdown,
        split_by,
        is_national,
        counted
    from cell
    where is_withheld = 0 and counted > width
),

split_of_area as (
    select
        group_id,
        area_code,
        split_by,
        max(case when breakdown = '' then 1 else 0 end) as is_total
    from cell
    group by group_id, area_code, split_by
),

several as (
    select
        group_id,
        count(distinct split_by) as splits
    from cell
    where breakdown <> ''
    group by group_id
),

wanted as (
    select
        cell.group_id,
        cell.area_code,
        cell.breakdown,
        cell.split_by,
        cell.has_england,
        case
            when cell.breakdown = '' then coalesce(own.split_by, '')
            else cell.split_by
        end as part,
        case
            when cell.breakdown = '' and own.split_by is not null then 1
            when cell.breakdown <> '' and total.split_by is not null then 1
            else 0
        end as has_total
    from cell
    left join split_of_area as own
        on
            cell.group_id = own.group_id
            and cell.area_code = own.area_code
            and cell.breakdown = ''
            and own.is_total = 0
    left join split_of_area as total
        on
            cell.group_id = total.group_id
            and cell.area_code = total.area_code
            and total.is_total = 1
    where cell.is_withheld = 1
),

other_area as (
    select
        wanted.group_id,
        wanted.area_code,
        wanted.breakdown,
        wanted.part,
        roomy.area_code as mate_area,
        roomy.counted as least_loss
    from wanted
    inner join roomy
        on
            wanted.group_id = roomy.group_id
            and wanted.breakdown = roomy.breakdown
            and wanted.split_by = roomy.split_by
            and wanted.area_code <> roomy.area_code
    where wanted.has_england = 1 and not roomy.is_national
    union all
    select
        group_id,
        area_code,
        breakdown,
        part,
        '' as mate_area,
        0 as least_loss
    from wanted
    where has_england = 0
),

other_member as (
    select
        wanted.group_id,
        wanted.area_code,
        wanted.breakdown,
        wanted.part,
        roomy.breakdown as mate_breakdown,
        roomy.split_by as mate_split,
        1 as is_needed,
        roomy.counted as least_loss
    from wanted
    inner join roomy
        on
            wanted.group_id = roomy.group_id
            and wanted.area_code = roomy.area_code
            and wanted.breakdown <> roomy.breakdown
    inner join several on wanted.group_id = several.group_id
    where
        wanted.has_total = 1
        -- A total is withheld for a part's sake only where no other split has it.
        and (wanted.part = roomy.split_by or (roomy.split_by = '' and several.splits = 1))
    union all
    select
        group_id,
        area_code,
        breakdown,
        part,
        '' as mate_breakdown,
        '' as mate_split,
        0 as is_needed,
        0 as least_loss
    from wanted
    where has_total = 0
),

square as (
    select
        other_area.group_id,
        other_area.area_code,
        other_area.breakdown,
        other_area.part,
        other_area.mate_area,
        other_area.least_loss as area_cost,
        other_member.mate_breakdown,
        other_member.mate_split,
        other_member.is_needed,
        other_member.least_loss + coalesce(crossing.counted, 0) as member_cost,
        row_number() over (
            partition by
                other_area.group_id, other_area.area_code, other_area.breakdown, other_area.part,
                other_area.mate_area
            order by
                other_member.least_loss + coalesce(crossing.counted, 0), other_member.mate_breakdown
        ) as member_rank
    from other_area
    inner join other_member
        on
            other_area.group_id = other_member.group_id
            and other_area.area_code = other_member.area_code
            and other_area.breakdown = other_member.breakdown
            and other_area.part = other_member.part
    left join roomy as crossing
        on
            other_area.group_id = crossing.group_id
            and other_area.mate_area = crossing.area_code
            and other_member.mate_breakdown = crossing.breakdown
            and other_member.mate_split = crossing.split_by
            and other_member.is_needed = 1
    where
        crossing.area_code is not null
        or other_area.mate_area = ''
        or other_member.is_needed = 0
),

parts_wanted as (
    select
        group_id,
        area_code,
        breakdown,
        split_by,
        count(*) as parts
    from wanted
    group by group_id, area_code, breakdown, split_by
),

whole as (
    select
        square.group_id,
        square.area_code,
        square.breakdown,
        square.mate_area,
        row_number() over (
            partition by square.group_id, square.area_code, square.breakdown
            order by max(square.area_cost) + sum(square.member_cost), square.mate_area
        ) as area_rank
    from square
    inner join parts_wanted
        on
            square.group_id = parts_wanted.group_id
            and square.area_code = parts_wanted.area_code
            and square.breakdown = parts_wanted.breakdown
    where square.member_rank = 1
    group by
        square.group_id, square.area_code, square.breakdown, square.mate_area, parts_wanted.parts
    having count(*) = parts_wanted.parts
)

select
    wanted.group_id,
    wanted.area_code,
    wanted.breakdown,
    wanted.split_by,
    wanted.part,
    whole.mate_area,
    square.mate_breakdown,
    square.mate_split,
    square.is_needed,
    whole.mate_area is not null as is_protected
from wanted
left join whole
    on
        wanted.group_id = whole.group_id
        and wanted.area_code = whole.area_code
        and wanted.breakdown = whole.breakdown
        and whole.area_rank = 1
left join square
    on
        wanted.group_id = square.group_id
        and wanted.area_code = square.area_code
        and wanted.breakdown = square.breakdown
        and wanted.part = square.part
        and whole.mate_area = square.mate_area
        and square.member_rank = 1
