-- Every dated, weighted link between two areas: a successor, the councils a commissioner's
-- population lives in, the larger area it is part of.
with link as (
    select
        'successor' as link_kind,
        from_area_code,
        to_area_code,
        valid_from,
        cast(null as date) as valid_to,
        weight,
        weight_18plus,
        weight_65plus,
        basis,
        weight_year,
        kind_of_change as how,
        source
    from {{ ref('area_links') }}
    union all
    select
        'successor' as link_kind,
        from_area_code,
        to_area_code,
        valid_from,
        cast(null as date) as valid_to,
        weight,
        weight_18plus,
        weight_65plus,
        basis,
        weight_year,
        kind_of_change as how,
        source
    from {{ ref('commissioner_links') }}
    union all
    select
        'successor' as link_kind,
        predecessor_code as from_area_code,
        successor_code as to_area_code,
        min(merged_on) as valid_from,
        cast(null as date) as valid_to,
        1.0 as weight,
        1.0 as weight_18plus,
        1.0 as weight_65plus,
        'measured' as basis,
        cast(null as integer) as weight_year,
        'merger' as how,
        'The loaded list of mergers of trusts' as source
    from {{ ref('stg_organisations_trust_mergers') }}
    -- A merger counts once the predecessor has closed by the list of trusts.
    where
        predecessor_code in (
            select trust.area_code from {{ ref('int_organisation') }} as trust
            where trust.valid_to is not null
        )
        and successor_code in (
            select trust.area_code from {{ ref('int_organisation') }} as trust
        )
    group by predecessor_code, successor_code
    union all
    select
        'commissioner_council' as link_kind,
        weights.from_area_code,
        weights.to_area_code,
        weights.valid_from,
        cast({{ dbt.dateadd('day', -1, 'vintage.next_from') }} as date) as valid_to,
        weights.weight,
        weights.weight_18plus,
        weights.weight_65plus,
        weights.basis,
        weights.weight_year,
        weights.how,
        weights.source
    from {{ ref('commissioner_council_weights') }} as weights
    inner join {{ ref('int_weight_vintage') }} as vintage
        on weights.valid_from = vintage.valid_from
    union all
    select
        'part_of' as link_kind,
        listed.ons_code as from_area_code,
        listed.icb_ons_code as to_area_code,
        greatest(known.valid_from, {{ boards_start() }}) as valid_from,
        known.valid_to,
        1.0 as weight,
        1.0 as weight_18plus,
        1.0 as weight_65plus,
        'measured' as basis,
        cast(null as integer) as weight_year,
        concat(
            'location of a board; the list has no date, {{ var("boards_start") }}, when boards',
            ' began, is a floor'
        ) as how,
        'The loaded list of sub-ICB locations' as source
    from {{ ref('stg_organisations_sub_icbs') }} as listed
    inner join {{ ref('commissioners') }} as known on listed.ons_code = known.area_code
    where
        listed.icb_ons_code in (select board.area_code from {{ ref('int_organisation') }} as board)
        and coalesce(known.valid_to, {{ end_of_time() }}) >= {{ boards_start() }}
    group by listed.ons_code, listed.icb_ons_code, known.valid_from, known.valid_to
)

select
    link_kind,
    from_area_code,
    to_area_code,
    valid_from,
    valid_to,
    weight,
    weight_18plus,
    weight_65plus,
    basis,
    weight_year,
    how,
    source,
    row_number() over (
        partition by link_kind, from_area_code order by valid_from, to_area_code
    ) as link_rank
from link
