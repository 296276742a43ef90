-- Integrated care boards and trusts, as the loaded lists of organisations give them. A list may
-- leave out a body's last day, so the latest day that any list gives is taken; a day that no list
-- gives is unknown, and basis says so.
with landed as (
    select
        source_sha256,
        file_name,
        period_start,
        landed_seq
    from {{ ref('stg_source_file') }}
),

board as (
    select
        listed.ons_code as area_code,
        listed.code as nhs_code,
        listed.name,
        landed.file_name,
        landed.period_start,
        row_number() over (
            partition by listed.ons_code order by landed.landed_seq desc, listed.source_row desc
        ) as name_rank
    from {{ ref('stg_organisations_icbs') }} as listed
    inner join landed on listed.source_sha256 = landed.source_sha256
),

trust as (
    select
        listed.code,
        listed.name,
        listed.opened_on,
        listed.closed_on,
        row_number() over (
            partition by listed.code order by landed.landed_seq desc, listed.source_row desc
        ) as name_rank
    from {{ ref('stg_organisations_trusts') }} as listed
    inner join landed on listed.source_sha256 = landed.source_sha256
    -- W: trusts of Wales.
    where coalesce(listed.national_grouping_code, '') not like 'W%'
)

select
    area_code,
    'icb' as area_type,
    'icb' as area_class,
    max(case when name_rank = 1 then name end) as name,
    max(case when name_rank = 1 then nhs_code end) as nhs_code,
    coalesce(min(period_start), {{ boards_start() }}) as valid_from,
    cast(null as date) as valid_to,
    concat(
        case
            when min(period_start) is null
                then
                    concat(
                        'Start unknown: no dated list has it; {{ var("boards_start") }}, when ',
                        'boards began, is a floor'
                    )
            else 'Start: the first list with a date that has it'
        end,
        '. End unknown: the lists do not say. Lists: ',
        min(file_name)
    ) as basis
from board
group by area_code
union all
select
    code as area_code,
    'trust' as area_type,
    'trust' as area_class,
    max(case when name_rank = 1 then name end) as name,
    code as nhs_code,
    coalesce(min(opened_on), cast('1991-04-01' as date)) as valid_from,
    max(closed_on) as valid_to,
    concat(
        case
            when min(opened_on) is null
                then 'Start unknown: no list gives it; 1991-04-01, when trusts began, is a floor'
            else 'Start: opening day in the list of trusts'
        end,
        case
            when max(closed_on) is null then '; no closing day in any list'
            else '; end: closing day in the list of trusts'
        end
    ) as basis
from trust
group by code
