-- What each of today's councils is compared by, for each vintage of the method. An index of
-- deprivation is carried to a council whose area it was published for, under this code or an older
-- one; of a council that is part of an older one, or holds parts of several, nothing is guessed.
with published as (
    select
        observation.subject_code,
        observation.table_id,
        observation.value,
        cast(extract(year from observation.period_start) as integer) as deprivation_year,
        row_number() over (
            partition by
                observation.subject_code, observation.table_id, observation.period_start
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                observation.source_sha256 desc
        ) as vintage_rank
    from {{ ref('stg_deprivation') }} as observation
    inner join {{ ref('stg_source_file') }} as source_file
        on observation.source_sha256 = source_file.source_sha256
    where
        observation.table_id in ('imd', 'idaopi')
        and observation.measure = 'average_score'
),

deprivation as (
    select
        published.deprivation_year,
        published.table_id,
        today.current_area_code as area_code,
        max(published.value) as value
    from published
    inner join {{ ref('int_current_area') }} as today
        on published.subject_code = today.area_code
    where published.vintage_rank = 1
    group by published.deprivation_year, published.table_id, today.current_area_code
    having count(*) = 1 and min(today.weight_all) = 1
),

people as (
    select
        area_code,
        mid_year,
        max(case when age_band = 'all' then population end) as everybody,
        max(case when age_band = '18+' then population end) as adults,
        max(case when age_band = '65+' then population end) as older
    from {{ ref('int_population') }}
    group by area_code, mid_year
),

council as (
    select
        vintage.vintage,
        vintage.deprivation_year,
        vintage.mid_year,
        area.area_code,
        excluded.reason as excluded_because,
        imd.value as imd_average_score,
        older.value as older_income_deprivation,
        100.0 * (people.everybody - people.adults) / people.everybody as share_under_18,
        100.0 * people.older / people.everybody as share_65_plus,
        ln(people.everybody) as log_population
    from {{ ref('int_area') }} as area
    cross join {{ ref('peer_vintages') }} as vintage
    left join {{ ref('peer_exclusions') }} as excluded
        on area.area_code = excluded.area_code
    left join deprivation as imd
        on
            area.area_code = imd.area_code
            and vintage.deprivation_year = imd.deprivation_year
            and imd.table_id = 'imd'
    left join deprivation as older
        on
            area.area_code = older.area_code
            and vintage.deprivation_year = older.deprivation_year
            and older.table_id = 'idaopi'
    left join people
        on
            area.area_code = people.area_code
            and vintage.mid_year = people.mid_year
    where area.area_type = 'council' and area.valid_to is null
),

judged as (
    select
        *,
        case
            when excluded_because is not null then excluded_because
            when imd_average_score is null or older_income_deprivation is null
                then
                    concat(
                        'No deprivation score of ',
                        cast(deprivation_year as {{ dbt.type_string() }}),
                        ' of this area as it is today is loaded.'
                    )
            when share_under_18 is null or share_65_plus is null
                then
                    concat(
                        'Its population by age in mid-',
                        cast(mid_year as {{ dbt.type_string() }}),
                        ' is not known.'
                    )
        end as why_not_used
    from council
),

long as (
    {%- for feature in [
        'imd_average_score', 'older_income_deprivation', 'share_under_18', 'share_65_plus',
        'log_population',
    ] %}
        select
            vintage,
            area_code,
            '{{ feature }}' as feature,
            {{ feature }} as value,
            why_not_used
        from judged
        {% if not loop.last -%} union all {%- endif %}
    {%- endfor %}
),

spread as (
    select
        vintage,
        feature,
        avg(value) as mean,
        stddev_pop(value) as deviation
    from long
    where why_not_used is null
    group by vintage, feature
)

select
    long.vintage,
    long.area_code,
    long.feature,
    feature.weight,
    long.value,
    case
        when long.why_not_used is null
            then round(coalesce((long.value - spread.mean) / nullif(spread.deviation, 0), 0), 9)
    end as z_score,
    long.why_not_used
from long
inner join {{ ref('peer_features') }} as feature on long.feature = feature.feature
left join spread
    on
        long.vintage = spread.vintage
        and long.feature = spread.feature
