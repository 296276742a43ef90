-- Findings that figures can bear out or contradict. A finding whose figures are not all loaded, or
-- are synthetic, has no row: what is not there contradicts nothing.
with real_month as (
    select
        period_start,
        segment
    from {{ ref('int_metric_value') }}
    where
        metric_id = 'delayed_days'
        and area_code = '{{ var("england_code") }}'
        and boundary = 'as_reported'
        and period_type = 'month'
        and period_start in (cast('2014-11-01' as date), cast('2016-11-01' as date))
        and not is_synthetic
),

comparable as (
    select count(*) = 2 and count(distinct segment) = 1 as are_both
    from real_month
),

reason as (
    select
        reason,
        sum(case when period_start = cast('2016-11-01' as date) then delayed_days end)
        - sum(case when period_start = cast('2014-11-01' as date) then delayed_days end) as growth
    from {{ ref('delayed_days') }}
    where
        area_code = '{{ var("england_code") }}'
        and split = 'reason'
        and period_start in (cast('2014-11-01' as date), cast('2016-11-01' as date))
    group by reason
),

ranked as (
    select
        reason,
        growth,
        row_number() over (order by growth desc, reason asc) as place,
        sum(growth) over () as whole
    from reason
    where growth is not null
),

reasons_for_delays as (
    select
        'finding_reasons_for_delays' as commitment_id,
        'open returns' as basis,
        case
            when
                max(case when ranked.reason = 'e' then ranked.place end) <= 2
                and max(case when ranked.reason = 'dii' then ranked.place end) <= 2
                then 'borne_out'
            else 'contradicted'
        end as status,
        concat(
            'From November 2014 to November 2016 delayed days grew by ',
            {{ whole_number('max(ranked.whole)') }}, ': ',
            {{ whole_number("max(case when ranked.reason = 'e' then ranked.growth end)") }},
            ' of people waiting for a package of care at home (place ',
            {{ whole_number("max(case when ranked.reason = 'e' then ranked.place end)") }},
            ' among the reasons), ',
            {{ whole_number("max(case when ranked.reason = 'dii' then ranked.growth end)") }},
            ' for a nursing home (place ',
            {{ whole_number("max(case when ranked.reason = 'dii' then ranked.place end)") }},
            '); the third reason grew by ',
            {{ whole_number('max(case when ranked.place = 3 then ranked.growth end)') }},
            '.'
        ) as evidence
    from ranked
    cross join comparable
    where comparable.are_both
    having
        max(ranked.whole) > 0
        and count(*) >= 3
        and count(case when ranked.reason in ('e', 'dii') then 1 end) = 2
),

claimed as (
    select
        claim_id,
        published_value,
        case when is_synthetic then null else computed_value end as computed_value
    from {{ ref('int_claim') }}
),

change as (
    select
        max(case when claim_id = 'C004' then published_value end) as admissions,
        max(case when claim_id = 'C005' then published_value end) as admissions_planned,
        max(case when claim_id = 'C008' then computed_value end) as more_days,
        max(case when claim_id = 'C009' then published_value end) as days_planned,
        max(case when claim_id = 'C013' then published_value end) as care_homes,
        max(case when claim_id = 'C015' then published_value end) as at_home
    from claimed
),

-- How much of the planned change was made: 1 is on plan, below 0 is the other way.
optimistic_pace as (
    select
        'finding_optimistic_pace' as commitment_id,
        'open returns and published figures' as basis,
        case
            when admissions / admissions_planned < 1 and more_days / days_planned < 1
                then 'partly_borne_out'
            else 'contradicted'
        end as status,
        concat(
            'Of the change planned for 2015-16, ',
            {{ hundredths('admissions / admissions_planned') }},
            ' was made in emergency admissions (published figures) and ',
            {{ hundredths('more_days / days_planned') }},
            ' in delayed days (open returns); below nought is the wrong way. How long areas that ',
            'are far on took is not tested.'
        ) as evidence
    from change
    where
        admissions is not null
        and more_days is not null
        and admissions_planned <> 0
        and days_planned <> 0
),

care_homes_before as (
    select max(published_value) as care_homes_before
    from {{ ref('published_figures') }}
    where
        published_metric = 'ASCOF 2A(2)/2C care home admissions 65+'
        and area_code = '{{ var("england_code") }}'
        and period_start = cast('2014-04-01' as date)
),

two_of_four_improved as (
    select
        'finding_two_of_four_improved' as commitment_id,
        'open returns and published figures' as basis,
        case
            when
                change.admissions > 0
                and change.more_days > 0
                and change.care_homes < care_homes_before.care_homes_before
                then 'partly_borne_out'
            else 'contradicted'
        end as status,
        concat(
            'Worse: emergency admissions by ', {{ whole_number('change.admissions') }},
            ' (published), delayed days by ', {{ whole_number('change.more_days') }},
            ' (open returns). Better: care-home admissions, from ',
            {{ whole_number('care_homes_before.care_homes_before') }}, ' to ',
            {{ whole_number('change.care_homes') }},
            ' for each 100,000 (published). Of reablement no figure of 2014-15 is here.'
        ) as evidence
    from change
    cross join care_homes_before
    where
        change.admissions is not null
        and change.more_days is not null
        and change.care_homes is not null
        and care_homes_before.care_homes_before is not null
)

select * from reasons_for_delays
union all
select * from optimistic_pace
union all
select * from two_of_four_improved
