-- The cells of councils' spending that a metric is read from, and of England where a file has a row
-- of it; of each file of a return, table and year the latest.
with written as (
    {% for return_id in [
        'revenue_outturn', 'revenue_outturn_series', 'asc_expenditure_2014', 'asc_expenditure_2016'
    ] %}
        select
            spending_line.metric_id,
            spending_line.is_apart,
            {{ "'local_government_finance'" if 'outturn' in return_id else "'social_services'" }}
                as code_scheme,
            observation.*
        from {{ ref('stg_' ~ return_id) }} as observation
        inner join {{ ref('spending_lines') }} as spending_line
            on
                spending_line.return_id = '{{ return_id }}'
                and observation.table_id = spending_line.table_id
                and observation.measure = spending_line.measure
                and observation.breakdown like spending_line.breakdown_like
        where
            observation.subject_type in ('council', 'authority', 'country')
            and observation.period_type = 'financial_year'
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

dated as (
    select
        written.*,
        source_file.published_on,
        source_file.is_synthetic,
        case when source_file.revised_on is null then 'provisional' else 'revised' end as maturity,
        dense_rank() over (
            partition by written.metric_id, written.period_start
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                written.source_sha256 desc
        ) as vintage_rank
    from written
    inner join {{ ref('stg_source_file') }} as source_file
        on written.source_sha256 = source_file.source_sha256
),

-- A code stands for the council that had it in the year: some have had two ONS codes.
registered as (
    select
        code.code_scheme,
        code.code,
        area.area_code,
        area.valid_from,
        area.valid_to
    from {{ ref('authority_codes') }} as code
    inner join {{ ref('areas') }} as known on code.area_code = known.area_code
    inner join {{ ref('areas') }} as area
        on
            known.area_code = area.area_code
            or (known.nhs_code = area.nhs_code and area.area_type = 'council')
    union all
    select
        'social_services' as code_scheme,
        nhs_code as code,
        area_code,
        valid_from,
        valid_to
    from {{ ref('areas') }}
    where area_type = 'council' and nhs_code is not null
)

select
    dated.metric_id,
    case
        when dated.subject_type = 'country' then '{{ var("england_code") }}'
        else coalesce(registered.area_code, dated.subject_code)
    end as area_code,
    dated.period_start,
    dated.period_end,
    case when dated.is_apart then dated.value end as value,
    case when dated.is_apart then dated.value_status else 'not_collected' end as value_status,
    dated.unit,
    dated.published_on,
    dated.maturity,
    dated.is_synthetic,
    dated.raw_text,
    dated.source_sha256,
    dated.source_sheet,
    dated.source_row,
    dated.source_column,
    {{ lineage_id([
        "'cell'", 'dated.source_sha256', 'dated.source_sheet', 'dated.source_column',
        'dated.source_row'
    ]) }} as lineage_id
from dated
left join registered
    on
        dated.code_scheme = registered.code_scheme
        and dated.subject_code = registered.code
        and dated.period_start between registered.valid_from
        and coalesce(registered.valid_to, {{ end_of_time() }})
where
    dated.vintage_rank = 1
    -- Districts, fire and police bodies have no social-care duties: they are in the same tables.
    and (
        dated.subject_type in ('council', 'country')
        or registered.area_code is not null
    )
