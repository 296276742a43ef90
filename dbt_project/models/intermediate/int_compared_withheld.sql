-- The measures and periods of which no revision is shown: a figure is withheld now, or one of the
-- files that are compared withholds some, or has some that are withheld. All figures of such a
-- period, and of those it overlaps, tables and subjects that no metric uses too: an older vintage
-- has other totals, and which figures were revised would tell which was withheld for its own sake.
-- Of returns that no metric uses the publisher's own figures are told as they are.
with withheld as (
    select
        withheld.return_id,
        {{ tied_measure('withheld.measure', 'profile') }} as tied_measure,
        withheld.period_start,
        withheld.period_end
    from {{ ref('int_withheld') }} as withheld
    inner join {{ ref('int_disclosure_profile') }} as profile
        on withheld.return_id = profile.return_id
    union
    select
        figure.return_id,
        {{ tied_measure('figure.measure', 'profile') }} as tied_measure,
        figure.period_start,
        figure.period_end
    from {{ ref('int_compared_figure') }} as figure
    inner join {{ ref('int_disclosure_profile') }} as profile
        on figure.return_id = profile.return_id
    where
        profile.is_all_withheld
        or {{ is_withheld_by_itself(
            'figure.value', 'figure.value_status', 'figure.unit',
            "figure.subject_type = 'country'", 'profile'
        ) }}
)

select distinct
    figure.return_id,
    withheld.tied_measure,
    figure.period_start,
    figure.period_end
from {{ ref('int_compared_figure') }} as figure
inner join {{ ref('int_disclosure_profile') }} as profile on figure.return_id = profile.return_id
inner join withheld
    on
        figure.return_id = withheld.return_id
        and {{ tied_measure('figure.measure', 'profile') }} = withheld.tied_measure
        and figure.period_start <= withheld.period_end
        and figure.period_end >= withheld.period_start
