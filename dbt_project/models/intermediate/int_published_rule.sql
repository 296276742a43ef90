-- Which cells give each published metric, return by return: those that the metric's contract names,
-- and for a return that writes it elsewhere those of metric_sources. Where several give a figure,
-- the place of the return in the contract decides, then the preference within the return.
with named as (
    select
        contract.metric_id,
        landed.return_id,
        1 as preference,
        contract.table_id,
        contract.measure,
        contract.breakdown,
        contract.how,
        contract.scale,
        contract.numerator_measure,
        contract.denominator_measure,
        contract.margin_measure,
        contract.lower_measure,
        contract.upper_measure,
        cast(null as {{ dbt.type_string() }}) as respondents_measure
    from {{ ref('metric_contracts') }} as contract
    inner join {{ ref('int_published_return') }} as landed
        on {{ is_listed('landed.return_id', 'contract.source_returns') }}
    left join {{ ref('metric_sources') }} as elsewhere
        on
            contract.metric_id = elsewhere.metric_id
            and landed.return_id = elsewhere.return_id
    where
        contract.derivation = 'published'
        and contract.measure is not null
        and elsewhere.metric_id is null
    union all
    select
        elsewhere.metric_id,
        elsewhere.return_id,
        elsewhere.preference,
        elsewhere.table_id,
        elsewhere.measure,
        elsewhere.breakdown,
        elsewhere.how,
        elsewhere.scale,
        elsewhere.numerator_measure,
        elsewhere.denominator_measure,
        elsewhere.margin_measure,
        elsewhere.lower_measure,
        elsewhere.upper_measure,
        elsewhere.respondents_measure
    from {{ ref('metric_sources') }} as elsewhere
    inner join {{ ref('int_published_return') }} as landed
        on elsewhere.return_id = landed.return_id
)

select
    named.metric_id,
    named.return_id,
    named.preference,
    named.table_id,
    named.measure,
    coalesce(named.breakdown, '') as breakdown,
    coalesce(named.how, 'as_is') as how,
    coalesce(named.scale, 1) as scale,
    named.numerator_measure,
    named.denominator_measure,
    named.margin_measure,
    named.lower_measure,
    named.upper_measure,
    named.respondents_measure,
    contract.area_types,
    {{ place_in_list('named.return_id', 'contract.source_returns') }} as place,
    {{ items_in_list("coalesce(named.breakdown, '')") }} as cells
from named
inner join {{ ref('metric_contracts') }} as contract on named.metric_id = contract.metric_id
