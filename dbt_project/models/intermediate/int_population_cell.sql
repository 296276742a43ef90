-- The cells of the mid-year estimates that a denominator needs: councils, regions and England,
-- persons by single year of age, and of all ages also the years before that a file gives again. Of
-- each area, year and ages the file counts that was published last.
with band as (
    select
        'all' as age_band,
        -1 as from_age
    union all
    select
        '18+' as age_band,
        18 as from_age
    union all
    select
        '65+' as age_band,
        65 as from_age
),

cell as (
    select
        observation.subject_code as area_code,
        cast(extract(year from observation.period_start) as integer) as mid_year,
        -- The row of all ages is printed and not split.
        case
            when observation.breakdown = '' then -1
            else cast({{ breakdown_member('observation.breakdown', 'age') }} as integer)
        end as age,
        observation.value,
        observation.value_status,
        observation.raw_text,
        observation.source_sha256,
        observation.source_sheet,
        observation.source_row,
        observation.source_column,
        observation.table_id,
        source_file.file_name,
        source_file.published_on,
        source_file.landed_seq,
        source_file.is_synthetic
    from {{ ref('stg_population_estimates') }} as observation
    inner join {{ ref('stg_source_file') }} as source_file
        on observation.source_sha256 = source_file.source_sha256
    inner join {{ ref('areas') }} as area
        on
            observation.subject_code = area.area_code
            and area.area_type in ('council', 'region', 'country')
    where
        observation.table_id in ('persons', 'persons_by_year')
        and observation.measure = 'population'
),

ranked as (
    select
        cell.*,
        band.age_band,
        -- All ages of one table of one file have one rank.
        rank() over (
            partition by cell.area_code, cell.mid_year, band.age_band
            order by
                cell.published_on desc nulls last,
                cell.landed_seq desc,
                cell.source_sha256 desc,
                cell.table_id asc
        ) as vintage_rank
    from cell
    inner join band
        on
            (band.age_band = 'all' and cell.age = -1)
            or (band.age_band <> 'all' and cell.age >= band.from_age)
)

select
    area_code,
    mid_year,
    age_band,
    age,
    value,
    value_status,
    raw_text,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    file_name,
    published_on,
    is_synthetic
from ranked
where vintage_rank = 1
