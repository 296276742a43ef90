{{ config(materialized='view') }}

-- The compared figures as they may be shown, in both files alike: what differs afterwards is told.
select
    figure.return_id,
    figure.table_id,
    figure.period_type,
    figure.period_start,
    figure.period_end,
    figure.subject_type,
    figure.subject_code,
    figure.subject_name,
    figure.subject_ons_code,
    figure.is_control_total,
    figure.measure,
    figure.breakdown,
    figure.unit,
    case
        when withheld.return_id is not null then null
        when
            {{ is_rounded('figure.unit', "figure.subject_type = 'country'", 'profile') }}
            then round(figure.value / profile.round_to) * profile.round_to
        else figure.value
    end as value,
    case
        when withheld.return_id is not null then 'suppressed' else figure.value_status
    end as value_status,
    figure.source_sha256,
    figure.source_sheet,
    figure.source_row,
    figure.source_column,
    figure.occurrence
from {{ ref('int_compared_figure') }} as figure
left join {{ ref('int_disclosure_profile') }} as profile on figure.return_id = profile.return_id
left join {{ ref('int_compared_withheld') }} as withheld
    on
        figure.return_id = withheld.return_id
        and {{ tied_measure('figure.measure', 'profile') }} = withheld.tied_measure
        and figure.period_start = withheld.period_start
        and figure.period_end = withheld.period_end
