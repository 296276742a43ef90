-- A cell part names sheet, row, column and a landed file; a figure part names the figure below it;
-- a source part the publication.
select
    part.lineage_id,
    part.part,
    part.part_kind
from {{ ref('lineage') }} as part
left join {{ ref('source_file') }} as landed on part.source_sha256 = landed.source_sha256
where
    (
        part.part_kind = 'figure'
        and (part.child_lineage_id is null or part.source_sha256 is not null)
    )
    or (
        part.part_kind = 'cell'
        and (
            landed.source_sha256 is null
            or part.source_sheet is null
            or part.source_row is null
            or part.source_column is null
            or part.raw_text is null
            or part.child_lineage_id is not null
        )
    )
    or (
        part.part_kind = 'source'
        and (
            part.raw_text is null
            or part.child_lineage_id is not null
            or part.source_sha256 is not null
        )
    )
