{{ config(severity='warn') }}

-- Where two ways to England differ, the seed of explained differences says why, for these very
-- files. A sum of figures that were rounded to protect people differs by that.
with rounded as (
    select distinct contract.metric_id
    from {{ ref('metric_contracts') }} as contract
    inner join {{ ref('int_disclosure_profile') }} as profile
        on
            {{ is_listed('profile.return_id', 'contract.source_returns') }}
            and profile.round_to is not null
)

select
    figure.metric_id,
    figure.period_start,
    figure.route,
    figure.value,
    figure.released_value,
    figure.difference,
    figure.published_on,
    figure.released_published_on
from {{ ref('england_route') }} as figure
left join rounded on figure.metric_id = rounded.metric_id
where
    figure.difference <> 0
    and figure.explanation is null
    and not (
        rounded.metric_id is not null
        and figure.route in ('council_sum', 'commissioner_sum', 'region_sum', 'boards_sum')
    )
