{%- set figure -%}
        observation.return_id,
        observation.table_id,
        observation.measure,
        observation.period_start,
        observation.period_end,
        observation.area_code,
        observation.breakdown
{%- endset -%}

-- Every figure of the current files that no mart may show, and why. What was withheld for another's
-- sake in an earlier vintage stays withheld while the other is: two releases side by side must not
-- tell what each of them hides.
with protected as (
    select
        group_id,
        area_code,
        breakdown,
        split_by,
        mate_area,
        mate_breakdown,
        mate_split,
        is_needed
    from {{ ref('int_disclosure_mate') }}
    where is_protected
),

place as (
    select
        group_id,
        mate_area as area_code,
        breakdown,
        split_by
    from protected
    where mate_area <> ''
    union
    select
        group_id,
        area_code,
        mate_breakdown as breakdown,
        mate_split as split_by
    from protected
    where is_needed = 1
    union
    select
        group_id,
        mate_area as area_code,
        mate_breakdown as breakdown,
        mate_split as split_by
    from protected
    where is_needed = 1 and mate_area <> ''
    union
    select
        group_id,
        area_code,
        breakdown,
        split_by
    from {{ ref('int_disclosure_cell') }}
    where is_withheld = 1
    union
    select
        cell.group_id,
        cell.area_code,
        cell.breakdown,
        cell.split_by
    from {{ ref('int_disclosure_cell') }} as cell
    inner join {{ ref('int_disclosure_area') }} as area
        on
            cell.group_id = area.group_id
            and (cell.area_code = area.area_code or cell.area_code = area.mate_area)
),

-- Where members of two dimensions cross, all crossings of an area go with any of its figures.
chosen as (
    select
        group_id,
        area_code,
        breakdown,
        split_by
    from place
    union
    select
        cell.group_id,
        cell.area_code,
        cell.breakdown,
        cell.split_by
    from {{ ref('int_disclosure_cell') }} as cell
    inner join place
        on cell.group_id = place.group_id and cell.area_code = place.area_code
    where {{ dbt.position("';'", 'cell.split_by') }} > 0
),

current_withheld as (
    select distinct
        return_id,
        tied_measure,
        period_start,
        period_end
    from {{ ref('int_disclosure_cell') }}
    where is_withheld = 1 and is_current
),

for_anothers_sake as (
    select distinct
        cell.return_id,
        cell.table_id,
        cell.tied_measure,
        cell.period_start,
        cell.period_end,
        cell.area_code,
        cell.breakdown
    from {{ ref('int_disclosure_cell') }} as cell
    inner join chosen
        on
            cell.group_id = chosen.group_id
            and cell.area_code = chosen.area_code
            and cell.breakdown = chosen.breakdown
            and cell.split_by = chosen.split_by
    inner join current_withheld
        on
            cell.return_id = current_withheld.return_id
            and cell.tied_measure = current_withheld.tied_measure
            and cell.period_start = current_withheld.period_start
            and cell.period_end = current_withheld.period_end
    -- A figure that the publisher itself shows now is not withheld for having been so once.
    where cell.is_current or cell.is_withheld = 0
),

-- No figure has room enough to stand in: then the whole measure goes, England in every return too.
hopeless as (
    select distinct
        cell.return_id,
        cell.tied_measure,
        cell.period_start,
        cell.period_end
    from {{ ref('int_disclosure_mate') }} as mate
    inner join {{ ref('int_disclosure_cell') }} as cell on mate.group_id = cell.group_id
    left join {{ ref('int_disclosure_area') }} as area
        on
            mate.group_id = area.group_id
            and mate.area_code = area.area_code
            and mate.breakdown = area.breakdown
    where not mate.is_protected and area.group_id is null and cell.is_current
),

hopeless_figure as (
    select
        {{ figure }}
    from {{ ref('int_current_observation') }} as observation
    inner join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    inner join hopeless
        on
            observation.return_id = hopeless.return_id
            and {{ tied_measure('observation.measure', 'profile') }} = hopeless.tied_measure
            and observation.period_start = hopeless.period_start
            and observation.period_end = hopeless.period_end
    where observation.area_code is not null
),

hopeless_measure as (
    select distinct
        measure,
        period_start,
        period_end
    from hopeless_figure
),

withheld as (
    select
        {{ figure }},
        'or another could be worked out' as reason
    from {{ ref('int_current_observation') }} as observation
    inner join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    inner join for_anothers_sake
        on
            observation.return_id = for_anothers_sake.return_id
            and observation.table_id = for_anothers_sake.table_id
            and {{ tied_measure('observation.measure', 'profile') }}
            = for_anothers_sake.tied_measure
            and observation.period_start = for_anothers_sake.period_start
            and observation.period_end = for_anothers_sake.period_end
            and observation.area_code = for_anothers_sake.area_code
            and observation.breakdown = for_anothers_sake.breakdown
    union
    select
        *,
        'nothing in its table could stand in' as reason
    from hopeless_figure
    union
    select
        {{ figure }},
        'nothing in its table could stand in' as reason
    from {{ ref('int_current_observation') }} as observation
    inner join hopeless_measure
        on
            observation.measure = hopeless_measure.measure
            and observation.period_start = hopeless_measure.period_start
            and observation.period_end = hopeless_measure.period_end
    where observation.area_code = '{{ var("england_code") }}'
    union
    select
        {{ figure }},
        'its return has no profile yet' as reason
    from {{ ref('int_current_observation') }} as observation
    inner join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    where observation.area_code is not null and profile.is_all_withheld
)

select
    return_id,
    table_id,
    measure,
    period_start,
    period_end,
    area_code,
    breakdown,
    min(reason) as reason
from withheld
group by return_id, table_id, measure, period_start, period_end, area_code, breakdown
