-- The cells of the mid-year estimates that a denominator needs, of the file that counts for each
-- year: councils, regions and England, persons by single year of age.
with file as (
    select
        held.period_start,
        held.source_sha256,
        source_file.file_name,
        source_file.published_on,
        source_file.is_synthetic,
        row_number() over (
            partition by held.period_start
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                held.source_sha256 desc
        ) as vintage_rank
    from (
        select distinct
            period_start,
            source_sha256
        from {{ ref('stg_population_estimates') }}
        where table_id = 'persons'
    ) as held
    inner join {{ ref('stg_source_file') }} as source_file
        on held.source_sha256 = source_file.source_sha256
),

band as (
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
        file.file_name,
        file.published_on,
        file.is_synthetic
    from {{ ref('stg_population_estimates') }} as observation
    inner join file
        on
            observation.source_sha256 = file.source_sha256
            and observation.period_start = file.period_start
            and file.vintage_rank = 1
    inner join {{ ref('areas') }} as area
        on
            observation.subject_code = area.area_code
            and area.area_type in ('council', 'region', 'country')
    where observation.table_id = 'persons' and observation.measure = 'population'
)

select
    cell.area_code,
    cell.mid_year,
    band.age_band,
    cell.age,
    cell.value,
    cell.value_status,
    cell.raw_text,
    cell.source_sha256,
    cell.source_sheet,
    cell.source_row,
    cell.source_column,
    cell.file_name,
    cell.published_on,
    cell.is_synthetic
from cell
inner join band
    on
        (band.age_band = 'all' and cell.age = -1)
        or (band.age_band <> 'all' and cell.age >= band.from_age)
