-- What Health and Wellbeing Boards put into their own returns: of each board, table and period the
-- latest file. A plan's versions stand side by side, and a plan of another year does not take the
-- place of this one's, though it has its periods too, as the year it starts from.
with written as (
    {% for return_id in ['better_care_fund_plan', 'better_care_fund_quarterly'] %}
        select * from {{ ref('stg_' ~ return_id) }}
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

dated as (
    select
        written.*,
        source_file.published_on,
        source_file.is_synthetic,
        source_file.period_start as file_period_start,
        case when source_file.revised_on is null then 'provisional' else 'revised' end as maturity,
        case
            when written.return_id <> 'better_care_fund_plan' then null
            when
                lower(trim(source_file.publisher_status)) in ('submitted', 'assured', 'reset')
                then lower(trim(source_file.publisher_status))
            else 'not_stated'
        end as plan_version,
        {{ breakdown_member('written.breakdown', 'basis') }} as basis,
        dense_rank() over (
            partition by
                written.return_id,
                written.subject_code,
                written.table_id,
                written.period_type,
                written.period_start,
                case
                    when written.return_id = 'better_care_fund_plan' then source_file.period_start
                end,
                case
                    when written.return_id = 'better_care_fund_plan'
                        then lower(trim(source_file.publisher_status))
                end
            order by
                source_file.published_on desc nulls last,
                source_file.landed_seq desc,
                written.source_sha256 desc
        ) as vintage_rank
    from written
    inner join {{ ref('stg_source_file') }} as source_file
        on written.source_sha256 = source_file.source_sha256
),

current_row as (
    select * from dated
    where vintage_rank = 1
)

select
    current_row.return_id,
    current_row.table_id,
    current_row.plan_version,
    current_row.file_period_start,
    current_row.period_type,
    current_row.period_start,
    current_row.period_end,
    coalesce(area.area_code, board.area_code) as area_code,
    coalesce(area.area_code, board.board_code) as board_code,
    current_row.subject_name,
    current_row.measure,
    current_row.breakdown,
    current_row.basis,
    current_row.value,
    current_row.value_status,
    current_row.unit,
    current_row.published_on,
    current_row.maturity,
    current_row.is_synthetic,
    current_row.raw_text,
    current_row.source_sha256,
    current_row.source_sheet,
    current_row.source_row,
    current_row.source_column,
    {{ lineage_id([
        "'cell'", 'current_row.source_sha256', 'current_row.source_sheet',
        'current_row.source_column', 'current_row.source_row'
    ]) }} as lineage_id
from current_row
-- The returns name the board and give no code. A board of two councils is no area.
left join {{ ref('areas') }} as area
    on
        area.area_type = 'council'
        and lower(replace(current_row.subject_name, '&', 'and')) = lower(area.name)
        and current_row.file_period_start between area.valid_from
        and coalesce(area.valid_to, {{ end_of_time() }})
left join {{ ref('boards') }} as board
    on
        lower(replace(current_row.subject_name, '&', 'and')) = lower(board.name)
        and current_row.file_period_start between board.valid_from
        and coalesce(board.valid_to, {{ end_of_time() }})
