-- What tests a claim is there: the metric, the sum, the claim it restates, or the stated verdict.
select
    published.claim_id,
    published.basis
from {{ ref('published_claims') }} as published
left join {{ ref('int_claim_arithmetic') }} as arithmetic
    on published.claim_id = arithmetic.claim_id
where
    case published.basis
        when 'returns' then published.metric_id is null or published.comparison is null
        when 'arithmetic' then arithmetic.claim_id is null
        when 'restatement' then published.restates_claim_id is null
        when 'none' then published.stated_verdict is null or published.stated_why is null
        else false
    end
    or (published.basis <> 'arithmetic' and arithmetic.claim_id is not null)
