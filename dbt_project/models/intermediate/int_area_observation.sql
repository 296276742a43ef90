{{ config(materialized='view') }}

{%- set is_national = "cell.area_code = '" ~ var('england_code') ~ "'" %}

-- One figure for each area, month, table and breakdown, as it may be shown: what is withheld has no
-- value and not the text of its cell, whoever withheld it and for whatever reason, as telling one
-- from the other would tell what they hide; what is rounded has not its text either.
select
    cell.area_code,
    cell.return_id,
    cell.table_id,
    cell.measure,
    cell.breakdown,
    cell.period_start,
    cell.period_end,
    case
        when withheld.area_code is not null then null
        when
            {{ is_rounded('cell.unit', is_national, 'profile') }}
            then round(cell.value / profile.round_to) * profile.round_to
        else cell.value
    end as value,
    case
        when withheld.area_code is not null then 'suppressed'
        else cell.value_status
    end as value_status,
    cell.unit,
    cell.published_on,
    cell.maturity,
    cell.is_synthetic,
    case
        when withheld.area_code is not null or cell.value_status = 'suppressed' then '(withheld)'
        when
            {{ is_rounded('cell.unit', is_national, 'profile') }}
            then '(rounded)'
        else cell.raw_text
    end as raw_text,
    cell.source_sha256,
    cell.source_sheet,
    cell.source_row,
    cell.source_column,
    cell.lineage_id
from {{ ref('int_area_cell') }} as cell
inner join {{ ref('int_disclosure_profile') }} as profile on cell.return_id = profile.return_id
left join {{ ref('int_withheld') }} as withheld
    on
        cell.return_id = withheld.return_id
        and cell.table_id = withheld.table_id
        and cell.measure = withheld.measure
        and cell.period_start = withheld.period_start
        and cell.period_end = withheld.period_end
        and cell.area_code = withheld.area_code
        and cell.breakdown = withheld.breakdown
