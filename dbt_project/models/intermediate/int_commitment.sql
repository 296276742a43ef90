-- Commitments with a status: worked out where there is a target and an outturn, or a finding that
-- the figures show; typed with its source where there is neither.
with promised as (
    select
        stated.*,
        aim.published_value as target_value,
        -- What the open returns give goes before what was published, unless they are synthetic.
        case
            when outturn.basis = 'returns' and not outturn.is_synthetic
                then coalesce(outturn.computed_value, outturn.published_value)
            else outturn.published_value
        end as outturn_value,
        coalesce(aim.published_unit, outturn.published_unit) as unit,
        outturn.basis = 'returns'
        and outturn.computed_value is not null
        and not outturn.is_synthetic as is_computed,
        found.status as found_status,
        found.basis as found_basis,
        found.evidence
    from {{ ref('commitments') }} as stated
    left join {{ ref('int_claim') }} as aim on stated.target_claim_id = aim.claim_id
    left join {{ ref('int_claim') }} as outturn on stated.outturn_claim_id = outturn.claim_id
    left join {{ ref('int_finding') }} as found on stated.commitment_id = found.commitment_id
),

-- A day that is looked back to knows of no outturn later than itself.
dated as (
    select
        *,
        {% if var('as_at') -%}
            coalesce(due_on > date '{{ var("as_at") }}', false)
        {%- else -%}
            false
        {%- endif %} as is_ahead
    from promised
)

select
    commitment_id,
    programme_id,
    kind,
    commitment,
    responsible,
    made_year,
    due_on,
    better,
    target_value,
    case when not is_ahead then outturn_value end as outturn_value,
    unit,
    case
        when is_ahead then 'not_due'
        when status is not null then status
        when found_status is not null then found_status
        when better is null or target_value is null or outturn_value is null then 'not_tested'
        when better = 'at_most' and outturn_value <= target_value then 'met'
        when better = 'at_least' and outturn_value >= target_value then 'met'
        else 'missed'
    end as status,
    case
        when is_ahead then 'date'
        when status is not null then 'typed'
        when found_status is not null then found_basis
        when better is null then 'typed'
        when is_computed then 'open returns'
        else 'published figures'
    end as status_basis,
    case
        when is_ahead then 'It was not due on the day that is looked back to.'
        when status is not null then status_why
        when evidence is not null then evidence
        when better is null
            then 'The returns that would show it are not all loaded.'
        when is_computed
            then 'The outturn is worked out from the open returns, the target is as published.'
        else 'Target and outturn are as published; no open return gives the outturn.'
    end as status_why,
    coalesce(status_source, source) as status_source,
    answered_by,
    target_claim_id,
    outturn_claim_id,
    claim_ids,
    source
from dated
