-- The GDP deflator of the latest file, and what a pound of each financial year is in those of the
-- price year: the year's index over that of the price year. A year without an index has no ratio.
with held as (
    select
        observation.period_start,
        observation.value,
        observation.value_status,
        observation.raw_text,
        observation.source_sha256,
        observation.source_sheet,
        observation.source_row,
        observation.source_column,
        source_file.file_name,
        source_file.published_on,
        source_file.is_synthetic,
        dense_rank() over (
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                observation.source_sha256 desc
        ) as vintage_rank
    from {{ ref('stg_gdp_deflators') }} as observation
    inner join {{ ref('stg_source_file') }} as source_file
        on observation.source_sha256 = source_file.source_sha256
    where
        observation.table_id = 'financial_year'
        and observation.measure = 'gdp_deflator'
),

indexed as (
    select
        *,
        {{ lineage_id([
            "'cell'", 'source_sha256', 'source_sheet', 'source_column', 'source_row'
        ]) }} as cell_lineage_id
    from held
    where vintage_rank = 1
),

price_year as (
    select
        source_sha256,
        period_start,
        value,
        cell_lineage_id
    from indexed
    where period_start = cast('{{ var("price_year_start") }}' as date)
)

select
    concat(
        'gdp_deflator ', cast(extract(year from indexed.period_start) as {{ dbt.type_string() }}),
        ' of file ', left(indexed.source_sha256, 12)
    ) as deflator_id,
    indexed.period_start,
    price_year.period_start as price_year_start,
    indexed.value as index_value,
    price_year.value as price_year_index,
    indexed.value / price_year.value as price_ratio,
    indexed.value_status,
    indexed.file_name,
    indexed.published_on,
    indexed.is_synthetic,
    indexed.raw_text,
    indexed.source_sha256,
    indexed.source_sheet,
    indexed.source_row,
    indexed.source_column,
    indexed.cell_lineage_id,
    price_year.cell_lineage_id as price_year_lineage_id,
    {{ lineage_id(["'deflator'", 'indexed.cell_lineage_id', 'price_year.cell_lineage_id']) }}
        as lineage_id
from indexed
inner join price_year on indexed.source_sha256 = price_year.source_sha256
