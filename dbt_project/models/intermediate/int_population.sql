-- The denominators: what is known; a year between two years of the same series, on a straight line
-- and flagged as estimated; and for each year that a rate needs and nothing gives, a gap that says
-- why. Years of two series are never joined: an estimate as first published and a revised one
-- differ by more than people.
with filled as (
    select
        area_code,
        mid_year,
        age_band,
        case
            when is_between
                then
                    population_before
                    + (population_after - population_before)
                    * (mid_year - year_before) / (year_after - year_before)
        end as population,
        case when is_between then 'estimated' else 'missing' end as value_status,
        case when is_between then 'interpolated' else 'none' end as basis,
        cast(null as {{ dbt.type_string() }}) as geography,
        case when is_between then series_before end as series,
        case when is_between then published_on end as published_on,
        case
            when is_between
                then concat(
                    'On a straight line between mid-',
                    cast(year_before as {{ dbt.type_string() }}),
                    ' and mid-',
                    cast(year_after as {{ dbt.type_string() }})
                )
        end as source,
        case
            when is_between and published_on is null
                then 'a year beside it has no known day of publication'
            when is_between then null
            when year_before is null and year_after is null
                then 'no year of this area and these ages is loaded'
            when year_before is null or year_after is null
                then
                    concat(
                        'the years that are loaded lie all on one side of it, ',
                        'and nothing is extrapolated'
                    )
            else 'the years before and after it are of two series, which are not joined'
        end as reason,
        case when is_between then {{ population_lineage_id() }} end as lineage_id
    from {{ ref('int_population_between') }}
),

known as (
    select
        {{ population_columns() | indent(4) }},
        case
            when population is null then concat('the file gives it no value: ', value_status)
            when published_on is null
                then 'the day of its publication is not known: a look back does not use it'
        end as reason,
        lineage_id
    from {{ ref('int_population_known') }}
),

given as (
    select * from known
    union all
    select * from filled
)

select
    concat(
        area_code, ' ', cast(mid_year as {{ dbt.type_string() }}), ' ', age_band
    ) as population_id,
    *
from given
